/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dirty_ring.h - one vCPU's ring of dirty pages, between KVM and the VMM's process
 *
 *     reset_index        collect_index      dirty_index            + size
 *         | collected, W or D  | to be collected    | free             |
 *         | not yet withdrawn  |                    |                  |
 *
 * KVM pushes, the VMM collects, KVM_RESET_DIRTY_RINGS makes KVM watch the collected pages again. A
 * vCPU whose ring is soft-full does not enter the guest; the entries kept in reserve are for what
 * one exit may push until then. Where even those do not suffice KVM warns and overwrites what was not
 * collected yet; here such pages are told apart by is_overrun, and none is lost.
 *
 * Model: Linux 6.1 virt/kvm/dirty_ring.c.
 */
#ifndef SIM_MMU_DIRTY_RING_H
#define SIM_MMU_DIRTY_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "mem/memslot.h"

#define DIRTY_RING_RESERVED 64	  /* KVM_DIRTY_RING_RSVD_ENTRIES; more where there is PML */
#define DIRTY_RING_MIN	    256	  /* a page of entries */
#define DIRTY_RING_MAX	    65536 /* KVM_DIRTY_RING_MAX_ENTRIES */

struct dirty_gfn {
	unsigned slot; /* id */
	uint64_t offset;
};

struct dirty_ring {
	struct dirty_gfn *entry;
	uint32_t size, soft_limit;
	uint32_t dirty_index, collect_index, reset_index; /* free running */
	bool is_overrun;
};

/* The smallest ring that KVM takes when `logged` pages may come at once from the processor. */
uint32_t dirty_ring_min(uint32_t logged);

/* size: a power of two from dirty_ring_min(logged) to DIRTY_RING_MAX; SIM_ERANGE, SIM_ENOMEM. */
SIM_MUST_CHECK int dirty_ring_init(struct dirty_ring *r, uint32_t size, uint32_t logged,
				   struct sim_error *err);
void dirty_ring_fini(struct dirty_ring *r);

static inline bool dirty_ring_is_soft_full(const struct dirty_ring *r)
{
	return r->dirty_index - r->reset_index >= r->soft_limit;
}

/* False: full to the last entry. */
bool dirty_ring_push(struct dirty_ring *r, unsigned slot, uint64_t offset);

/* The VMM marks what is new in the slots that are still there; the number of entries. */
uint32_t dirty_ring_collect(struct dirty_ring *r, const struct memslots *slots);

/* Is called for pages offset + i, bit i of mask, of a slot. */
typedef void dirty_ring_watch(void *arg, unsigned slot, uint64_t offset, uint64_t mask);

/* What was collected is watched again, neighbours of one slot together; the number of entries. */
uint32_t dirty_ring_reset(struct dirty_ring *r, dirty_ring_watch *watch, void *arg);

#endif
