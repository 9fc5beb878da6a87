/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Linux 6.1: mark_page_dirty_in_slot, vmx_flush_pml_buffer, kvm_arch_sync_dirty_log; the VMM is
 * QEMU 7.2, which collects the rings of all vCPUs when one of them is full, and kicks all vCPUs
 * before it reads the log.
 */
#include "mmu/dirty_log.h"

#include "base/alloc.h"

static int make_ring(struct mmu *m, struct mmu_vcpu *v, enum dirty_log_by by,
		     struct sim_error *err)
{
	v->ring = sim_calloc(1, sizeof(*v->ring));
	if (!v->ring)
		return sim_fail_nomem(err);
	return dirty_ring_init(v->ring, m->cfg.dirty_ring,
			       by == DIRTY_LOG_BY_PML ? PML_ENTRIES : 0, err);
}

void dirty_log_fini(struct mmu *m)
{
	for (unsigned i = 0; i < m->n_vcpu; i++) {
		struct mmu_vcpu *v = &m->vcpu[i];

		if (v->ring)
			dirty_ring_fini(v->ring);
		sim_free(v->ring);
		v->ring = NULL;
		if (v->pml && v->cpu)
			cpu_set_pml(v->cpu, NULL);
		sim_free(v->pml);
		v->pml = NULL;
	}
}

void dirty_log_mark(struct mmu_vcpu *v, const struct memslot *slot, gfn_t gfn)
{
	if (!slot->dirty)
		return;
	if (!v || !v->ring || !dirty_ring_push(v->ring, slot->id, gfn.v - slot->base.v))
		memslot_mark_dirty(slot, gfn);
}

/* --- page-modification logging --- */

static bool any_logged(const struct mmu *m, const struct memslot *going)
{
	for (size_t i = 0; i < m->slots.n; i++)
		if (m->slots.slot[i].dirty && &m->slots.slot[i] != going)
			return true;
	return false;
}

/* A processor without PML has none to switch. */
static void set_pml(struct mmu *m, bool on)
{
	m->pml_is_on = on && m->vcpu[0].pml;
	for (unsigned i = 0; i < m->n_vcpu; i++)
		cpu_set_pml(m->vcpu[i].cpu, m->pml_is_on ? m->vcpu[i].pml : NULL);
}

static void kick_all(struct mmu *m)
{
	for (unsigned i = 0; i < m->n_vcpu; i++)
		mmu_irq_exit(m, &m->vcpu[i], &m->c->exit_kick);
}

void dirty_log_slots_changed(struct mmu *m, const struct memslot *going)
{
	bool on = any_logged(m, going);

	if (!m->vcpu[0].pml || on == m->pml_is_on)
		return;
	kick_all(m);
	set_pml(m, on);
}

void dirty_log_exited(struct mmu *m, struct mmu_vcpu *v)
{
	struct pml *p = v->pml;

	if (!p || !p->n)
		return;
	m->c->pml_pages += p->n;
	for (unsigned i = 0; i < p->n; i++) {
		const struct memslot *slot = memslots_find(&m->slots, p->gfn[i]);

		if (slot)
			dirty_log_mark(v, slot, p->gfn[i]);
	}
	p->n = 0;
}

int dirty_log_init(struct mmu *m, enum dirty_log_by by, struct sim_error *err)
{
	int rc = 0;

	for (unsigned i = 0; i < m->n_vcpu && !rc; i++) {
		struct mmu_vcpu *v = &m->vcpu[i];

		if (m->cfg.dirty_ring)
			rc = make_ring(m, v, by, err);
		if (rc || by != DIRTY_LOG_BY_PML)
			continue;
		v->pml = sim_calloc(1, sizeof(*v->pml));
		if (!v->pml)
			rc = sim_fail_nomem(err);
	}
	if (!rc && any_logged(m, NULL))
		set_pml(m, true);
	return rc;
}

/* --- rings --- */

static void watch(void *arg, unsigned id, uint64_t offset, uint64_t mask)
{
	struct mmu *m = arg;

	for (size_t i = 0; i < m->slots.n; i++) {
		const struct memslot *slot = &m->slots.slot[i];

		if (slot->id == id &&
		    offset + (63 - (unsigned)__builtin_clzll(mask)) < slot->n_frames)
			m->ops->log_protect(m, slot, offset, mask);
	}
}

/* Some page that could not be pushed is dirty but not in the ring: every dirty page is watched. */
static void watch_overrun(struct mmu *m)
{
	for (size_t i = 0; i < m->slots.n; i++) {
		const struct memslot *slot = &m->slots.slot[i];

		for (uint64_t w = 0; slot->dirty && w < (slot->n_frames + 63) / 64; w++)
			if (slot->dirty[w])
				m->ops->log_protect(m, slot, w * 64, slot->dirty[w]);
	}
}

void dirty_log_collect(struct mmu *m, struct mmu_vcpu *v)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < m->n_vcpu && m->vcpu[i].ring; i++)
		n += dirty_ring_collect(m->vcpu[i].ring, &m->slots);
	for (unsigned i = 0; i < m->n_vcpu && m->vcpu[i].ring; i++) {
		struct dirty_ring *r = m->vcpu[i].ring;

		dirty_ring_reset(r, watch, m);
		if (r->is_overrun)
			watch_overrun(m);
		r->is_overrun = false;
	}
	m->c->dirty_ring_pages += n;
	if (n)
		m->ops->log_flush(m, v);
}

void dirty_log_enter(struct mmu *m, struct mmu_vcpu *v)
{
	if (!v->ring || !dirty_ring_is_soft_full(v->ring))
		return;
	m->c->dirty_ring_full++;
	dirty_log_collect(m, v);
}

bool dirty_log_sync(struct mmu *m)
{
	if (m->vcpu[0].pml || m->vcpu[0].ring)
		kick_all(m);
	if (!m->vcpu[0].ring)
		return false;
	dirty_log_collect(m, NULL);
	return true;
}
