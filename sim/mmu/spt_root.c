/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Roots, requests and flushes of the vCPUs (Linux mmu/mmu.c, x86.c).
 *
 * Each vCPU keeps its current root and three earlier ones, most recent first. What has to
 * happen before the guest runs again is noted as a request and served on entry, as KVM does it.
 */
#include "mmu/dirty_log.h"
#include "mmu/spt.h"

uint32_t spt_root_role(const struct mmu_vcpu *v)
{
	const struct paging *g = &v->paging;

	return g->levels | (PERM_ALL << ROLE_PERM_SHIFT) | (g->wp ? ROLE_WP : 0) |
	       (g->nxe ? ROLE_NXE : 0) | (g->smep && !g->wp ? ROLE_SMEP_NOT_WP : 0) |
	       (g->smap && !g->wp ? ROLE_SMAP_NOT_WP : 0);
}

bool shadow_walk_next(const struct spt *s, struct shadow_walk *w, gva_t gva)
{
	uint64_t spte = w->page->spt[w->index];

	if (!spte_is_present(spte) || spte_is_last(spte, w->level))
		return false;
	w->page = spt_child(s, spte);
	w->level--;
	w->index = level_index(gva.v, w->level);
	return true;
}

/* --- flushes --- */

/* All that the hardware has cached for the guest. */
static void flush_hw(struct mmu *m, struct mmu_vcpu *v)
{
	if (m->machine->vendor == VENDOR_AMD)
		cpu_flush_asid(v->cpu);
	else
		cpu_invvpid(v->cpu);
}

void spt_flush_gva(struct mmu *m, struct mmu_vcpu *v, gva_t gva)
{
	if (m->machine->vendor == VENDOR_AMD)
		cpu_invlpga(v->cpu, gva);
	else
		cpu_invvpid_addr(v->cpu, gva);
}

/* The first request to a vCPU that runs in the guest forces it out. */
void spt_request_all(struct mmu *m, unsigned request)
{
	struct spt *s = spt_of(m);
	bool kicked = false;

	for (unsigned i = 0; i < m->n_vcpu; i++) {
		struct mmu_vcpu *v = &m->vcpu[i];
		struct spt_vcpu *sv = spt_vcpu_of(v);

		if (v != s->current && !sv->requests) {
			mmu_irq_exit(m, v, &m->c->exit_kick);
			kicked = true;
		}
		sv->requests |= request;
	}
	if (request == SPT_FLUSH)
		m->c->remote_tlb_flush += kicked;
}

void spt_flush_remote(struct mmu *m)
{
	m->c->remote_tlb_flush_requests++;
	spt_request_all(m, SPT_FLUSH);
}

/* --- roots --- */

static void root_put(struct mmu *m, struct spt_root *root, struct shadow_page **zapped)
{
	struct shadow_page *p = root->page;

	if (!p)
		return;
	*root = (struct spt_root){ 0 };
	if (!--p->root_count && p->is_invalid)
		spt_prepare_zap(m, p, zapped);
}

void spt_free_roots(struct mmu *m, struct mmu_vcpu *v, bool current, unsigned prev_mask)
{
	struct spt_vcpu *sv = spt_vcpu_of(v);
	struct shadow_page *zapped = NULL;

	for (unsigned i = 0; i < SPT_PREV_ROOTS; i++)
		if (prev_mask >> i & 1)
			root_put(m, &sv->prev[i], &zapped);
	if (current)
		root_put(m, &sv->root, &zapped);
	spt_commit_zap(m, &zapped);
}

static bool is_usable(const struct spt_root *r, uint64_t pgd, uint32_t role)
{
	return r->page && !r->page->is_invalid && r->pgd == pgd && r->page->role == role;
}

static void swap(struct spt_root *a, struct spt_root *b)
{
	struct spt_root t = *a;

	*a = *b;
	*b = t;
}

/* Rotates the cache until the wanted root is current; if none is, the oldest drops out. */
static bool find_keeping_current(struct mmu *m, struct mmu_vcpu *v, uint64_t pgd, uint32_t role)
{
	struct spt_vcpu *sv = spt_vcpu_of(v);

	if (is_usable(&sv->root, pgd, role))
		return true;
	for (unsigned i = 0; i < SPT_PREV_ROOTS; i++) {
		swap(&sv->root, &sv->prev[i]);
		if (is_usable(&sv->root, pgd, role))
			return true;
	}
	spt_free_roots(m, v, true, 0);
	return false;
}

static bool find_without_current(struct mmu_vcpu *v, uint64_t pgd, uint32_t role)
{
	struct spt_vcpu *sv = spt_vcpu_of(v);
	unsigned i = 0;

	while (i < SPT_PREV_ROOTS && !is_usable(&sv->prev[i], pgd, role))
		i++;
	if (i == SPT_PREV_ROOTS)
		return false;
	sv->root = sv->prev[i];
	for (; i + 1 < SPT_PREV_ROOTS; i++)
		sv->prev[i] = sv->prev[i + 1];
	sv->prev[i] = (struct spt_root){ 0 };
	return true;
}

void spt_new_pgd(struct mmu *m, struct mmu_vcpu *v, uint64_t pgd)
{
	struct spt_vcpu *sv = spt_vcpu_of(v);
	uint32_t role = spt_root_role(v);
	bool found = sv->root.page ? find_keeping_current(m, v, pgd, role)
				   : find_without_current(v, pgd, role);

	if (found)
		sv->root.page->n_writes = 0;
}

