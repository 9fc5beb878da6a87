/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gen/zipf_rank.h"

#include "base/alloc.h"
#include "gen/fixed.h"

#define SPLIT	    6u /* bits: ranges of an octave */
#define RANGES_MAX  ((size_t)(48 + 1 - SPLIT) << SPLIT)
#define SURE_MARGIN ((uint64_t)1 << 24) /* above fixed.h's error, 2^-40 of 2^64 */

/* s x (log2 rank - log2 first): minus the logarithm of the chance to be taken. */
static int64_t distance(const struct zipf *z, int64_t log_rank, int64_t log_first)
{
	return (log_rank - log_first) * (int64_t)z->exponent / FIXED_ONE;
}

static void add_range(struct zipf *z, uint64_t first, uint64_t width)
{
	struct zipf_range *r = &z->range[z->n_ranges++];
	int64_t log_last = fixed_log2(first + width - 1);
	uint64_t sure;

	r->first = first;
	r->width = width;
	r->log_first = fixed_log2(first);
	sure = fixed_chance(distance(z, log_last, r->log_first));
	if (width == 1)
		r->sure = UINT64_MAX;
	else
		r->sure = sure > SURE_MARGIN ? sure - SURE_MARGIN : 0;
}

static void add_ranges(struct zipf *z, uint64_t n)
{
	uint64_t first = 1;

	for (uint64_t width = 1; first <= n; width <<= 1) {
		uint64_t end = width << (SPLIT + 1);

		for (; first < end && first <= n; first += width)
			add_range(z, first, width < n - first + 1 ? width : n - first + 1);
	}
}

double zipf_weight(const struct zipf *z, uint32_t range)
{
	return fixed_double(fixed_exp2(-distance(z, z->range[range].log_first, 0)));
}

int zipf_init(struct zipf *z, uint64_t n, unsigned exponent, struct sim_error *err)
{
	double *weight;
	int rc;

	*z = (struct zipf){ .exponent = exponent };
	z->range = sim_calloc(RANGES_MAX, sizeof(*z->range));
	weight = sim_calloc(RANGES_MAX, sizeof(*weight));
	if (z->range && weight) {
		add_ranges(z, n);
		for (uint32_t i = 0; i < z->n_ranges; i++)
			weight[i] = zipf_weight(z, i) * (double)z->range[i].width;
		rc = alias_init(&z->ranges, weight, z->n_ranges, err);
	} else {
		rc = sim_fail_nomem(err);
	}
	sim_free(weight);
	if (rc)
		zipf_fini(z);
	return rc;
}

void zipf_fini(struct zipf *z)
{
	sim_free(z->range);
	z->range = NULL;
	alias_fini(&z->ranges);
}

static uint64_t draw_within(const struct zipf_range *g, struct rng *r)
{
	/* a width is a power of two, but for the last range's */
	if (!(g->width & (g->width - 1)))
		return g->first + (rng_next(r) & (g->width - 1));
	return g->first + rng_below(r, g->width);
}

uint64_t zipf_draw(const struct zipf *z, struct rng *r)
{
	for (;;) {
		const struct zipf_range *g = &z->range[alias_draw(&z->ranges, r)];
		uint64_t rank, x;

		if (g->width == 1)
			return g->first - 1;
		rank = draw_within(g, r);
		x = rng_next(r);
		if (x < g->sure ||
		    x < fixed_chance(distance(z, fixed_log2(rank), g->log_first)))
			return rank - 1;
	}
}

uint32_t zipf_range_of(uint64_t rank)
{
	uint64_t r = rank + 1;
	unsigned shift = 0;

	while (r >> shift >> (SPLIT + 1))
		shift++;
	return (uint32_t)(((uint64_t)shift << SPLIT) + (r >> shift) - 1);
}
