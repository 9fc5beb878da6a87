/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lane.h - the inside of a struct vm, shared by the files of vm/
 */
#ifndef SIM_VM_LANE_H
#define SIM_VM_LANE_H

#include "base/map.h"
#include "vm/filter.h"
#include "vm/vm.h"

struct vm {
	struct mmu mmu;
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

#endif
