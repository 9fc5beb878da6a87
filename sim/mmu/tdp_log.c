/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Dirty logging by write protection or, where there is page-modification logging, by the D bits of
 * EPT (Linux 6.1 tdp_mmu.c; KVM's parameter eager_page_split is on, as it is by default): large
 * leaves of a slot become small ones when its log is turned on, and may become large again when it
 * is turned off.
 */
#include "mmu/tdp_state.h"

/* The whole slot lies in 4K leaves; a large one never reaches beyond it. */
static int split_all(struct mmu *m, const struct memslot *slot, struct sim_error *err)
{
	struct tdp *s = tdp_of(m);
	uint64_t i = 0;

	while (i < slot->n_frames) {
		unsigned level;
		uint64_t *e = tdp_find(s, gfn_make(slot->base.v + i), &level);
		int rc;

		if (level == LEVEL_4K || !*e) {
			i = ((slot->base.v + i) | (level_frames(level) - 1)) + 1 - slot->base.v;
			continue;
		}
		rc = tdp_split(m, e, level, err);
		if (rc)
			return rc;
	}
	return 0;
}

/* The next write to the page will fault, or set D and thereby be logged. */
static void protect(struct mmu *m, gfn_t gfn)
{
	struct tdp *s = tdp_of(m);
	uint64_t *e = tdp_entry(s, gfn, LEVEL_4K);

	if (e && !tdp_is_mmio(s, *e))
		*e &= ~(s->by_pml ? s->flavor->dirty : s->flavor->write);
}

void tdp_log_protect(struct mmu *m, const struct memslot *slot, uint64_t offset, uint64_t mask)
{
	for (unsigned i = 0; i < 64; i++)
		if (mask >> i & 1)
			protect(m, gfn_make(slot->base.v + offset + i));
}

int tdp_log_started(struct mmu *m, const struct memslot *slot, struct sim_error *err)
{
	int rc;

	dirty_log_slots_changed(m, NULL);
	rc = split_all(m, slot, err);
	if (rc)
		return rc;
	for (uint64_t i = 0; i < slot->n_frames; i++)
		protect(m, gfn_make(slot->base.v + i));
	tdp_flush_all(m, NULL);
	return 0;
}

int tdp_log_taken(struct mmu *m, const struct memslot *slot, struct sim_error *err)
{
	bool any = false;

	(void)err;
	if (dirty_log_sync(m))
		return 0;
	for (uint64_t i = 0; i < slot->n_frames; i++)
		if (memslot_is_dirty(slot, i)) {
			protect(m, gfn_make(slot->base.v + i));
			any = true;
		}
	if (any)
		tdp_flush_all(m, NULL);
	return 0;
}

/* Drops each table in whose place one leaf could stand. */
static void collapse(struct mmu *m, const struct memslot *slot, unsigned level)
{
	struct tdp *s = tdp_of(m);
	uint64_t frames = level_frames(level), end = slot->base.v + slot->n_frames;
	uint64_t gfn = (slot->base.v + frames - 1) & ~(frames - 1);

	for (; gfn < end; gfn += frames) {
		uint64_t *e = tdp_entry(s, gfn_make(gfn), level);

		if (!e || !tdp_is_table(s, *e, level) ||
		    tdp_max_level(m, slot, gfn_make(gfn)) < level)
			continue;
		tdp_remove(m, e, level);
		tdp_flush_all(m, NULL);
	}
}

int tdp_log_stopped(struct mmu *m, const struct memslot *slot, struct sim_error *err)
{
	(void)err;
	dirty_log_slots_changed(m, NULL);
	collapse(m, slot, LEVEL_1G);
	collapse(m, slot, LEVEL_2M);
	return 0;
}
