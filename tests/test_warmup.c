/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Warm-up: a run with one plus what was counted up to it is the run without, for any batch size. */
#include "tests/check.h"

#include <string.h>

#include "vm/engine.h"

static struct counters run(uint64_t warmup, uint32_t batch, int expect)
{
	char trace[4096], machine[4096];
	struct engine_options opt = { .batch = batch, .warmup = warmup };
	struct vm_config cfg = { .technique = "spt",
				 .host = { .page_level = LEVEL_4K, .prepopulated = true },
				 .mmu = { .tdp_levels = 4, .use_vpid = true } };
	struct sim_error err = { 0 };
	struct trace_reader *r;
	struct counters c;
	struct vm *vm;

	assert_int_equal(machine_load(&cfg.machine,
				      source_path(machine, sizeof(machine),
						  "models/machine/skylake-sp.json"),
				      &err),
			 0);
	assert_int_equal(
		trace_open(&r, source_path(trace, sizeof(trace), "traces/gups4k.snt"), 0, &err),
		0);
	assert_int_equal(vm_create(&vm, &cfg, trace_meta(r), &err), 0);
	assert_int_equal(engine_run(r, &vm, 1, &opt, &err), expect);
	c = *vm_counters(vm);
	assert_int_equal(c.exits, counters_sum_exits(&c));
	vm_destroy(vm);
	trace_close(r);
	return c;
}

static void splits_the_run(void **unused)
{
	const uint64_t warmup = 200001;
	struct counters whole = run(0, 0, 0), late = run(warmup, 0, 0),
			again = run(warmup, 777, 0);

	(void)unused;
	assert_memory_equal(&late, &again, sizeof(late));
	assert_true(late.loads + late.stores < whole.loads + whole.stores);
	assert_true(whole.loads + whole.stores - late.loads - late.stores <= warmup);
	assert_true(late.pf_fixed < whole.pf_fixed / 4); /* the table was touched by then */
	assert_int_equal(late.pages_4k, whole.pages_4k);
	assert_int_equal(late.shadow_pages_peak, whole.shadow_pages_peak);
}

static void longer_than_the_trace(void **unused)
{
	(void)unused;
	run(1000000000, 0, SIM_ERANGE);
}

static void length(void **unused)
{
	char trace[4096];
	struct sim_error err = { 0 };
	uint64_t records, seen = 0;
	struct trace_reader *r;
	struct batch b;

	(void)unused;
	assert_int_equal(
		trace_open(&r, source_path(trace, sizeof(trace), "traces/gups4k.snt"), 0, &err),
		0);
	assert_int_equal(trace_length(r, &records, &err), 0);
	while (!trace_next(r, 0, &b, &err))
		seen += b.n;
	assert_int_equal(seen, records);
	trace_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits_the_run),
		cmocka_unit_test(longer_than_the_trace),
		cmocka_unit_test(length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
