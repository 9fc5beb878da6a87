/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmu/tdp.h"

#include <inttypes.h>

#include "base/alloc.h"

#define FILL_TRIES 64 /* more violations than one walk has references: a bug, not a guest */

struct tdp {
	const struct tdp_flavor *flavor;
	struct pages tables; /* by hfn */
	struct walk_table host;
	hfn_t *frame; /* of every table page, the root first */
	size_t n_frame, cap_frame;
};

static int table_new(struct mmu *m, struct tdp *s, hfn_t *hfn, struct sim_error *err)
{
	int rc;

	if (sim_grow((void **)&s->frame, &s->cap_frame, s->n_frame, sizeof(*s->frame)))
		return sim_fail_nomem(err);
	rc = host_frame_get(m->host, hfn, err);
	if (rc)
		return rc;
	if (!pages_make(&s->tables, hfn->v)) {
		host_frame_put(m->host, *hfn);
		return sim_fail_nomem(err);
	}
	s->frame[s->n_frame++] = *hfn;
	m->c->tdp_pages++;
	if (m->c->tdp_pages > m->c->tdp_pages_peak)
		m->c->tdp_pages_peak = m->c->tdp_pages;
	return 0;
}

static void tables_drop(struct mmu *m, struct tdp *s)
{
	for (size_t i = 0; i < s->n_frame; i++) {
		pages_drop(&s->tables, s->frame[i].v);
		host_frame_put(m->host, s->frame[i]);
	}
	m->c->tdp_pages -= s->n_frame;
	s->n_frame = 0;
	m->c->pages_4k = m->c->pages_2m = m->c->pages_1g = 0;
}

static int root_new(struct mmu *m, struct tdp *s, struct sim_error *err)
{
	hfn_t root;
	int rc = table_new(m, s, &root, err);

	if (!rc)
		s->host.root = root.v;
	return rc;
}

int tdp_init(struct mmu *m, const struct tdp_flavor *flavor, struct sim_error *err)
{
	struct tdp *s = sim_calloc(1, sizeof(*s));

	if (!s)
		return sim_fail_nomem(err);
	m->state = s;
	s->flavor = flavor;
	pages_init(&s->tables);
	s->host = (struct walk_table){ .kind = flavor->kind,
				       .pages = &s->tables,
				       .levels = m->cfg.tdp_levels,
				       .ad = flavor->kind == PT_NPT || m->machine->has_ept_ad };
	return root_new(m, s, err);
}

void tdp_fini(struct mmu *m)
{
	struct tdp *s = m->state;

	if (!s)
		return;
	pages_fini(&s->tables);
	sim_free(s->frame);
	sim_free(s);
	m->state = NULL;
}

static uint64_t *leaf_counter(struct counters *c, unsigned level)
{
	return level == LEVEL_4K   ? &c->pages_4k
	       : level == LEVEL_2M ? &c->pages_2m
				   : &c->pages_1g;
}

/* All vCPUs forget what they cached; those other than v are kicked out for it. */
static void flush_all(struct mmu *m, struct mmu_vcpu *v)
{
	struct tdp *s = m->state;

	m->c->remote_tlb_flush_requests++;
	m->c->remote_tlb_flush += m->n_vcpu > 1;
	for (unsigned i = 0; i < m->n_vcpu; i++) {
		if (&m->vcpu[i] != v)
			mmu_irq_exit(m, &m->vcpu[i], &m->c->exit_kick);
		m->c->tlb_flush++;
		s->flavor->flush(m->vcpu[i].cpu);
	}
}

/* The entry that maps gfn: a leaf, or an empty one; *level is its level. */
static uint64_t *find(struct tdp *s, gfn_t gfn, unsigned *level)
{
	uint64_t frame = s->host.root;

	for (*level = s->host.levels;; --*level) {
		uint64_t *e =
			&pages_get(&s->tables, frame)[level_index(gfn.v << PAGE_SHIFT, *level)];

		if (*level == LEVEL_4K || !*e || (*e & s->flavor->large))
			return e;
		frame = pte_frame(*e, 1);
	}
}

/* The entry for gfn at `want` or, where smaller pages are mapped already, below; builds missing
 * tables. */
static int build(struct mmu *m, gfn_t gfn, unsigned *want, uint64_t **entry,
		 struct sim_error *err)
{
	struct tdp *s = m->state;
	unsigned level;

	for (;;) {
		uint64_t *e = find(s, gfn, &level);
		hfn_t table;
		int rc;

		if (level <= *want || *e) {
			*want = level;
			*entry = e;
			return 0;
		}
		rc = table_new(m, s, &table, err);
		if (rc)
			return rc;
		*e = table.v << PAGE_SHIFT | s->flavor->nonleaf;
	}
}

