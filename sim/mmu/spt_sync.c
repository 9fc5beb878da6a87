/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Unsync pages: leaf tables that the guest may write freely until it says that it wants its
 * writes seen.
 *
 * When a guest maps one of its own leaf tables writable, KVM lets it have the write and marks
 * the shadow of that table unsync; every parent up to the root notes in a bitmap that something
 * below is. A flush of the guest's TLB (CR3 load, INVPCID, CR4.PGE) write-protects those tables
 * again and re-reads their entries. Linux mmu/mmu.c.
 */
#include "mmu/spt.h"

#define BATCH                                                                                  \
	16 /* KVM_PAGE_ARRAY_NR: pages on the paths to unsync pages, looked at together        \
	    */

/* From these versions on INVLPG synchronises an entry (before, it drops it and prefetches it anew),
 * and a sync leaves an entry alone whose rights are the same and keeps the A bit of the others. */
#define KVM_INVLPG_SYNCS     604
#define KVM_SYNC_SPARES_SAME 613

static bool test_bit(const uint64_t *bits, unsigned i)
{
	return bits[i / 64] >> (i % 64) & 1;
}

static void mark_parents(struct mmu *m, struct shadow_page *p)
{
	for (size_t i = 0; i < p->n_parent; i++)
		spt_mark_parent_unsync(m, p->parent[i]);
}

void spt_mark_parent_unsync(struct mmu *m, struct sptep at)
{
	struct shadow_page *p = at.page;

	if (test_bit(p->unsync_child, at.index))
		return;
	p->unsync_child[at.index / 64] |= (uint64_t)1 << (at.index % 64);
	if (p->n_unsync_children++)
		return;
	mark_parents(m, p);
}

static void clear_child_bit(struct shadow_page *p, unsigned i)
{
	p->unsync_child[i / 64] &= ~((uint64_t)1 << (i % 64));
	p->n_unsync_children--;
}

static void make_unsync(struct mmu *m, struct shadow_page *p)
{
	p->is_unsync = true;
	m->c->mmu_unsync++;
	m->c->mmu_unsync_made++;
	mark_parents(m, p);
}

void spt_clear_unsync(struct mmu *m, struct shadow_page *p)
{
	p->is_unsync = false;
	m->c->mmu_unsync--;
}

bool spt_try_unsync(struct mmu *m, gfn_t gfn, bool can_unsync, bool is_prefetch)
{
	struct spt *s = spt_of(m);
	struct shadow_page *p;

	if (spt_is_tracked(s, gfn))
		return false;
	for (p = spt_first_mirror(s, gfn); p; p = spt_mirror(s, p->same_gfn)) {
		if (!can_unsync)
			return false;
		if (p->is_unsync)
			continue;
		if (is_prefetch)
			return false;
		make_unsync(m, p);
	}
	return true;
}

/* --- bringing pages up to date --- */

/* One entry against what the guest's table says now; true when TLBs must be flushed. */
static bool sync_entry(struct mmu *m, struct mmu_vcpu *v, struct sptep at, uint64_t gpte)
{
	bool spares = m->cfg.kvm_version >= KVM_SYNC_SPARES_SAME;
	struct spte_request q = { .page = at.page, .index = at.index, .is_prefetch = !spares };
	uint64_t old = at.page->spt[at.index], spte;

	if (spt_drop_if_invalid(m, v, at, gpte))
		return true;
	q.gfn = gfn_make(pte_frame(gpte, LEVEL_4K));
	q.perm = spt_perm_of_gpte(at.page, v, gpte);
	if (spte_is_mmio(old)) {
		/* Linux renews the generation too, which would hide memory added meanwhile */
		spte = (spt_mmio_spte(m, q.perm) & ~SPTE_GEN) | (old & SPTE_GEN);
		at.page->spt[at.index] = gfn_eq(q.gfn, at.page->mapped[at.index]) ? spte : 0;
		return false;
	}
	if (!gfn_eq(q.gfn, at.page->mapped[at.index])) {
		spt_drop_spte(m, at);
		return true;
	}
	if (spares && at.page->access[at.index] == q.perm)
		return false;
	at.page->access[at.index] = (uint8_t)q.perm;
	q.slot = memslots_find(&m->slots, q.gfn);
	q.hfn = hfn_make(pte_frame(old, LEVEL_4K));
	q.host_writable = old & SPTE_HOST_WRITABLE;
	spt_make_spte(m, &q, old, false, &spte);
	return spt_update_spte(m, at, spte);
}

bool spt_sync_page(struct mmu *m, struct mmu_vcpu *v, struct shadow_page *p)
{
	const uint64_t *table = pages_get(&m->guest, p->gfn.v);
	bool flush = false;

	m->c->mmu_synced++;
	for (unsigned i = 0; i < 512; i++)
		if (p->spt[i])
			flush |= sync_entry(m, v, (struct sptep){ p, i }, table[i]);
	return flush;
}

