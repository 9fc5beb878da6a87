/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_gen_draw.c - what generated streams draw from, held against libm's and GSL's own numbers */
#include "check.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

#include "base/amount.h"
#include "chisq.h"
#include "gen/alias.h"
#include "gen/fixed.h"
#include "gen/popularity.h"
#include "gen/sizes.h"
#include "gen/zipf_rank.h"

#define DRAWS 400000u
#define CELLS 4096u

static uint64_t count[CELLS];
static double weight[CELLS];

static void assert_likely(const char *what, size_t n)
{
	size_t cells;
	double p = chisq_chance(count, weight, n, &cells);

	print_message("# %s: chance %.4f, %zu cells\n", what, p, cells);
	assert_true(p > CHISQ_UNLIKELY);
}

static void logarithms(void **state)
{
	(void)state;
	assert_int_equal(fixed_log2(1), 0);
	assert_int_equal(fixed_log2((uint64_t)1 << 47), (int64_t)47 << FIXED_LOG_BITS);
	for (uint64_t x = 1; x < (uint64_t)1 << 60; x += x / 7 + 1) {
		double got = (double)fixed_log2(x) / pow(2, FIXED_LOG_BITS);

		assert_true(fabs(got - log2((double)x)) < 1e-12);
	}
}

static void powers(void **state)
{
	(void)state;
	for (int64_t e = -(INT64_C(700) << FIXED_LOG_BITS); e < INT64_C(700) << FIXED_LOG_BITS;
	     e += INT64_C(12345678901234567)) {
		double got = fixed_double(fixed_exp2(e));
		double want = exp2((double)e / pow(2, FIXED_LOG_BITS));

		assert_true(fabs(got / want - 1) < 1e-11);
	}
	assert_true(fixed_chance(0) == UINT64_MAX);
	assert_true(fixed_chance((int64_t)1 << FIXED_LOG_BITS) == (uint64_t)1 << 63);
	assert_true(fixed_chance((int64_t)80 << FIXED_LOG_BITS) == 0);
}

static void tables(void **state)
{
	static const uint32_t sizes[] = { 1, 2, 3, 1000 };

	(void)state;
	for (size_t s = 0; s < 4; s++) {
		struct rng r;
		struct alias a;

		memset(count, 0, sizeof(count));
		for (uint32_t i = 0; i < sizes[s]; i++)
			weight[i] = (double)(i * i % 97 + (i == 0));
		rng_seed(&r, 1);
		assert_int_equal(alias_init(&a, weight, sizes[s], NULL), 0);
		for (uint32_t i = 0; i < DRAWS; i++)
			count[alias_draw(&a, &r)]++;
		alias_fini(&a);
		assert_likely("table", sizes[s]);
	}
}

/* Ranks beyond the cells go to the last one. */
static void one_zipf(uint64_t n, unsigned exponent)
{
	double s = exponent / 1000.0;
	struct zipf z;
	struct rng r;

	memset(count, 0, sizeof(count));
	memset(weight, 0, sizeof(weight));
	rng_seed(&r, n + exponent);
	assert_int_equal(zipf_init(&z, n, exponent, NULL), 0);
	for (uint32_t i = 0; i < DRAWS; i++) {
		uint64_t rank = zipf_draw(&z, &r);

		assert_true(rank < n);
		count[rank < CELLS - 1 ? rank : CELLS - 1]++;
	}
	zipf_fini(&z);
	for (uint64_t k = 1; k <= n; k++)
		weight[k < CELLS ? k - 1 : CELLS - 1] += pow((double)k, -s);
	print_message("# n %llu s %.3f ", (unsigned long long)n, s);
	assert_likely("Zipf", CELLS);
}

static void zipf_law(void **state)
{
	static const uint64_t n[] = { 1, 2, 100, 128, 129, 1000, 3000, 1000003 };
	static const unsigned exponent[] = { 1, 500, 990, 1000, 1010, 2000, 7999 };

	(void)state;
	for (size_t i = 0; i < sizeof(n) / sizeof(*n); i++)
		for (size_t k = 0; k < sizeof(exponent) / sizeof(*exponent); k++)
			one_zipf(n[i], exponent[k]);
}

