/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_recency.c - exact LRU distances, against a list that is searched from its front
 *
 * Known answer: misses of an LRU of 1536 entries on zipf 0.99 over 262144 pages, 0.5230.
 */
#include "check.h"

#include <string.h>

#include "base/rng.h"
#include "pattern.h"
#include "trace/recency.h"

/* --- the oracle: keys, last used first --- */

struct list {
	uint64_t *key;
	size_t n;
};

static uint64_t list_touch(struct list *l, uint64_t key)
{
	size_t i = 0;

	while (i < l->n && l->key[i] != key)
		i++;
	memmove(l->key + 1, l->key, (i < l->n ? i : l->n) * sizeof(*l->key));
	l->key[0] = key;
	if (i < l->n)
		return i;
	l->n++;
	return RECENCY_FIRST;
}

static void compare(struct rng *r, unsigned touches, uint64_t pages, unsigned near)
{
	struct list l = { .key = calloc(pages + 1, sizeof(*l.key)) };
	struct recency q;

	assert_non_null(l.key);
	recency_init(&q);
	for (unsigned i = 0; i < touches; i++) {
		uint64_t key, distance;
		struct recency_page *page;

		/* near: out of 8, how often one of the last 40 */
		if (l.n && rng_below(r, 8) < near)
			key = l.key[rng_below(r, l.n < 40 ? l.n : 40)];
		else
			key = rng_mix(rng_below(r, pages)); /* keys of 64 bits */
		assert_int_equal(recency_touch(&q, key, &page, &distance), 0);
		assert_int_equal(page->key, key);
		assert_int_equal(distance, list_touch(&l, key));
	}
	assert_int_equal(q.n, l.n);
	recency_fini(&q);
	free(l.key);
}

/* Few pages and many touches: times run out and are numbered afresh, some hundred times. */
static void like_a_list(void **state)
{
	struct rng r;

	(void)state;
	rng_seed(&r, test_seed(0x4ece));
	compare(&r, 1, 1, 0);
	compare(&r, 1000, 1, 0);
	compare(&r, 1000, 15, 4);
	compare(&r, 1000, 16, 4);
	compare(&r, 1000, 17, 0);
	compare(&r, 400000, 100, 0);
	compare(&r, 60000, 3000, 0);
	compare(&r, 60000, 20000, 2);
	compare(&r, 100000, 20000, 6);
}

/* A loop over n pages: each touch but the first is n - 1 others away. */
static void loop(void **state)
{
	static const uint64_t sizes[] = { 2, 15, 16, 17, 4095, 4096, 4097, 50000 };

	(void)state;
	for (unsigned s = 0; s < sizeof(sizes) / sizeof(*sizes); s++) {
		struct recency q;

		recency_init(&q);
		for (uint64_t i = 0; i < 3 * sizes[s]; i++) {
			uint64_t distance;
			struct recency_page *page;

			assert_int_equal(recency_touch(&q, i % sizes[s], &page, &distance), 0);
			assert_int_equal(distance, i < sizes[s] ? RECENCY_FIRST : sizes[s] - 1);
		}
		recency_fini(&q);
	}
}

#define WARM  2000000u
#define COUNT 4000000u

static void zipf(void **state)
{
	uint64_t *address = calloc(WARM + COUNT, sizeof(*address)), misses = 0;
	struct recency q;

	(void)state;
	assert_non_null(address);
	assert_int_equal(pattern_fill(PATTERN_ZIPF, address, WARM + COUNT, 1), 0);
	recency_init(&q);
	for (unsigned i = 0; i < WARM + COUNT; i++) {
		uint64_t distance;
		struct recency_page *page;

		assert_int_equal(recency_touch(&q, address[i] >> 12, &page, &distance), 0);
		misses += i >= WARM && distance >= 1536;
	}
	print_message("# LRU of 1536 entries misses %llu of %u\n", (unsigned long long)misses,
		      COUNT);
	assert_in_range(misses, COUNT / 10000 * 5220, COUNT / 10000 * 5240);
	recency_fini(&q);
	free(address);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(like_a_list),
		cmocka_unit_test(loop),
		cmocka_unit_test(zipf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
