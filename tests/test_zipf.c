/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_zipf.c - a known answer: zipf 0.99 over 262144 pages through LRU of 1536 entries
 *
 * 0.5230 of the accesses miss when it is fully associative, 0.5266 as 128 sets of 12 ways. Over
 * ACCESSES draws the standard deviation of the ratio is about 0.0002; in sets it also depends on
 * where the popular ranks fall (0.5258 to 0.5266 for the scatters tried): the tolerance is 0.0010.
 */
#include "check.h"

#include <math.h>

#include "base/addr.h"
#include "hw/assoc.h"
#include "hw/context.h"
#include "pattern.h"

#define ACCESSES  8000000u
#define WARM	  1000000u
#define TOLERANCE 0.0010

static uint64_t *address;

static int setup(void **state)
{
	(void)state;
	address = malloc(ACCESSES * sizeof(*address));
	return !address || pattern_fill(PATTERN_ZIPF, address, ACCESSES, 1) ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	free(address);
	return 0;
}

/* Misses after the first WARM accesses, as a ratio. */
static double misses(uint32_t entries, uint32_t ways)
{
	struct assoc_geometry g = { entries, ways, ASSOC_LRU };
	uint64_t n = 0;
	struct assoc a;

	assert_int_equal(assoc_init(&a, &g, 0, NULL), 0);
	for (size_t i = 0; i < ACCESSES; i++) {
		uint64_t vpn = address[i] >> PAGE_SHIFT, key = CONTEXT_VALID | vpn, old;
		uint64_t *set = assoc_set(&a, vpn);
		uint32_t way = assoc_find(&a, set, key, key);

		if (way != ASSOC_NONE) {
			assoc_touch(&a, set, way);
			continue;
		}
		n += i >= WARM;
		assoc_insert(&a, set, key, &old);
	}
	assoc_fini(&a);
	return (double)n / (ACCESSES - WARM);
}

static void near(double got, double want)
{
	print_message("# %.5f, known %.4f\n", got, want);
	assert_true(fabs(got - want) < TOLERANCE);
}

static void fully_associative(void **state)
{
	(void)state;
	near(misses(1536, 1536), 0.5230);
}

static void sets_of_twelve(void **state)
{
	(void)state;
	near(misses(1536, 12), 0.5266);
}

/* Inclusion: what a fully associative LRU holds, a larger one holds too. */
static void larger_never_misses_more(void **state)
{
	double before = 1, now;

	(void)state;
	for (uint32_t entries = 1; entries <= 128; entries = entries * 3 / 2 + 1) {
		now = misses(entries, entries);
		assert_true(now <= before);
		before = now;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fully_associative),
		cmocka_unit_test(sets_of_twelve),
		cmocka_unit_test(larger_never_misses_more),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
