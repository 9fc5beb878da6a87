/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vm.h - one lane: a virtual machine under one technique, fed by a stream
 *
 * vm_run() replays a batch: the fast path compares each access with the last page of its kind,
 * behind it stand the TLBs, behind them the technique. Events go to the technique and to guest
 * memory. The counters of a lane depend on the stream and the configuration alone: not on batch
 * size, on other lanes, or on the machine that runs it.
 *
 * Ownership: vm_create copies what it needs of cfg and meta; the machine and tables die with
 * vm_destroy. Errors: SIM_ESTATE for an event that cannot be (an access the guest's tables do
 * not allow, an access through a table whose contents the stream never gave), SIM_EUNSUP for an
 * event nothing consumes; both name the record.
 */
#ifndef SIM_VM_VM_H
#define SIM_VM_VM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/counters.h"
#include "base/err.h"
#include "hw/machine.h"
#include "mem/host.h"
#include "mmu/mmu.h"
#include "trace/reader.h"
#include "trace/record.h"
#include "vm/board_op.h"

struct vm_config {
	const char *technique; /* a name of mmu_at() */
	struct machine machine;
	struct host_config host;
	struct mmu_config mmu;
	struct memory_plan memory; /* borrowed until vm_create returns */
};

struct vm;

SIM_MUST_CHECK int vm_create(struct vm **vm, const struct vm_config *cfg,
			     const struct trace_meta *meta, struct sim_error *err);
void vm_destroy(struct vm *vm);

/* Replays a batch. Any number of batches makes one run. */
SIM_MUST_CHECK int vm_run(struct vm *vm, const struct batch *b, struct sim_error *err);

/* Counters since the start or the last vm_mark(); gauges and peaks as they are. */
const struct counters *vm_counters(struct vm *vm);

/* What has been counted so far was warm-up: counting starts anew, the machine goes on as it is. */
void vm_mark(struct vm *vm);

/* --- one step at a time: tests, oracle --- */

struct vm_result {
	enum fill_status status; /* FILL_OK also for a TLB hit */
	unsigned error_code;	 /* FILL_FAULT */
	hpa_t hpa;		 /* of the first byte, FILL_OK and FILL_DONE */
	gpa_t gpa;		 /* of the first byte, FILL_MMIO and FILL_DONE */
	struct translation t;	 /* what the TLB holds, FILL_OK */
};

/* One access of the current vCPU that does not cross a page; a guest fault is a result. */
SIM_MUST_CHECK int vm_access(struct vm *vm, gva_t gva, struct access a, unsigned bytes,
			     struct vm_result *r, struct sim_error *err);

/* One event; `words` for EVENT_PTPAGE. */
SIM_MUST_CHECK int vm_event(struct vm *vm, const struct event *e, const uint64_t *words,
			    struct sim_error *err);

/* Its memory; what changes there takes effect at the next access. */
struct board *vm_board(struct vm *vm);

/* The technique's state, for tests that look inside. */
struct mmu *vm_mmu(struct vm *vm);

#endif
