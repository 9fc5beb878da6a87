/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rmap.h - reverse map: which shadow entries map a guest frame, per page size
 *
 * KVM needs it to write-protect a frame that becomes a page table and to forget a frame that
 * the host takes away. Lists are unordered.
 */
#ifndef SIM_MMU_RMAP_H
#define SIM_MMU_RMAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/map.h"

struct shadow_page;

/* One entry of one shadow page. */
struct sptep {
	struct shadow_page *page;
	unsigned index;
};

struct rmap_node {
	struct sptep at;
	uint32_t next; /* index of the next node of the list, or of the free list; 0 ends */
};

struct rmap {
	struct map head; /* (first gfn, level) -> index of the first node */
	struct rmap_node *node;
	size_t n_node, cap_node; /* node[0] is never used */
	uint32_t free;
};

void rmap_init(struct rmap *r);
void rmap_fini(struct rmap *r);

/* Adds an entry of `level` for gfn; *length is the list's length then. 0 or SIM_ENOMEM. */
SIM_MUST_CHECK int rmap_add(struct rmap *r, gfn_t gfn, unsigned level, struct sptep at,
			    size_t *length);

/* Removes an entry that was added. */
void rmap_remove(struct rmap *r, gfn_t gfn, unsigned level, struct sptep at);

/* First node of the list of (gfn, level), 0 when empty; node[i].next goes on. */
uint32_t rmap_first(const struct rmap *r, gfn_t gfn, unsigned level);

#endif
