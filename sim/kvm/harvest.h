/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * harvest.h - the dirty ring of a real vCPU, and the pages found in it
 *
 * Harvested when KVM stops the vCPU because the ring is nearly full, and when its log is read. What was
 * found waits, a page once, until harvest_take. The VM then has no dirty bitmaps.
 *
 * Sources: Linux Documentation/virt/kvm/api.rst (KVM_CAP_DIRTY_LOG_RING) and include/uapi/linux/kvm.h.
 */
#ifndef SIM_KVM_HARVEST_H
#define SIM_KVM_HARVEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/map.h"

struct kvm_dirty_gfn;

struct harvest {
	int vm;
	struct kvm_dirty_gfn *ring; /* NULL: none */
	uint32_t size, next;
	uint64_t full, entries; /* stops of the vCPU; entries harvested */
	struct map pages;	/* slot << 32 | offset */
};

void harvest_init(struct harvest *h);
void harvest_fini(struct harvest *h);

/* Before the VM has a vCPU. SIM_EUNSUP: KVM has no rings, or none of `size` entries. */
SIM_MUST_CHECK int harvest_enable(struct harvest *h, int vm, uint32_t size,
				  struct sim_error *err);

/* After. */
SIM_MUST_CHECK int harvest_map(struct harvest *h, int vcpu, struct sim_error *err);

/* Empties the ring, and makes KVM watch these pages again. SIM_EIO, SIM_ENOMEM. */
SIM_MUST_CHECK int harvest_collect(struct harvest *h, struct sim_error *err);

/* The pages of a slot that were found, a bit each, which are forgotten with that. */
void harvest_take(struct harvest *h, uint32_t slot, uint64_t pages_of_slot, uint64_t *bitmap);

#endif
