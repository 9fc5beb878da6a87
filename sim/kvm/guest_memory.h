/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * guest_memory.h - the memory of a real VM: a board of real memory, whose slots go to the kernel
 *
 * Each record of the board's slots is handed to KVM_SET_USER_MEMORY_REGION as it is.
 */
#ifndef SIM_KVM_GUEST_MEMORY_H
#define SIM_KVM_GUEST_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "kvm/harvest.h"
#include "mem/backing_map.h"
#include "mem/host.h"
#include "vm/board_op.h"

struct guest_memory {
	int vm; /* -1: KVM is no longer told */
	bool is_bare;
	struct host_config host;
	struct board *board;
	struct harvest *harvest; /* NULL: dirty logs are bitmaps of the kernel's; borrowed */
};

/* Memory as the plan says, on host pages as `host` says where no backend decides; real whatever the plan says.
 * SIM_EIO: KVM refuses a slot; SIM_ENOMEM; SIM_EUNSUP; SIM_ERANGE. */
SIM_MUST_CHECK int guest_memory_create(struct guest_memory *m, int vm,
				       const struct host_config *host,
				       const struct memory_plan *plan,
				       const struct trace_meta *meta, struct sim_error *err);

/* After the VM is closed. All zero is fine. */
void guest_memory_destroy(struct guest_memory *m);

/* The slot that holds all bytes at gpa, or NULL. */
const struct kvm_slot *guest_memory_find(const struct guest_memory *m, uint64_t gpa,
					 uint64_t bytes);

/* Where the bytes at gpa lie in this process; NULL: not in one slot. */
uint8_t *guest_memory_at(const struct guest_memory *m, uint64_t gpa, uint64_t bytes);

/* The same for somebody who writes them. SIM_ESTATE: not in one slot, or of a backend that is readonly=on. */
SIM_MUST_CHECK int guest_memory_writable(const struct guest_memory *m, uint64_t gpa,
					 uint64_t bytes, uint8_t **at, struct sim_error *err);

#endif
