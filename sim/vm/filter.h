/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * filter.h - accesses that need not reach the TLB
 *
 * A few pages for code and a few for data, by the low bits of the page number, whose entry in the
 * first level TLB is the most recent of its set, and which accesses (kind, privilege) that entry has
 * allowed. One more such access would hit that entry and change nothing: not the order within the
 * set, not a counter. It is skipped.
 *
 *     entry: 63 always 1 | 57..52 bit 2 x kind + user: 0 when that was allowed | 51..0 page
 *
 * Why a page in the filter keeps its place at the front of its set:
 *   4K     When a page comes, every page that may be of its set goes: the one in its slot and, when
 *          the array has fewer sets than there are slots, those in every `step`-th one. An array
 *          that holds other sizes beside 4K counts as one set. Code and data share slots when they
 *          share the array.
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
#include "base/err.h"
#include "hw/machine.h"
#include "trace/record.h"

#define FILTER_SLOTS	 16u
#define FILTER_PAGE_BITS 52
#define FILTER_PAGE	 (((uint64_t)1 << FILTER_PAGE_BITS) - 1)
#define FILTER_ONE	 ((uint64_t)1 << 63)
#define FILTER_NONE	 (~FILTER_PAGE) /* set, nothing allowed */

enum filter_side { FILTER_DATA, FILTER_CODE, FILTER_SIDES };

struct filter {
	uint64_t entry[FILTER_SIDES][FILTER_SLOTS];
	uint64_t pa[FILTER_SIDES][FILTER_SLOTS]; /* physical address of the page, in the
						    technique's final space */
	uint64_t wants[256]; /* [op byte]: bits of an entry that must be the page's or 0;
					 crossing accesses and events want bit 63 to be 0 */
	uint32_t large[FILTER_SIDES]; /* bit i: slot i came through a large entry */
	uint32_t step[FILTER_SIDES];  /* pages of one set are this many slots apart, or a
					 multiple of it */
	uint8_t code_bit;	      /* OP_FETCH; 0 when code uses the data's array */
};

void filter_init(struct filter *f, const struct machine *m);
void filter_clear(struct filter *f);

static inline enum filter_side filter_side(const struct filter *f, uint8_t op)
{
	return (enum filter_side)((op & f->code_bit) / OP_FETCH);
}

static inline unsigned filter_slot(uint64_t gva)
{
	return gva >> PAGE_SHIFT & (FILTER_SLOTS - 1);
}

static inline bool filter_has(const struct filter *f, uint8_t op, uint64_t gva)
{
	uint64_t entry = f->entry[filter_side(f, op)][filter_slot(gva)];

	return !((entry ^ gva >> PAGE_SHIFT) & f->wants[op]);
}

static inline uint64_t *filter_pa(struct filter *f, uint8_t op, uint64_t gva)
{
	return &f->pa[filter_side(f, op)][filter_slot(gva)];
}

/* What filter_put does where a set is more than a slot: pages that may be of gva's set go. */
void filter_put_wide(struct filter *f, enum filter_side side, uint64_t gva, unsigned level);

/* The access, which does not cross, has just found or made an entry at most as large as `level`. */
static inline void filter_put(struct filter *f, uint8_t op, uint64_t gva, unsigned level)
{
	enum filter_side side = filter_side(f, op);
	uint64_t page = gva >> PAGE_SHIFT, *entry = &f->entry[side][filter_slot(gva)];

	if (level > LEVEL_4K || f->step[side] < FILTER_SLOTS || f->large[side])
		filter_put_wide(f, side, gva, level);
	if ((*entry ^ page) & FILTER_PAGE)
		*entry = page | FILTER_NONE;
	*entry &= FILTER_ONE | FILTER_PAGE | ~f->wants[op];
}

#endif
