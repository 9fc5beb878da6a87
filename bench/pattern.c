/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pattern.h"

#include "base/rng.h"
#include "gen/popularity.h"

#define PAGE_SHIFT_4K 12

const char *const pattern_names[PATTERN_COUNT] = { "uniform", "zipf", "sequential" };

static uint64_t at_page(uint64_t page, struct rng *r)
{
	return page << PAGE_SHIFT_4K | (rng_next(r) & 0xff8);
}

static int fill_zipf(uint64_t *address, size_t n, struct rng *r)
{
	struct popularity p;

	if (popularity_init(&p, PATTERN_PAGES, PATTERN_EXPONENT, POPULARITY_SCRAMBLED,
			    rng_next(r), NULL))
		return -1;
	for (size_t i = 0; i < n; i++)
		address[i] = at_page(popularity_draw(&p, r), r);
	popularity_fini(&p);
	return 0;
}

int pattern_fill(enum pattern kind, uint64_t *address, size_t n, uint64_t seed)
{
	struct rng r;

	rng_seed(&r, seed);
	switch (kind) {
	case PATTERN_UNIFORM:
		for (size_t i = 0; i < n; i++)
			address[i] = at_page(rng_below(&r, PATTERN_PAGES), &r);
		return 0;
	case PATTERN_ZIPF:
		return fill_zipf(address, n, &r);
	case PATTERN_SEQUENTIAL:
		for (size_t i = 0; i < n; i++)
			address[i] = i * 8 % ((uint64_t)PATTERN_PAGES << PAGE_SHIFT_4K);
		return 0;
	case PATTERN_COUNT:
		break;
	}
	return -1;
}
