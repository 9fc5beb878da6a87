/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hw/assoc.h"

#include <assert.h>
#include <string.h>

#include "base/addr.h"
#include "base/alloc.h"

#define NIBBLE_WAYS    16u
#define NIBBLES_SORTED ((uint64_t)0xfedcba9876543210)
#define NIBBLES	       (~(uint64_t)0)
#define LINE_WORDS     8u
#define TREE_SHIFT     32

static uint16_t *ring_prev(const struct assoc *a, uint64_t *set)
{
	return (uint16_t *)(void *)(set + a->first + a->ways * a->entry);
}

static uint16_t *ring_next(const struct assoc *a, uint64_t *set)
{
	return ring_prev(a, set) + a->ways;
}

static void shape(struct assoc *a, const struct assoc_geometry *g, unsigned values)
{
	uint32_t words;

	a->ways = g->ways;
	a->more_than_16 = g->ways > 16;
	a->sets = g->entries / g->ways;
	a->set_mask = a->sets & (a->sets - 1) ? UINT32_MAX : a->sets - 1;
	a->policy = g->policy;
	a->entry = 1 + values;
	a->first = (uint32_t)round_up(1 + (g->ways + 15) / 16 * 2, a->entry);
	words = a->first + a->ways * a->entry;
	if (g->policy == ASSOC_PLRU) {
		a->recent_mask = UINT32_MAX;
	} else if (g->ways <= NIBBLE_WAYS) {
		a->recent_mask = 15;
		a->order_mask = NIBBLES >> 4 * (NIBBLE_WAYS - a->ways);
		a->last = 4 * (a->ways - 1);
	} else {
		a->recent_mask = UINT16_MAX;
		words += (2 * a->ways + 3) / 4;
	}
	a->words = (uint32_t)round_up(words, LINE_WORDS);
}

static bool has_ring(const struct assoc *a)
{
	return a->policy == ASSOC_LRU && !a->order_mask;
}

/* Way 0 last, so that it is filled first: a set in little use stays within its first line. */
static void start_order(const struct assoc *a, uint64_t *set)
{
	uint32_t last = a->ways - 1;

	if (a->order_mask) {
		set[0] = NIBBLES_SORTED & ~a->order_mask;
		for (uint64_t way = 0; way < a->ways; way++)
			set[0] |= way << 4 * (last - way);
		return;
	}
	if (a->policy == ASSOC_PLRU)
		return;
	set[0] = last;
	for (uint32_t way = 0; way < a->ways; way++) {
		ring_next(a, set)[way] = (uint16_t)(way ? way - 1 : last);
		ring_prev(a, set)[way] = (uint16_t)(way < last ? way + 1 : 0);
	}
}

int assoc_init(struct assoc *a, const struct assoc_geometry *g, unsigned values,
	       struct sim_error *err)
{
	memset(a, 0, sizeof(*a));
	if (!g->entries)
		return 0;
	assert(g->ways && g->ways <= ASSOC_WAYS_MAX && g->entries % g->ways == 0);
	shape(a, g, values);
	a->block = sim_calloc_aligned(LINE_WORDS * sizeof(*a->block), a->sets,
				      a->words * sizeof(*a->block));
	if (!a->block) {
		assoc_fini(a);
		return sim_fail_nomem(err);
	}
	for (uint32_t i = 0; i < a->sets; i++)
		start_order(a, assoc_set(a, i));
	return 0;
}

void assoc_fini(struct assoc *a)
{
	sim_free(a->block);
	memset(a, 0, sizeof(*a));
}

/* Takes way out of the ring and puts it back between the last and the first. */
static void ring_to_seam(const struct assoc *a, uint64_t *set, uint32_t way)
{
	uint16_t *prev = ring_prev(a, set), *next = ring_next(a, set);
	uint32_t head = (uint32_t)set[0], tail = prev[head];

	if (way == head || way == tail)
		return;
	next[prev[way]] = next[way];
	prev[next[way]] = prev[way];
	prev[way] = (uint16_t)tail;
	next[way] = (uint16_t)head;
	next[tail] = (uint16_t)way;
	prev[head] = (uint16_t)way;
}

/* Each node on the way's path points to the half that the way is not in. */
static void tree_touch(const struct assoc *a, uint64_t *set, uint32_t way)
{
	uint64_t tree = set[0] >> TREE_SHIFT;
	uint32_t node = 1;

	for (uint32_t half = a->ways / 2; half; half /= 2) {
		uint32_t right = way & half ? 1 : 0;

		tree = (tree & ~((uint64_t)1 << node)) | (uint64_t)!right << node;
		node = 2 * node + right;
	}
	set[0] = tree << TREE_SHIFT | way;
}

static uint32_t tree_victim(const struct assoc *a, const uint64_t *set)
{
	uint32_t node = 1;

	while (node < a->ways)
		node = 2 * node + (uint32_t)(set[0] >> (TREE_SHIFT + node) & 1);
	return node - a->ways;
}

void assoc_touch_slow(const struct assoc *a, uint64_t *set, uint32_t way)
{
	if (a->policy == ASSOC_PLRU) {
		tree_touch(a, set, way);
		return;
	}
	ring_to_seam(a, set, way);
	set[0] = way;
}

uint32_t assoc_victim_slow(const struct assoc *a, const uint64_t *set)
{
	const uint16_t *prev =
		(const uint16_t *)(const void *)(set + a->first + a->ways * a->entry);

	if (has_ring(a))
		return prev[set[0]];
	for (uint32_t way = 0; way < a->ways; way++)
		if (!set[a->first + way * a->entry])
			return way;
	return tree_victim(a, set);
}

uint32_t assoc_search_slow(const struct assoc *a, const uint64_t *set, uint64_t key,
			   uint64_t alt, uint64_t prints)
{
	const uint64_t *print = set + 1, *keys = set + a->first;

	for (uint32_t base = 0; base < a->ways; print++, base += 8) {
		uint64_t hit = assoc_equal_bytes(assoc_word(print), prints);

		for (; hit; hit &= hit - 1) {
			uint32_t way = base + (uint32_t)__builtin_ctzll(hit) / 8;

			if (keys[way * a->entry] == key || keys[way * a->entry] == alt)
				return way;
		}
	}
	return ASSOC_NONE;
}

/* Moves way's nibble behind those of all other ways. */
static void nibble_to_end(const struct assoc *a, uint64_t *set, uint64_t way)
{
	uint64_t order = set[0];
	unsigned at = 0, last = 4 * (a->ways - 1);

	while ((set[0] >> at & 15) != way)
		at += 4;
	for (; at < last; at += 4) {
		order &= ~((uint64_t)15 << at);
		order |= (set[0] >> (at + 4) & 15) << at;
	}
	order &= ~((uint64_t)15 << last);
	set[0] = order | way << last;
}

void assoc_remove(const struct assoc *a, uint64_t *set, uint32_t way)
{
	*assoc_key(a, set, way) = 0;
	((uint8_t *)(set + 1))[way] = 0;
	if (a->order_mask)
		nibble_to_end(a, set, way);
	else if (has_ring(a) && way == set[0])
		set[0] = ring_next(a, set)[way];
	else if (has_ring(a))
		ring_to_seam(a, set, way);
}
