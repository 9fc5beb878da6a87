/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The page-fault path (Linux mmu/paging_tmpl.h, page_fault and fetch): walk the guest's tables,
 * find the host page, build the shadow walk down to one new leaf.
 */
#include "mmu/dirty_log.h"
#include "mmu/spt.h"

/* A use of the tables on the way to gva: none of them is being flooded. */
static void clear_write_counts(struct mmu *m, struct mmu_vcpu *v, gva_t gva)
{
	struct shadow_page *root = spt_vcpu_of(v)->root.page;
	struct shadow_walk w = { root, role_level(root->role), 0 };

	w.index = level_index(gva.v, w.level);
	do
		w.page->n_writes = 0;
	while (shadow_walk_next(spt_of(m), &w, gva));
}

/*
 * Does the mapping let the guest write one of the tables that map it? Then a large leaf would
 * have to be broken at once.
 */
static bool maps_own_tables(const struct spt_fault *f, const struct mmu_vcpu *v)
{
	uint64_t mask = ~(level_frames(f->w.level) - 1);

	if (!(f->perm & PERM_W) && (v->paging.wp || f->access.user))
		return false;
	for (unsigned l = f->w.level; l <= f->w.top_level; l++)
		if (!((f->gfn.v ^ f->w.table_gfn[l].v) & mask))
			return true;
	return false;
}

/*
 * The host page, faulted in if need be. SPT_RETRY when the host replaced a page that may be
 * mapped; SPT_MMIO when there is none to be had and nothing to be installed.
 */
static int fault_in(struct mmu *m, struct spt_fault *f, struct sim_error *err)
{
	bool is_store = f->access.kind == ACCESS_STORE, was_zero;
	hva_t hva;
	int rc;

	if (!f->slot)
		return m->cfg.no_mmio_caching ? SPT_MMIO : SPT_FIXED;
	if (f->slot->read_only && is_store)
		return SPT_MMIO;
	hva = memslot_hva(f->slot, f->gfn);
	rc = host_touch(m->host, hva, is_store, &f->host, &was_zero, err);
	if (rc)
		return rc;
	if (f->slot->read_only)
		f->host.writable = false;
	if (!was_zero)
		return SPT_FIXED;
	spt_unmap_unit(m, hva);
	return SPT_RETRY;
}

/* With CR0.WP = 0 the guest's kernel may write what its tables forbid: give it the page, and no
 * one else. */
static void adjust_for_wp(struct spt_fault *f, const struct mmu_vcpu *v)
{
	if (f->access.kind != ACCESS_STORE || (f->perm & PERM_W) || v->paging.wp ||
	    f->access.user || !f->slot)
		return;
	f->perm = (f->perm | PERM_W) & ~PERM_U;
	if (v->paging.smep)
		f->perm &= ~PERM_X;
}

/* Nothing large while the slot is logged. */
static void choose_level(const struct mmu *m, struct spt_fault *f)
{
	f->goal_level = LEVEL_4K;
	if (f->slot && !f->slot->dirty)
		f->goal_level = spt_max_level(m, f->slot, f->gfn, f->max_level);
}

/* True when `at` already leads to the page of (gfn, role). */
static bool leads_to(const struct spt *s, struct sptep at, gfn_t gfn, uint32_t role)
{
	uint64_t spte = at.page->spt[at.index];
	const struct shadow_page *p;

	if (!spte_is_present(spte) || (spte & PTE_PS))
		return false;
	p = spt_child(s, spte);
	return gfn_eq(p->gfn, gfn) && p->role == role;
}

static uint32_t child_role(const struct shadow_page *parent, unsigned perm, uint32_t direct)
{
	uint32_t mode = parent->role & ~(ROLE_LEVEL | ROLE_DIRECT | ROLE_PERM);

	return mode | (role_level(parent->role) - 1) | direct | perm << ROLE_PERM_SHIFT;
}

/* The page that `at` shall lead to, up to date; *page is NULL when it does already. */
static int get_child(struct mmu *m, struct mmu_vcpu *v, struct sptep at, gfn_t gfn,
		     uint32_t role, struct shadow_page **page)
{
	struct shadow_page *p;

	*page = NULL;
	if (leads_to(spt_of(m), at, gfn, role))
		return 0;
	p = spt_get_page(m, v, gfn, role);
	if (!p)
		return SIM_ENOMEM;
	if (p->n_unsync_children)
		spt_sync_children(m, v, p);
	*page = p;
	return 0;
}

/*
 * Is the guest's entry no longer what the walk saw? On one vCPU that is so when an entry serves on two
 * levels of the walk, which sets its D bit on the lower (Linux gpte_changed).
 */
static bool has_changed(const struct mmu *m, const struct spt_fault *f, unsigned level)
{
	const uint64_t *table = pages_get(&m->guest, f->w.table_gfn[level].v);

	return table[level_index(f->gva.v, level)] != f->w.entry[level];
}

/* One level down along the guest's tables. SPT_RETRY: they are not as the walk saw them. */
static int descend(struct mmu *m, struct mmu_vcpu *v, const struct spt_fault *f,
		   const struct shadow_walk *w)
{
	struct sptep at = { w->page, w->index };
	struct shadow_page *child;
	int rc = get_child(m, v, at, f->w.table_gfn[w->level - 1],
			   child_role(w->page, f->w.perm[w->level], 0), &child);

	if (!rc && has_changed(m, f, w->level - 1))
		return SPT_RETRY;
	return rc || !child ? rc : spt_link(m, at, child);
}

