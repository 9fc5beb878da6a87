/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shadow-paging technique: what the machine tells it, turned into exits and KVM's handlers.
 */
#include "mmu/spt.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "mmu/dirty_log.h"

#define FILL_TRIES  64 /* faults that one access may take; more is a bug */
#define QUOTA_RATIO 50 /* KVM_MEMSLOT_PAGES_TO_MMU_PAGES_RATIO */
#define CR0_ROLE    (CR0_WP | CR0_PG)
#define CR4_PSE_PKE ((uint64_t)1 << 4 | (uint64_t)1 << 22)
#define CR4_ROLE    (CR4_PAE | CR4_LA57 | CR4_SMEP | CR4_SMAP | CR4_PSE_PKE)
#define ALL_PREV    ((1u << SPT_PREV_ROOTS) - 1)

static uint64_t quota_of(const struct mmu *m)
{
	uint64_t frames = 0;

	if (m->cfg.shadow_quota)
		return m->cfg.shadow_quota;
	for (size_t i = 0; i < m->slots.n; i++)
		frames += m->slots.slot[i].n_frames;
	return frames / QUOTA_RATIO > MMU_QUOTA_MIN ? frames / QUOTA_RATIO : MMU_QUOTA_MIN;
}

static int init(struct mmu *m, struct sim_error *err)
{
	struct spt *s = sim_calloc(1, sizeof(*s));

	if (!s)
		return sim_fail_nomem(err);
	m->state = s;
	pages_init(&s->tables);
	map_init(&s->by_hfn);
	map_init(&s->by_gfn);
	map_init(&s->tracked);
	map_init(&s->no_large);
	rmap_init(&s->rmap);
	for (unsigned i = 0; i < m->n_vcpu; i++) {
		m->vcpu[i].state = sim_calloc(1, sizeof(struct spt_vcpu));
		if (!m->vcpu[i].state)
			return sim_fail_nomem(err);
	}
	spt_set_quota(m, quota_of(m));
	return dirty_log_init(m, DIRTY_LOG_BY_PROTECTION, err);
}

static void fini(struct mmu *m)
{
	struct spt *s = m->state;

	if (!s)
		return;
	spt_free_all(m);
	dirty_log_fini(m);
	for (unsigned i = 0; i < m->n_vcpu; i++) {
		sim_free(m->vcpu[i].state);
		m->vcpu[i].state = NULL;
	}
	pages_fini(&s->tables);
	map_fini(&s->by_hfn);
	map_fini(&s->by_gfn);
	map_fini(&s->tracked);
	map_fini(&s->no_large);
	rmap_fini(&s->rmap);
	sim_free(s);
	m->state = NULL;
}

/* --- faults --- */

static void walk(struct mmu *m, struct mmu_vcpu *v, gva_t gva, struct access a,
		 struct walk_result *r)
{
	struct shadow_page *root = spt_vcpu_of(v)->root.page;
	struct walk_table t = { .kind = PT_X86,
				.pages = &spt_of(m)->tables,
				.root = root->hfn.v,
				.levels = role_level(root->role),
				.ad = true,
				.shadow = true };

	walk_1d(v->cpu, &t, &v->hw, gva, a, r);
}

/* The MMIO entry for gva, if there is one of the slots' present generation; 0: none. */
static uint64_t find_mmio(struct mmu *m, struct mmu_vcpu *v, gva_t gva, gpa_t *gpa)
{
	struct shadow_page *root = spt_vcpu_of(v)->root.page;
	struct shadow_walk w = { root, role_level(root->role), 0 };
	uint64_t spte, now = (m->slots.generation << SPTE_GEN_SHIFT) & SPTE_GEN;

	w.index = level_index(gva.v, w.level);
	while (shadow_walk_next(spt_of(m), &w, gva))
		;
	spte = w.page->spt[w.index];
	gpa->v = w.page->mapped[w.index].v << PAGE_SHIFT | (gva.v & (PAGE_BYTES - 1));
	return spte_is_mmio(spte) && (spte & SPTE_GEN) == now ? spte : 0;
}

/*
 * Linux vcpu_mmio_gva_to_gpa: the emulator believes a known MMIO entry whose rights suffice; for
 * anything else it walks the guest's tables. FILL_OK: no device access after all.
 */
