/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events of the stream: to guest memory, to the current vCPU's technique. */
#include <inttypes.h>
#include <string.h>

#include "vm/host_op.h"
#include "vm/lane.h"

#define FIRST_EXTERNAL_VECTOR 32

/* --- guest memory --- */

static void count_tables(struct vm *vm)
{
	struct counters *c = &vm->counters;

	c->guest_table_pages = vm->tables.n;
	if (c->guest_table_pages > c->guest_table_pages_peak)
		c->guest_table_pages_peak = c->guest_table_pages;
}

static int table_page(struct vm *vm, const struct event *e, const uint64_t *words,
		      struct sim_error *err)
{
	uint64_t gfn = e->gpa >> PAGE_SHIFT;
	uint64_t *page;

	if (gfn >> PAGES_FRAME_BITS)
		return sim_fail(err, SIM_ERANGE, NULL,
				"page table at gpa 0x%" PRIx64 " is beyond %d bits", e->gpa,
				PAGES_FRAME_BITS + PAGE_SHIFT);
	page = pages_make(&vm->mmu.guest, gfn);
	if (!page || map_put(&vm->tables, gfn, e->level))
		return sim_fail_nomem(err);
	memcpy(page, words, PAGE_BYTES);
	count_tables(vm);
	return vm_host_write(vm, gpa_make(e->gpa), PAGE_BYTES, err);
}

/* A table that was let go keeps its last contents: a shadow of it may still be looked at. */
static int table_freed(struct vm *vm, const struct event *e, const uint64_t *words,
		       struct sim_error *err)
{
	(void)words;
	(void)err;
	map_del(&vm->tables, e->gpa >> PAGE_SHIFT);
	count_tables(vm);
	return 0;
}

static int table_write(struct vm *vm, const struct event *e, const uint64_t *words,
		       struct sim_error *err)
{
	uint64_t *page = pages_get(&vm->mmu.guest, e->gpa >> PAGE_SHIFT);

	(void)words;
	vm->counters.pte_writes++;
	if (!page)
		return sim_fail(err, SIM_ESTATE, NULL,
				"write to a page table at gpa 0x%" PRIx64
				" whose contents the stream never gave",
				e->gpa);
	page[(e->gpa >> 3) & 511] = e->value;
	return 0;
}

/* A device's write is data to us, unless it would change a page table unseen. */
static int dma(struct vm *vm, const struct event *e, const uint64_t *words,
	       struct sim_error *err)
{
	uint64_t last = (e->gpa + (e->n ? e->n - 1 : 0)) >> PAGE_SHIFT;

	(void)words;
	vm->counters.dma_writes++;
	for (uint64_t gfn = e->gpa >> PAGE_SHIFT; gfn <= last; gfn++)
		if (map_get(&vm->tables, gfn, NULL))
			return sim_fail(err, SIM_ESTATE, NULL,
					"a device wrote to the page table at gpa 0x%" PRIx64,
					gfn << PAGE_SHIFT);
	board_op_dma(vm->board, gpa_make(e->gpa), e->n);
	return vm_host_write(vm, gpa_make(e->gpa), e->n, err);
}

static int ram_changed(struct vm *vm, const struct event *e, const uint64_t *words,
		       struct sim_error *err)
{
	(void)words;
	return board_op_event(vm->board, e, err);
}

/* --- the current vCPU --- */

static int switch_vcpu(struct vm *vm, const struct event *e, const uint64_t *words,
		       struct sim_error *err)
{
	(void)words;
	if (e->vcpu >= vm->mmu.n_vcpu)
		return sim_fail(err, SIM_ERANGE, NULL, "vCPU %u of %u", e->vcpu,
				vm->mmu.n_vcpu);
	vm->current = &vm->mmu.vcpu[e->vcpu];
	return 0;
}

/* The first CR3 record of a vCPU that has run nothing is its initial state, not a write. */
static int write_cr3(struct vm *vm, const struct event *e, const uint64_t *words,
		     struct sim_error *err)
{
	struct mmu_vcpu *v = vm->current;

	(void)words;
	if (!vm->has_run[v->id] && e->value == v->regs.cr3)
		return 0;
	vm->has_run[v->id] = true;
	vm->counters.cr3_writes++;
	return vm->mmu.ops->set_cr3(&vm->mmu, v, e->value, err);
}

/* Whether the vCPU would still be in 64-bit paging of the same depth. */
static int check_mode(const struct mmu_vcpu *v, struct regs regs, struct sim_error *err)
{
	if (paging_of(&regs).levels == v->paging.levels)
		return 0;
	return sim_fail(err, SIM_ERANGE, NULL,
			"the guest leaves %u-level 64-bit paging (CR0 0x%" PRIx64
			", CR4 0x%" PRIx64 ", EFER 0x%" PRIx64
			"), which is all that replay covers",
			v->paging.levels, regs.cr0, regs.cr4, regs.efer);
}

static int write_cr0(struct vm *vm, const struct event *e, const uint64_t *words,
		     struct sim_error *err)
{
	struct mmu_vcpu *v = vm->current;
	struct regs regs = v->regs;
	int rc;

