/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is to be replayed on a real KVM, and what becomes of a replay that cannot be. */
#include "check.h"

#include <string.h>

#include "base/json.h"
#include "run/replay_plan.h"

static void plan_of(const char *text, struct experiment *e, struct plan *p,
		    struct replay_plan *r)
{
	struct sim_error err = { 0 };
	char dir[4096];

	source_path(dir, sizeof(dir), "experiments");
	if (experiment_parse(e, text, strlen(text), "x.json", &err) ||
	    plan_create(p, e, dir, NULL, &err) || replay_plan_of(r, p, &err))
		fail_msg("%s: %s", err.where, err.text);
}

static void plan_end(struct experiment *e, struct plan *p, struct replay_plan *r)
{
	replay_plan_fini(r);
	plan_fini(p);
	experiment_fini(e);
}

#define REST                                                                                   \
	"\"machine\": \"skylake-sp\", \"cost\": \"sandy-bridge\", \"techniques\": [\"spt\", \"ept\"]"

static void what_a_host_does_not_have_multiplies_nothing(void **state)
{
	struct experiment e;
	struct replay_plan r;
	struct plan p;

	(void)state;
	plan_of("{\"name\": \"x\", \"traces\": [\"gups4k\", \"fork\"], " REST
		", \"mmu\": {\"shadow_quota\": 77}, \"sweep\": {\"machine.stlb.entries\": [768, "
		"1536], \"cost.exit_cr3\": [1, 2]}}",
		&e, &p, &r);
	assert_int_equal(p.n_rows, 16);
	assert_int_equal(r.n, 2);
	assert_string_equal(r.point[0].key, "gups4k");
	assert_string_equal(r.point[1].key, "fork");
	assert_non_null(strstr(r.point[1].trace, "fork.snt"));
	assert_int_equal(r.point[0].shadow_quota, 77);
	assert_true(r.point[0].host.prepopulated);
	assert_false(r.normalise.set_accessed_dirty);
	plan_end(&e, &p, &r);
}

static void what_a_host_has_makes_a_replay_each(void **state)
{
	struct experiment e;
	struct replay_plan r;
	struct plan p;
	char *text;

	(void)state;
	plan_of("{\"name\": \"x\", \"traces\": [\"gups4k\"], " REST
		", \"replay\": {\"accessed_dirty\": \"set\"}, \"sweep\": {\"host.page_size\": "
		"[\"4K\", \"2M\"], \"mmu.shadow_quota\": [64, 128]}}",
		&e, &p, &r);
	assert_int_equal(r.n, 4);
	assert_string_equal(r.point[2].key, "gups4k,host.page_size=2M,mmu.shadow_quota=64");
	assert_int_equal(r.point[2].host.page_level, LEVEL_2M);
	assert_int_equal(r.point[2].shadow_quota, 64);
	assert_true(r.normalise.set_accessed_dirty);
	text = replay_config_text(&r, &r.point[2]);
	assert_non_null(text);
	assert_non_null(strstr(text, "\"page_size\": \"2M\""));
	assert_non_null(strstr(text, "\"accessed_dirty\": \"set\""));
	free(text);
	plan_end(&e, &p, &r);
}

static void a_trace_alone_is_a_plan(void **state)
{
	struct sim_error err = { 0 };
	struct replay_plan r;
	char path[4096];

	(void)state;
	source_path(path, sizeof(path), "traces/fork.snt");
	assert_int_equal(replay_plan_of_trace(&r, path, &err), 0);
	assert_int_equal(r.n, 1);
	assert_string_equal(r.point[0].key, "fork");
	assert_int_equal(r.point[0].host.page_level, LEVEL_4K);
	assert_true(r.point[0].bytes > 1000);
	replay_plan_fini(&r);
	assert_int_equal(replay_plan_of_trace(&r, "no/such.snt", &err), SIM_EIO);
}

/* The texts hold what KVM counts, and nothing it does not. */
static void counters_are_those_kvm_has(void **state)
{
	struct replay_result x = { .accesses = 7, .records = 9 };
	char *text;

	(void)state;
	x.counters.pf_fixed = 1234;
	x.have[COUNTER_pf_fixed] = true;
	text = replay_counters_text(&x);
	assert_non_null(text);
	assert_non_null(strstr(text, "\"pf_fixed\": 1234"));
	assert_non_null(strstr(text, "\"accesses\": 7"));
	assert_null(strstr(text, "pf_taken"));
	free(text);
}

/* --- the real thing --- */

static struct replay_config usual(const char *device)
{
	return (struct replay_config){
		.kvm = { .device = device,
			 .host = { .page_level = LEVEL_4K, .prepopulated = true } },
	};
}

static int replay(const struct replay_config *cfg, struct replay_result *r,
		  struct sim_error *err)
{
	char path[4096];

	source_path(path, sizeof(path), "traces/gups4k.snt");
	return replay_run(path, cfg, r, err);
}

static void no_device_is_an_error(void **state)
{
	struct replay_config cfg = usual("/no/such/device");
	struct sim_error err = { 0 };
	struct replay_result r;

	(void)state;
	assert_int_equal(replay(&cfg, &r, &err), SIM_EUNSUP);
	assert_non_null(strstr(err.where, "/no/such/device"));
	err = (struct sim_error){ 0 };
	assert_int_equal(replay_run("no/such.snt", &cfg, &r, &err), SIM_EIO);
}

static int stop_at_once(void *arg, uint64_t done)
{
	*(unsigned *)arg += done > 0;
	return 1;
}

static void a_replay_can_be_stopped(void **state)
{
	struct replay_config cfg = usual("/dev/kvm");
	struct sim_error err = { 0 };
	struct replay_result r;
	unsigned calls = 0;

	(void)state;
	cfg.progress = stop_at_once;
	cfg.arg = &calls;
	if (replay(&cfg, &r, &err) != SIM_EINTR) {
		print_message("# %s\n", err.text);
		skip();
	}
	assert_int_equal(calls, 1);
}

/* With A and D set from the start, KVM has no bit to set and prefetches all it may. */
static void set_bits_save_faults(void **state)
{
	struct replay_config cfg = usual("/dev/kvm");
	struct replay_result as_captured, all_set;
	struct sim_error err = { 0 };

	(void)state;
	if (replay(&cfg, &as_captured, &err)) {
		print_message("# %s\n", err.text);
		skip();
	}
	cfg.normalise.set_accessed_dirty = true;
	assert_int_equal(replay(&cfg, &all_set, &err), 0);
	assert_int_equal(as_captured.records, all_set.records);
	assert_int_equal(as_captured.accesses, all_set.accesses);
	assert_true(as_captured.times.guest_ns > 0);
	assert_true(as_captured.have[COUNTER_pf_fixed]);
	assert_true(all_set.counters.pf_fixed <= as_captured.counters.pf_fixed);
	assert_true(all_set.counters.pages_4k >= as_captured.counters.pages_4k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_host_does_not_have_multiplies_nothing),
		cmocka_unit_test(what_a_host_has_makes_a_replay_each),
		cmocka_unit_test(a_trace_alone_is_a_plan),
		cmocka_unit_test(counters_are_those_kvm_has),
		cmocka_unit_test(no_device_is_an_error),
		cmocka_unit_test(a_replay_can_be_stopped),
		cmocka_unit_test(set_bits_save_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
