/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmu/tdp_state.h"

#include <inttypes.h>

#include "base/alloc.h"

#define FILL_TRIES 64 /* more violations than one walk has references: a bug, not a guest */

int tdp_init(struct mmu *m, const struct tdp_flavor *flavor, struct sim_error *err)
{
	struct tdp *s = sim_calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return sim_fail_nomem(err);
	m->state = s;
	s->flavor = flavor;
	pages_init(&s->tables);
	s->host = (struct walk_table){ .kind = flavor->kind,
				       .pages = &s->tables,
				       .levels = m->cfg.tdp_levels,
				       .ad = flavor->kind == PT_NPT || m->machine->has_ept_ad };
	s->by_pml = flavor->kind == PT_EPT && m->cfg.pml && m->machine->has_pml && s->host.ad;
	rc = dirty_log_init(m, s->by_pml ? DIRTY_LOG_BY_PML : DIRTY_LOG_BY_PROTECTION, err);
	return rc ? rc : tdp_root_new(m, err);
}

void tdp_fini(struct mmu *m)
{
	struct tdp *s = m->state;

	if (!s)
		return;
	dirty_log_fini(m);
	pages_fini(&s->tables);
	sim_free(s->frame);
	sim_free(s);
	m->state = NULL;
}

void tdp_flush_all(struct mmu *m, struct mmu_vcpu *v)
{
	struct tdp *s = tdp_of(m);

	m->c->remote_tlb_flush_requests++;
	m->c->remote_tlb_flush += m->n_vcpu > 1;
	for (unsigned i = 0; i < m->n_vcpu; i++) {
		if (&m->vcpu[i] != v)
			mmu_irq_exit(m, &m->vcpu[i], &m->c->exit_kick);
		m->c->tlb_flush++;
		s->flavor->flush(m->vcpu[i].cpu);
	}
}

/* Whatever the size of the mappings. */
static bool unmap_range(struct mmu *m, struct gfn_range r)
{
	struct tdp *s = tdp_of(m);
	bool any = false;

	for (uint64_t gfn = r.first.v; gfn < r.first.v + r.n;) {
		unsigned level;
		uint64_t *e = tdp_find(s, gfn_make(gfn), &level);

		if (*e && !tdp_is_mmio(s, *e)) {
			tdp_remove(m, e, level);
			any = true;
		}
		gfn = (gfn | (level_frames(level) - 1)) + 1;
	}
	return any;
}

/* v is the vCPU inside KVM, NULL when the host acts by itself. */
static void unmap(struct mmu *m, struct mmu_vcpu *v, hva_t hva, uint64_t n)
{
	if (mmu_unmap_hva(m, hva, n, unmap_range))
		tdp_flush_all(m, v);
}

/* --- violations --- */

/*
 * A write to a leaf that is there is dealt with at once, without the host (Linux fast_page_fault): W
 * comes back where the log withheld it, and nothing happens where it is there by now. False: not so.
 */
static bool fix_fast(struct mmu *m, struct mmu_vcpu *v, const struct memslot *slot, gfn_t gfn)
{
	struct tdp *s = tdp_of(m);
	unsigned level;
	uint64_t *e = tdp_find(s, gfn, &level);

	if (!*e || tdp_is_mmio(s, *e))
		return false;
	if (*e & s->flavor->write) {
		m->c->pf_fast++;
		m->c->pf_spurious++;
		return true;
	}
	if (!(*e & TDP_MMU_WRITABLE) || (level > LEVEL_4K && slot->dirty))
		return false;
	*e |= s->flavor->write;
	dirty_log_mark(v, slot, gfn);
	m->c->pf_fast++;
	m->c->pf_fixed++;
	return true;
}

unsigned tdp_max_level(const struct mmu *m, const struct memslot *slot, gfn_t gfn)
{
	struct host_mapping h = host_lookup(m->host, memslot_hva(slot, gfn));

	return slot->dirty || !h.present ? LEVEL_4K : mmu_max_level(slot, gfn, h.level);
}

/* Under PML an entry that may be written is dirty from the start, and known to be. */
static uint64_t written_bits(const struct tdp *s)
{
	return s->flavor->write | TDP_MMU_WRITABLE | (s->by_pml ? s->flavor->dirty : 0);
}

static int map(struct mmu *m, struct mmu_vcpu *v, const struct memslot *slot, gfn_t gfn,
	       const struct host_mapping *h, struct sim_error *err)
{
	struct tdp *s = tdp_of(m);
	unsigned level = tdp_max_level(m, slot, gfn);
	bool is_writable = h->writable && !slot->read_only;
	uint64_t mask = level_frames(level) - 1, value, *e;
	int rc = tdp_build(m, v, gfn, level, &e, err);

	if (rc)
		return rc;
	value = (h->hfn.v & ~mask) << PAGE_SHIFT | s->flavor->leaf |
		(is_writable ? written_bits(s) : 0) | (level > LEVEL_4K ? s->flavor->large : 0);
	if (is_writable)
		dirty_log_mark(v, slot, gfn);
	if (((*e ^ value) & ~s->flavor->ad) == 0) {
		*e |= value;
		m->c->pf_spurious++;
		return 0;
	}
	if (!*e || tdp_is_mmio(s, *e))
		++*tdp_leaf_counter(m->c, level);
	*e = value;
	m->c->pf_fixed++;
	return 0;
}

