/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Dirty logging by write protection (Linux 6.1 kvm_mmu_slot_apply_flags, kvm_get_dirty_log_protect).
 *
 * An entry that loses W for the log keeps SPTE_MMU_WRITABLE: it may have W back as soon as its page
 * is marked dirty. Large entries are protected like small ones; the first write replaces one by a
 * table, because nothing large is installed while the slot is logged.
 */
#include "mmu/dirty_log.h"
#include "mmu/spt.h"

static void protect(struct mmu *m, gfn_t gfn, unsigned top_level)
{
	struct spt *s = spt_of(m);

	for (unsigned level = LEVEL_4K; level <= top_level; level++) {
		uint32_t i = rmap_first(&s->rmap, gfn, level);

		for (; i; i = s->rmap.node[i].next) {
			struct sptep at = s->rmap.node[i].at;

			spt_update_spte(m, at, at.page->spt[at.index] & ~PTE_W);
		}
	}
}

void spt_log_protect(struct mmu *m, const struct memslot *slot, uint64_t offset, uint64_t mask)
{
	for (unsigned i = 0; i < 64; i++)
		if (mask >> i & 1)
			protect(m, gfn_make(slot->base.v + offset + i), LEVEL_4K);
}

void spt_log_flush(struct mmu *m, struct mmu_vcpu *v)
{
	spt_of(m)->current = v;
	spt_flush_remote(m);
	if (!v)
		spt_leave(m);
}

int spt_log_started(struct mmu *m, const struct memslot *slot, struct sim_error *err)
{
	(void)err;
	spt_of(m)->current = NULL;
	for (uint64_t i = 0; i < slot->n_frames; i++)
		protect(m, gfn_make(slot->base.v + i), LEVEL_1G);
	spt_flush_remote(m);
	spt_leave(m);
	return 0;
}

int spt_log_taken(struct mmu *m, const struct memslot *slot, struct sim_error *err)
{
	bool any = false;

	(void)err;
	spt_of(m)->current = NULL;
	if (dirty_log_sync(m))
		return 0;
	for (uint64_t i = 0; i < slot->n_frames; i++)
		if (memslot_is_dirty(slot, i)) {
			protect(m, gfn_make(slot->base.v + i), LEVEL_4K);
			any = true;
		}
	if (any)
		spt_flush_remote(m);
	spt_leave(m);
	return 0;
}

/* Could a leaf of the next size stand in this one's place? */
static bool is_collapsible(const struct mmu *m, const struct memslot *slot,
			   const struct shadow_page *p)
{
	return (p->role & ROLE_DIRECT) && p->gfn.v - slot->base.v < slot->n_frames &&
	       role_level(p->role) < spt_max_level(m, slot, p->gfn, LEVEL_1G);
}

static bool collapse(struct mmu *m, const struct memslot *slot, gfn_t gfn, unsigned level)
{
	struct spt *s = spt_of(m);
	uint32_t i = rmap_first(&s->rmap, gfn, level);
	bool any = false;

	while (i) {
		struct sptep at = s->rmap.node[i].at;

		i = s->rmap.node[i].next;
		if (!is_collapsible(m, slot, at.page))
			continue;
		spt_drop_spte(m, at);
		any = true;
	}
	return any;
}

int spt_log_stopped(struct mmu *m, const struct memslot *slot, struct sim_error *err)
{
	bool any = false;

	(void)err;
	spt_of(m)->current = NULL;
	for (uint64_t i = 0; i < slot->n_frames; i++)
		for (unsigned level = LEVEL_4K; level < LEVEL_1G; level++)
			any |= collapse(m, slot, gfn_make(slot->base.v + i), level);
	if (any)
		spt_flush_remote(m);
	spt_leave(m);
	return 0;
}
