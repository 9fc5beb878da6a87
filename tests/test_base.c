/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_base.c - base/addr, base/err, base/alloc, base/rng */
#include "check.h"

#include <string.h>

#include "base/addr.h"
#include "base/alloc.h"
#include "base/err.h"
#include "base/rng.h"

static void levels_of_an_address(void **state)
{
	const uint64_t a = 0x0000123456789abc;

	(void)state;
	assert_int_equal(level_bytes(LEVEL_4K), 4096);
	assert_int_equal(level_bytes(LEVEL_2M), 2u << 20);
	assert_int_equal(level_bytes(LEVEL_1G), 1u << 30);
	assert_int_equal(level_frames(LEVEL_4K), 1);
	assert_int_equal(level_frames(LEVEL_1G), 512 * 512);
	assert_int_equal(level_index(a, 1), 0x189);
	assert_int_equal(level_index(a, 2), 0x0b3);
	assert_int_equal(level_index(a, 3), 0x0d1);
	assert_int_equal(level_index(a, 4), 0x024);
	assert_int_equal(level_index(UINT64_MAX, LEVEL_MAX), 511);
}

static void frames_and_addresses(void **state)
{
	(void)state;
	assert_true(gfn_eq(gpa_to_gfn(gpa_make(0x12345fff)), gfn_make(0x12345)));
	assert_true(gpa_eq(gfn_to_gpa(gfn_make(0x12345)), gpa_make(0x12345000)));
	assert_true(hfn_eq(hpa_to_hfn(hpa_make(0x1fff)), hfn_make(1)));
	assert_true(hpa_eq(hfn_to_hpa(hfn_make(1)), hpa_make(0x1000)));
	assert_false(gva_eq(gva_make(1), gva_make(2)));
	assert_true(hva_eq(hva_make(2), hva_make(2)));
}

static void first_failure_wins(void **state)
{
	struct sim_error err = { 0 };

	(void)state;
	assert_int_equal(sim_fail(&err, SIM_ERANGE, "a:1", "ways must be %d", 8), SIM_ERANGE);
	assert_int_equal(sim_fail(&err, SIM_EIO, "b:2", "later"), SIM_EIO);
	assert_int_equal(err.code, SIM_ERANGE);
	assert_string_equal(err.where, "a:1");
	assert_string_equal(err.text, "ways must be 8");
	sim_error_where(&err, "c:%d", 3);
	assert_string_equal(err.where, "a:1");
	sim_error_prefix(&err, "loading %s: ", "x");
	assert_string_equal(err.text, "loading x: ways must be 8");
	assert_int_equal(sim_fail(NULL, SIM_EIO, NULL, "nobody listens"), SIM_EIO);
}

static void nothing_recorded_stays_nothing(void **state)
{
	struct sim_error err = { 0 };

	(void)state;
	sim_error_prefix(&err, "x: ");
	sim_error_where(&err, "y");
	assert_string_equal(err.text, "");
	assert_string_equal(err.where, "");
	sim_error_prefix(NULL, "x");
	sim_error_where(NULL, "y");
	assert_int_equal(sim_fail_nomem(&err), SIM_ENOMEM);
	sim_error_where(&err, "t.snt:+%#x", 64);
	assert_string_equal(err.where, "t.snt:+0x40");
}

static void long_texts_are_cut(void **state)
{
	struct sim_error err = { 0 };
	char big[1024];

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	sim_fail(&err, SIM_EIO, big, "%s", big);
	assert_int_equal(strlen(err.where), sizeof(err.where) - 1);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	sim_error_prefix(&err, "%s", big);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
}

static void sizes_that_wrap_are_refused(void **state)
{
	void *p = sim_calloc(1, 16), *q;

	(void)state;
	assert_non_null(p);
	assert_null(sim_calloc(SIZE_MAX, 2));
	assert_null(sim_calloc_aligned(64, SIZE_MAX / 2, 3));
	assert_null(sim_calloc_aligned(64, 1, SIZE_MAX - 8));
	q = sim_realloc(p, SIZE_MAX / 8, 16);
	assert_null(q);
	sim_free(p);
}

static void memory_is_zeroed_and_aligned(void **state)
{
	uint64_t *p = sim_calloc_aligned(4096, 5, 24);

	(void)state;
	assert_non_null(p);
	assert_int_equal((uintptr_t)p % 4096, 0);
	for (int i = 0; i < 15; i++)
		assert_int_equal(p[i], 0);
	sim_free(p);
	p = sim_calloc(0, 8);
	assert_non_null(p);
	sim_free(p);
}

static void arrays_grow(void **state)
{
	uint32_t *a = NULL;
	size_t cap = 0;

	(void)state;
	for (uint32_t n = 0; n < 1000; n++) {
		void *p = a;

		assert_int_equal(sim_grow(&p, &cap, n, sizeof(*a)), 0);
		a = p;
		assert_true(n < cap);
		a[n] = n;
	}
	for (uint32_t n = 0; n < 1000; n++)
		assert_int_equal(a[n], n);
	sim_free(a);
}

static void strings_are_copied(void **state)
{
	char *a = sim_strdup("abc"), *b = sim_asprintf("%s-%03d", a, 7);

	(void)state;
	assert_string_equal(a, "abc");
	assert_string_equal(b, "abc-007");
	sim_free(a);
	sim_free(b);
}

/* SplitMix64's first outputs from seed 0, as published with the algorithm. */
static void rng_known_answer(void **state)
{
	struct rng r;

	(void)state;
	rng_seed(&r, 0);
	assert_int_equal(rng_next(&r), 0xe220a8397b1dcdafu);
	assert_int_equal(rng_next(&r), 0x6e789e6aa1b965f4u);
	assert_int_equal(rng_next(&r), 0x06c45d188009454fu);
}

static void rng_below_is_uniform(void **state)
{
	unsigned seen[6] = { 0 };
	struct rng r;

	(void)state;
	rng_seed(&r, test_seed(2));
	for (int i = 0; i < 60000; i++)
		seen[rng_below(&r, 6)]++;
	for (int i = 0; i < 6; i++)
		assert_in_range(seen[i], 9500, 10500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(levels_of_an_address),
		cmocka_unit_test(frames_and_addresses),
		cmocka_unit_test(first_failure_wins),
		cmocka_unit_test(nothing_recorded_stays_nothing),
		cmocka_unit_test(long_texts_are_cut),
		cmocka_unit_test(sizes_that_wrap_are_refused),
		cmocka_unit_test(memory_is_zeroed_and_aligned),
		cmocka_unit_test(arrays_grow),
		cmocka_unit_test(strings_are_copied),
		cmocka_unit_test(rng_known_answer),
		cmocka_unit_test(rng_below_is_uniform),
	};

	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
