/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pages.h - the 4 KiB pages of a physical address space whose contents matter: page tables
 *
 * A radix tree over the frame number (36 bits, three nodes of 12), a page is 512 entries of 64
 * bits. Guest tables are kept by gfn, tables of the VMM (EPT, NPT, shadow) by hfn.
 */
#ifndef SIM_MEM_PAGES_H
#define SIM_MEM_PAGES_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define PAGES_FRAME_BITS 36
#define PAGES_NODE_BITS	 12
#define PAGES_NODE	 (1u << PAGES_NODE_BITS)

struct pages {
	void **root; /* private: root[i] -> mid[j] -> leaf[k] -> page */
	size_t n;    /* pages present */
};

void pages_init(struct pages *p);
void pages_fini(struct pages *p);

/* The page, or NULL when nobody gave its contents. */
static inline uint64_t *pages_get(const struct pages *p, uint64_t frame)
{
	void **mid, **leaf;

	if (!p->root || frame >> PAGES_FRAME_BITS)
		return NULL;
	mid = p->root[frame >> (2 * PAGES_NODE_BITS)];
	if (!mid)
		return NULL;
	leaf = mid[(frame >> PAGES_NODE_BITS) & (PAGES_NODE - 1)];
	return leaf ? leaf[frame & (PAGES_NODE - 1)] : NULL;
}

/* The page, made zeroed if absent. NULL when out of memory or the frame is beyond 36 bits. */
SIM_MUST_CHECK uint64_t *pages_make(struct pages *p, uint64_t frame);

/* Forgets a page. */
void pages_drop(struct pages *p, uint64_t frame);

#endif
