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

struct tlb_array {
	struct assoc a;
	struct translation *t;	  /* [slot] */
	uint32_t n[LEVEL_1G + 1]; /* [level]: entries present */
};

struct tlb {
	struct tlb_array array[TLB_ARRAYS_MAX];
	uint8_t holds;			       /* HOLDS() of all arrays */
	struct tlb_array *of[LEVEL_1G + 1][2]; /* [level]: NULL, or the same one twice */
	uint32_t n[LEVEL_1G + 1];
};

/* Where an entry is. */
struct tlb_place {
	struct tlb_array *array;
	uint32_t set, slot;
};

/* SIM_ENOMEM. */
SIM_MUST_CHECK int tlb_init(struct tlb *t, const struct tlb_geometry g[TLB_ARRAYS_MAX],
			    struct sim_error *err);
void tlb_fini(struct tlb *t);

/* Installs an entry for the page of address `vpn` (4 KiB number); its level must be held. */
struct tlb_place tlb_insert(struct tlb *t, uint64_t vpn, uint64_t context,
			    const struct translation *e);

/* Drops entries of every size that translate `vpn`; true when there were some. */
bool tlb_drop_page(struct tlb *t, uint64_t vpn, const struct scope *scope);

/* Drops every entry in scope. */
void tlb_drop(struct tlb *t, const struct scope *scope);

/* The part of `e` around vpn that is as large as the largest size in `holds` allows. */
struct translation tlb_piece(const struct translation *e, uint64_t vpn, unsigned holds);

static inline uint64_t tlb_vpn(uint64_t address)
{
	return address >> PAGE_SHIFT & (((uint64_t)1 << TLB_VPN_BITS) - 1);
}

static inline uint64_t tlb_key(uint64_t vpn, unsigned level, uint64_t context)
{
	return context | (uint64_t)level << TLB_VPN_BITS | vpn >> 9 * (level - 1);
}

static inline struct tlb_place tlb_place(const struct tlb *t, uint64_t vpn, unsigned level)
{
	uint64_t page = vpn >> 9 * (level - 1);
	struct tlb_place p = { .array = t->of[level][0] };

	if (p.array != t->of[level][1])
		p.array = t->of[level][page / p.array->a.sets & 1];
	p.set = assoc_set(&p.array->a, page);
	return p;
}

/* Looks vpn up in the context, all sizes present, without touching. */
static inline bool tlb_find(const struct tlb *t, uint64_t vpn, uint64_t context,
			    struct tlb_place *p)
{
	for (unsigned level = LEVEL_4K; level <= LEVEL_1G; level++) {
		if (!t->n[level])
			continue;
		*p = tlb_place(t, vpn, level);
		p->slot = assoc_find(&p->array->a, p->set, tlb_key(vpn, level, context),
				     tlb_key(vpn, level, CONTEXT_GLOBAL));
		if (p->slot != ASSOC_NONE)
			return true;
	}
	return false;
}

static inline const struct translation *tlb_entry(const struct tlb_place *p)
{
	return &p->array->t[p->slot];
}

#endif