/* The access is emulated; unless KVM does without, it leaves an entry that misconfigures. */
static int device_fault(struct mmu *m, struct mmu_vcpu *v, gfn_t gfn, struct fill *f,
			struct sim_error *err)
{
	uint64_t *e;
	int rc;

	if (!m->cfg.no_mmio_caching) {
		rc = tdp_build(m, v, gfn, LEVEL_4K, &e, err);
		if (rc)
			return rc;
		*e = tdp_of(m)->flavor->mmio |
		     ((m->slots.generation << TDP_GEN_SHIFT) & TDP_GEN);
		m->c->pf_mmio_spte_created++;
	}
	m->c->pf_emulate++;
	mmu_emulate_mmio(m);
	f->status = FILL_MMIO;
	return 0;
}

/* The host's page, and a leaf for it. */
static int memory_fault(struct mmu *m, struct mmu_vcpu *v, const struct memslot *slot,
			gfn_t gfn, bool is_write, struct sim_error *err)
{
	hva_t hva = memslot_hva(slot, gfn);
	struct host_mapping h;
	struct hva_range replaced;
	bool was_zero;
	int rc = host_touch(m->host, hva, is_write, &h, &was_zero, err);

	if (rc)
		return rc;
	if (!was_zero)
		return map(m, v, slot, gfn, &h, err);
	/* the host replaced the page: KVM hears of it, drops the mapping and lets the guest try
	 * again */
	replaced = host_invalidated(m->host, hva, 1);
	unmap(m, v, replaced.first, replaced.n);
	return 0;
}

/* KVM's page-fault handler; f->status is FILL_OK when the guest tries again. */
static int page_fault(struct mmu *m, struct mmu_vcpu *v, struct fill *f,
		      const struct walk_result *r, struct sim_error *err)
{
	gfn_t gfn = gpa_to_gfn(r->gpa);
	const struct memslot *slot = memslots_find(&m->slots, gfn);

	m->c->pf_taken++;
	if (!slot && r->in_table)
		return mmu_unknown_table(gfn.v, f->gva, err);
	if (!slot)
		return device_fault(m, v, gfn, f, err);
	if (r->is_write && fix_fast(m, v, slot, gfn))
		return 0;
	if (!r->is_write || !slot->read_only)
		return memory_fault(m, v, slot, gfn, r->is_write, err);
	if (r->in_table)
		return sim_fail(err, SIM_EUNSUP, NULL,
				"the page table in guest frame 0x%" PRIx64
				" is in a read-only slot: the processor cannot set its A and "
				"D bits",
				gfn.v);
	m->c->pf_emulate++;
	mmu_emulate_mmio(m);
	f->status = FILL_MMIO;
	return 0;
}

static int violation(struct mmu *m, struct mmu_vcpu *v, struct fill *f,
		     const struct walk_result *r, struct sim_error *err)
{
	mmu_exit(m, v, tdp_of(m)->flavor->violation(m->c));
	cpu_ept_violation(v->cpu, f->gva, r->gpa);
	f->status = FILL_OK;
	return page_fault(m, v, f, r, err);
}

/* An entry of an earlier generation says nothing: there may be memory now. EPT does not tell KVM
 * whether the access was a write. */
static int misconfig(struct mmu *m, struct mmu_vcpu *v, struct fill *f, struct walk_result *r,
		     struct sim_error *err)
{
	struct tdp *s = tdp_of(m);
	unsigned level;
	uint64_t e = *tdp_find(s, gpa_to_gfn(r->gpa), &level);
	uint64_t now = (m->slots.generation << TDP_GEN_SHIFT) & TDP_GEN;

	mmu_exit(m, v, s->flavor->mmio_exit(m->c));
	if ((e & TDP_GEN) == now) {
		mmu_emulate_mmio(m);
		f->status = FILL_MMIO;
		return 0;
	}
	r->is_write = r->is_write && s->flavor->kind == PT_NPT;
	f->status = FILL_OK;
	return page_fault(m, v, f, r, err);
}

static void walk(struct mmu *m, struct mmu_vcpu *v, gva_t gva, struct access a,
		 struct walk_result *r)
{
	struct tdp *s = m->state;
	struct walk_table guest = { .kind = PT_X86,
				    .pages = &m->guest,
				    .root = cr3_frame(v->regs.cr3),
				    .levels = v->paging.levels,
				    .ad = true };

	walk_2d(v->cpu, &guest, &s->host, &v->paging, gva, a, r);
}

/* Walks until the host tables let the walk end; FILL_OK, FILL_FAULT or FILL_MMIO in f. */
static int resolve(struct mmu *m, struct mmu_vcpu *v, struct fill *f, struct walk_result *r,
		   struct sim_error *err)
{
	int rc;

