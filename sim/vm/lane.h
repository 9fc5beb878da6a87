/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lane.h - the inside of a struct vm, shared by the files of vm/
 */
#ifndef SIM_VM_LANE_H
#define SIM_VM_LANE_H

#include "base/map.h"
#include "vm/board_op.h"
#include "vm/filter.h"
#include "vm/vm.h"

struct vm {
	struct mmu mmu;
	struct board *board;
	bool is_live; /* the technique is there, and hears of changes of the slots */
	struct counters counters; /* since the start */
	struct counters marked;	  /* as they stood at the last vm_mark */
	struct counters reported; /* what vm_counters hands out */
	struct machine machine;
	struct mmu_vcpu *current;
	struct filter filter;
	uint64_t misses_seen; /* stlb_misses when the replay loop last looked */
	unsigned look_ahead;  /* accesses behind the filter for which it still looks ahead */
	bool *has_run;	      /* per vCPU: executed something, so a CR3 write is one */
	uint64_t dirty_pages; /* that the last look at a dirty log found */
	struct map tables;    /* frames that the stream calls page tables now */
};

/* The board of a lane and its simulated host. SIM_ENOMEM, SIM_ERANGE, SIM_EIO. */
SIM_MUST_CHECK int lane_memory_create(struct vm *vm, const struct vm_config *cfg,
				      const struct trace_meta *meta, struct sim_error *err);
void lane_memory_destroy(struct vm *vm);

/* The VMM's process does what KVM handed back: the access goes to whatever is there. */
void lane_mmio(struct vm *vm, const struct fill *f);

#endif
