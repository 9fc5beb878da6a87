/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The replay loop and what stands behind its filter. */
#include <inttypes.h>

#include "vm/lane.h"

/* Accesses between naming one to cpu_look_ahead and making it. */
#define NEAR_AHEAD 6
#define FAR_AHEAD  12

/* A table, so that an access is one load: put together from its parts it would wait for them. */
static struct access access_of(uint8_t op)
{
	static const struct access table[] = {
		{ ACCESS_LOAD, false }, { ACCESS_STORE, false }, { ACCESS_FETCH, false },
		{ ACCESS_LOAD, false }, { ACCESS_LOAD, true },	 { ACCESS_STORE, true },
		{ ACCESS_FETCH, true },
	};
	bool user = (op & OP_USER) && !(op & OP_SYSTEM);

	return table[(op & OP_KIND) | (unsigned)user << 2];
}

/* The physical address of gva's page, in the space where the technique's translations end. */
static uint64_t page_address(const struct translation *t, gva_t gva)
{
	uint64_t in_page = (gva.v >> PAGE_SHIFT) & (level_frames(t->level) - 1);

	return (t->frame + in_page) << PAGE_SHIFT;
}

/* True when the cache model sees data accesses too. */
static bool wants_data(const struct vm *vm)
{
	return vm->machine.pte_cache == PTE_CACHE_FULL;
}

/* A TLB miss: the technique makes the access possible or says why not. `epoch`: before the lookup. */
static SIM_ALWAYS_INLINE int miss(struct vm *vm, gva_t gva, unsigned bytes, uint64_t epoch,
				  struct fill *f, struct sim_error *err)
{
	struct mmu_vcpu *v = vm->current;
	int rc;

	f->gva = gva;
	f->bytes = bytes;
	rc = vm->mmu.ops->fill(&vm->mmu, v, f, err);
	if (SIM_UNLIKELY(rc || f->status != FILL_OK || cpu_epoch(v->cpu) != epoch))
		filter_clear(&vm->filter);
	return rc;
}

/* One access within a page, through TLB and technique. */
static SIM_ALWAYS_INLINE int translate(struct vm *vm, uint8_t op, gva_t gva, unsigned bytes,
				       struct fill *f, struct sim_error *err)
{
	struct mmu_vcpu *v = vm->current;
	uint64_t epoch = cpu_epoch(v->cpu);
	struct access a = access_of(op);
	int rc;

	vm->has_run[v->id] = true;
	f->access = a;
	f->status = FILL_OK;
	if (!cpu_tlb_lookup(v->cpu, gva, a, &v->hw, &f->t)) {
		rc = miss(vm, gva, bytes, epoch, f, err);
		if (SIM_UNLIKELY(rc || f->status != FILL_OK))
			return rc;
	}
	filter_put(&vm->filter, op, gva.v, f->t.level);
	if (wants_data(vm))
		*filter_pa(&vm->filter, op, gva.v) = page_address(&f->t, gva);
	return 0;
}

static int refused(const struct fill *f, struct sim_error *err)
{
	static const char *const what[] = { "a load", "a store", "a fetch" };

	return sim_fail(err, SIM_ESTATE, NULL,
			"%s by CPL %d at gva 0x%" PRIx64
			" succeeded in the guest, but its page tables as the stream gives "
			"them refuse it (error code 0x%x)",
			what[f->access.kind], f->access.user ? 3 : 0, f->gva.v, f->error_code);
}

/* The part of an access that lies in one page; `op` without OP_CROSS. */
static SIM_ALWAYS_INLINE int access_part(struct vm *vm, uint8_t op, gva_t gva, unsigned bytes,
					 struct sim_error *err)
{
	struct fill f;
	int rc = translate(vm, op, gva, bytes, &f, err);

	if (SIM_UNLIKELY(rc))
		return rc;
	if (SIM_UNLIKELY(f.status == FILL_FAULT))
		return refused(&f, err);
	if (SIM_UNLIKELY(f.status == FILL_MMIO))
		lane_mmio(vm, &f);
	if (wants_data(vm) && f.status == FILL_OK && (op & OP_KIND) != OP_FETCH)
		cpu_data_ref(vm->current->cpu,
			     page_address(&f.t, gva) | (gva.v & (PAGE_BYTES - 1)));
	return 0;
}

static unsigned op_bytes(uint8_t op)
{
	return 1u << ((op & OP_SIZE) >> OP_SIZE_SHIFT);
}

static SIM_NOINLINE int crossing_access(struct vm *vm, uint8_t op, gva_t gva,
					struct sim_error *err)
{
	unsigned first = (unsigned)(PAGE_BYTES - (gva.v & (PAGE_BYTES - 1)));
	int rc = access_part(vm, op, gva, first, err);

