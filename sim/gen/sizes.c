/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gen/sizes.h"

#include "base/alloc.h"
#include "gen/fixed.h"

#define LN2	   0.693147180559945309417232121458 /* OEIS A002162 */
#define LOG_ONE	   17592186044416.0		    /* 2^FIXED_LOG_BITS */
#define NEGLIGIBLE 1000.0			    /* 2^-1000 of the largest weight */

const char *const sizes_names[] = { "constant",	 "uniform", "geometric",
				    "lognormal", "zipf",    NULL };

static void weigh_geometric(const struct sizes_config *c, double *weight)
{
	double q = (double)(c->typical - 1) / (double)c->typical, w = 1;

	for (uint32_t i = 0; i < c->max; i++) {
		weight[i] = w;
		w *= q;
	}
}

/* exp(-(ln k - ln typical)^2 / (2 sigma^2)) / k, as a power of two. */
static double lognormal(const struct sizes_config *c, uint32_t k)
{
	double x = (double)(fixed_log2(k) - fixed_log2(c->typical)) / LOG_ONE;
	double sigma = (double)c->shape / FIXED_ONE, e = x / sigma;

	e = e * e;
	e = e * LN2;
	e = e / 2;
	if (e > NEGLIGIBLE)
		return 0;
	return fixed_double(fixed_exp2(-(int64_t)(e * LOG_ONE))) / (double)k;
}

static void weigh(const struct sizes_config *c, double *weight)
{
	switch (c->kind) {
	case SIZES_CONSTANT:
		weight[c->typical - 1] = 1;
		break;
	case SIZES_UNIFORM:
		for (uint32_t i = 0; i < c->max && i < 2 * c->typical - 1; i++)
			weight[i] = 1;
		break;
	case SIZES_GEOMETRIC:
		weigh_geometric(c, weight);
		break;
	case SIZES_LOGNORMAL:
		for (uint32_t i = 0; i < c->max; i++)
			weight[i] = lognormal(c, i + 1);
		break;
	case SIZES_ZIPF:
		for (uint32_t i = 0; i < c->max; i++)
			weight[i] = fixed_double(
				fixed_exp2(-fixed_log2(i + 1) * (int64_t)c->shape / FIXED_ONE));
		break;
	case SIZES_KIND_COUNT:
		break;
	}
}

int sizes_init(struct sizes *s, const struct sizes_config *c, struct sim_error *err)
{
	double *weight = sim_calloc(c->max, sizeof(*weight));
	int rc;

	if (!weight)
		return sim_fail_nomem(err);
	weigh(c, weight);
	rc = alias_init(&s->table, weight, c->max, err);
	sim_free(weight);
	return rc;
}

void sizes_fini(struct sizes *s)
{
	alias_fini(&s->table);
}
