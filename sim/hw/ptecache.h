/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ptecache.h - the data caches as the page walker sees them: where a table entry is found
 *
 * Three levels of 64-byte lines, exact LRU each. A reference looks down until it hits and puts
 * its line into every level above (neither inclusive nor exclusive: an eviction below leaves
 * the upper copy alone).
 *
 *     PTE_CACHE_NONE    no cache: every walk reference goes to memory
 *     PTE_CACHE_TABLES  only walk references use the caches: the best case, no data competes
 *     PTE_CACHE_FULL    data accesses use them too (cpu_data_ref)
 *
 * Nothing in the model waits for where a reference is found: it only counts. So a reference that
 * misses the L1 queues up while the processor fetches its sets, megabytes for the L3, and is looked
 * up some time later, in order: ept on uniform 1.8 -> 2.7 M accesses per CPU-second.
 *
 * Not modelled: sharing with other cores, prefetchers, the L3's victim organisation,
 * write-backs.
 */
#ifndef SIM_HW_PTECACHE_H
#define SIM_HW_PTECACHE_H

#include <stdint.h>

#include "hw/assoc.h"
#include "hw/machine.h"

#define CACHE_LINE_SHIFT 6

enum cache_level { CACHE_L1, CACHE_L2, CACHE_L3, CACHE_MEMORY, CACHE_LEVELS };

/* Who looks. */
enum cache_user { CACHE_WALK, CACHE_DATA, CACHE_USERS };

struct ptecache_ref {
	uint64_t key;
	uint64_t *set[CACHE_MEMORY]; /* [level], where present, from L2 on */
	enum cache_user user;
};

#define PTECACHE_WAITING 24u

struct ptecache {
	struct assoc level[CACHE_MEMORY]; /* sets 0: absent */
	struct ptecache_ref waiting[PTECACHE_WAITING];
	unsigned n_waiting;
	uint64_t found[CACHE_USERS][CACHE_LEVELS]; /* since the owner took them */
};

/* SIM_ENOMEM. */
SIM_MUST_CHECK int ptecache_init(struct ptecache *p, const struct machine *m,
				 struct sim_error *err);
void ptecache_fini(struct ptecache *p);

/* References the line of hpa, after all references before it. */
void ptecache_ref(struct ptecache *p, uint64_t hpa, enum cache_user user);

/* Looks up what waits; p->found is then complete. */
void ptecache_settle(struct ptecache *p);

#endif
