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
 * Not modelled: sharing with other cores, prefetchers, the L3's victim organisation,
 * write-backs.
 */
#ifndef SIM_HW_PTECACHE_H
#define SIM_HW_PTECACHE_H

#include <stdint.h>

#include "hw/assoc.h"
#include "hw/machine.h"

#define CACHE_LINE_SHIFT 6

enum cache_level { CACHE_L1, CACHE_L2, CACHE_L3, CACHE_MEMORY };

struct ptecache {
	struct assoc level[CACHE_MEMORY]; /* sets 0: absent */
};

/* SIM_ENOMEM. */
SIM_MUST_CHECK int ptecache_init(struct ptecache *p, const struct machine *m,
				 struct sim_error *err);
void ptecache_fini(struct ptecache *p);

/* References the line of hpa; where it was found. */
enum cache_level ptecache_ref(const struct ptecache *p, uint64_t hpa);

#endif
