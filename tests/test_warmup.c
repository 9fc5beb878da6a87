/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Warm-up: a run with one plus what was counted up to it is the run without, for any batch size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vm/engine.h"

static char *in_source(const char *name)
{
	const char *top = getenv("top_srcdir");
	size_t n = strlen(top ? top : ".") + strlen(name) + 2;
	char *path = malloc(n);

	assert_non_null(path);
	snprintf(path, n, "%s/%s", top ? top : ".", name);
	return path;
}

static struct counters run(uint64_t warmup, uint32_t batch, int expect)
{
	char *trace = in_source("traces/gups4k.snt");
	char *machine = in_source("models/machine/skylake-sp.json");
	struct engine_options opt = { .batch = batch, .warmup = warmup };
	struct vm_config cfg = { .technique = "spt",
				 .host = { .page_level = LEVEL_4K, .prepopulated = true },
				 .mmu = { .tdp_levels = 4, .use_vpid = true } };
	struct sim_error err = { 0 };
	struct trace_reader *r;
	struct counters c;
	struct vm *vm;

	assert_int_equal(machine_load(&cfg.machine, machine, &err), 0);
	assert_int_equal(trace_open(&r, trace, 0, &err), 0);
	assert_int_equal(vm_create(&vm, &cfg, trace_meta(r), &err), 0);
	assert_int_equal(engine_run(r, &vm, 1, &opt, &err), expect);
	c = *vm_counters(vm);
	assert_int_equal(c.exits, counters_sum_exits(&c));
	vm_destroy(vm);
	trace_close(r);
	free(trace);
	free(machine);
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
	char *trace = in_source("traces/gups4k.snt");
	struct sim_error err = { 0 };
	uint64_t records, seen = 0;
	struct trace_reader *r;
	struct batch b;

	(void)unused;
	assert_int_equal(trace_open(&r, trace, 0, &err), 0);
	assert_int_equal(trace_length(r, &records, &err), 0);
	while (!trace_next(r, 0, &b, &err))
		seen += b.n;
	assert_int_equal(seen, records);
	trace_close(r);
	free(trace);
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