	if (rc)
		return rc;
	return access_part(vm, op, gva_make(gva.v + first), op_bytes(op) - first, err);
}

/* Misses seldom come alone: names accesses to come for a while after each. */
static SIM_ALWAYS_INLINE void look_ahead(struct vm *vm, const struct batch *b, uint32_t i)
{
	if (vm->counters.stlb_misses != vm->misses_seen) {
		vm->misses_seen = vm->counters.stlb_misses;
		vm->look_ahead = FAR_AHEAD;
	}
	if (!vm->look_ahead || i + FAR_AHEAD >= b->n)
		return;
	vm->look_ahead--;
	cpu_look_ahead(vm->current->cpu, gva_make(b->gva[i + NEAR_AHEAD]),
		       gva_make(b->gva[i + FAR_AHEAD]));
}

/* What the filter did not let pass: an access or an event. */
static SIM_NOINLINE int slow(struct vm *vm, const struct batch *b, uint32_t i,
			     struct sim_error *err)
{
	gva_t gva = gva_make(b->gva[i]);
	uint8_t op = b->op[i];
	int rc;

	if (SIM_UNLIKELY((op & OP_KIND) == OP_EVENT)) {
		const struct event *e = &b->event[gva.v];

		rc = vm_event(vm, e, batch_words(b, e), err);
	} else if (SIM_UNLIKELY(op & OP_CROSS)) {
		rc = crossing_access(vm, (uint8_t)(op & ~OP_CROSS), gva, err);
	} else {
		rc = access_part(vm, op, gva, op_bytes(op), err);
		look_ahead(vm, b, i);
	}
	if (SIM_UNLIKELY(rc < 0))
		sim_error_where(err, "record %" PRIu64, b->first + i);
	return rc;
}

/* Every access passes here. */
static SIM_ALWAYS_INLINE int loop(struct vm *vm, const struct batch *b, enum pte_cache model,
				  struct sim_error *err)
{
	for (uint32_t i = 0; i < b->n; i++) {
		uint8_t op = b->op[i];
		uint64_t gva = b->gva[i];
		int rc;

		if (SIM_LIKELY(filter_has(&vm->filter, op, gva))) {
			if (model == PTE_CACHE_FULL && (op & OP_KIND) != OP_FETCH)
				cpu_data_ref(vm->current->cpu,
					     *filter_pa(&vm->filter, op, gva) |
						     (gva & (PAGE_BYTES - 1)));
			continue;
		}
		rc = slow(vm, b, i, err);
		if (SIM_UNLIKELY(rc))
			return rc;
	}
	return 0;
}

int vm_run(struct vm *vm, const struct batch *b, struct sim_error *err)
{
	struct counters *c = &vm->counters;

	c->instructions += b->instructions;
	c->loads += b->n_load;
	c->stores += b->n_store;
	c->fetches += b->n_fetch;
	c->page_crossings += b->n_cross;
	return wants_data(vm) ? loop(vm, b, PTE_CACHE_FULL, err)
			      : loop(vm, b, PTE_CACHE_NONE, err);
}

/* --- one step at a time --- */

static hpa_t final_hpa(const struct vm *vm, const struct translation *t, gva_t gva)
{
	uint64_t pa = page_address(t, gva) | (gva.v & (PAGE_BYTES - 1));
	const struct memslot *slot;

	if (!vm->mmu.ops->frames_are_gfn)
		return hpa_make(pa);
	slot = memslots_find(&vm->mmu.slots, gfn_make(pa >> PAGE_SHIFT));
	if (!slot)
		return hpa_make(pa);
	pa = host_lookup(vm->mmu.host, memslot_hva(slot, gfn_make(pa >> PAGE_SHIFT))).hfn.v
	     << PAGE_SHIFT;
	return hpa_make(pa | (gva.v & (PAGE_BYTES - 1)));
}

int vm_access(struct vm *vm, gva_t gva, struct access a, unsigned bytes, struct vm_result *r,
	      struct sim_error *err)
{
	uint8_t op = (uint8_t)((unsigned)a.kind | (a.user ? OP_USER : 0));
	struct fill f = { 0 };
	int rc;

	vm->counters.loads += a.kind == ACCESS_LOAD;
	vm->counters.stores += a.kind == ACCESS_STORE;
	vm->counters.fetches += a.kind == ACCESS_FETCH;
	rc = translate(vm, op, gva, bytes, &f, err);
	if (rc)
		return rc;
	*r = (struct vm_result){ .status = f.status, .error_code = f.error_code, .t = f.t };
	if (f.status == FILL_MMIO || f.status == FILL_DONE)
		r->gpa = f.gpa;
	if (f.status == FILL_MMIO)
		lane_mmio(vm, &f);
	if (f.status == FILL_OK || f.status == FILL_DONE)
		r->hpa = final_hpa(vm, &f.t, gva);
	return 0;
}
