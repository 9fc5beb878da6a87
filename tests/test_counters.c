/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_counters.c - base/counters: names, order, sum of the exits */
#include "check.h"

#include <string.h>

#include "base/counters.h"

static void index_and_field_are_one(void **state)
{
	struct counters c = { 0 };
	unsigned id = COUNTER_COUNT;

	(void)state;
	c.pf_taken = 7;
	assert_int_equal(counters_at(&c, COUNTER_pf_taken), 7);
	assert_true(counters_find("pf_taken", &id));
	assert_int_equal(id, COUNTER_pf_taken);
	assert_false(counters_find("pf_take", &id));
	assert_false(counters_find("", &id));
	assert_int_equal(sizeof(c), COUNTER_COUNT * sizeof(uint64_t));
}

static void every_counter_is_described(void **state)
{
	(void)state;
	for (unsigned i = 0; i < COUNTER_COUNT; i++) {
		const struct counter_info *info = &counter_info[i];
		unsigned id;

		assert_true(info->name[0] && info->unit[0] && info->meaning[0]);
		assert_true(counters_find(info->name, &id));
		assert_int_equal(id, i); /* no name twice */
		assert_string_equal(
			info->name +
				strspn(info->name, "abcdefghijklmnopqrstuvwxyz0123456789_"),
			"");
	}
}

/* Each exit_* counter, and nothing else, adds to the sum. */
static void exits_are_summed(void **state)
{
	struct counters c;
	unsigned reasons = 0;

	(void)state;
	for (unsigned i = 0; i < COUNTER_COUNT; i++) {
		bool is_reason = !strncmp(counter_info[i].name, "exit_", 5);

		memset(&c, 0, sizeof(c));
		((uint64_t *)(void *)&c)[i] = 5;
		assert_int_equal(counters_sum_exits(&c), is_reason ? 5 : 0);
		reasons += is_reason;
		if (is_reason)
			assert_int_equal(counter_info[i].group, COUNTER_GROUP_EXITS);
	}
	assert_true(reasons >= 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(index_and_field_are_one),
		cmocka_unit_test(every_counter_is_described),
		cmocka_unit_test(exits_are_summed),
	};

	return cmocka_run_group_tests_name("counters", tests, NULL, NULL);
}
