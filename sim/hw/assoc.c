/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hw/assoc.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"

#define NIBBLE_WAYS    16u
#define NIBBLES_SORTED ((uint64_t)0xfedcba9876543210)

static bool has_ring(const struct assoc *a)
{
	return a->ways > NIBBLE_WAYS && a->policy == ASSOC_LRU;
}

static int allocate(struct assoc *a)
{
	size_t slots = (size_t)a->sets * a->stride;

	a->key = sim_calloc_aligned(64, slots, sizeof(*a->key));
	a->print = sim_calloc_aligned(64, slots / 8, sizeof(*a->print));
	a->recent = sim_calloc(a->sets, sizeof(*a->recent));
	if (!a->key || !a->print || !a->recent)
		return SIM_ENOMEM;
	if (has_ring(a)) {
		a->prev = sim_calloc(slots, sizeof(*a->prev));
		a->next = sim_calloc(slots, sizeof(*a->next));
		return a->prev && a->next ? 0 : SIM_ENOMEM;
	}
	a->order = sim_calloc(a->sets, sizeof(*a->order));
	return a->order ? 0 : SIM_ENOMEM;
}

static void start_order(struct assoc *a, uint32_t set)
{
	uint32_t base = set * a->stride;

	a->recent[set] = base;
	if (a->order)
		a->order[set] = a->policy == ASSOC_LRU ? NIBBLES_SORTED : 0;
	for (uint32_t way = 0; a->prev && way < a->ways; way++) {
		a->prev[base + way] = (uint16_t)(way ? way - 1 : a->ways - 1);
		a->next[base + way] = (uint16_t)(way + 1 < a->ways ? way + 1 : 0);
	}
}

int assoc_init(struct assoc *a, const struct assoc_geometry *g, struct sim_error *err)
{
	memset(a, 0, sizeof(*a));
	if (!g->entries)
		return 0;
	assert(g->ways && g->ways <= ASSOC_WAYS_MAX && g->entries % g->ways == 0);
	a->policy = g->policy;
	a->ways = g->ways;
	a->sets = g->entries / g->ways;
	a->stride = (g->ways + 7) & ~7u;
	if (allocate(a)) {
		assoc_fini(a);
		return sim_fail_nomem(err);
	}
	for (uint32_t set = 0; set < a->sets; set++)
		start_order(a, set);
	return 0;
}

void assoc_fini(struct assoc *a)
{
	sim_free(a->key);
	sim_free(a->print);
	sim_free(a->order);
	sim_free(a->recent);
	sim_free(a->prev);
	sim_free(a->next);
	memset(a, 0, sizeof(*a));
}

/* Takes way out of its ring and puts it back between the last and the first. */
static void ring_to_seam(struct assoc *a, uint32_t base, uint32_t head, uint32_t way)
{
	uint16_t *prev = a->prev + base, *next = a->next + base;
	uint32_t tail = prev[head];

	if (way == head || way == tail)
		return;
	next[prev[way]] = next[way];
	prev[next[way]] = prev[way];
	prev[way] = (uint16_t)tail;
	next[way] = (uint16_t)head;
	next[tail] = (uint16_t)way;
	prev[head] = (uint16_t)way;
}

/* Each node on the way's path points to the half that way is not in. */
static void tree_touch(struct assoc *a, uint32_t set, uint32_t way)
{
	uint64_t tree = a->order[set];
	uint32_t node = 1;

	for (uint32_t half = a->ways / 2; half; half /= 2) {
		uint32_t right = way & half ? 1 : 0;

		tree = (tree & ~((uint64_t)1 << node)) | (uint64_t)!right << node;
		node = 2 * node + right;
	}
	a->order[set] = tree;
}

static uint32_t tree_victim(const struct assoc *a, uint32_t set)
{
	uint32_t node = 1;

	while (node < a->ways)
		node = 2 * node + (uint32_t)(a->order[set] >> node & 1);
	return node - a->ways;
}

void assoc_touch_slow(struct assoc *a, uint32_t set, uint32_t way)
{
	uint32_t base = set * a->stride;

	if (a->prev)
		ring_to_seam(a, base, a->recent[set] - base, way);
	else
		tree_touch(a, set, way);
}

uint32_t assoc_victim_slow(const struct assoc *a, uint32_t set)
{
	uint32_t base = set * a->stride;

	if (a->prev)
		return base + a->prev[a->recent[set]];
	for (uint32_t way = 0; way < a->ways; way++)
		if (!a->key[base + way])
			return base + way;
	return base + tree_victim(a, set);
}

/* Moves way's nibble behind those of all other ways. */
static void nibble_to_end(struct assoc *a, uint32_t set, uint64_t way)
{
	uint64_t order = a->order[set], sorted = order;
	unsigned at = 0, last = 4 * (a->ways - 1);

	while ((order >> at & 15) != way)
		at += 4;
	for (; at < last; at += 4) {
		sorted &= ~((uint64_t)15 << at);
		sorted |= (order >> (at + 4) & 15) << at;
	}
	sorted &= ~((uint64_t)15 << last);
	a->order[set] = sorted | way << last;
	a->recent[set] = set * a->stride + (uint32_t)(a->order[set] & 15);
}

void assoc_remove(struct assoc *a, uint32_t set, uint32_t slot)
{
	uint32_t base = set * a->stride, head = a->recent[set] - base, way = slot - base;

	a->key[slot] = 0;
	a->print[slot / 8] &= ~((uint64_t)0xff << slot % 8 * 8);
	if (a->policy == ASSOC_PLRU)
		return;
	if (!a->prev)
		nibble_to_end(a, set, way);
	else if (way == head)
		a->recent[set] = base + a->next[slot];
	else
		ring_to_seam(a, base, head, way);
}