	for (unsigned tries = 0; tries < FILL_TRIES; tries++) {
		dirty_log_enter(m, v);
		walk(m, v, f->gva, f->access, r);
		f->gpa = r->gpa;
		f->error_code = r->error_code;
		switch (r->status) {
		case WALK_OK:
			f->status = FILL_OK;
			return 0;
		case WALK_FAULT:
			f->status = FILL_FAULT;
			cpu_pf_delivered(v->cpu, f->gva);
			return 0;
		case WALK_UNKNOWN:
			return mmu_unknown_table(r->gpa.v >> PAGE_SHIFT, f->gva, err);
		case WALK_PML_FULL:
			mmu_exit(m, v, &m->c->exit_pml_full);
			continue;
		case WALK_MISCONFIG:
			rc = misconfig(m, v, f, r, err);
			break;
		case WALK_VIOLATION:
			rc = violation(m, v, f, r, err);
			break;
		}
		if (rc || f->status == FILL_MMIO)
			return rc;
	}
	return sim_fail(err, SIM_ESTATE, NULL, "gva 0x%" PRIx64 " faults without end",
			f->gva.v);
}

int tdp_fill(struct mmu *m, struct mmu_vcpu *v, struct fill *f, struct sim_error *err)
{
	struct walk_result r;
	int rc = resolve(m, v, f, &r, err);

	if (rc || f->status != FILL_OK)
		return rc;
	f->t = r.t;
	cpu_tlb_fill(v->cpu, f->gva, f->access, &r.t);
	return 0;
}

/* The guest's own fault costs no exit of its own, but the walk that found it may meet
 * violations. */
int tdp_guest_fault(struct mmu *m, struct mmu_vcpu *v, gva_t gva, unsigned error_code,
		    struct sim_error *err)
{
	struct fill f = { .gva = gva, .access = mmu_faulting_access(error_code) };
	struct walk_result r;
	int rc = resolve(m, v, &f, &r, err);

	cpu_pf_delivered(v->cpu, gva);
	return rc;
}

int tdp_set_cr3(struct mmu *m, struct mmu_vcpu *v, uint64_t value, struct sim_error *err)
{
	(void)m;
	(void)err;
	mmu_hw_cr3(v, value);
	mmu_store_cr3(v, value);
	return 0;
}

int tdp_set_cr0(struct mmu *m, struct mmu_vcpu *v, uint64_t value, struct sim_error *err)
{
	(void)err;
	if ((v->regs.cr0 ^ value) & ~VMX_CR0_GUEST_OWNED)
		mmu_exit(m, v, &m->c->exit_cr0);
	mmu_store_cr0(m, v, value);
	dirty_log_enter(m, v);
	return 0;
}

/* A write that reaches KVM and that the architecture lets flush makes KVM flush
 * (kvm_post_set_cr4). */
int tdp_set_cr4(struct mmu *m, struct mmu_vcpu *v, uint64_t value, struct sim_error *err)
{
	struct tdp *s = m->state;
	uint64_t changed = v->regs.cr4 ^ value;

	(void)err;
	if (s->flavor->cr4_exits(v->regs.cr4, value)) {
		mmu_exit(m, v, &m->c->exit_cr4);
		if ((changed & (CR4_PGE | CR4_PAE)) || (changed & ~value & CR4_PCIDE) ||
		    (changed & value & CR4_SMEP)) {
			m->c->tlb_flush++;
			s->flavor->flush(v->cpu);
		}
	}
	mmu_hw_cr4(v, value);
	mmu_store_cr4(m, v, value);
	dirty_log_enter(m, v);
	return 0;
}

int tdp_invlpg(struct mmu *m, struct mmu_vcpu *v, gva_t gva, struct sim_error *err)
{
	(void)m;
	(void)err;
	cpu_invlpg(v->cpu, gva);
	return 0;
}

int tdp_invpcid(struct mmu *m, struct mmu_vcpu *v, unsigned type, uint16_t pcid, gva_t gva,
		struct sim_error *err)
{
	(void)m;
	(void)err;
	mmu_hw_invpcid(v, type, pcid, gva);
	return 0;
}

void tdp_interrupt(struct mmu *m, struct mmu_vcpu *v)
{
	mmu_irq_exit(m, v, &m->c->exit_interrupt);
	dirty_log_enter(m, v);
}

/* Linux 6.1 kvm_mmu_zap_all_fast: every root becomes invalid, whatever the slot. */
int tdp_slot_removing(struct mmu *m, const struct memslot *slot, struct sim_error *err)
{
	dirty_log_collect(m, NULL);
	dirty_log_slots_changed(m, slot);
	tdp_flush_all(m, NULL);
	tdp_drop_all(m);
	return tdp_root_new(m, err);
}

int tdp_host_invalidate(struct mmu *m, hva_t hva, uint64_t n, struct sim_error *err)
{
	(void)err;
	unmap(m, NULL, hva, n);
	return 0;
}
