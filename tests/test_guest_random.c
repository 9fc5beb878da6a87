/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random programs under the guest OS model: what they see in memory is what mmap(2) and fork(2) promise, the stream agrees
 * with itself, and nothing is left when they are gone. */
#include "config.h"

#include "check.h"

#include <string.h>

#include "base/addr.h"
#include "guest_program.h"
#include "guest_tlb.h"
#include "guest_values.h"

#define PROGRAMS 12

static struct guest_os_config config(uint64_t i)
{
	struct guest_os_config c = guest_os_config_default();

	c.memory = 256 * MIB;
	c.unmapped = GUEST_UNMAPPED_FAULT;
	c.kpti = i & 1;
	c.pcid = i & 2;
	c.khugepaged_scan = i & 4 ? 500 : 0;
	return c;
}

/* All that is left is the page cache, the huge zero page and the tables there were before. */
static void check_left(const struct guest_run *r)
{
	const struct guest_os_counts *b = &r->before, *a = &r->after;
	uint64_t used = b->pages_free - a->pages_free - a->pages_file;

	assert_int_equal(a->pages_anon, 0);
	assert_int_equal(a->pages_table, b->pages_table);
	assert_int_equal(a->tables_allocated - b->tables_allocated, a->tables_freed);
	assert_int_equal(a->tables_let_go, r->n_event[EVENT_PTFREE]);
	assert_int_equal(a->tables_given, r->n_event[EVENT_PTPAGE]);
	assert_true(used == 0 || used == 512);
}

static void check_counts(const struct guest_run *r)
{
	const struct guest_os_counts *a = &r->after;

	assert_int_equal(a->pf, r->n_event[EVENT_PF]);
	assert_int_equal(a->pte_writes, r->n_event[EVENT_PTW]);
	assert_int_equal(a->cr3_writes, r->n_event[EVENT_CR3]);
	assert_int_equal(a->invlpg, r->n_event[EVENT_INVLPG]);
	assert_int_equal(a->cr3_writes, a->switches + a->full_flushes + a->kpti_switches);
	assert_int_equal(a->pf, a->pf_anon + a->pf_zero + a->pf_file + a->pf_file_cow +
					a->pf_cow + a->pf_reuse + a->pf_mkwrite + a->pf_swap +
					a->pf_thp + a->pf_thp_zero + a->pf_hugetlb);
}

static uint64_t run_programs(const struct program_options *o, enum guest_os_thp thp,
			     struct guest_os_counts *sum)
{
	uint64_t seed = test_seed(20261127 + thp), compared = 0;

	for (uint64_t i = 0; i < PROGRAMS; i++) {
		struct guest_os_config c = config(i);
		struct guest_stream s = { 0 };
		struct guest_run r;
		struct rng rng;

		c.thp = thp;
		rng_seed(&rng, seed + i);
		program_make(&s, o, &rng);
		run_checked(&r, &s, &c);
		compared += values_check(&r);
		assert_true(tlb_check(&r) > 1000);
		check_left(&r);
		check_counts(&r);
		sum->thp_splits += r.after.thp_splits;
		sum->thp_collapses += r.after.thp_collapses;
		sum->pf_cow += r.after.pf_cow;
		sum->pf_thp += r.after.pf_thp;
		run_fini(&r);
		stream_fini(&s);
	}
	return compared;
}

static void small_pages(void **state)
{
	const struct program_options o = { .n_ops = 3000 };
	struct guest_os_counts sum = { 0 };
	uint64_t compared = run_programs(&o, GUEST_THP_NEVER, &sum);

	(void)state;
	print_message("# %llu loads compared, %llu copies on write\n",
		      (unsigned long long)compared, (unsigned long long)sum.pf_cow);
	assert_true(compared > 50000);
	assert_true(sum.pf_cow > 1000);
}

static void huge_pages(void **state)
{
	const struct program_options o = { .n_ops = 1500, .large = true };
	struct guest_os_counts sum = { 0 };
	uint64_t compared = run_programs(&o, GUEST_THP_ALWAYS, &sum);

	(void)state;
	print_message("# %llu loads compared, %llu huge faults, %llu splits, %llu collapses\n",
		      (unsigned long long)compared, (unsigned long long)sum.pf_thp,
		      (unsigned long long)sum.thp_splits,
		      (unsigned long long)sum.thp_collapses);
	assert_true(compared > 20000);
	assert_true(sum.pf_thp > 40 && sum.thp_splits > 100 && sum.thp_collapses > 10);
}

static void advised(void **state)
{
	const struct program_options o = { .n_ops = 1500, .large = true };
	struct guest_os_counts sum = { 0 };

	(void)state;
	assert_true(run_programs(&o, GUEST_THP_MADVISE, &sum) > 10000);
	assert_true(sum.pf_thp > 0);
}

