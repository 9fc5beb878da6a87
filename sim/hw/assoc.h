/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * assoc.h - set-associative store: TLBs, paging-structure caches, caches
 *
 * S sets x W ways; S need not be a power of two; fully associative is S = 1. Exact LRU for any W up
 * to ASSOC_WAYS_MAX, tree-PLRU for W = 2^n up to 32. A way holds a key, never 0 (0 marks an empty
 * way), which determines its set, and `values` words. A `uint64_t *set` points to a set's block of
 * words, whole cache lines:
 *
 *     order | prints: a byte a way: | key, values of way 0 | ... | W > 16: prev[W], next[W],
 *           | 0 empty, 0x80 | hash  |                      |     |         16 bits each
 *
 *     order   W <= 16: a permutation of 16 nibbles, the lowest = the most recent way
 *             W > 16:  the most recent way, head of a ring through prev and next
 *             PLRU:    bits 63..33 the tree (node n at 32 + n, root 1), 31..0 the most recent way
 *
 * Two words of prints (their number is even) rule out sixteen ways at once; assoc_find tests the
 * most recent way before them. Invariant (LRU): empty ways stand last, so the victim is always the last.
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
	uint64_t recent_mask;	      /* of the order word: the most recent way */
	uint64_t order_mask;	      /* nibbles of W ways; 0: rings and trees */
	uint32_t words, first, entry; /* of a block; where its entries begin; of an entry */
	uint32_t set_mask;	      /* S - 1; all ones when S is no power of two */
	uint32_t sets, ways;	      /* sets 0: absent, nothing may be looked up */
	uint32_t last;		      /* where the order's last nibble begins */
	bool more_than_16;	      /* ways */
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

static SIM_ALWAYS_INLINE uint64_t *assoc_key(const struct assoc *a, uint64_t *set, uint32_t way)
{
	return set + a->first + way * a->entry;
}

static SIM_ALWAYS_INLINE uint64_t *assoc_value(const struct assoc *a, uint64_t *set,
					       uint32_t way)
{
	return assoc_key(a, set, way) + 1;
}

/* A key's print in each of eight bytes. */
static SIM_ALWAYS_INLINE uint64_t assoc_prints(uint64_t key)
{
	uint64_t hash = (key << (64 - ASSOC_HASH_BITS)) * 0x9e3779b97f4a7c15u;

	return ASSOC_BYTES(0x80 | hash >> 57);
}

/* 0x80 in each byte that is equal in both. */
static SIM_ALWAYS_INLINE uint64_t assoc_equal_bytes(uint64_t a, uint64_t b)
{
	uint64_t low = ASSOC_BYTES(0x7f), diff = a ^ b;

	return ~(((diff & low) + low) | diff | low);
}

/* Eight prints as one word, the first way's lowest. */
static SIM_ALWAYS_INLINE uint64_t assoc_word(const uint64_t *print)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return __builtin_bswap64(*print);
#else
	return *print;
#endif
}

/* assoc_search, whatever the number of ways and of equal prints. */
uint32_t assoc_search_slow(const struct assoc *a, const uint64_t *set, uint64_t key,
			   uint64_t alt, uint64_t prints);

/* The way that holds key or alt (equal in their low ASSOC_HASH_BITS), or ASSOC_NONE; `prints` is
 * assoc_prints(key). */
static SIM_ALWAYS_INLINE uint32_t assoc_search(const struct assoc *a, const uint64_t *set,
					       uint64_t key, uint64_t alt, uint64_t prints)
{
	uint64_t hit = assoc_equal_bytes(assoc_word(set + 1), prints), found;
	uint32_t way;

	if (a->ways > 8) /* 0x08 for ways 8..15 */
		hit |= assoc_equal_bytes(assoc_word(set + 2), prints) >> 4;
	if (!(hit | a->more_than_16))
		return ASSOC_NONE;
	way = (uint32_t)__builtin_ctzll(hit | (uint64_t)1 << 63);
	way = way >> 3 | (~way & 4) << 1;
	found = set[a->first + way * a->entry];
	if (SIM_LIKELY(hit && (found == key || found == alt)))
		return way;
	return assoc_search_slow(a, set, key, alt, prints);
}

/* The same; the most recent way is tested first. */
static SIM_ALWAYS_INLINE uint32_t assoc_find(const struct assoc *a, const uint64_t *set,
					     uint64_t key, uint64_t alt)
{
	uint32_t way = (uint32_t)(set[0] & a->recent_mask);
	uint64_t found = set[a->first + way * a->entry];

	if (found == key || found == alt)
		return way;
	return assoc_search(a, set, key, alt, assoc_prints(key));
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
static SIM_ALWAYS_INLINE uint32_t assoc_insert_prints(const struct assoc *a, uint64_t *set,
						      uint64_t key, uint64_t prints,
						      uint64_t *old)
{
	uint64_t order = set[0], *place;
	uint32_t way;

	if (SIM_LIKELY(a->order_mask)) {
		way = order >> a->last & 15;
		set[0] = (order & ~a->order_mask) | ((order << 4 | way) & a->order_mask);
	} else {
		way = assoc_victim_slow(a, set);
		assoc_touch_slow(a, set, way);
	}
	place = assoc_key(a, set, way);
	*old = *place;
	*place = key;
	((uint8_t *)(set + 1))[way] = (uint8_t)prints;
	return way;
}

static SIM_ALWAYS_INLINE uint32_t assoc_insert(const struct assoc *a, uint64_t *set,
					       uint64_t key, uint64_t *old)
{
	return assoc_insert_prints(a, set, key, assoc_prints(key), old);
}

#endif
