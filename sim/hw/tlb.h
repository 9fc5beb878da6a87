/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tlb.h - one translation lookaside buffer: up to three arrays that share the page sizes
 *
 * Used for each first level (data, code), each second level, and the nested TLB (guest-physical
 * page -> host page, context CONTEXT_VALID).
 *
 * Page sizes:  an array holds the sizes its geometry says. When two arrays hold a size (Ice
 * Lake's second level keeps 4K in both), the address bit above the first one's set index picks
 *              one: together they act as one array of twice the sets.
 * Contexts:    context.h.
 * Several entries for one address, of different sizes, may coexist as on hardware; the smallest
 * size wins.
 * Not modelled: hashed set indexes, coalesced entries, prefetch: doc/validity.md.
 *
 *     key: 63..48 context | 46..45 level | 44..0 page number of that size
 */
#ifndef SIM_HW_TLB_H
#define SIM_HW_TLB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "hw/assoc.h"
#include "hw/context.h"
#include "hw/cpu.h"
#include "hw/machine.h"

#define TLB_VPN_BITS 45

struct tlb {
	struct assoc array[TLB_ARRAYS_MAX];	 /* a way's value: a packed translation */
	const struct assoc *of[LEVEL_1G + 1][2]; /* [level]: NULL, or the same one twice */
	const struct assoc *plain; /* the array of 4K entries; NULL when there are two, or when
				      its sets are no power of two */
	uint32_t n[LEVEL_1G + 1];  /* [level]: entries present */
	uint8_t holds, present;	   /* HOLDS() of all arrays; where n > 0 */
	bool has_pieces;	   /* there may be pieces of larger pages */
};

/* Where an entry is. */
struct tlb_place {
	const struct assoc *array;
	uint64_t *set;
	uint32_t way;
};

/*
 * A translation in one word: 63..16 frame | 15..12 page_level | 11..8 level | 7 dirty | 6 global |
 * 5 combined | 2..0 perm
 */
#define TLB_DIRTY    ((uint64_t)1 << 7)
#define TLB_GLOBAL   ((uint64_t)1 << 6)
#define TLB_COMBINED ((uint64_t)1 << 5)

static inline uint64_t tlb_pack(const struct translation *t)
{
	return t->frame << 16 | (uint64_t)t->page_level << 12 | (uint64_t)t->level << 8 |
	       (t->dirty ? TLB_DIRTY : 0) | (t->global ? TLB_GLOBAL : 0) |
	       (t->combined ? TLB_COMBINED : 0) | t->perm;
}

static inline struct translation tlb_unpack(uint64_t e)
{
	return (struct translation){ .frame = e >> 16,
				     .level = e >> 8 & 15,
				     .page_level = e >> 12 & 15,
				     .perm = e & PERM_ALL,
				     .dirty = e & TLB_DIRTY,
				     .global = e & TLB_GLOBAL,
				     .combined = e & TLB_COMBINED };
}

static inline unsigned tlb_level(uint64_t e)
{
	return e >> 8 & 15;
}

/* Is e, an entry of `level`, a piece of a larger page? */
static inline bool tlb_is_piece(uint64_t e, unsigned level)
{
	return (e >> 12 & 15) > level;
}

/* SIM_ENOMEM. */
SIM_MUST_CHECK int tlb_init(struct tlb *t, const struct tlb_geometry g[TLB_ARRAYS_MAX],
			    struct sim_error *err);
void tlb_fini(struct tlb *t);

/* Drops entries of every size that translate `vpn`; true when there were some. */
bool tlb_drop_page(struct tlb *t, uint64_t vpn, const struct scope *scope);

/* Drops every piece of a larger page that has `vpn` in it. */
void tlb_drop_pieces(struct tlb *t, uint64_t vpn, const struct scope *scope);

/* Drops every entry in scope. */
void tlb_drop(struct tlb *t, const struct scope *scope);

/* The part of packed entry e around vpn that is as large as the largest size in `holds` allows. */
uint64_t tlb_piece(uint64_t e, uint64_t vpn, unsigned holds);

static inline uint64_t tlb_vpn(uint64_t address)
{
	return address >> PAGE_SHIFT & (((uint64_t)1 << TLB_VPN_BITS) - 1);
}

static inline uint64_t tlb_key(uint64_t vpn, unsigned level, uint64_t context)
{
	return context | (uint64_t)level << TLB_VPN_BITS | vpn >> 9 * (level - 1);
}

static SIM_ALWAYS_INLINE uint64_t *tlb_set(const struct tlb *t, uint64_t page, unsigned level,
					   const struct assoc **array)
{
	*array = t->of[level][0];
	if (SIM_UNLIKELY(*array != t->of[level][1]))
		*array = t->of[level][page / (*array)->sets & 1];
	return assoc_set(*array, page);
}

/* Keeps account of the sizes present when key `now` takes the place of `old`; 0 is none. */
void tlb_recount(struct tlb *t, uint64_t old, uint64_t now);

/* What the keys of vpn's 4K entries share, whatever their context: assoc_prints. */
static SIM_ALWAYS_INLINE uint64_t tlb_prints(uint64_t vpn)
{
	return assoc_prints(tlb_key(vpn, LEVEL_4K, 0));
}

/* Installs packed entry e under `key` in a set of an array of t's. */
static SIM_ALWAYS_INLINE void tlb_put(struct tlb *t, const struct assoc *array, uint64_t *set,
				      uint64_t key, uint64_t prints, uint64_t e)
{
	uint64_t old;
	uint32_t way = assoc_insert_prints(array, set, key, prints, &old);

	*assoc_value(array, set, way) = e;
	if (SIM_UNLIKELY((old ^ key) >> TLB_VPN_BITS & 3))
		tlb_recount(t, old, key);
}

/* Installs packed entry e of `level` for the page around `vpn`; the size must be held. */
static inline void tlb_insert(struct tlb *t, uint64_t vpn, uint64_t context, uint64_t e,
			      unsigned level)
{
	uint64_t key = tlb_key(vpn, level, e & TLB_GLOBAL ? CONTEXT_GLOBAL : context);
	const struct assoc *array;
	uint64_t *set = tlb_set(t, vpn >> 9 * (level - 1), level, &array);

	tlb_put(t, array, set, key, assoc_prints(key), e);
	t->has_pieces |= tlb_is_piece(e, level);
}

/* Looks for an entry of a size in `levels`, HOLDS(...), that is present, the smallest first. */
bool tlb_find_among(const struct tlb *t, unsigned levels, uint64_t vpn, uint64_t context,
		    struct tlb_place *p);

/* Looks vpn up in the context, all sizes present, without touching. `prints` is tlb_prints(vpn).
 * After a miss p->set is where a 4K entry would be, if there is a plain array. */
static SIM_ALWAYS_INLINE bool tlb_find_prints(const struct tlb *t, uint64_t vpn,
					      uint64_t context, uint64_t prints,
					      struct tlb_place *p)
{
	uint64_t key = tlb_key(vpn, LEVEL_4K, 0);

	p->array = t->plain;
	if (SIM_UNLIKELY(!p->array))
		return tlb_find_among(t, t->present, vpn, context, p);
	p->set = p->array->block + (vpn & p->array->set_mask) * p->array->words;
	p->way = assoc_search(p->array, p->set, context | key, CONTEXT_GLOBAL | key, prints);
	if (p->way != ASSOC_NONE)
		return true;
	return t->present > HOLDS(LEVEL_4K) &&
	       tlb_find_among(t, t->present & ~HOLDS(LEVEL_4K), vpn, context, p);
}

static inline bool tlb_find(const struct tlb *t, uint64_t vpn, uint64_t context,
			    struct tlb_place *p)
{
	return tlb_find_prints(t, vpn, context, tlb_prints(vpn), p);
}

static inline uint64_t tlb_entry(const struct tlb_place *p)
{
	return *assoc_value(p->array, p->set, p->way);
}

#endif