static void check_events(const struct guest_run *a, const struct guest_run *b)
{
	assert_int_equal(a->out.n_event, b->out.n_event);
	for (size_t i = 0; i < a->out.n_event; i++) {
		const struct event *x = &a->out.event[i], *y = &b->out.event[i];

		assert_int_equal(x->kind, y->kind);
		assert_int_equal(x->n, y->n);
		assert_int_equal(x->pid, y->pid);
		assert_int_equal(x->gva, y->gva);
		assert_int_equal(x->gpa, y->gpa);
		assert_int_equal(x->value, y->value);
	}
	assert_int_equal(a->out.n_word, b->out.n_word);
	assert_memory_equal(a->out.word, b->out.word, a->out.n_word * sizeof(uint64_t));
}

/* The same bytes, however the input was cut. */
static void batches(void **state)
{
	const struct program_options o = { .n_ops = 1500, .large = true };
	struct guest_os_config c = config(7);
	struct guest_stream s = { 0 };
	struct guest_run whole;
	struct rng rng;

	(void)state;
	rng_seed(&rng, test_seed(5));
	program_make(&s, &o, &rng);
	run_checked(&whole, &s, &c);
	for (size_t cut = 1; cut < 2000; cut = cut * 7 + 3) {
		struct sim_error err = { 0 };
		struct guest_run r;

		assert_int_equal(run_guest(&r, &s, &c, cut, &err), 0);
		assert_int_equal(r.out.n, whole.out.n);
		assert_memory_equal(r.out.op, whole.out.op, r.out.n);
		assert_memory_equal(r.out.gva, whole.out.gva, r.out.n * sizeof(uint64_t));
		assert_memory_equal(r.out.frame, whole.out.frame, r.out.n * sizeof(uint64_t));
		check_events(&r, &whole);
		run_fini(&r);
	}
	run_fini(&whole);
	stream_fini(&s);
}

/* Little memory and swap: what programs see does not change. */
static void under_pressure(void **state)
{
	const struct program_options o = { .n_ops = 4000, .large = true };
	uint64_t out = 0, in = 0, dropped = 0, seed = test_seed(77);

	(void)state;
	for (uint64_t i = 0; i < 8; i++) {
		struct guest_os_config c = config(i);
		struct guest_stream s = { 0 };
		struct guest_run r;
		struct rng rng;

		c.memory = 66 * MIB;
		c.swap = 512 * MIB;
		c.thp = i & 1 ? GUEST_THP_ALWAYS : GUEST_THP_NEVER;
		rng_seed(&rng, seed + i);
		program_make(&s, &o, &rng);
		run_checked(&r, &s, &c);
		values_check(&r);
		assert_true(tlb_check(&r) > 1000);
		check_left(&r);
		check_counts(&r);
		out += r.after.swap_out;
		in += r.after.swap_in;
		dropped += r.after.reclaimed_file;
		run_fini(&r);
		stream_fini(&s);
	}
	print_message("# %llu pages swapped out, %llu in, %llu of files dropped\n",
		      (unsigned long long)out, (unsigned long long)in,
		      (unsigned long long)dropped);
	assert_true(out > 0 && in > 0 && dropped > 0);
}

/* Two processes, each larger than memory: what reclaim takes from the one that runs, and from the one that waits and
 * keeps its PCID, must be flushed. */
static void swaps(void **state)
{
	struct guest_os_config c = config(2);
	struct guest_stream s = { 0 };
	struct guest_run r;

	(void)state;
	c.memory = 64 * MIB;
	c.swap = 512 * MIB;
	c.thp = GUEST_THP_NEVER;
	for (unsigned turn = 0; turn < 6; turn++) {
		uint32_t pid = 1 + turn % 2;

		stream_call(&s, EVENT_SWITCH, pid, 0, 0);
		if (turn < 2)
			stream_map(&s, pid, WINDOW_GVA, 8000 * PAGE_BYTES, ANON);
		stream_touch(&s, turn % 3 ? USER_STORE : USER_LOAD, WINDOW_GVA,
			     turn < 2 ? 8000 : 2000);
		stream_touch(&s, USER_STORE, WINDOW_GVA + 100 * turn * PAGE_BYTES, 5000);
		stream_touch(&s, USER_LOAD, WINDOW_GVA, 8000);
	}
	run_checked(&r, &s, &c);
	values_check(&r);
	assert_true(tlb_check(&r) > 1000);
	assert_true(r.after.swap_out > 10000 && r.after.swap_in > 10000);
	run_fini(&r);
	stream_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_pages),	  cmocka_unit_test(huge_pages),
		cmocka_unit_test(advised),	  cmocka_unit_test(batches),
		cmocka_unit_test(under_pressure), cmocka_unit_test(swaps),
	};

	return cmocka_run_group_tests_name("guest_random", tests, NULL, NULL);
}