static int map(struct mmu *m, const struct memslot *slot, gfn_t gfn,
	       const struct host_mapping *h, struct sim_error *err)
{
	struct tdp *s = m->state;
	unsigned level = mmu_max_level(slot, gfn, h->level);
	uint64_t mask, value, *e;
	int rc = build(m, gfn, &level, &e, err);

	if (rc)
		return rc;
	mask = level_frames(level) - 1;
	value = (h->hfn.v & ~mask) << PAGE_SHIFT | s->flavor->leaf |
		(h->writable ? s->flavor->write : 0) |
		(level > LEVEL_4K ? s->flavor->large : 0);
	if ((*e & ~s->flavor->ad) == value) {
		m->c->pf_spurious++;
		return 0;
	}
	if (!*e)
		++*leaf_counter(m->c, level);
	*e = value;
	m->c->pf_fixed++;
	return 0;
}

/* The first access to a device page leaves an entry that misconfigures; the access itself is
 * emulated. */
static int map_mmio(struct mmu *m, gfn_t gfn, struct fill *f, struct sim_error *err)
{
	struct tdp *s = m->state;
	unsigned level = LEVEL_4K;
	uint64_t *e;
	int rc = build(m, gfn, &level, &e, err);

	if (rc)
		return rc;
	*e = s->flavor->mmio;
	m->c->pf_mmio_spte_created++;
	m->c->pf_emulate++;
	mmu_emulate_mmio(m);
	f->status = FILL_MMIO;
	return 0;
}

/* The mapping of gfn goes, whatever its size; v is the vCPU inside KVM, NULL when the host acts
 * by itself. */
static void unmap(struct mmu *m, struct mmu_vcpu *v, gfn_t gfn)
{
	struct tdp *s = m->state;
	unsigned level;
	uint64_t *e = find(s, gfn, &level);

	if (!*e || *e == s->flavor->mmio)
		return;
	*e = 0;
	--*leaf_counter(m->c, level);
	flush_all(m, v);
}

static int violation(struct mmu *m, struct mmu_vcpu *v, struct fill *f,
		     const struct walk_result *r, struct sim_error *err)
{
	struct tdp *s = m->state;
	gfn_t gfn = gpa_to_gfn(r->gpa);
	const struct memslot *slot = memslots_find(&m->slots, gfn);
	struct host_mapping h;
	bool was_zero;
	int rc;

	mmu_exit(m, v, s->flavor->violation(m->c));
	m->c->pf_taken++;
	cpu_ept_violation(v->cpu, f->gva, r->gpa);
	if (!slot && r->in_table)
		return mmu_unknown_table(gfn.v, f->gva, err);
	if (!slot)
		return map_mmio(m, gfn, f, err);
	rc = host_touch(m->host, memslot_hva(slot, gfn), r->is_write, &h, &was_zero, err);
	if (rc)
		return rc;
	if (was_zero) {
		/* the host replaced the page: KVM hears of it, drops the mapping and lets the
		 * guest try again */
		unmap(m, v, gfn);
		return 0;
	}
	return map(m, slot, gfn, &h, err);
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
	struct tdp *s = m->state;
	int rc;

	for (unsigned tries = 0; tries < FILL_TRIES; tries++) {
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
		case WALK_MISCONFIG:
			mmu_exit(m, v, s->flavor->mmio_exit(m->c));
			mmu_emulate_mmio(m);
			f->status = FILL_MMIO;
			return 0;
		case WALK_VIOLATION:
			f->status = FILL_OK;
			rc = violation(m, v, f, r, err);
			if (rc || f->status == FILL_MMIO)
				return rc;
		}
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
}

/* An MMIO entry may stand where memory is now: KVM's generation makes it stale, here it goes at
 * once. */
int tdp_slot_added(struct mmu *m, const struct memslot *slot, struct sim_error *err)
{
	struct tdp *s = m->state;

	(void)err;
	for (uint64_t i = 0; i < slot->n_frames; i++) {
		unsigned level;
		uint64_t *e = find(s, gfn_make(slot->base.v + i), &level);

		if (*e == s->flavor->mmio)
			*e = 0;
		i |= level_frames(level) - 1;
	}
	return 0;
}

/* Linux 6.1 kvm_mmu_zap_all_fast: every root becomes invalid, whatever the slot. */
int tdp_slot_removing(struct mmu *m, const struct memslot *slot, struct sim_error *err)
{
	struct tdp *s = m->state;

	(void)slot;
	flush_all(m, NULL);
	tables_drop(m, s);
	return root_new(m, s, err);
}

int tdp_host_invalidate(struct mmu *m, gfn_t gfn, struct sim_error *err)
{
	(void)err;
	unmap(m, NULL, gfn);
	return 0;
}
