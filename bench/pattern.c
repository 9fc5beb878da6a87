/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pattern.h"

#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "base/rng.h"

#define PAGE_SHIFT_4K 12

const char *const pattern_names[PATTERN_COUNT] = { "uniform", "zipf", "sequential" };

/* A bijection of the page numbers: odd factor, xor shift, twice. */
static uint64_t scatter(uint64_t rank)
{
	uint64_t x = rank;

	for (int i = 0; i < 2; i++) {
		x = x * 0x9e3779b1u % PATTERN_PAGES;
		x ^= x >> 9;
	}
	return x;
}

static uint64_t at_page(uint64_t page, struct rng *r)
{
	return page << PAGE_SHIFT_4K | (rng_next(r) & 0xff8);
}

static int fill_zipf(uint64_t *address, size_t n, struct rng *r)
{
	double *weight = malloc(PATTERN_PAGES * sizeof(*weight));
	gsl_rng *source = gsl_rng_alloc(gsl_rng_mt19937);
	gsl_ran_discrete_t *table = NULL;
	int rc = -1;

	if (!weight || !source)
		goto out;
	for (unsigned i = 0; i < PATTERN_PAGES; i++)
		weight[i] = pow(i + 1, -PATTERN_EXPONENT);
	table = gsl_ran_discrete_preproc(PATTERN_PAGES, weight);
	if (!table)
		goto out;
	gsl_rng_set(source, (unsigned long)rng_below(r, 0xffffffff));
	for (size_t i = 0; i < n; i++)
		address[i] = at_page(scatter(gsl_ran_discrete(source, table)), r);
	rc = 0;
out:
	if (table)
		gsl_ran_discrete_free(table);
	if (source)
		gsl_rng_free(source);
	free(weight);
	return rc;
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
