/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_sieve.c - what passes trace/sieve.h is what the rule says and what the tables need
 */
#include "config.h"

#include "check.h"

#include "trace_bytes.h"

static void user_of_fork(void **state)
{
	struct sieve_rule rule = sieve_all;
	struct sieve_counts c;
	struct verify_counts v;
	struct trace_bytes t, out;

	(void)state;
	rule.rings = 2;
	trace_bytes_load(&t, "fork");
	assert_int_equal(trace_bytes_sift(&out, &t, &rule, 0, &c), 0);
	trace_bytes_verify(&out, &v);
	trace_bytes_lockstep(&out);
	trace_bytes_free(&out);
	trace_bytes_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(user_of_fork),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
