/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * filter.h - accesses that need not reach the TLB
 *
 * For each access kind a few pages, by the low bits of the page number, whose entry in the first
 * level TLB allows that kind of access and is the most recent of its set. One more such access would
 * hit that entry and change nothing: not the order within the set, not a counter. It is skipped.
 *
 * Why a page in the filter keeps its place at the front of its set:
 *   4K     When a page comes, every page that may be of its set goes, from all kinds that use the
 *          array: those in its slot and, when the array has fewer sets than there are slots, in
 *          every `step`-th one. An array that holds other sizes beside 4K counts as one set.
 *   2M, 1G The slot says nothing of the set. When such a page comes, all pages of other 2 MiB regions
 *          that came through large entries go (`large` tells which slots those are).
 * Whatever may remove or outdate an entry clears the filter: a growing cpu_epoch(), an access that
 * fails, any event.
 *
 * It takes 85 to 90 % of the accesses of the captured traces; with one slot it would take 35 to 55 %.
 */
#ifndef SIM_VM_FILTER_H
#define SIM_VM_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "hw/machine.h"
#include "trace/record.h"

#define FILTER_EMPTY UINT64_MAX
#define FILTER_KINDS 4 /* load, store, fetch, and one for events, which never match */
#define FILTER_SLOTS 16u

struct filter {
	uint64_t key[FILTER_KINDS][FILTER_SLOTS]; /* filter_key or FILTER_EMPTY */
	uint64_t pa[FILTER_KINDS][FILTER_SLOTS];  /* physical address of that page, in the
						     technique's final space */
	uint8_t step[FILTER_KINDS];		  /* pages of one set are this many slots apart,
						     or a multiple of it */
	uint32_t large[FILTER_KINDS];		  /* bit i: slot i came through a large entry */
	uint8_t beside[FILTER_KINDS][2];	  /* the other kinds that use the same array;
						     itself for want of one */
};

void filter_init(struct filter *f, const struct machine *m);
void filter_clear(struct filter *f);

/* Page, privilege, and a bit that keeps crossing accesses out. */
static inline uint64_t filter_key(uint8_t op, uint64_t gva)
{
	return gva >> PAGE_SHIFT | (uint64_t)(op & (OP_USER | OP_CROSS | OP_SYSTEM)) << 52;
}

static inline unsigned filter_slot(uint64_t gva)
{
	return gva >> PAGE_SHIFT & (FILTER_SLOTS - 1);
}

static inline bool filter_has(const struct filter *f, uint8_t op, uint64_t gva)
{
	return f->key[op & OP_KIND][filter_slot(gva)] == filter_key(op, gva);
}

static inline uint64_t *filter_pa(struct filter *f, uint8_t op, uint64_t gva)
{
	return &f->pa[op & OP_KIND][filter_slot(gva)];
}

/* Drops what came through large entries of kind's array, but for pages around gva. */
void filter_drop_large(struct filter *f, unsigned kind, uint64_t gva);

/* The access has just found or made an entry, at most as large as `level`. */
static inline void filter_put(struct filter *f, uint8_t op, uint64_t gva, unsigned level)
{
	unsigned kind = op & OP_KIND, slot = filter_slot(gva), step = f->step[kind];
	const uint8_t *beside = f->beside[kind];
	uint64_t key = filter_key(op, gva);

	if (level > LEVEL_4K)
		filter_drop_large(f, kind, gva);
	for (unsigned i = slot & (step - 1); i < FILTER_SLOTS; i += step) {
		f->key[kind][i] = FILTER_EMPTY;
		if ((f->key[beside[0]][i] ^ key) << 12)
			f->key[beside[0]][i] = FILTER_EMPTY;
		if ((f->key[beside[1]][i] ^ key) << 12)
			f->key[beside[1]][i] = FILTER_EMPTY;
	}
	f->key[kind][slot] = key;
	f->large[kind] &= ~(1u << slot);
	f->large[kind] |= (uint32_t)(level > LEVEL_4K) << slot;
}

#endif
