/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmu/rmap.h"

#include <assert.h>

#include "base/alloc.h"

void rmap_init(struct rmap *r)
{
	*r = (struct rmap){ .n_node = 1 };
	map_init(&r->head);
}

void rmap_fini(struct rmap *r)
{
	map_fini(&r->head);
	sim_free(r->node);
	rmap_init(r);
}

static uint64_t key(gfn_t gfn, unsigned level)
{
	return (gfn.v & ~(level_frames(level) - 1)) << 2 | level;
}

uint32_t rmap_first(const struct rmap *r, gfn_t gfn, unsigned level)
{
	uint64_t first = 0;

	map_get(&r->head, key(gfn, level), &first);
	return (uint32_t)first;
}

/* Index of an unused node, 0 when out of memory. */
static uint32_t node_get(struct rmap *r)
{
	uint32_t i = r->free;

	if (i) {
		r->free = r->node[i].next;
		return i;
	}
	if (sim_grow((void **)&r->node, &r->cap_node, r->n_node, sizeof(*r->node)))
		return 0;
	return (uint32_t)r->n_node++;
}

static void node_put(struct rmap *r, uint32_t i)
{
	r->node[i].next = r->free;
	r->free = i;
}

int rmap_add(struct rmap *r, gfn_t gfn, unsigned level, struct sptep at, size_t *length)
{
	uint32_t first = rmap_first(r, gfn, level);
	uint32_t i = node_get(r);

	if (!i)
		return SIM_ENOMEM;
	if (map_put(&r->head, key(gfn, level), i)) {
		node_put(r, i);
		return SIM_ENOMEM;
	}
	r->node[i] = (struct rmap_node){ .at = at, .next = first };
	for (*length = 0; i; i = r->node[i].next)
		++*length;
	return 0;
}

void rmap_remove(struct rmap *r, gfn_t gfn, unsigned level, struct sptep at)
{
	uint32_t i = rmap_first(r, gfn, level), before = 0;

	while (i && (r->node[i].at.page != at.page || r->node[i].at.index != at.index)) {
		before = i;
		i = r->node[i].next;
	}
	assert(i);
	if (before)
		r->node[before].next = r->node[i].next;
	else if (!r->node[i].next)
		map_del(&r->head, key(gfn, level));
	else /* replaces the value of a key that is there: cannot run out of memory */
		(void)!map_put(&r->head, key(gfn, level), r->node[i].next);
	node_put(r, i);
}