void spt_invalidate_pcid(struct mmu *m, struct mmu_vcpu *v, uint16_t pcid)
{
	struct spt_vcpu *sv = spt_vcpu_of(v);
	unsigned mask = 0;

	if (cr3_pcid(v->regs.cr3, &v->paging) == pcid)
		sv->requests |= SPT_SYNC | SPT_FLUSH_CURRENT;
	if (!v->paging.pcide)
		return;
	for (unsigned i = 0; i < SPT_PREV_ROOTS; i++)
		if (sv->prev[i].page && cr3_pcid(sv->prev[i].pgd, &v->paging) == pcid)
			mask |= 1u << i;
	spt_free_roots(m, v, false, mask);
}

static bool has_unsync(const struct shadow_page *p)
{
	return p && (p->is_unsync || p->n_unsync_children);
}

static void sync_root(struct mmu *m, struct mmu_vcpu *v)
{
	struct spt_vcpu *sv = spt_vcpu_of(v);

	if (has_unsync(sv->root.page))
		spt_sync_children(m, v, sv->root.page);
}

/* Earlier roots are brought up to date by dropping them: their next load does it. */
static void sync_prev_roots(struct mmu *m, struct mmu_vcpu *v)
{
	struct spt_vcpu *sv = spt_vcpu_of(v);
	unsigned mask = 0;

	for (unsigned i = 0; i < SPT_PREV_ROOTS; i++)
		if (has_unsync(sv->prev[i].page))
			mask |= 1u << i;
	spt_free_roots(m, v, false, mask);
}

static void free_obsolete_roots(struct mmu *m, struct mmu_vcpu *v)
{
	struct spt *s = spt_of(m);
	struct spt_vcpu *sv = spt_vcpu_of(v);
	unsigned mask = 0;

	for (unsigned i = 0; i < SPT_PREV_ROOTS; i++)
		if (sv->prev[i].page && spt_is_obsolete(s, sv->prev[i].page))
			mask |= 1u << i;
	spt_free_roots(m, v, sv->root.page && spt_is_obsolete(s, sv->root.page), mask);
}

static int load_root(struct mmu *m, struct mmu_vcpu *v, struct sim_error *err)
{
	struct spt_vcpu *sv = spt_vcpu_of(v);
	struct shadow_page *p;
	int rc = spt_make_room(m, err);

	if (rc)
		return rc;
	p = spt_get_page(m, v, gfn_make(cr3_frame(v->regs.cr3)), spt_root_role(v));
	if (!p)
		return sim_fail_nomem(err);
	p->root_count++;
	sv->root = (struct spt_root){ .page = p, .pgd = v->regs.cr3 };
	sync_root(m, v);
	flush_hw(m, v);
	return 0;
}

/* --- entry --- */

static void serve_flush(struct mmu *m, struct mmu_vcpu *v)
{
	struct spt_vcpu *sv = spt_vcpu_of(v);

	if (!(sv->requests & SPT_FLUSH))
		return;
	sv->requests &= ~(unsigned)(SPT_FLUSH | SPT_FLUSH_CURRENT);
	m->c->tlb_flush++;
	if (!sv->is_flushed)
		flush_hw(m, v);
	sv->is_flushed = false;
}

/* Serving one request may raise another: a sync may flush, freeing a root may zap. */
static void serve(struct mmu *m, struct mmu_vcpu *v)
{
	struct spt_vcpu *sv = spt_vcpu_of(v);

	if (sv->requests & SPT_FREE_OBSOLETE) {
		sv->requests &= ~(unsigned)SPT_FREE_OBSOLETE;
		free_obsolete_roots(m, v);
	}
	if (sv->requests & SPT_SYNC) {
		sv->requests &= ~(unsigned)SPT_SYNC;
		sync_root(m, v);
	}
	serve_flush(m, v);
	if (sv->requests & SPT_FLUSH_CURRENT) {
		sv->requests &= ~(unsigned)SPT_FLUSH_CURRENT;
		m->c->tlb_flush++;
		flush_hw(m, v);
	}
	if (sv->requests & SPT_FLUSH_GUEST) {
		sv->requests &= ~(unsigned)SPT_FLUSH_GUEST;
		m->c->tlb_flush++;
		sync_root(m, v);
		sync_prev_roots(m, v);
		flush_hw(m, v);
	}
}

void spt_leave(struct mmu *m)
{
	for (unsigned i = 0; i < m->n_vcpu; i++) {
		struct spt_vcpu *sv = spt_vcpu_of(&m->vcpu[i]);

		if ((sv->requests & SPT_FLUSH) && !sv->is_flushed) {
			flush_hw(m, &m->vcpu[i]);
			sv->is_flushed = true;
		}
	}
}

static bool is_idle(const struct mmu *m)
{
	for (unsigned i = 0; i < m->n_vcpu; i++)
		if (spt_vcpu_of(&m->vcpu[i])->requests)
			return false;
	return true;
}

int spt_enter(struct mmu *m, struct mmu_vcpu *v, struct sim_error *err)
{
	int rc;

	dirty_log_enter(m, v);
	for (;;) {
		while (!is_idle(m))
			for (unsigned i = 0; i < m->n_vcpu; i++)
				serve(m, &m->vcpu[i]);
		if (spt_vcpu_of(v)->root.page)
			return 0;
		rc = load_root(m, v, err);
		if (rc)
			return rc;
	}
}
