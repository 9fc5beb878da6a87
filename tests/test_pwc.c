/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_pwc.c - paging-structure caches: longest match, contexts, what is dropped */
#include "check.h"

#include "hw/pwc.h"
#include "x86/perm.h"

#define ADDRESS ((uint64_t)0x00007f1234567000)

static void open(struct pwc *p, enum pwc_shape shape)
{
	struct assoc_geometry g[LEVEL_MAX + 1] = { { 0 } };

	g[2] = (struct assoc_geometry){ 32, 32, ASSOC_LRU };
	for (unsigned level = 3; level <= LEVEL_MAX; level++)
		g[level] = (struct assoc_geometry){ 4, 4, ASSOC_LRU };
	assert_int_equal(pwc_init(p, g, shape, NULL), 0);
}

static void put(struct pwc *p, uint64_t address, unsigned level, unsigned pcid)
{
	struct pwc_entry e = { .frame = level * 100 + pcid,
			       .host_frame = 1000 + level,
			       .rights = PERM_ALL | PWC_HOST_WRITABLE };

	pwc_insert(p, address, level, context_pcid((uint16_t)pcid), &e);
}

static unsigned find(struct pwc *p, uint64_t address, unsigned pcid)
{
	struct pwc_entry e;
	unsigned level = pwc_find(p, address, context_pcid((uint16_t)pcid), &e);

	if (level) {
		assert_int_equal(e.frame, level * 100 + pcid);
		assert_int_equal(e.host_frame, 1000 + level);
		assert_int_equal(e.rights, PERM_ALL | PWC_HOST_WRITABLE);
	}
	return level;
}

static void longest_match_wins(void **state)
{
	const enum pwc_shape *shape = *state;
	struct pwc p;

	open(&p, *shape);
	assert_int_equal(find(&p, ADDRESS, 0), 0);
	for (unsigned level = 5; level >= 2; level--) {
		put(&p, ADDRESS, level, 0);
		assert_int_equal(find(&p, ADDRESS, 0), level);
	}
	assert_int_equal(find(&p, ADDRESS ^ (uint64_t)1 << 20, 0), 2);
	assert_int_equal(find(&p, ADDRESS ^ (uint64_t)1 << 21, 0), 3);
	assert_int_equal(find(&p, ADDRESS ^ (uint64_t)1 << 30, 0), 4);
	assert_int_equal(find(&p, ADDRESS ^ (uint64_t)1 << 39, 0), 5);
	assert_int_equal(find(&p, ADDRESS ^ (uint64_t)1 << 48, 0), 0);
	assert_int_equal(find(&p, ADDRESS, 1), 0); /* another PCID */
	pwc_fini(&p);
}

static void levels_have_stores_of_their_own(void **state)
{
	struct pwc p;

	(void)state;
	open(&p, PWC_PER_LEVEL);
	put(&p, ADDRESS, 3, 0);
	for (uint64_t i = 0; i < 32; i++) /* 2M apart, in another 1G */
		put(&p, i << 21, 2, 0);
	assert_int_equal(find(&p, ADDRESS, 0), 3);
	for (uint64_t i = 0; i < 32; i++)
		assert_int_equal(find(&p, i << 21, 0), 2);
	pwc_fini(&p);
	open(&p, PWC_UNIFIED);
	put(&p, ADDRESS, 3, 0);
	for (uint64_t i = 0; i < 32; i++)
		put(&p, i << 21, 2, 0);
	assert_int_equal(find(&p, ADDRESS, 0), 0); /* pushed out of the one store */
	pwc_fini(&p);
}

static void scopes(void **state)
{
	struct scope own = { CONTEXT_MASK, context_pcid(1), MAPPING_BOTH };
	static const struct scope combined = { 0, 0, MAPPING_COMBINED };
	struct pwc_entry e = { .frame = 1, .rights = PWC_COMBINED };
	struct pwc p;

	(void)state;
	open(&p, PWC_PER_LEVEL);
	put(&p, ADDRESS, 2, 1);
	put(&p, ADDRESS, 3, 1);
	put(&p, 0, 2, 1);
	put(&p, ADDRESS, 2, 2);
	pwc_drop_address(&p, ADDRESS, &own);
	assert_int_equal(find(&p, ADDRESS, 1), 0);
	assert_int_equal(find(&p, 0, 1), 2);
	assert_int_equal(find(&p, ADDRESS, 2), 2);
	pwc_drop(&p, &own);
	assert_int_equal(find(&p, 0, 1), 0);
	assert_int_equal(find(&p, ADDRESS, 2), 2);
	pwc_insert(&p, 0, 2, context_pcid(2), &e);
	pwc_drop(&p, &combined);
	assert_int_equal(find(&p, 0, 2), 0);
	assert_int_equal(find(&p, ADDRESS, 2), 2);
	pwc_fini(&p);
}

static void levels_without_a_store_are_skipped(void **state)
{
	struct assoc_geometry g[LEVEL_MAX + 1] = { { 0 } };
	struct pwc p;

	(void)state;
	g[3] = (struct assoc_geometry){ 4, 4, ASSOC_LRU };
	assert_int_equal(pwc_init(&p, g, PWC_PER_LEVEL, NULL), 0);
	put(&p, ADDRESS, 2, 0);
	put(&p, ADDRESS, 4, 0);
	assert_int_equal(find(&p, ADDRESS, 0), 0);
	put(&p, ADDRESS, 3, 0);
	assert_int_equal(find(&p, ADDRESS, 0), 3);
	pwc_fini(&p);
}

int main(void)
{
	static enum pwc_shape shapes[] = { PWC_PER_LEVEL, PWC_UNIFIED };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(longest_match_wins, &shapes[0]),
		{ "longest_match_wins_in_one_store", longest_match_wins, NULL, NULL,
		  &shapes[1] },
		cmocka_unit_test(levels_have_stores_of_their_own),
		cmocka_unit_test(scopes),
		cmocka_unit_test(levels_without_a_store_are_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