/* One level down inside a large leaf of the guest's. */
static int descend_linear(struct mmu *m, struct mmu_vcpu *v, const struct spt_fault *f,
			  const struct shadow_walk *w)
{
	struct sptep at = { w->page, w->index };
	gfn_t gfn = gfn_make(f->gfn.v & ~(level_frames(w->level) - 1));
	struct shadow_page *child;
	int rc = get_child(m, v, at, gfn, child_role(w->page, f->perm, ROLE_DIRECT), &child);

	return rc || !child ? rc : spt_link(m, at, child);
}

/* A linear page below a guest's large leaf whose rights have changed since must go. */
static void validate_direct(struct mmu *m, struct sptep at, unsigned perm)
{
	uint64_t spte = at.page->spt[at.index];
	struct shadow_page *child;

	if (!spte_is_present(spte) || (spte & PTE_PS))
		return;
	child = spt_child(spt_of(m), spte);
	if (role_perm(child->role) == perm)
		return;
	spt_unlink(m, child, at);
	spt_flush_remote(m);
}

static int install(struct mmu *m, struct mmu_vcpu *v, struct spt_fault *f, struct sptep at)
{
	uint64_t mask = level_frames(f->goal_level) - 1;
	struct spte_request q = { .page = at.page,
				  .index = at.index,
				  .perm = f->perm,
				  .gfn = gfn_make(f->gfn.v & ~mask),
				  .hfn = hfn_make(f->host.hfn.v & ~mask),
				  .slot = f->slot,
				  .host_writable = f->host.writable,
				  .is_write_fault = f->access.kind == ACCESS_STORE };
	int result = spt_set_spte(m, &q);

	if (result < 0 || result == SPT_SPURIOUS)
		return result;
	return spt_prefetch(m, v, at) < 0 ? SIM_ENOMEM : result;
}

static int fetch(struct mmu *m, struct mmu_vcpu *v, struct spt_fault *f)
{
	struct shadow_page *root = spt_vcpu_of(v)->root.page;
	struct shadow_walk w = { root, role_level(root->role), 0 };
	int rc;

	if (has_changed(m, f, w.level))
		return SPT_RETRY;
	for (;; shadow_walk_next(spt_of(m), &w, f->gva)) {
		struct sptep at;

		w.index = level_index(f->gva.v, w.level);
		at = (struct sptep){ w.page, w.index };
		w.page->n_writes = 0;
		if (w.level > f->w.level) {
			rc = descend(m, v, f, &w);
		} else {
			if (w.level == f->w.level)
				choose_level(m, f);
			if (w.level == f->goal_level)
				return install(m, v, f, at);
			validate_direct(m, at, f->perm);
			rc = descend_linear(m, v, f, &w);
		}
		if (rc)
			return rc;
	}
}

/* A table in memory that has been taken away says nothing any more. */
void spt_guest_walk(struct mmu *m, struct mmu_vcpu *v, gva_t gva, struct access a,
		    struct guest_walk *w)
{
	guest_walk(&m->guest, v->regs.cr3, &v->paging, gva, a, GUEST_WALK_SET_AD, w);
	for (unsigned l = w->top_level; l >= w->level; l--) {
		const struct memslot *slot = memslots_find(&m->slots, w->table_gfn[l]);

		if (!slot) {
			w->status = GUEST_WALK_UNKNOWN;
			w->level = l;
			return;
		}
		if (w->written >> l & 1)
			dirty_log_mark(v, slot, w->table_gfn[l]);
	}
}

int spt_page_fault(struct mmu *m, struct mmu_vcpu *v, struct spt_fault *f,
		   struct sim_error *err)
{
	bool is_store = f->access.kind == ACCESS_STORE;
	int rc;

	m->c->pf_taken++;
	spt_guest_walk(m, v, f->gva, f->access, &f->w);
	if (f->w.status == GUEST_WALK_UNKNOWN)
		return mmu_unknown_table(f->w.table_gfn[f->w.level].v, f->gva, err);
	if (f->w.status == GUEST_WALK_FAULT) {
		m->c->pf_guest++;
		return SPT_REFLECT;
	}
	f->gfn = f->w.gfn;
	f->perm = f->w.perm[f->w.level];
	if (!is_store && !(f->w.entry[f->w.level] & PTE_D))
		f->perm &= ~PERM_W;
	f->slot = memslots_find(&m->slots, f->gfn);
	if ((f->error_code & PFEC_P) && !(f->error_code & PFEC_RSVD) && is_store &&
	    spt_is_tracked(spt_of(m), f->gfn)) {
		clear_write_counts(m, v, f->gva);
		return SPT_EMULATE;
	}
	f->max_level = maps_own_tables(f, v) ? LEVEL_4K : f->w.level;
	rc = fault_in(m, f, err);
	if (rc != SPT_FIXED)
		return rc;
	adjust_for_wp(f, v);
	rc = spt_make_room(m, err);
	if (rc)
		return rc;
	rc = fetch(m, v, f);
	return rc == SIM_ENOMEM ? sim_fail_nomem(err) : rc;
}
