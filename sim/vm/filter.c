/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vm/filter.h"

#include <string.h>

/* A power of two that divides the sets of the array that holds 4K pages. */
static uint32_t step_of(const struct tlb_geometry g[TLB_ARRAYS_MAX])
{
	uint32_t step = FILTER_SLOTS;

	for (unsigned i = 0; i < TLB_ARRAYS_MAX; i++) {
		if (!g[i].g.entries || !(g[i].holds & HOLDS(LEVEL_4K)))
			continue;
		if (g[i].holds != HOLDS(LEVEL_4K))
			return 1;
		while (g[i].g.entries / g[i].g.ways % step)
			step /= 2;
	}
	return step;
}

static uint64_t wants_of(unsigned op)
{
	unsigned user = (op & OP_USER) && !(op & OP_SYSTEM);

	if ((op & OP_KIND) == OP_EVENT || (op & OP_CROSS))
		return FILTER_PAGE | FILTER_ONE;
	return FILTER_PAGE | (uint64_t)1 << (FILTER_PAGE_BITS + 2 * (op & OP_KIND) + user);
}

void filter_init(struct filter *f, const struct machine *m)
{
	memset(f, 0, sizeof(*f));
	for (unsigned op = 0; op < 256; op++)
		f->wants[op] = wants_of(op);
	f->code_bit = m->l1_unified ? 0 : OP_FETCH;
	f->step[FILTER_DATA] = step_of(m->l1d);
	f->step[FILTER_CODE] = step_of(m->l1i);
	filter_clear(f);
}

void filter_clear(struct filter *f)
{
	memset(f->entry, 0xff, sizeof(f->entry));
	memset(f->large, 0, sizeof(f->large));
}

static bool same_region(uint64_t entry, uint64_t gva)
{
	return !(((entry ^ gva >> PAGE_SHIFT) & FILTER_PAGE) >> 9);
}

void filter_put_wide(struct filter *f, enum filter_side side, uint64_t gva, unsigned level)
{
	unsigned slot = filter_slot(gva), step = f->step[side];
	uint64_t *entry = f->entry[side];

	for (unsigned i = slot % step; i < FILTER_SLOTS; i += step)
		if (i != slot)
			entry[i] = FILTER_NONE | FILTER_PAGE;
	if (level == LEVEL_4K) {
		f->large[side] &= ~(1u << slot);
		return;
	}
	for (uint32_t left = f->large[side]; left; left &= left - 1) {
		unsigned i = (unsigned)__builtin_ctz(left);

		if (!same_region(entry[i], gva)) {
			entry[i] = FILTER_NONE | FILTER_PAGE;
			f->large[side] &= ~(1u << i);
		}
	}
	f->large[side] |= 1u << slot;
}
