/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vm/filter.h"

#include <string.h>

/* A power of two that divides the sets of the array that holds 4K pages. */
static uint8_t step_of(const struct tlb_geometry g[TLB_ARRAYS_MAX])
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
	return (uint8_t)step;
}

static void set_beside(struct filter *f, unsigned kind, unsigned a, unsigned b)
{
	f->beside[kind][0] = (uint8_t)a;
	f->beside[kind][1] = (uint8_t)b;
}

void filter_init(struct filter *f, const struct machine *m)
{
	memset(f, 0, sizeof(*f));
	filter_clear(f);
	f->step[OP_LOAD] = f->step[OP_STORE] = step_of(m->l1d);
	f->step[OP_FETCH] = step_of(m->l1_unified ? m->l1d : m->l1i);
	set_beside(f, OP_LOAD, OP_STORE, m->l1_unified ? OP_FETCH : OP_LOAD);
	set_beside(f, OP_STORE, OP_LOAD, m->l1_unified ? OP_FETCH : OP_STORE);
	set_beside(f, OP_FETCH, m->l1_unified ? OP_LOAD : OP_FETCH,
		   m->l1_unified ? OP_STORE : OP_FETCH);
}

void filter_clear(struct filter *f)
{
	memset(f->key, 0xff, sizeof(f->key));
	memset(f->large, 0, sizeof(f->large));
}

static void drop_large_of(struct filter *f, unsigned kind, uint64_t gva)
{
	for (uint32_t left = f->large[kind]; left; left &= left - 1) {
		uint64_t *key = &f->key[kind][__builtin_ctz(left)];

		if ((*key ^ gva >> PAGE_SHIFT) << 12 >> (12 + 9))
			*key = FILTER_EMPTY;
	}
}

void filter_drop_large(struct filter *f, unsigned kind, uint64_t gva)
{
	drop_large_of(f, kind, gva);
	drop_large_of(f, f->beside[kind][0], gva);
	drop_large_of(f, f->beside[kind][1], gva);
}
