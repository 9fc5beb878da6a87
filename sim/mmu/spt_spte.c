/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entries of shadow pages: what they say, how they come and go (Linux mmu/spte.c, mmu_set_spte
 * and around). */
#include "mmu/dirty_log.h"
#include "mmu/spt.h"

#define PREFETCH_ENTRIES 8
/* From this version on (or somewhat earlier) an entry that loses A or D is not flushed for it. */
#define KVM_AD_NEEDS_NO_FLUSH 618
#define RMAP_LIMIT	      1000 /* longer lists are dropped whole: KVM's RMAP_RECYCLE_THRESHOLD */

unsigned spt_perm_of_gpte(const struct shadow_page *page, const struct mmu_vcpu *v,
			  uint64_t gpte)
{
	unsigned perm = role_perm(page->role) & perm_of_pte(gpte, &v->paging);

	return gpte & PTE_D ? perm : perm & ~PERM_W;
}

static uint64_t *leaf_counter(struct counters *c, unsigned level)
{
	return level == LEVEL_4K   ? &c->pages_4k
	       : level == LEVEL_2M ? &c->pages_2m
				   : &c->pages_1g;
}

bool spt_make_spte(struct mmu *m, const struct spte_request *q, uint64_t old, bool can_unsync,
		   uint64_t *spte)
{
	unsigned level = role_level(q->page->role);
	unsigned perm = q->perm & (q->host_writable ? PERM_ALL : PERM_ALL & ~PERM_W);
	uint64_t e = PTE_P | q->hfn.v << PAGE_SHIFT;
	bool is_protected = false;

	e |= (q->is_prefetch ? 0 : PTE_A) | (perm & PERM_X ? 0 : PTE_NX) |
	     (perm & PERM_U ? PTE_U : 0) | (level > LEVEL_4K ? PTE_PS : 0) |
	     (q->host_writable ? SPTE_HOST_WRITABLE : 0);
	if (perm & PERM_W) {
		bool was_writable = spte_is_last(old, level) && (old & PTE_W);

		is_protected =
			!was_writable && !spt_try_unsync(m, q->gfn, can_unsync, q->is_prefetch);
		if (!is_protected) {
			e |= PTE_W | SPTE_MMU_WRITABLE | PTE_D;
			dirty_log_mark(spt_of(m)->current, q->slot, q->gfn);
		}
	}
	*spte = e;
	return is_protected;
}

bool spt_update_spte(struct mmu *m, struct sptep at, uint64_t spte)
{
	uint64_t old = at.page->spt[at.index];

	at.page->spt[at.index] = spte;
	if (!spte_is_present(old))
		return false;
	if (m->cfg.kvm_version >= KVM_AD_NEEDS_NO_FLUSH)
		return (old & ~spte) & SPTE_MMU_WRITABLE;
	return ((old & SPTE_MMU_WRITABLE) && !(spte & PTE_W)) ||
	       ((old & ~spte) & (PTE_A | PTE_D));
}

void spt_drop_spte(struct mmu *m, struct sptep at)
{
	struct spt *s = spt_of(m);
	unsigned level = role_level(at.page->role);
	uint64_t old = at.page->spt[at.index];

	at.page->spt[at.index] = 0;
	if (!spte_is_present(old))
		return;
	rmap_remove(&s->rmap, at.page->mapped[at.index], level, at);
	--*leaf_counter(m->c, level);
}

static int add_to_rmap(struct mmu *m, const struct spte_request *q)
{
	struct spt *s = spt_of(m);
	struct sptep at = { q->page, q->index };
	unsigned level = role_level(q->page->role);
	size_t length;

	if (rmap_add(&s->rmap, q->gfn, level, at, &length)) {
		q->page->spt[q->index] = 0;
		return SIM_ENOMEM;
	}
	q->page->mapped[q->index] = q->gfn;
	++*leaf_counter(m->c, level);
	length--; /* KVM's count is the one before */
	if (length > m->c->max_mmu_rmap_size)
		m->c->max_mmu_rmap_size = length;
	if (length > RMAP_LIMIT) {
		uint32_t i;

		while ((i = rmap_first(&s->rmap, q->gfn, level)))
			spt_drop_spte(m, s->rmap.node[i].at);
		spt_flush_remote(m);
	}
	return 0;
}

