/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * guest_memory.h - the memory slots of a real VM, and the mappings behind them
 *
 * Several slots may show the same mapping (aliases); it goes with the last of them.
 */
#ifndef SIM_KVM_GUEST_MEMORY_H
#define SIM_KVM_GUEST_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "kvm/mapping.h"

struct guest_slot {
	uint32_t id, flags; /* KVM_MEM_* */
	uint64_t gpa, bytes;
	unsigned mapping; /* index */
	uint64_t offset;  /* in the mapping */
};

struct guest_memory {
	int vm;
	struct host_config host;
	struct guest_slot *slot;
	size_t n, cap;
	struct mapping *mapping; /* bytes 0: free */
	size_t n_mapping, cap_mapping;
};

void guest_memory_init(struct guest_memory *m, int vm, const struct host_config *host);

/* After the VM is closed. */
void guest_memory_fini(struct guest_memory *m);

/* A slot of memory of its own. SIM_EIO: KVM refuses it (overlap, unaligned); SIM_ENOMEM; SIM_EUNSUP. */
SIM_MUST_CHECK int guest_memory_add(struct guest_memory *m, uint64_t gpa, uint64_t bytes,
				    uint32_t flags, struct sim_error *err);

/* A slot that shows what stands at gpa `alias`. SIM_ESTATE: nothing does. */
SIM_MUST_CHECK int guest_memory_add_alias(struct guest_memory *m, const struct guest_slot *s,
					  uint64_t alias, struct sim_error *err);

SIM_MUST_CHECK int guest_memory_del(struct guest_memory *m, uint64_t gpa,
				    struct sim_error *err);

/* The slot that holds all bytes at gpa, or NULL. */
const struct guest_slot *guest_memory_find(const struct guest_memory *m, uint64_t gpa,
					   uint64_t bytes);

/* Where the bytes at gpa lie in this process; NULL: not in one slot. */
uint8_t *guest_memory_at(const struct guest_memory *m, uint64_t gpa, uint64_t bytes);

/* Sets or clears KVM_MEM_LOG_DIRTY_PAGES of the slot at gpa. */
SIM_MUST_CHECK int guest_memory_log(struct guest_memory *m, uint64_t gpa, uint32_t flag,
				    struct sim_error *err);

/* Pages that the slot's log has, and starts the next round. */
SIM_MUST_CHECK int guest_memory_dirty(struct guest_memory *m, uint64_t gpa, uint64_t *pages,
				      struct sim_error *err);

#endif
