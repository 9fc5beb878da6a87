/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_map.c - base/map against a plain array of the same keys */
#include "check.h"

#include <string.h>

#include "base/map.h"
#include "base/rng.h"

#define KEYS  512
#define STEPS 200000

/* Keys that crowd: multiples of a page, kernel addresses, 0 and the largest. */
static uint64_t key_of(unsigned i)
{
	switch (i % 4) {
	case 0:
		return (uint64_t)i << 12;
	case 1:
		return 0xffff888000000000u + i;
	case 2:
		return UINT64_MAX - (i - 2);
	default:
		return i;
	}
}

static void map_equals_array(void **state)
{
	uint64_t val[KEYS] = { 0 }, v;
	bool present[KEYS] = { false };
	size_t n = 0;
	struct map m;
	struct rng r;

	(void)state;
	rng_seed(&r, test_seed(1));
	map_init(&m);
	for (int step = 0; step < STEPS; step++) {
		unsigned i = (unsigned)rng_below(&r, KEYS);
		uint64_t key = key_of(i);

		switch (rng_below(&r, 4)) {
		case 0:
		case 1:
			assert_int_equal(map_put(&m, key, (uint64_t)step), 0);
			n += !present[i];
			present[i] = true;
			val[i] = (uint64_t)step;
			break;
		case 2:
			map_del(&m, key);
			n -= present[i];
			present[i] = false;
			break;
		default:
			assert_int_equal(map_get(&m, key, &v), present[i]);
			if (present[i])
				assert_int_equal(v, val[i]);
		}
		assert_int_equal(m.n, n);
	}
	for (unsigned i = 0; i < KEYS; i++)
		assert_int_equal(map_get(&m, key_of(i), NULL), present[i]);
	map_fini(&m);
}

static void empty_map_has_nothing(void **state)
{
	struct map m;

	(void)state;
	map_init(&m);
	assert_false(map_get(&m, 0, NULL));
	map_del(&m, 0);
	map_fini(&m);
	map_fini(&m);
}

/* The load stays at or below one half: a lookup of an absent key must end. */
static void map_keeps_room(void **state)
{
	struct map m;

	(void)state;
	map_init(&m);
	for (uint64_t k = 0; k < 1000; k++) {
		assert_int_equal(map_put(&m, k, k), 0);
		assert_true(2 * m.n <= m.cap);
	}
	map_fini(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(map_equals_array),
		cmocka_unit_test(empty_map_has_nothing),
		cmocka_unit_test(map_keeps_room),
	};

	return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