static void emulate_mmio(struct mmu *m, struct mmu_vcpu *v, struct fill *f, uint64_t spte)
{
	unsigned perm = (spte & PTE_W ? PERM_W : 0) | (spte & PTE_U ? PERM_U : 0);
	bool is_store = f->access.kind == ACCESS_STORE;
	struct guest_walk w;

	f->status = FILL_MMIO;
	if (perm_allows(perm, f->access, &v->paging) && (!is_store || (perm & PERM_W)))
		return;
	spt_guest_walk(m, v, f->gva, f->access, &w);
	f->gpa = gpa_make(w.gfn.v << PAGE_SHIFT | (f->gva.v & (PAGE_BYTES - 1)));
	f->error_code = w.error_code;
	if (w.status == GUEST_WALK_FAULT)
		f->status = FILL_FAULT;
	else if (w.status == GUEST_WALK_UNKNOWN || memslots_find(&m->slots, w.gfn))
		f->status = FILL_OK;
}

/* A fault on an MMIO entry; false when it must be handled as any other. */
static bool known_mmio(struct mmu *m, struct mmu_vcpu *v, struct fill *f, unsigned error_code)
{
	uint64_t spte = error_code & PFEC_RSVD ? find_mmio(m, v, f->gva, &f->gpa) : 0;

	if (!spte)
		return false;
	emulate_mmio(m, v, f, spte);
	if (f->status == FILL_OK)
		return false;
	if (f->status == FILL_FAULT) {
		m->c->pf_guest++;
		mmu_exit(m, v, &m->c->exit_pf_guest);
	} else {
		mmu_exit(m, v, &m->c->exit_pf_mmio);
		mmu_emulate_mmio(m);
	}
	return true;
}

static void count(struct mmu *m, struct mmu_vcpu *v, enum spt_result result)
{
	struct counters *c = m->c;

	switch (result) {
	case SPT_RETRY:
		mmu_exit(m, v, &c->exit_pf_retry);
		break;
	case SPT_EMULATE:
		c->pf_emulate++;
		mmu_exit(m, v, &c->exit_pf_emulated);
		break;
	case SPT_MMIO:
		c->pf_emulate++;
		mmu_exit(m, v, &c->exit_pf_mmio);
		mmu_emulate_mmio(m);
		break;
	case SPT_FIXED:
		c->pf_fixed++;
		mmu_exit(m, v, &c->exit_pf_fixed);
		break;
	case SPT_SPURIOUS:
		c->pf_spurious++;
		mmu_exit(m, v, &c->exit_pf_spurious);
		break;
	case SPT_REFLECT:
		mmu_exit(m, v, &c->exit_pf_guest);
		break;
	}
}

/* The emulator does the guest's write: the page is there, and its shadow hears of it. */
static int emulate_write(struct mmu *m, struct mmu_vcpu *v, const struct spt_fault *sf,
			 struct fill *f, struct sim_error *err)
{
	struct host_mapping h;
	bool was_zero;
	hva_t hva = memslot_hva(sf->slot, sf->gfn);
	int rc = host_touch(m->host, hva, true, &h, &was_zero, err);

	if (rc)
		return rc;
	if (was_zero)
		spt_unmap_unit(m, hva);
	dirty_log_mark(v, sf->slot, sf->gfn);
	f->gpa = gpa_make(sf->gfn.v << PAGE_SHIFT | (f->gva.v & (PAGE_BYTES - 1)));
	f->t = (struct translation){ .frame = h.hfn.v, .level = LEVEL_4K };
	f->status = FILL_DONE;
	m->c->insn_emulation++;
	spt_emulated_write(m, f->gpa, f->bytes);
	return 0;
}

/*
 * The guest gets its #PF, and as on a processor what is cached for the address goes. Linux
 * (kvm_inject_emulated_page_fault) sees to it only when the error code has P without RSVD: a stale
 * entry of an unsync page could outlive the other faults, which no processor allows.
 */
static int reflect(struct mmu *m, struct mmu_vcpu *v, struct fill *f, unsigned error_code,
		   struct sim_error *err)
{
	f->status = FILL_FAULT;
	f->error_code = error_code;
	if ((error_code & PFEC_P) && !(error_code & PFEC_RSVD))
		spt_flush_gva(m, v, f->gva);
	if (spt_invalidate_gva(m, v, spt_vcpu_of(v)->root.page, f->gva) < 0)
		return sim_fail_nomem(err);
	return 0;
}

/* One #PF exit; f->status is FILL_OK when the access is to be tried again. */
static int fault(struct mmu *m, struct mmu_vcpu *v, struct fill *f, unsigned error_code,
		 struct sim_error *err)
{
	struct spt_fault sf = { .gva = f->gva, .access = f->access, .error_code = error_code };
	int result, rc = 0;

