/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * replayer.h - whoever replays a normalised stream: a simulated VM, or a real one on /dev/kvm
 *
 * Both get the same batches and the same operations of the host, in the same order, and are asked for the same
 * counters.
 */
#ifndef SIM_VM_REPLAYER_H
#define SIM_VM_REPLAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/counters.h"
#include "base/err.h"
#include "trace/record.h"

/* What the host, or the VMM on its behalf, does between two batches. */
enum host_op_kind {
	HOST_OP_DISCARD, /* gpa, bytes: MADV_DONTNEED */
	HOST_OP_MOVE, /* gpa, bytes: each page is replaced by another with the same contents */
	HOST_OP_LOG_ON,	 /* gpa of a slot: KVM_MEM_LOG_DIRTY_PAGES */
	HOST_OP_LOG_OFF, /* gpa of a slot */
	HOST_OP_LOG_GET, /* gpa of a slot: KVM_GET_DIRTY_LOG, which starts a new round */
	HOST_OP_SLOT_ADD, /* gpa, bytes: memory of its own; alias != HOST_OP_NO_ALIAS: the memory at that gpa */
	HOST_OP_SLOT_DEL, /* gpa of a slot */
	HOST_OP_QUOTA,	  /* n: KVM_SET_NR_MMU_PAGES */
	HOST_OP_KIND_COUNT
};

#define HOST_OP_NO_ALIAS UINT64_MAX

struct host_op {
	enum host_op_kind kind;
	bool read_only; /* HOST_OP_SLOT_ADD: KVM_MEM_READONLY */
	uint64_t gpa, bytes, alias, n;
};

/* Where an address leads. */
struct place {
	bool mapped;
	gpa_t gpa;
	uint64_t offset; /* of the hva in its RAM block */
	hpa_t hpa;	 /* the simulator's are its own */
};

struct replayer_ops {
	int (*run)(void *self, const struct batch *b, struct sim_error *err);
	int (*host)(void *self, const struct host_op *op, struct sim_error *err);
	/* Values since the start; gauges as they are. have[id]: this replayer knows the counter. */
	int (*counters)(void *self, struct counters *c, bool have[COUNTER_COUNT],
			struct sim_error *err);
	/* Where the current address space leads gva to; only after the guest has touched it. */
	int (*place)(void *self, gva_t gva, struct place *p, struct sim_error *err);
	/* Pages written since the last HOST_OP_LOG_GET of any slot's log, as the last one reported. */
	int (*dirty)(void *self, uint64_t *pages, struct sim_error *err);
	void (*destroy)(void *self);
};

struct replayer {
	const struct replayer_ops *ops;
	void *self;
};

#endif
