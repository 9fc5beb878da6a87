/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flatview.h - what a guest's address really leads to: a region tree flattened into ranges that do not overlap
 *
 * Rendering goes down from the root: a disabled region shows nothing; an alias is its target, moved by
 * its offset and clipped to its size; children come before their container, in descending priority, and each
 * fills only what nobody before it has filled; readonly and nonvolatile of a region hold for all that is seen through
 * it. Neighbours that continue the same region with the same attributes are one range.
 *
 * Ranges are ascending. The view of a root that shows nothing but one alias or child that covers everything is the
 * view of that one: address spaces with the same effective root share a view. As in QEMU, readonly and nonvolatile
 * of what was skipped are lost then. A root is seen from address 0, wherever it may lie elsewhere (QEMU adds the
 * root's addr; none of its machines has one that is not 0).
 *
 * Source: QEMU 7.2 softmmu/memory.c (render_memory_region, flatview_simplify,
 * memory_region_get_flatview_root).
 */
#ifndef SIM_MEM_FLATVIEW_H
#define SIM_MEM_FLATVIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "mem/region.h"

struct flat_range {
	struct memory_region
		*mr;	      /* never an alias, never a container that shows nothing itself */
	int128_t start, size; /* in the address space */
	uint64_t offset_in_region;
	uint8_t dirty_log_mask;
	bool romd_mode, readonly, nonvolatile;
};

struct flat_view {
	struct memory_region *root; /* the effective one; NULL: the empty view */
	struct flat_range *range;
	size_t n, cap;
	unsigned refs; /* address spaces that use it */
};

/* The region that stands for `root`: what its only enabled child or alias covers; NULL: it shows nothing. */
struct memory_region *memory_region_flatview_root(struct memory_region *root);

/* Renders a tree; the caller frees. `root` NULL gives the empty view. SIM_ENOMEM. */
SIM_MUST_CHECK int flatview_create(struct flat_view **out, struct memory_region *root,
				   struct sim_error *err);
void flatview_free(struct flat_view *v);

/* The range that holds addr, or NULL: nothing is there. Logarithmic. */
const struct flat_range *flatview_find(const struct flat_view *v, uint64_t addr);

#endif
