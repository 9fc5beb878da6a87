/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memory.h - all the memory of one VMM: its RAM blocks, regions, address spaces, listeners and the
 * transaction that changes them
 *
 * What QEMU keeps in globals of its process; here a process may hold several.
 *
 *     memory_transaction_begin(m);
 *     ... memory_region_set_enabled, _add_subregion, ...
 *     rc = memory_transaction_commit(m, &err);
 *
 * Commit of the outermost transaction: listeners' begin; for each address space the new view is compared
 * with the old in two passes: first region_del of all that goes, ascending, then region_nop and region_add (with
 * log_start / log_stop where only the mask of dirty clients changed); listeners' commit. A view that stayed
 * the same is looked through all the same (region_nop).
 *
 * All views are rendered before a listener hears of anything. When memory for that is short (SIM_ENOMEM), views
 * and listeners are as they were and the next commit tries again. A listener that fails (a slot that KVM refuses)
 * makes the commit fail and the memory is_broken: it is good for questions and memory_fini, and every change is refused
 * (SIM_ESTATE). Listeners do not change the tree.
 *
 * Source: QEMU 7.2 softmmu/memory.c (memory_region_transaction_commit, address_space_update_topology_pass,
 * memory_global_dirty_log_start).
 */
#ifndef SIM_MEM_MEMORY_H
#define SIM_MEM_MEMORY_H

#include <stdbool.h>

#include "base/err.h"
#include "mem/ramblock.h"
#include "mem/region.h"

struct address_space;	/* address_space.h */
struct memory_listener; /* listener.h */

struct memory {
	struct ramlist ram;
	struct memory_region *regions; /* all of them, the newest first */
	struct address_space *first_as, *last_as;
	struct memory_listener *listeners; /* ascending priority, of all address spaces */
	unsigned depth;			   /* of the transaction */
	bool is_pending;		   /* something changed since the last commit */
	bool is_tcg;			   /* accelerator: dirty CODE matters */
	bool log_is_global;		   /* a migration wants every write */
	bool is_broken;			   /* listeners know of one half of a change */
	unsigned mark;			   /* private: of the last search of the tree */
	struct memory_bounce {
		void *bytes; /* NULL: free */
		uint64_t addr;
	} bounce; /* private: address_space_map's */
};

void memory_init(struct memory *m, const struct backing_ops *ops, void *arg);

/* Listeners first (their region_del is called), then address spaces, regions, blocks. */
void memory_fini(struct memory *m);

/* SIM_ESTATE: it is broken. */
SIM_MUST_CHECK int memory_check(const struct memory *m, struct sim_error *err);

void memory_transaction_begin(struct memory *m);
SIM_MUST_CHECK int memory_transaction_commit(struct memory *m, struct sim_error *err);

/* DIRTY_MEMORY_MIGRATION of everything, on and off (listeners' log_global_start and _stop, log_start of each range). */
SIM_MUST_CHECK int memory_global_dirty_log_start(struct memory *m, struct sim_error *err);
SIM_MUST_CHECK int memory_global_dirty_log_stop(struct memory *m, struct sim_error *err);

/* Takes what the logs of the listeners (KVM) have into the dirty bitmaps: log_sync of each logged range. */
SIM_MUST_CHECK int memory_global_dirty_log_sync(struct memory *m, struct sim_error *err);

/* A client took the dirty bits of a part of a region: log_clear of each logged range that shows some of it. */
SIM_MUST_CHECK int memory_region_log_clear(struct memory_region *mr, uint64_t offset,
					   uint64_t bytes, struct sim_error *err);

#endif
