/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_assoc.c - hw/assoc.h against the simplest lists and trees that do the same */
#include "check.h"

#include <string.h>

#include "base/rng.h"
#include "hw/assoc.h"

#define STEPS 20000u

/* One set as a list, most recent first. */
struct naive_lru {
	uint64_t key[ASSOC_WAYS_MAX];
	unsigned n;
};

static bool naive_take(struct naive_lru *s, uint64_t key)
{
	for (unsigned i = 0; i < s->n; i++)
		if (s->key[i] == key) {
			memmove(&s->key[i], &s->key[i + 1], (--s->n - i) * sizeof(key));
			return true;
		}
	return false;
}

static uint64_t naive_push(struct naive_lru *s, unsigned ways, uint64_t key)
{
	uint64_t old = s->n == ways ? s->key[--s->n] : 0;

	memmove(&s->key[1], &s->key[0], s->n++ * sizeof(key));
	s->key[0] = key;
	return old;
}

/* One set as a binary tree whose nodes point to the half used longer ago. */
struct naive_tree {
	uint64_t key[32];
	bool right[32]; /* node 1 is the root */
};

static void naive_point_away(struct naive_tree *s, unsigned ways, unsigned way)
{
	for (unsigned node = ways + way; node > 1; node /= 2)
		s->right[node / 2] = node % 2 == 0;
}

static unsigned naive_tree_victim(const struct naive_tree *s, unsigned ways)
{
	unsigned node = 1;

	for (unsigned way = 0; way < ways; way++)
		if (!s->key[way])
			return way;
	while (node < ways)
		node = node * 2 + s->right[node];
	return node - ways;
}

static void lru_of(uint32_t sets, uint32_t ways, uint64_t seed)
{
	struct assoc_geometry g = { sets * ways, ways, ASSOC_LRU };
	struct naive_lru *naive = calloc(sets, sizeof(*naive));
	struct rng r = { seed };
	struct assoc a;

	assert_non_null(naive);
	assert_int_equal(assoc_init(&a, &g, 1, NULL), 0);
	for (unsigned i = 0; i < STEPS; i++) {
		uint64_t index = rng_below(&r, (uint64_t)sets * ways * 2);
		uint64_t key = (uint64_t)1 << 63 | index, old = 0, *set = assoc_set(&a, index);
		struct naive_lru *n = &naive[index % sets];
		uint32_t way = assoc_find(&a, set, key, key);

		assert_int_equal(way != ASSOC_NONE, naive_take(n, key));
		if (way == ASSOC_NONE) {
			way = assoc_insert(&a, set, key, &old);
			*assoc_value(&a, set, way) = ~key;
			assert_int_equal(old, naive_push(n, ways, key));
		} else if (rng_below(&r, 8) == 0) {
			assoc_remove(&a, set, way);
			assert_int_equal(assoc_find(&a, set, key, key), ASSOC_NONE);
		} else {
			assert_int_equal(*assoc_value(&a, set, way), ~key);
			assoc_touch(&a, set, way);
			naive_push(n, ways, key);
			assert_int_equal(set[0] & a.recent_mask, way);
		}
	}
	assoc_fini(&a);
	free(naive);
}

static void lru_is_a_list(void **state)
{
	static const uint32_t shape[][2] = { { 1, 1 },	{ 16, 1 },  { 16, 4 },	 { 16, 6 },
					     { 3, 5 },	{ 384, 8 }, { 128, 12 }, { 7, 16 },
					     { 1, 8 },	{ 5, 17 },  { 3, 20 },	 { 1, 24 },
					     { 1, 64 }, { 1, 72 },  { 1, 128 },	 { 1, 1536 } };
	uint64_t seed = test_seed(1);

	(void)state;
	for (size_t i = 0; i < sizeof(shape) / sizeof(shape[0]); i++)
		lru_of(shape[i][0], shape[i][1], seed + i);
}

static void plru_of(uint32_t sets, uint32_t ways, uint64_t seed)
{
	struct assoc_geometry g = { sets * ways, ways, ASSOC_PLRU };
	struct naive_tree *naive = calloc(sets, sizeof(*naive));
	struct rng r = { seed };
	struct assoc a;

	assert_non_null(naive);
	assert_int_equal(assoc_init(&a, &g, 1, NULL), 0);
	for (unsigned i = 0; i < STEPS; i++) {
		uint64_t index = rng_below(&r, (uint64_t)sets * ways * 2);
		uint64_t key = (uint64_t)1 << 63 | index, old, *set = assoc_set(&a, index);
		struct naive_tree *n = &naive[index % sets];
		uint32_t way = assoc_find(&a, set, key, key);
		unsigned want = 0;

		while (want < ways && n->key[want] != key)
			want++;
		assert_int_equal(way, want < ways ? want : ASSOC_NONE);
		if (way == ASSOC_NONE) {
			want = naive_tree_victim(n, ways);
			way = assoc_insert(&a, set, key, &old);
			assert_int_equal(way, want);
			assert_int_equal(old, n->key[want]);
			n->key[want] = key;
		} else if (rng_below(&r, 8) == 0) {
			assoc_remove(&a, set, way);
			n->key[way] = 0;
			continue;
		} else {
			assoc_touch(&a, set, way);
		}
		naive_point_away(n, ways, way);
	}
	assoc_fini(&a);
	free(naive);
}

static void plru_is_a_tree(void **state)
{
	uint64_t seed = test_seed(1);

	(void)state;
	for (uint32_t ways = 1; ways <= 32; ways *= 2) {
		plru_of(1, ways, seed + ways);
		plru_of(6, ways, seed + 64 + ways);
	}
}

static void either_key_is_found(void **state)
{
	struct assoc_geometry g = { 8, 8, ASSOC_LRU };
	uint64_t one = (uint64_t)1 << 63 | 5, two = (uint64_t)3 << 62 | 5, old, *set;
	struct assoc a;
	uint32_t way;

	(void)state;
	assert_int_equal(assoc_init(&a, &g, 0, NULL), 0);
	set = assoc_set(&a, 5);
	way = assoc_insert(&a, set, two, &old);
	assert_int_equal(assoc_find(&a, set, one, one), ASSOC_NONE);
	assert_int_equal(assoc_find(&a, set, one, two), way);
	assoc_insert(&a, set, (uint64_t)1 << 63 | 6, &old);
	assert_int_equal(assoc_find(&a, set, one, two), way); /* not the most recent */
	assoc_fini(&a);
}

static void absent_store_is_harmless(void **state)
{
	struct assoc_geometry g = { 0, 0, ASSOC_LRU };
	struct assoc a;

	(void)state;
	assert_int_equal(assoc_init(&a, &g, 1, NULL), 0);
	assert_int_equal(a.sets, 0);
	assoc_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lru_is_a_list),
		cmocka_unit_test(plru_is_a_tree),
		cmocka_unit_test(either_key_is_found),
		cmocka_unit_test(absent_store_is_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
