/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * listener.h - MemoryListener: who wants to hear how an address space changes
 *
 * Callbacks that are NULL are not called. begin, region_add, region_nop, log_start, log_global_start, commit come
 * to listeners in ascending priority; region_del, log_stop, log_global_stop in descending. Registering calls
 * region_add for all that is there (between begin and commit), and log_start where something logs; taking a
 * listener off calls log_stop and region_del for all of it.
 *
 * Source: QEMU 7.2 include/exec/memory.h (struct MemoryListener), softmmu/memory.c.
 */
#ifndef SIM_MEM_LISTENER_H
#define SIM_MEM_LISTENER_H

#include "mem/memory.h"

struct address_space;

/* A piece of a region, as an address space shows it. */
struct memory_region_section {
	struct memory_region *mr;
	const struct address_space *as;
	uint64_t offset_within_region;
	uint64_t offset_within_address_space;
	int128_t size;
	bool readonly, nonvolatile;
};

struct memory_listener {
	const char *name;
	int priority;
	void *opaque;
	int (*begin)(struct memory_listener *l, struct sim_error *err);
	int (*commit)(struct memory_listener *l, struct sim_error *err);
	int (*region_add)(struct memory_listener *l, const struct memory_region_section *s,
			  struct sim_error *err);
	int (*region_del)(struct memory_listener *l, const struct memory_region_section *s,
			  struct sim_error *err);
	int (*region_nop)(struct memory_listener *l, const struct memory_region_section *s,
			  struct sim_error *err);
	/* The set of dirty clients of a section changed; one call each way. */
	int (*log_start)(struct memory_listener *l, const struct memory_region_section *s,
			 unsigned old_mask, unsigned new_mask, struct sim_error *err);
	int (*log_stop)(struct memory_listener *l, const struct memory_region_section *s,
			unsigned old_mask, unsigned new_mask, struct sim_error *err);
	/* Puts what it knows to be dirty into the bitmaps (dirty.h), and forgets it. */
	int (*log_sync)(struct memory_listener *l, const struct memory_region_section *s,
			struct sim_error *err);
	/* A client cleared dirty bits of the section: writes to it must be noticed again. */
	int (*log_clear)(struct memory_listener *l, const struct memory_region_section *s,
			 struct sim_error *err);
	int (*log_global_start)(struct memory_listener *l, struct sim_error *err);
	int (*log_global_stop)(struct memory_listener *l, struct sim_error *err);
	/* private */
	struct address_space *as;
	struct memory_listener *next, *prev;
};

/* What it says goes; a listener that failed is not registered, and the memory is_broken: it may know of a part. */
SIM_MUST_CHECK int memory_listener_register(struct memory_listener *l, struct address_space *as,
					    struct sim_error *err);
/* It is off in any case; returns the first failure. */
SIM_MUST_CHECK int memory_listener_unregister(struct memory_listener *l, struct sim_error *err);

#endif