	if (known_mmio(m, v, f, error_code)) {
		if (f->status == FILL_FAULT)
			rc = reflect(m, v, f, f->error_code, err);
		return rc ? rc : spt_enter(m, v, err);
	}
	f->status = FILL_OK;
	result = spt_page_fault(m, v, &sf, err);
	if (result < 0)
		return result;
	count(m, v, (enum spt_result)result);
	if (result == SPT_REFLECT) {
		rc = reflect(m, v, f, sf.w.error_code, err);
	} else if (result == SPT_MMIO) {
		f->status = FILL_MMIO;
		f->gpa = gpa_make(sf.gfn.v << PAGE_SHIFT | (f->gva.v & (PAGE_BYTES - 1)));
	} else if (result == SPT_EMULATE) {
		rc = emulate_write(m, v, &sf, f, err);
	}
	return rc ? rc : spt_enter(m, v, err);
}

/* Before anything else on vCPU v: it is the one inside KVM, it has a root, and nothing is asked of
 * it. */
static int begin(struct mmu *m, struct mmu_vcpu *v, struct sim_error *err)
{
	struct spt_vcpu *sv = spt_vcpu_of(v);

	spt_of(m)->current = v;
	return sv->root.page && !sv->requests ? 0 : spt_enter(m, v, err);
}

static int fill(struct mmu *m, struct mmu_vcpu *v, struct fill *f, struct sim_error *err)
{
	struct walk_result r;
	int rc = begin(m, v, err);

	for (unsigned tries = 0; !rc && tries < FILL_TRIES; tries++) {
		walk(m, v, f->gva, f->access, &r);
		if (r.status == WALK_OK) {
			f->status = FILL_OK;
			f->t = r.t;
			cpu_tlb_fill(v->cpu, f->gva, f->access, &r.t);
			return 0;
		}
		cpu_pf_delivered(v->cpu, f->gva);
		rc = fault(m, v, f, r.error_code, err);
		if (rc || f->status != FILL_OK)
			return rc;
	}
	if (rc)
		return rc;
	return sim_fail(err, SIM_ESTATE, NULL, "gva 0x%" PRIx64 " faults without end",
			f->gva.v);
}

static int guest_fault(struct mmu *m, struct mmu_vcpu *v, gva_t gva, unsigned error_code,
		       struct sim_error *err)
{
	struct fill f = { .gva = gva, .access = mmu_faulting_access(error_code), .bytes = 8 };
	struct walk_result r;
	int rc = begin(m, v, err);

	if (rc)
		return rc;
	walk(m, v, gva, f.access, &r);
	cpu_pf_delivered(v->cpu, gva);
	rc = fault(m, v, &f, error_code, err);
	/* a machine with an older entry in its TLB might have been spared this fault; the one that
	 * recorded the stream was not */
	if (!rc && f.status != FILL_FAULT &&
	    spt_invalidate_gva(m, v, spt_vcpu_of(v)->root.page, gva) < 0)
		rc = sim_fail_nomem(err);
	return rc ? rc : spt_enter(m, v, err);
}

/* --- control registers and invalidations --- */

static int set_cr3(struct mmu *m, struct mmu_vcpu *v, uint64_t value, struct sim_error *err)
{
	uint64_t old = v->regs.cr3;
	int rc = begin(m, v, err);

	if (rc)
		return rc;
	mmu_exit(m, v, &m->c->exit_cr3);
	mmu_store_cr3(v, value);
	if (v->regs.cr3 != old)
		spt_new_pgd(m, v, v->regs.cr3);
	cpu_set_pcid(v->cpu, cr3_pcid(v->regs.cr3, &v->paging));
	if (!(v->paging.pcide && (value & CR3_NOFLUSH)))
		spt_invalidate_pcid(m, v, cr3_pcid(v->regs.cr3, &v->paging));
	return spt_enter(m, v, err);
}

static int set_cr0(struct mmu *m, struct mmu_vcpu *v, uint64_t value, struct sim_error *err)
{
	uint64_t changed = v->regs.cr0 ^ value;
	int rc = begin(m, v, err);

	if (rc)
		return rc;
	if (changed & ~VMX_CR0_GUEST_OWNED)
		mmu_exit(m, v, &m->c->exit_cr0);
	mmu_store_cr0(m, v, value);
	if (changed & CR0_ROLE)
		spt_free_roots(m, v, true, ALL_PREV);
	return spt_enter(m, v, err);
}