/* The tail of a law over 2^40 ranks, octave by octave, by the integral of x^-s. */
static void zipf_tail(void **state)
{
	struct zipf z;
	struct rng r;

	(void)state;
	memset(count, 0, sizeof(count));
	rng_seed(&r, 9);
	assert_int_equal(zipf_init(&z, (uint64_t)1 << 40, 900, NULL), 0);
	for (uint32_t i = 0; i < DRAWS; i++) {
		uint64_t rank = zipf_draw(&z, &r) + 1;
		unsigned octave = 63 - (unsigned)__builtin_clzll(rank);

		assert_true(rank <= (uint64_t)1 << 40);
		count[octave]++;
	}
	zipf_fini(&z);
	for (unsigned i = 0; i < 40; i++) {
		double a = pow(2, i), sum = 0;

		for (uint64_t k = (uint64_t)1 << i; i < 16 && k < (uint64_t)2 << i; k++)
			sum += pow((double)k, -0.9);
		/* Euler and Maclaurin's first two terms are exact enough there */
		weight[i] = i < 16 ? sum
				   : (pow(2 * a, 0.1) - pow(a, 0.1)) / 0.1 +
					     (pow(a, -0.9) - pow(2 * a, -0.9)) / 2;
	}
	weight[40] = 0;
	assert_likely("octaves", 40);
}

/* Inside a range too the law holds: its first half is drawn more often, by (1 + 1/64)^-1 from end to end. */
static void zipf_within(void **state)
{
	double want = 0, first = 0, all = 0;
	struct zipf z;
	struct rng r;

	(void)state;
	rng_seed(&r, 3);
	assert_int_equal(zipf_init(&z, (uint64_t)1 << 30, 1000, NULL), 0);
	for (uint32_t i = 0; i < 30 * DRAWS; i++) {
		uint64_t rank = zipf_draw(&z, &r);
		const struct zipf_range *g = &z.range[zipf_range_of(rank)];
		double a = (double)g->first - 0.5, w = (double)g->width;

		if (g->width < 16 || g->width & (g->width - 1))
			continue;
		all++;
		first += rank + 1 - g->first < g->width / 2;
		want += log((a + w / 2) / a) / log((a + w) / a);
	}
	zipf_fini(&z);
	print_message("# in the first half %.5f, by the law %.5f, deviation %.5f\n",
		      first / all, want / all, 0.5 / sqrt(all));
	assert_true(fabs(first - want) < 4 * 0.5 * sqrt(all));
	assert_true(fabs(first - all / 2) > 4 * 0.5 * sqrt(all)); /* it can tell */
}

static void ranges(void **state)
{
	struct zipf z;

	(void)state;
	assert_int_equal(zipf_init(&z, 5000000, 700, NULL), 0);
	for (uint64_t rank = 0; rank < 5000000; rank += rank / 100 + 1) {
		const struct zipf_range *g = &z.range[zipf_range_of(rank)];

		assert_true(zipf_range_of(rank) < z.n_ranges);
		assert_true(g->first <= rank + 1 && rank + 1 < g->first + g->width);
	}
	zipf_fini(&z);
	assert_int_equal(zipf_init(&z, ZIPF_RANKS_MAX, ZIPF_EXPONENT_MAX, NULL), 0);
	zipf_fini(&z);
}

static void popularity_places(void **state)
{
	struct popularity p;
	struct rng r;
	uint64_t top;

	(void)state;
	rng_seed(&r, 4);
	for (unsigned order = POPULARITY_SCRAMBLED; order <= POPULARITY_RANKED; order++) {
		uint64_t most = 0;

		memset(count, 0, sizeof(count));
		assert_int_equal(popularity_init(&p, CELLS, 1000, (enum popularity_order)order,
						 77, NULL),
				 0);
		for (uint32_t i = 0; i < DRAWS; i++)
			count[popularity_draw(&p, &r)]++;
		top = order == POPULARITY_RANKED ? 0 : rng_scatter(0, CELLS, 77);
		for (unsigned i = 0; i < CELLS; i++)
			if (count[i] > count[most])
				most = i;
		assert_int_equal(most, top);
		popularity_fini(&p);
	}
}