/* Linux 6.4 and later: INVLPG of an entry is what a sync of its page would do to it. */
static bool resync_gva(struct mmu *m, struct mmu_vcpu *v, struct shadow_walk *w)
{
	const uint64_t *table = pages_get(&m->guest, w->page->gfn.v);
	struct sptep at = { w->page, w->index };

	if (w->page->is_unsync && w->page->spt[w->index] &&
	    sync_entry(m, v, at, table[w->index]))
		spt_flush_remote(m);
	return w->page->n_unsync_children;
}

/* INVLPG of one root: the leaf on the way to gva, if its page is unsync, is made anew from the
 * guest's table. */
int spt_invalidate_gva(struct mmu *m, struct mmu_vcpu *v, struct shadow_page *root, gva_t gva)
{
	struct shadow_walk w = { root, role_level(root->role),
				 level_index(gva.v, role_level(root->role)) };

	if (m->cfg.kvm_version >= KVM_INVLPG_SYNCS) {
		while (resync_gva(m, v, &w) && shadow_walk_next(spt_of(m), &w, gva))
			;
		return 0;
	}
	do {
		struct sptep at = { w.page, w.index };
		uint64_t old = w.page->spt[w.index];

		if (spte_is_last(old, w.level)) {
			if (!w.page->is_unsync)
				return 0;
			spt_zap_entry(m, at);
			if (spte_is_present(old))
				spt_flush_remote(m);
			return spt_prefetch_gpte(m, v, at,
						 pages_get(&m->guest, w.page->gfn.v)[w.index]);
		}
		if (!w.page->n_unsync_children)
			return 0;
	} while (shadow_walk_next(spt_of(m), &w, gva));
	return 0;
}

/* --- finding the unsync pages below a page --- */

struct batch_of_pages {
	struct shadow_page *leaf[BATCH];
	unsigned n_leaf;
	unsigned n; /* pages of the paths too */
};

/* KVM stops when its array is full, upper pages included; a leaf met twice counts once. */
static bool note(struct batch_of_pages *b, struct shadow_page *p)
{
	if (p->is_unsync) {
		for (unsigned i = 0; i < b->n_leaf; i++)
			if (b->leaf[i] == p)
				return false;
		b->leaf[b->n_leaf++] = p;
	}
	return ++b->n == BATCH;
}

/* Gathers unsync pages below p and clears bits that no longer mean anything; true when the
 * batch is full. */
static bool gather(struct spt *s, struct shadow_page *p, struct batch_of_pages *b)
{
	for (unsigned i = 0; i < 512; i++) {
		struct shadow_page *child;
		bool is_full = false;

		if (!test_bit(p->unsync_child, i))
			continue;
		if (!spte_is_present(p->spt[i]) || (p->spt[i] & PTE_PS)) {
			clear_child_bit(p, i);
			continue;
		}
		child = spt_child(s, p->spt[i]);
		if (child->n_unsync_children) {
			is_full = note(b, child) || gather(s, child, b);
			if (!is_full && !child->n_unsync_children)
				clear_child_bit(p, i);
		} else if (child->is_unsync) {
			is_full = note(b, child);
		} else {
			clear_child_bit(p, i);
		}
		if (is_full)
			return true;
	}
	return false;
}

/* The next batch of unsync pages below p (it may be one of bits cleared only); false when there
 * is none. */
static bool next_batch(struct spt *s, struct shadow_page *p, struct batch_of_pages *b)
{
	bool is_full = false;

	*b = (struct batch_of_pages){ .n = 1 };
	if (p->n_unsync_children)
		is_full = gather(s, p, b);
	return is_full || b->n_leaf;
}

void spt_sync_children(struct mmu *m, struct mmu_vcpu *v, struct shadow_page *parent)
{
	struct batch_of_pages b;
	bool flush = false;

	while (next_batch(spt_of(m), parent, &b)) {
		bool was_writable = false;

		for (unsigned i = 0; i < b.n_leaf; i++)
			was_writable |= spt_write_protect(m, b.leaf[i]->gfn);
		if (was_writable) {
			spt_flush_remote(m);
			flush = false;
		}
		for (unsigned i = 0; i < b.n_leaf; i++) {
			spt_clear_unsync(m, b.leaf[i]);
			flush |= spt_sync_page(m, v, b.leaf[i]);
		}
	}
	if (flush)
		spt_flush_remote(m);
}

unsigned spt_zap_unsync_children(struct mmu *m, struct shadow_page *p,
				 struct shadow_page **list)
{
	struct batch_of_pages b;
	unsigned n = 0;

	if (role_level(p->role) == LEVEL_4K)
		return 0;
	while (next_batch(spt_of(m), p, &b))
		for (unsigned i = 0; i < b.n_leaf; i++, n++)
			spt_prepare_zap(m, b.leaf[i], list);
	return n;
}
