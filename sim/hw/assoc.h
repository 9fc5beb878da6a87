/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * assoc.h - set-associative store: TLBs, paging-structure caches, caches
 *
 * S sets x W ways; S need not be a power of two; fully associative is S = 1. Exact LRU for any W up
 * to ASSOC_WAYS_MAX, tree-PLRU for W = 2^n up to 32. A way holds a key, never 0 (0 marks an empty
 * way), which determines its set, and `values` words. A `uint64_t *set` points to a set's block of
 * words, whole cache lines:
 *
 *     order | prints: a byte a way:    | keys[W] | values[W][values] | W > 16: prev[W], next[W],
 *           | 0 empty, or 0x80 | hash  |         |                   |         16 bits each
 *
 *     order   W <= 16: a permutation of 16 nibbles, the lowest = the most recent way
 *             W > 16:  the most recent way, head of a ring through prev and next
 *             PLRU:    bits 63..33 the tree (node n at 32 + n, root 1), 31..0 the most recent way
 *
 * The most recent way is tested first; then two words of prints (their number is even) rule out
 * sixteen ways at once. Invariant (LRU): empty ways stand last, so the victim is always the last.
 * Cost: 23 ns for an access that misses 64 x 4 and 1536 x 12 and fills both (bench_tlb, uniform).
 */
#ifndef SIM_HW_ASSOC_H
#define SIM_HW_ASSOC_H

#include <stdint.h>

#include "base/err.h"
#include "hw/machine.h"

#define ASSOC_WAYS_MAX	 4096u
#define ASSOC_NONE	 UINT32_MAX
#define ASSOC_HASH_BITS	 47 /* low bits of a key that its print depends on */
#define ASSOC_BYTES(b)	 ((b) * (uint64_t)0x0101010101010101)
#define ASSOC_NIBBLES(n) ((n) * (uint64_t)0x1111111111111111)

struct assoc {
	uint64_t *block;
	uint64_t recent_mask;		    /* of the order word: the most recent way */
	uint64_t order_mask;		    /* nibbles of W ways; 0: rings and trees */
	uint32_t words, key, value, values; /* of a block; where keys and values begin */
	uint32_t set_mask;		    /* S - 1; all ones when S is no power of two */
	uint32_t sets, ways;		    /* sets 0: absent, nothing may be looked up */
	enum assoc_policy policy;
};

/* SIM_ENOMEM. */
SIM_MUST_CHECK int assoc_init(struct assoc *a, const struct assoc_geometry *g, unsigned values,
			      struct sim_error *err);
void assoc_fini(struct assoc *a);

void assoc_touch_slow(const struct assoc *a, uint64_t *set, uint32_t way);
uint32_t assoc_victim_slow(const struct assoc *a, const uint64_t *set);
void assoc_remove(const struct assoc *a, uint64_t *set, uint32_t way); /* empties it */

static SIM_ALWAYS_INLINE uint64_t *assoc_set(const struct assoc *a, uint64_t index)
{
	uint64_t i = index & a->set_mask;

	if (SIM_UNLIKELY(a->set_mask == UINT32_MAX))
		i = index % a->sets;
	return a->block + i * a->words;
}

static inline uint64_t *assoc_value(const struct assoc *a, uint64_t *set, uint32_t way)
{
	return set + a->value + way * a->values;
}

static SIM_ALWAYS_INLINE uint64_t assoc_print(uint64_t key)
{
	return 0x80 | ((key << (64 - ASSOC_HASH_BITS)) * 0x9e3779b97f4a7c15u) >> 57;
}

/* The way that holds key or alt (equal in their low ASSOC_HASH_BITS), or ASSOC_NONE. */
static SIM_ALWAYS_INLINE uint32_t assoc_find(const struct assoc *a, const uint64_t *set,
					     uint64_t key, uint64_t alt)
{
	const uint64_t *keys = set + a->key, *print = set + 1;
	uint64_t want, low = ASSOC_BYTES(0x7f), one, two, hit;
	uint32_t way = (uint32_t)(set[0] & a->recent_mask), base = 0;

	if (keys[way] == key || keys[way] == alt)
		return way;
	want = ASSOC_BYTES(assoc_print(key));
	for (; print < keys; print += 2, base += 16) {
		one = print[0] ^ want;
		two = print[1] ^ want;
		hit = ~(((one & low) + low) | one | low);	/* 0x80 in each zero byte */
		hit |= ~(((two & low) + low) | two | low) >> 4; /* and 0x08 for ways 8..15 */
		for (; SIM_UNLIKELY(hit); hit &= hit - 1) {
			way = (uint32_t)__builtin_ctzll(hit);
			way = base + (way >> 3 | (~way & 4) << 1);
			if (keys[way] == key || keys[way] == alt)
				return way;
		}
	}
	return ASSOC_NONE;
}

/* Makes a way the most recent of its set. */
static inline void assoc_touch(const struct assoc *a, uint64_t *set, uint32_t way)
{
	uint64_t order = set[0], at, below;

	if ((order & a->recent_mask) == way)
		return;
	if (SIM_UNLIKELY(!a->order_mask)) {
		assoc_touch_slow(a, set, way);
		return;
	}
	at = order ^ ASSOC_NIBBLES(way);
	at = (at - ASSOC_NIBBLES(1)) & ~at & ASSOC_NIBBLES(8); /* lowest bit: way's nibble */
	below = (at & -at) * 2 - 1;			       /* up to and with that nibble */
	set[0] = (order & ~below) | (order << 4 & below) | way;
}

/* Puts key, which must not be in the store, in the least recent way's place and makes it most
 * recent. Returns the way; *old is the key that it held, or 0. */
static SIM_ALWAYS_INLINE uint32_t assoc_insert(const struct assoc *a, uint64_t *set,
					       uint64_t key, uint64_t *old)
{
	uint64_t order = set[0], *print;
	uint32_t way, shift;

	if (SIM_LIKELY(a->order_mask)) {
		way = order >> 4 * (a->ways - 1) & 15;
		set[0] = (order & ~a->order_mask) | (order << 4 & a->order_mask) | way;
	} else {
		way = assoc_victim_slow(a, set);
		assoc_touch_slow(a, set, way);
	}
	*old = set[a->key + way];
	set[a->key + way] = key;
	print = &set[1 + way / 8];
	shift = way % 8 * 8;
	*print = (*print & ~((uint64_t)0xff << shift)) | assoc_print(key) << shift;
	return way;
}

#endif
