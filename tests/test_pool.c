/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_pool.c - run/pool: every job once, any number of workers, the first failure wins */
#include "check.h"

#include <string.h>

#include "run/pool.h"

#define JOBS 300

struct count {
	unsigned ran[JOBS];
	size_t fail_a, fail_b; /* jobs that fail; JOBS: none */
};

static int job(void *arg, size_t i, struct sim_error *err)
{
	struct count *c = arg;

	c->ran[i]++;
	if (i == c->fail_a || i == c->fail_b)
		return sim_fail(err, SIM_ERANGE, NULL, "job %zu", i);
	return 0;
}

static void each_job_runs_once(void **state)
{
	static const unsigned workers[] = { 1, 2, 3, 8, JOBS + 5 };

	(void)state;
	for (size_t w = 0; w < sizeof(workers) / sizeof(workers[0]); w++) {
		struct count c = { .fail_a = JOBS, .fail_b = JOBS };

		assert_int_equal(pool_run(workers[w], JOBS, job, &c, NULL), 0);
		for (size_t i = 0; i < JOBS; i++)
			assert_int_equal(c.ran[i], 1);
	}
}

static void no_job_is_no_work(void **state)
{
	(void)state;
	assert_int_equal(pool_run(4, 0, job, NULL, NULL), 0);
}

static void a_failure_stops_the_rest(void **state)
{
	struct count c = { .fail_a = 10, .fail_b = 20 };
	struct sim_error err = { 0 };

	(void)state;
	assert_int_equal(pool_run(1, JOBS, job, &c, &err), SIM_ERANGE);
	assert_string_equal(err.text, "job 10");
	assert_int_equal(c.ran[10], 1);
	for (size_t i = 11; i < JOBS; i++)
		assert_int_equal(c.ran[i], 0);
}

static void the_first_failure_in_order_is_reported(void **state)
{
	(void)state;
	for (int round = 0; round < 50; round++) {
		struct count c = { .fail_a = 0, .fail_b = 1 };
		struct sim_error err = { 0 };

		assert_int_equal(pool_run(4, JOBS, job, &c, &err), SIM_ERANGE);
		assert_string_equal(err.text, "job 0");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_job_runs_once),
		cmocka_unit_test(no_job_is_no_work),
		cmocka_unit_test(a_failure_stops_the_rest),
		cmocka_unit_test(the_first_failure_in_order_is_reported),
	};

	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