	(void)words;
	regs.cr0 = e->value;
	rc = check_mode(v, regs, err);
	vm->counters.cr0_writes++;
	return rc ? rc : vm->mmu.ops->set_cr0(&vm->mmu, v, e->value, err);
}

static int write_cr4(struct vm *vm, const struct event *e, const uint64_t *words,
		     struct sim_error *err)
{
	struct mmu_vcpu *v = vm->current;
	struct regs regs = v->regs;
	int rc;

	(void)words;
	regs.cr4 = e->value;
	rc = check_mode(v, regs, err);
	if (!rc && (e->value & CR4_PCIDE) && !vm->machine.has_pcid)
		rc = sim_fail(err, SIM_ERANGE, NULL,
			      "the guest turns PCIDs on, which machine %s does not have",
			      vm->machine.name);
	vm->counters.cr4_writes++;
	return rc ? rc : vm->mmu.ops->set_cr4(&vm->mmu, v, e->value, err);
}

static int write_efer(struct vm *vm, const struct event *e, const uint64_t *words,
		      struct sim_error *err)
{
	(void)words;
	if (e->value == vm->current->regs.efer)
		return 0;
	return sim_fail(err, SIM_EUNSUP, NULL,
			"replay does not cover a change of EFER (to 0x%" PRIx64 ")", e->value);
}

static int invpcid(struct vm *vm, const struct event *e, const uint64_t *words,
		   struct sim_error *err)
{
	(void)words;
	if (e->n > 3 || e->value > 0xfff)
		return sim_fail(err, SIM_ERANGE, NULL,
				"INVPCID of type %" PRIu32 " for PCID 0x%" PRIx64, e->n,
				e->value);
	vm->counters.guest_invpcid++;
	return vm->mmu.ops->invpcid(&vm->mmu, vm->current, e->n, (uint16_t)e->value,
				    gva_make(e->gva), err);
}

static int interrupt(struct vm *vm, const struct event *e, const uint64_t *words,
		     struct sim_error *err)
{
	(void)words;
	(void)err;
	if (e->n < FIRST_EXTERNAL_VECTOR)
		return 0; /* an exception: stays in the guest under every technique */
	vm->counters.interrupts++;
	if (vm->mmu.ops->interrupt)
		vm->mmu.ops->interrupt(&vm->mmu, vm->current);
	return 0;
}

static int invlpg(struct vm *vm, const struct event *e, const uint64_t *words,
		  struct sim_error *err)
{
	(void)words;
	vm->counters.guest_invlpg++;
	return vm->mmu.ops->invlpg(&vm->mmu, vm->current, gva_make(e->gva), err);
}

static int guest_fault(struct vm *vm, const struct event *e, const uint64_t *words,
		       struct sim_error *err)
{
	(void)words;
	vm->counters.guest_page_faults++;
	return vm->mmu.ops->guest_fault(&vm->mmu, vm->current, gva_make(e->gva),
					(unsigned)e->value, err);
}

/* The end knows how many instructions there were, those behind the last fetch record too. */
static int end(struct vm *vm, const struct event *e, const uint64_t *words,
	       struct sim_error *err)
{
	(void)words;
	(void)err;
	if (e->value > vm->counters.instructions)
		vm->counters.instructions = e->value;
	return 0;
}

/* Tags, phases and process events say something to people, nothing to the machine: what a
 * process did to its memory is in the tables. */
static int no_effect(struct vm *vm, const struct event *e, const uint64_t *words,
		     struct sim_error *err)
{
	(void)vm;
	(void)e;
	(void)words;
	(void)err;
	return 0;
}

typedef int event_handler(struct vm *, const struct event *, const uint64_t *,
			  struct sim_error *);

static event_handler *const handlers[EVENT_KIND_COUNT] = {
	[EVENT_END] = end,
	[EVENT_TAG] = no_effect,
	[EVENT_PHASE] = no_effect,
	[EVENT_MAP] = no_effect,
	[EVENT_UNMAP] = no_effect,
	[EVENT_PROTECT] = no_effect,
	[EVENT_FORK] = no_effect,
	[EVENT_EXEC] = no_effect,
	[EVENT_EXIT] = no_effect,
	[EVENT_SWITCH] = no_effect,
	[EVENT_ADVISE] = no_effect,
	[EVENT_VCPU] = switch_vcpu,
	[EVENT_CR0] = write_cr0,
	[EVENT_CR3] = write_cr3,
	[EVENT_CR4] = write_cr4,
	[EVENT_EFER] = write_efer,
	[EVENT_INVLPG] = invlpg,
	[EVENT_INVPCID] = invpcid,
	[EVENT_PF] = guest_fault,
	[EVENT_INT] = interrupt,
	[EVENT_PTPAGE] = table_page,
	[EVENT_PTW] = table_write,
	[EVENT_PTFREE] = table_freed,
	[EVENT_DMA] = dma,
	[EVENT_RAM_ADD] = ram_changed,
	[EVENT_RAM_DEL] = ram_changed,
};

int vm_event(struct vm *vm, const struct event *e, const uint64_t *words, struct sim_error *err)
{
	filter_clear(&vm->filter);
	return handlers[e->kind](vm, e, words, err);
}