/* The rights are for the emulator: the hardware never gets past the reserved bit. */
uint64_t spt_mmio_spte(const struct mmu *m, unsigned perm)
{
	return PTE_P | PTE_MMIO | (perm & PERM_W ? PTE_W : 0) | (perm & PERM_U ? PTE_U : 0) |
	       ((m->slots.generation << SPTE_GEN_SHIFT) & SPTE_GEN);
}

/*
 * Does the entry, a leaf, map what q asks for? Linux compares host frames alone: an entry that
 * comes to map another guest page over the same memory (an alias) stays where it is in the reverse
 * map, under the old one. Not so here for the zero page: what was mapped through it would outlive it.
 */
static bool maps_same(const struct spte_request *q, uint64_t old)
{
	bool is_zero_page = q->slot && !q->host_writable && !q->slot->read_only;

	if (pte_frame(old, role_level(q->page->role)) != q->hfn.v)
		return false;
	return !is_zero_page || gfn_eq(q->page->mapped[q->index], q->gfn);
}

/* Makes way for a new leaf; true when it replaces a mapping, *is_same when that is the same one. */
static bool displace(struct mmu *m, const struct spte_request *q, bool *is_same)
{
	struct sptep at = { q->page, q->index };
	uint64_t old = q->page->spt[q->index];

	*is_same = false;
	if (!spte_is_present(old))
		return false;
	if (!spte_is_last(old, role_level(q->page->role))) {
		spt_unlink(m, spt_child(spt_of(m), old), at);
		return true;
	}
	if (!maps_same(q, old)) {
		spt_drop_spte(m, at);
		return true;
	}
	*is_same = true;
	return false;
}

int spt_set_spte(struct mmu *m, const struct spte_request *q)
{
	struct sptep at = { q->page, q->index };
	uint64_t *slot = &q->page->spt[q->index];
	bool is_same, is_protected, flush = displace(m, q, &is_same);
	int result = SPT_FIXED;
	uint64_t spte;

	if (!q->slot) {
		m->c->pf_mmio_spte_created++;
		*slot = spt_mmio_spte(m, q->perm);
		q->page->mapped[q->index] = q->gfn;
		if (flush)
			spt_flush_remote(m);
		return SPT_MMIO;
	}
	is_protected = spt_make_spte(m, q, *slot, true, &spte);
	if (*slot == spte)
		result = SPT_SPURIOUS;
	else
		flush |= spt_update_spte(m, at, spte);
	if (is_protected && q->is_write_fault)
		result = SPT_EMULATE;
	if (flush)
		spt_flush_remote(m);
	if (!is_same && add_to_rmap(m, q))
		return SIM_ENOMEM;
	q->page->access[q->index] = (uint8_t)q->perm;
	return result;
}

bool spt_drop_if_invalid(struct mmu *m, struct mmu_vcpu *v, struct sptep at, uint64_t gpte)
{
	if ((gpte & PTE_P) && (gpte & PTE_A) && !pte_reserved(gpte, LEVEL_4K, &v->paging))
		return false;
	spt_drop_spte(m, at);
	return true;
}

/* Installs what q asks for if the host has the page at hand, writable. 1 done, 0 not, SIM_ENOMEM. */
static int prefetch_one(struct mmu *m, struct spte_request *q)
{
	struct host_mapping h;

	q->slot = memslots_find(&m->slots, q->gfn);
	if (!q->slot || q->slot->read_only)
		return 0;
	if (q->no_dirty_log && (q->perm & PERM_W) && q->slot->dirty)
		return 0;
	h = host_lookup(m->host, memslot_hva(q->slot, q->gfn));
	if (!h.present || !h.writable)
		return 0;
	q->hfn = h.hfn;
	q->host_writable = q->is_prefetch = true;
	if (spt_set_spte(m, q) < 0)
		return SIM_ENOMEM;
	m->c->mmu_prefetched++;
	return 1;
}

/* q: of the entry; the rest follows from gpte. */
static int prefetch_gpte(struct mmu *m, struct mmu_vcpu *v, struct spte_request *q,
			 uint64_t gpte)
{
	if (spt_drop_if_invalid(m, v, (struct sptep){ q->page, q->index }, gpte))
		return 0;
	q->gfn = gfn_make(pte_frame(gpte, LEVEL_4K));
	q->perm = spt_perm_of_gpte(q->page, v, gpte);
	return prefetch_one(m, q);
}