static void permutation(void **state)
{
	static const uint64_t sizes[] = { 1, 2, 3, 4, 5, 17, 4095, 4096, 4097 };
	static uint8_t seen[4097];

	(void)state;
	for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++) {
		struct rng_permutation p;

		memset(seen, 0, sizeof(seen));
		rng_permutation_init(&p, sizes[s], 3);
		for (uint64_t i = 0; i < sizes[s]; i++) {
			uint64_t at = rng_permuted(&p, i);

			assert_true(at < sizes[s] && !seen[at]++);
			assert_int_equal(at, rng_scatter(i, sizes[s], 3));
		}
	}
	/* no loop over a size that two halves of 32 bits hold exactly */
	assert_true(rng_scatter(5, UINT64_MAX, 1) < UINT64_MAX);
}

static double size_weight(const struct sizes_config *c, unsigned k)
{
	double shape = c->shape / 1000.0;

	switch (c->kind) {
	case SIZES_CONSTANT:
		return k == c->typical;
	case SIZES_UNIFORM:
		return k < 2 * c->typical;
	case SIZES_GEOMETRIC:
		return gsl_ran_geometric_pdf(k, 1.0 / c->typical);
	case SIZES_LOGNORMAL:
		return gsl_ran_lognormal_pdf(k, log(c->typical), shape);
	case SIZES_ZIPF:
		return gsl_ran_pareto_pdf(k, shape, 0.5) * pow(k, 1); /* k^-(shape + 1) k */
	case SIZES_KIND_COUNT:
		break;
	}
	return 0;
}

static void sizes_of_mappings(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < SIZES_KIND_COUNT; kind++) {
		const struct sizes_config c = {
			.kind = (enum sizes_kind)kind, .typical = 16, .max = 512, .shape = 1500
		};
		struct sizes s;
		struct rng r;

		memset(count, 0, sizeof(count));
		rng_seed(&r, kind);
		assert_int_equal(sizes_init(&s, &c, NULL), 0);
		for (uint32_t i = 0; i < DRAWS; i++) {
			uint32_t pages = sizes_draw(&s, &r);

			assert_true(pages >= 1 && pages <= c.max);
			count[pages - 1]++;
		}
		sizes_fini(&s);
		for (unsigned k = 1; k <= c.max; k++)
			weight[k - 1] = size_weight(&c, k);
		assert_likely(sizes_names[kind], c.max);
	}
}

static void amounts(void **state)
{
	static const struct {
		const char *text;
		uint64_t v;
	} good[] = {
		{ "0", 0 },
		{ "4096", 4096 },
		{ "0x1000", 4096 },
		{ "64M", 64u << 20 },
		{ "1T", 1ULL << 40 },
		{ "0xfK", 15360 },
		{ "15G", 15ULL << 30 },
	};
	static const char *const bad[] = { "",	  "M",	  "-1",	       " 1",
					   "1 M", "1.5G", "1k",	       "1MB",
					   "0x",  "1 ",	  "16777216T", "99999999999999999999" };
	uint64_t v;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_true(amount_parse(good[i].text, &v) && v == good[i].v);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(amount_parse(bad[i], &v));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(logarithms),  cmocka_unit_test(powers),
		cmocka_unit_test(tables),      cmocka_unit_test(zipf_law),
		cmocka_unit_test(zipf_tail),   cmocka_unit_test(zipf_within),
		cmocka_unit_test(ranges),      cmocka_unit_test(popularity_places),
		cmocka_unit_test(permutation), cmocka_unit_test(sizes_of_mappings),
		cmocka_unit_test(amounts),
	};

	return cmocka_run_group_tests_name("gen_draw", tests, NULL, NULL);
}
