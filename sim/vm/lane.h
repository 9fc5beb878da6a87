/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lane.h - the inside of a struct vm, shared by the files of vm/
 *
 * The same-page filter: for each access kind the page, privilege and physical page of the last
 * access that an L1 TLB allowed. The next access of that kind to that page would hit the most
 * recent entry of the same TLB array and change nothing, so it is skipped. What may remove or
 * outdate that entry empties the filter: an access of the same TLB to another page, a growing
 * cpu_epoch(), any event.
 */
#ifndef SIM_VM_LANE_H
#define SIM_VM_LANE_H

#include "base/map.h"
#include "vm/vm.h"

#define FILTER_EMPTY UINT64_MAX
#define FILTER_KINDS 4 /* load, store, fetch, and one for events that never matches */

struct vm {
	struct mmu mmu;
	struct counters counters; /* since the start */
	struct counters marked;	  /* as they stood at the last vm_mark */
	struct counters reported; /* what vm_counters hands out */
	struct machine machine;
	struct mmu_vcpu *current;
	uint64_t filter[FILTER_KINDS];
	uint64_t filter_pa[FILTER_KINDS]; /* physical address of that page, in the technique's
					     final space */
	bool *has_run;	   /* per vCPU: executed something, so a CR3 write is one */
	struct map tables; /* frames that the stream calls page tables now */
};

/* What an access means to the filter: page, privilege, and a bit that keeps crossing accesses
 * out. */
static inline uint64_t filter_key(uint8_t op, uint64_t gva)
{
	return gva >> PAGE_SHIFT | (uint64_t)(op & (OP_USER | OP_CROSS | OP_SYSTEM)) << 52;
}

void vm_filter_clear(struct vm *vm);

/* One access within a page, through TLB and technique. */
int vm_translate(struct vm *vm, uint8_t op, gva_t gva, unsigned bytes, struct fill *f,
		 struct sim_error *err);

#endif
