/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mem/pages.h"

#include "base/alloc.h"

void pages_init(struct pages *p)
{
	*p = (struct pages){ 0 };
}

static void free_leaf(void **leaf)
{
	if (!leaf)
		return;
	for (unsigned i = 0; i < PAGES_NODE; i++)
		sim_free(leaf[i]);
	sim_free(leaf);
}

static void free_mid(void **mid)
{
	if (!mid)
		return;
	for (unsigned i = 0; i < PAGES_NODE; i++)
		free_leaf(mid[i]);
	sim_free(mid);
}

void pages_fini(struct pages *p)
{
	if (p->root)
		for (unsigned i = 0; i < PAGES_NODE; i++)
			free_mid(p->root[i]);
	sim_free(p->root);
	pages_init(p);
}

/* The node behind *link, made empty if absent. */
static void **node_make(void **link)
{
	if (!*link)
		*link = sim_calloc(PAGES_NODE, sizeof(void *));
	return *link;
}

uint64_t *pages_make(struct pages *p, uint64_t frame)
{
	void **node;
	void **slot;

	if (frame >> PAGES_FRAME_BITS)
		return NULL;
	if (!p->root)
		p->root = sim_calloc(PAGES_NODE, sizeof(void *));
	if (!p->root)
		return NULL;
	node = node_make(&p->root[frame >> (2 * PAGES_NODE_BITS)]);
	if (!node)
		return NULL;
	node = node_make(&node[(frame >> PAGES_NODE_BITS) & (PAGES_NODE - 1)]);
	if (!node)
		return NULL;
	slot = &node[frame & (PAGES_NODE - 1)];
	if (!*slot) {
		*slot = sim_calloc_aligned(64, 512, sizeof(uint64_t));
		p->n += *slot != NULL;
	}
	return *slot;
}

void pages_drop(struct pages *p, uint64_t frame)
{
	void **mid, **leaf;

	if (!pages_get(p, frame))
		return;
	mid = p->root[frame >> (2 * PAGES_NODE_BITS)];
	leaf = mid[(frame >> PAGES_NODE_BITS) & (PAGES_NODE - 1)];
	sim_free(leaf[frame & (PAGES_NODE - 1)]);
	leaf[frame & (PAGES_NODE - 1)] = NULL;
	p->n--;
}