static int set_cr4(struct mmu *m, struct mmu_vcpu *v, uint64_t value, struct sim_error *err)
{
	struct spt_vcpu *sv = spt_vcpu_of(v);
	uint64_t changed = v->regs.cr4 ^ value;
	int rc = begin(m, v, err);

	if (rc)
		return rc;
	if (m->machine->vendor == VENDOR_AMD || (changed & ~VMX_CR4_GUEST_OWNED))
		mmu_exit(m, v, &m->c->exit_cr4);
	mmu_store_cr4(m, v, value);
	if ((changed & CR4_ROLE) || (changed & value & CR4_PCIDE))
		spt_free_roots(m, v, true, ALL_PREV);
	if ((changed & CR4_PGE) || (changed & ~value & CR4_PCIDE))
		sv->requests |= SPT_FLUSH_GUEST;
	else if ((changed & CR4_PAE) || (changed & value & CR4_SMEP))
		sv->requests |= SPT_FLUSH_CURRENT;
	cpu_set_pcid(v->cpu, cr3_pcid(v->regs.cr3, &v->paging));
	return spt_enter(m, v, err);
}

/* In the current root and those earlier ones that `pcid` selects (any, when negative). */
static int invalidate(struct mmu *m, struct mmu_vcpu *v, gva_t gva, int pcid,
		      struct sim_error *err)
{
	struct spt_vcpu *sv = spt_vcpu_of(v);
	int rc = 0;

	for (int i = -1; i < SPT_PREV_ROOTS && rc >= 0; i++) {
		struct spt_root *r = i < 0 ? &sv->root : &sv->prev[i];

		if (r->page && (pcid < 0 || cr3_pcid(r->pgd, &v->paging) == pcid))
			rc = spt_invalidate_gva(m, v, r->page, gva);
	}
	m->c->invlpg++;
	return rc < 0 ? sim_fail_nomem(err) : spt_enter(m, v, err);
}

static int invlpg(struct mmu *m, struct mmu_vcpu *v, gva_t gva, struct sim_error *err)
{
	int rc = begin(m, v, err);

	if (rc)
		return rc;
	mmu_exit(m, v, &m->c->exit_invlpg);
	spt_flush_gva(m, v, gva);
	return invalidate(m, v, gva, -1, err);
}

static int invpcid(struct mmu *m, struct mmu_vcpu *v, unsigned type, uint16_t pcid, gva_t gva,
		   struct sim_error *err)
{
	int rc = begin(m, v, err);

	if (rc)
		return rc;
	mmu_exit(m, v, &m->c->exit_invpcid);
	switch (type) {
	case 0:
		spt_flush_gva(m, v, gva);
		return invalidate(m, v, gva, pcid, err);
	case 1:
		spt_invalidate_pcid(m, v, pcid);
		break;
	default: /* 2 and 3: KVM has no global shadow entries, so both are the same to it */
		spt_vcpu_of(v)->requests |= SPT_FLUSH_GUEST;
	}
	return spt_enter(m, v, err);
}

static void interrupt(struct mmu *m, struct mmu_vcpu *v)
{
	mmu_irq_exit(m, v, &m->c->exit_interrupt);
}

/* --- the host's side --- */

static int quota_changed(struct mmu *m, struct sim_error *err)
{
	(void)err;
	spt_of(m)->current = NULL;
	spt_set_quota(m, quota_of(m));
	spt_leave(m);
	return 0;
}

/* Linux 6.1 kvm_mmu_zap_all_fast: deleting any slot makes every shadow page obsolete. */
static int slot_removing(struct mmu *m, const struct memslot *slot, struct sim_error *err)
{
	(void)slot;
	(void)err;
	spt_of(m)->current = NULL;
	dirty_log_collect(m, NULL);
	spt_zap_all(m);
	spt_leave(m);
	return 0;
}

static int host_invalidate(struct mmu *m, hva_t hva, uint64_t n, struct sim_error *err)
{
	(void)err;
	spt_of(m)->current = NULL;
	spt_unmap_hva(m, hva, n);
	spt_leave(m);
	return 0;
}

const struct mmu_ops mmu_spt = {
	.name = "spt",
	.meaning = "shadow page tables as KVM builds them: one-dimensional walks, exits for "
		   "every table event",
	.forces_wp = true,
	.init = init,
	.fini = fini,
	.fill = fill,
	.set_cr3 = set_cr3,
	.set_cr0 = set_cr0,
	.set_cr4 = set_cr4,
	.invlpg = invlpg,
	.invpcid = invpcid,
	.guest_fault = guest_fault,
	.interrupt = interrupt,
	.slot_removing = slot_removing,
	.quota_changed = quota_changed,
	.host_invalidate = host_invalidate,
	.log_started = spt_log_started,
	.log_stopped = spt_log_stopped,
	.log_taken = spt_log_taken,
	.log_protect = spt_log_protect,
	.log_flush = spt_log_flush,
};
