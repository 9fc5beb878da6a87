/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * assoc.h - set-associative store of 64-bit keys: TLBs, paging-structure caches, caches
 *
 * Shape:    S sets x W ways; S need not be a power of two; fully associative is S = 1.
 *           Exact LRU for any W up to ASSOC_WAYS_MAX, tree-PLRU for W = 2^n up to 32.
 * Keys:     never 0 (0 marks an empty slot), and a key determines its set. The payload lies in
 *           the caller's arrays, by slot.
 *
 *     set s:   recent[s]          slot used last: tested first
 *              print[s * words]   one byte a way: 0 empty, else 0x80 | 7 bits of the key's
 * hash, so that 8 ways are told apart by one word order[s]           W <= 16: a permutation of
 * 16 nibbles, lowest = most recent way PLRU: the tree's bits, node 1 the root prev, next W >
 * 16: ring of the set's ways, recent[s] its head slot = s * stride + way,    stride = W rounded
 * up to 8; slots beyond W stay empty
 *
 * Invariant (LRU): empty ways stand behind all others, so the victim is always the last.
 * Cost:     ~1 ns when the most recent way hits, ~3 ns otherwise for W <= 16 (bench_tlb).
 * Threads:  one owner.
 */
#ifndef SIM_HW_ASSOC_H
#define SIM_HW_ASSOC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "hw/machine.h"

#define ASSOC_WAYS_MAX	 4096u
#define ASSOC_NONE	 UINT32_MAX
#define ASSOC_HASH_BITS	 47 /* low bits of a key that its fingerprint depends on */
#define ASSOC_BYTES(b)	 ((b) * (uint64_t)0x0101010101010101)
#define ASSOC_NIBBLES(n) ((n) * (uint64_t)0x1111111111111111)

struct assoc {
	uint64_t *key, *print, *order;
	uint32_t *recent;
	uint16_t *prev, *next;
	uint32_t sets, ways, stride;
	enum assoc_policy policy;
};

/* entries 0: an absent store, in which nothing may be looked up. SIM_ENOMEM. */
SIM_MUST_CHECK int assoc_init(struct assoc *a, const struct assoc_geometry *g,
			      struct sim_error *err);
void assoc_fini(struct assoc *a);

/* The same as assoc_touch and assoc_victim for rings and trees. */
void assoc_touch_slow(struct assoc *a, uint32_t set, uint32_t way);
uint32_t assoc_victim_slow(const struct assoc *a, uint32_t set);

/* Empties a slot of `set`. */
void assoc_remove(struct assoc *a, uint32_t set, uint32_t slot);

static inline uint32_t assoc_set(const struct assoc *a, uint64_t index)
{
	return (uint32_t)(a->sets & (a->sets - 1) ? index % a->sets : index & (a->sets - 1));
}

static inline uint64_t assoc_print(uint64_t key)
{
	uint64_t hash = (key << (64 - ASSOC_HASH_BITS)) * 0x9e3779b97f4a7c15u;

	return 0x80 | hash >> 57;
}

/* The slot of `set` that holds key or alt (equal in their low ASSOC_HASH_BITS), or ASSOC_NONE.
 */
static inline uint32_t assoc_find(const struct assoc *a, uint32_t set, uint64_t key,
				  uint64_t alt)
{
	uint32_t slot = a->recent[set], base = set * a->stride;
	uint64_t want, low = ASSOC_BYTES(0x7f), diff, hit;

	if (a->key[slot] == key || a->key[slot] == alt)
		return slot;
	want = ASSOC_BYTES(assoc_print(key));
	for (uint32_t end = base + a->stride; base < end; base += 8) {
		diff = a->print[base / 8] ^ want;
		hit = ~(((diff & low) + low) | diff | low); /* 0x80 in each zero byte */
		for (; hit; hit &= hit - 1) {
			slot = base + (uint32_t)__builtin_ctzll(hit) / 8;
			if (a->key[slot] == key || a->key[slot] == alt)
				return slot;
		}
	}
	return ASSOC_NONE;
}

/* Makes a slot the most recent of its set. */
static inline void assoc_touch(struct assoc *a, uint32_t set, uint32_t slot)
{
	uint64_t order, at, below, above, way = slot - set * a->stride;

	if (a->recent[set] == slot)
		return;
	if (a->order && a->policy == ASSOC_LRU) {
		order = a->order[set];
		at = order ^ ASSOC_NIBBLES(way);
		at = (at - ASSOC_NIBBLES(1)) & ~at & ASSOC_NIBBLES(8);
		at = (uint64_t)__builtin_ctzll(at) &
		     ~(uint64_t)3; /* where way's nibble starts */
		below = order & (((uint64_t)1 << at) - 1);
		above = order & ~(((uint64_t)2 << (at + 3)) - 1);
		a->order[set] = above | below << 4 | way;
	} else {
		assoc_touch_slow(a, set, (uint32_t)way);
	}
	a->recent[set] = slot;
}

/* The slot that a new key of `set` takes; a->key[slot] is what it evicts, or 0. */
static inline uint32_t assoc_victim(const struct assoc *a, uint32_t set)
{
	if (a->order && a->policy == ASSOC_LRU)
		return set * a->stride + (uint32_t)(a->order[set] >> 4 * (a->ways - 1) & 15);
	return assoc_victim_slow(a, set);
}

/* Puts key, which must not be in the store, into a slot of its set and makes it most recent. */
static inline void assoc_put(struct assoc *a, uint32_t set, uint32_t slot, uint64_t key)
{
	unsigned shift = slot % 8 * 8;

	a->key[slot] = key;
	a->print[slot / 8] &= ~((uint64_t)0xff << shift);
	a->print[slot / 8] |= assoc_print(key) << shift;
	assoc_touch(a, set, slot);
}

#endif
