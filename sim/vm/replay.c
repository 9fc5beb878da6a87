/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The replay loop and what stands behind its filter. */
#include <inttypes.h>

#include "vm/lane.h"

void vm_filter_clear(struct vm *vm)
{
	for (unsigned k = 0; k < FILTER_KINDS; k++)
		vm->filter[k] = FILTER_EMPTY;
}

static struct access access_of(uint8_t op)
{
	return (struct access){
		.kind = (enum access_kind)(op & OP_KIND),
		.user = (op & OP_USER) && !(op & OP_SYSTEM),
	};
}

/* The physical address of gva's page, in the space where the technique's translations end. */
static uint64_t page_address(const struct translation *t, gva_t gva)
{
	uint64_t in_page = (gva.v >> PAGE_SHIFT) & (level_frames(t->level) - 1);

	return (t->frame + in_page) << PAGE_SHIFT;
}

/* Kinds that go through the same L1 TLB as `kind` lose their filter unless it is for the same
 * page. */
static void filter_set(struct vm *vm, uint8_t op, gva_t gva, const struct translation *t)
{
	unsigned kind = op & OP_KIND;
	uint64_t key = filter_key((uint8_t)(op & ~OP_CROSS), gva.v);

	for (unsigned k = OP_LOAD; k <= OP_FETCH; k++) {
		bool shared = vm->machine.l1_unified || (k == OP_FETCH) == (kind == OP_FETCH);

		if (shared && (vm->filter[k] ^ key) << 12)
			vm->filter[k] = FILTER_EMPTY;
	}
	vm->filter[kind] = key;
	vm->filter_pa[kind] = page_address(t, gva);
}

int vm_translate(struct vm *vm, uint8_t op, gva_t gva, unsigned bytes, struct fill *f,
		 struct sim_error *err)
{
	struct mmu_vcpu *v = vm->current;
	uint64_t epoch = cpu_epoch(v->cpu);
	int rc = 0;

	vm->has_run[v->id] = true;
	f->gva = gva;
	f->access = access_of(op);
	f->bytes = bytes;
	f->status = FILL_OK;
	if (!cpu_tlb_lookup(v->cpu, gva, f->access, &v->paging, &f->t))
		rc = vm->mmu.ops->fill(&vm->mmu, v, f, err);
	if (rc || f->status != FILL_OK || cpu_epoch(v->cpu) != epoch)
		vm_filter_clear(vm);
	if (!rc && f->status == FILL_OK)
		filter_set(vm, op, gva, &f->t);
	return rc;
}

static int refused(const struct fill *f, struct sim_error *err)
{
	static const char *const what[] = { "a load", "a store", "a fetch" };

	return sim_fail(err, SIM_ESTATE, NULL,
			"%s by CPL %d at gva 0x%" PRIx64
			" succeeded in the guest, but its page tables as the stream gives them "
			"refuse it"
			" (error code 0x%x)",
			what[f->access.kind], f->access.user ? 3 : 0, f->gva.v, f->error_code);
}

/* The part of an access that lies in one page. */
static int access_part(struct vm *vm, uint8_t op, gva_t gva, unsigned bytes,
		       struct sim_error *err)
{
	struct fill f;
	int rc = vm_translate(vm, op, gva, bytes, &f, err);

	if (rc)
		return rc;
	if (f.status == FILL_FAULT)
		return refused(&f, err);
	if (f.status == FILL_OK && (op & OP_KIND) != OP_FETCH &&
	    cpu_wants_data(vm->current->cpu))
		cpu_data_ref(vm->current->cpu,
			     page_address(&f.t, gva) | (gva.v & (PAGE_BYTES - 1)));
	return 0;
}

static SIM_NOINLINE int slow_access(struct vm *vm, uint8_t op, gva_t gva, struct sim_error *err)
{
	unsigned bytes = 1u << ((op & OP_SIZE) >> OP_SIZE_SHIFT);
	unsigned first = (unsigned)(PAGE_BYTES - (gva.v & (PAGE_BYTES - 1)));
	uint8_t plain = (uint8_t)(op & ~OP_CROSS);
	int rc;

	if (!(op & OP_CROSS))
		return access_part(vm, plain, gva, bytes, err);
	rc = access_part(vm, plain, gva, first, err);
	if (rc)
		return rc;
	return access_part(vm, plain, gva_make(gva.v + first), bytes - first, err);
}

/* What the filter did not let pass: an access or an event. */
static SIM_NOINLINE int slow(struct vm *vm, const struct batch *b, uint32_t i,
			     struct sim_error *err)
{
	int rc;

	if ((b->op[i] & OP_KIND) == OP_EVENT) {
		const struct event *e = &b->event[b->gva[i]];

		rc = vm_event(vm, e, e->kind == EVENT_PTPAGE ? b->word + e->words : NULL, err);
	} else {
		rc = slow_access(vm, b->op[i], gva_make(b->gva[i]), err);
	}
	if (rc < 0)
		sim_error_where(err, "record %" PRIu64, b->first + i);
	return rc;
}

/* Every access passes here; with a full cache model also those that the filter knows. */
static SIM_ALWAYS_INLINE int loop(struct vm *vm, const struct batch *b, bool wants_data,
				  struct sim_error *err)
{
	for (uint32_t i = 0; i < b->n; i++) {
		uint8_t op = b->op[i];
		uint64_t gva = b->gva[i];
		unsigned kind = op & OP_KIND;
		int rc;

		if (SIM_LIKELY(filter_key(op, gva) == vm->filter[kind])) {
			if (wants_data && kind != OP_FETCH)
				cpu_data_ref(vm->current->cpu,
					     vm->filter_pa[kind] | (gva & (PAGE_BYTES - 1)));
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
	return cpu_wants_data(vm->current->cpu) ? loop(vm, b, true, err)
						: loop(vm, b, false, err);
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
	rc = vm_translate(vm, op, gva, bytes, &f, err);
	if (rc)
		return rc;
	*r = (struct vm_result){ .status = f.status, .error_code = f.error_code, .t = f.t };
	if (f.status == FILL_OK || f.status == FILL_DONE)
		r->hpa = final_hpa(vm, &f.t, gva);
	return 0;
}
