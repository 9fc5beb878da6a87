/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Judging runs of a KVM against the simulator's, where KVM's own do not all agree. */
#include "check.h"

#include <string.h>

#include "kvm/compare.h"

static unsigned id_of(const char *name)
{
	unsigned id;

	assert_true(counters_find(name, &id));
	return id;
}

static struct measured run_of(int64_t pf_taken, int64_t tlb_flush)
{
	struct measured m = { .dirty_pages = 3 };

	m.have[id_of("pf_taken")] = m.have[id_of("tlb_flush")] = true;
	m.value[id_of("pf_taken")] = pf_taken;
	m.value[id_of("tlb_flush")] = tlb_flush;
	return m;
}

static const struct compare_line *line_of(const struct comparison *c, const char *name)
{
	for (unsigned i = 0; i < c->n; i++)
		if (!strcmp(c->line[i].name, name))
			return &c->line[i];
	fail_msg("no line %s", name);
	return NULL;
}

/* n runs of KVM against one of the simulator. */
static struct comparison judged(const int64_t *pf_taken, unsigned n, int64_t simulator)
{
	struct truth t = { .runs = 0 };
	struct measured m = run_of(simulator, 5);
	struct comparison c;

	for (unsigned i = 0; i < n; i++) {
		struct measured k = run_of(pf_taken[i], 4 + i);

		compare_add(&t, &k);
	}
	compare_judge(&c, &t, &m);
	return c;
}

static void runs_that_agree(void **state)
{
	const int64_t runs[] = { 100, 100 };
	struct comparison c = judged(runs, 2, 100);

	(void)state;
	assert_int_equal(c.n_exact, 2); /* and dirty_pages */
	assert_int_equal(c.n_differ + c.n_vary, 0);
	assert_int_equal(line_of(&c, "tlb_flush")->verdict, COMPARE_SHOWN);
	c = judged(runs, 2, 99);
	assert_int_equal(c.n_differ, 1);
	assert_int_equal(compare_difference(line_of(&c, "pf_taken")), -1);
}

static void the_run_that_came_most_often(void **state)
{
	const int64_t runs[] = { 101, 100, 100 };
	struct comparison c = judged(runs, 3, 100);
	const struct compare_line *l = line_of(&c, "pf_taken");

	(void)state;
	assert_int_equal(c.n_differ, 0);
	assert_int_equal(c.n_vary, 1);
	assert_int_equal(l->judged, 100);
	assert_int_equal(l->kvm.min, 100);
	assert_int_equal(l->kvm.max, 101);
	c = judged(runs, 3, 101);
	assert_int_equal(c.n_differ, 1);
	assert_int_equal(compare_difference(line_of(&c, "pf_taken")), 1);
}

static void once_is_not_enough(void **state)
{
	const int64_t runs[] = { 101, 102, 100, 103 }, often[] = { 101, 102, 101, 102 };
	struct comparison c = judged(runs, 4, 100);

	(void)state;
	assert_int_equal(c.n_differ, 1);
	c = judged(often, 4, 102);
	assert_int_equal(c.n_differ, 0);
	c = judged(often, 4, 100);
	assert_int_equal(c.n_differ, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_that_agree),
		cmocka_unit_test(the_run_that_came_most_often),
		cmocka_unit_test(once_is_not_enough),
	};

	return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