int spt_prefetch_gpte(struct mmu *m, struct mmu_vcpu *v, struct sptep at, uint64_t gpte)
{
	struct spte_request q = { .page = at.page, .index = at.index };

	return prefetch_gpte(m, v, &q, gpte);
}

/* The neighbours of an indirect leaf: as the guest's entries say, up to the first that cannot
 * be had. */
static int prefetch_indirect(struct mmu *m, struct mmu_vcpu *v, struct sptep fixed)
{
	const uint64_t *table = pages_get(&m->guest, fixed.page->gfn.v);
	unsigned first = fixed.index & ~(PREFETCH_ENTRIES - 1u);

	for (unsigned i = first; i < first + PREFETCH_ENTRIES; i++) {
		struct spte_request q = { .page = fixed.page,
					  .index = i,
					  .no_dirty_log = true };
		int rc;

		if (i == fixed.index || spte_is_present(fixed.page->spt[i]))
			continue;
		rc = prefetch_gpte(m, v, &q, table[i]);
		if (rc <= 0)
			return rc;
	}
	return 0;
}

static int prefetch_linear(struct mmu *m, struct shadow_page *page, unsigned index)
{
	struct spte_request q = { .page = page,
				  .index = index,
				  .perm = role_perm(page->role),
				  .no_dirty_log = true,
				  .gfn = gfn_make(page->gfn.v + index) };

	return prefetch_one(m, &q);
}

/* KVM takes the host pages of each run of absent entries at once and stops after a run it got
 * nothing of. */
static int prefetch_direct(struct mmu *m, struct sptep fixed)
{
	unsigned first = fixed.index & ~(PREFETCH_ENTRIES - 1u);
	bool in_run = false, run_ended = false;
	unsigned got = 0;

	for (unsigned i = first; i < first + PREFETCH_ENTRIES; i++) {
		int rc;

		if (i == fixed.index || spte_is_present(fixed.page->spt[i])) {
			if (in_run && !got)
				return 0;
			in_run = run_ended = false;
			continue;
		}
		if (!in_run) {
			in_run = true;
			got = 0;
		}
		if (run_ended)
			continue;
		rc = prefetch_linear(m, fixed.page, i);
		if (rc < 0)
			return rc;
		got += (unsigned)rc;
		run_ended = !rc;
	}
	return 0;
}

int spt_prefetch(struct mmu *m, struct mmu_vcpu *v, struct sptep fixed)
{
	if (role_level(fixed.page->role) > LEVEL_4K)
		return 0;
	if (fixed.page->role & ROLE_DIRECT)
		return prefetch_direct(m, fixed);
	return prefetch_indirect(m, v, fixed);
}

static bool protect_one(struct mmu *m, struct sptep at)
{
	uint64_t spte = at.page->spt[at.index];

	if (!(spte & (PTE_W | SPTE_MMU_WRITABLE)))
		return false;
	return spt_update_spte(m, at, spte & ~(PTE_W | SPTE_MMU_WRITABLE));
}

bool spt_write_protect(struct mmu *m, gfn_t gfn)
{
	struct spt *s = spt_of(m);
	bool any = false;

	for (unsigned level = LEVEL_4K; level <= LEVEL_1G; level++) {
		uint32_t i = rmap_first(&s->rmap, gfn, level);

		for (; i; i = s->rmap.node[i].next)
			any |= protect_one(m, s->rmap.node[i].at);
	}
	return any;
}

static bool unmap(struct mmu *m, struct gfn_range r)
{
	struct spt *s = spt_of(m);
	bool any = false;

	for (uint64_t gfn = r.first.v; gfn < r.first.v + r.n; gfn++)
		for (unsigned level = LEVEL_4K; level <= LEVEL_1G; level++) {
			uint32_t i;

			while ((i = rmap_first(&s->rmap, gfn_make(gfn), level))) {
				spt_drop_spte(m, s->rmap.node[i].at);
				any = true;
			}
		}
	return any;
}

void spt_unmap_hva(struct mmu *m, hva_t hva, uint64_t n)
{
	if (mmu_unmap_hva(m, hva, n, unmap))
		spt_flush_remote(m);
}

void spt_unmap_unit(struct mmu *m, hva_t hva)
{
	struct hva_range r = host_invalidated(m->host, hva, 1);

	spt_unmap_hva(m, r.first, r.n);
}
