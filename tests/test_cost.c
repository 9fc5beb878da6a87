/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_cost.c - cost: the closed list of prices, each complaint of the reader, the arithmetic
 */
#include "check.h"

#include <math.h>
#include <string.h>

#include "cost/cost.h"
#include "cost/params.h"

static const char *const models[] = { "sandy-bridge", "xeon-8269cy", "kvm-pvm" };
#define N_MODELS (sizeof(models) / sizeof(models[0]))

static void load(struct cost_params *p, const char *model)
{
	struct sim_error err = { 0 };
	char rel[64], path[512];

	snprintf(rel, sizeof(rel), "models/cost/%s.json", model);
	if (cost_load(p, source_path(path, sizeof(path), rel), &err))
		fail_msg("%s: %s", err.where, err.text);
}

static void near(double a, double b)
{
	if (fabs(a - b) > 1e-6 * (fabs(a) + fabs(b)) + 1e-12)
		fail_msg("%.9g, expected %.9g", a, b);
}

/* Work that these models have in the price of the exit, and the guest's own. */
static bool is_optional(unsigned id)
{
	return !strncmp(counter_info[id].name, "data_refs_", 10) ||
	       id == COUNTER_mmu_prefetched || id == COUNTER_mmu_cache_miss ||
	       id == COUNTER_mmu_synced;
}

static void models_load_and_price_something(void **state)
{
	struct cost_params p;

	(void)state;
	for (size_t i = 0; i < N_MODELS; i++) {
		load(&p, models[i]);
		assert_string_equal(p.name, models[i]);
		for (unsigned id = 0; id < COUNTER_COUNT; id++) {
			enum cost_component c;

			if (!is_optional(id))
				assert_true(cost_component_of(id, &c) == (p.cycles[id] > 0.0));
			if (cost_component_of(id, &c) || p.cycles[id] > 0.0)
				assert_true(cost_has_price(id));
		}
	}
	assert_true(p.fit.is_fitted && p.fit.median_error < 0.1);
	assert_true(p.is_measured[COUNTER_exit_pf_fixed] && !p.is_measured[COUNTER_exit_npf]);
	load(&p, "xeon-8269cy");
	assert_false(p.fit.is_fitted || p.is_measured[COUNTER_exit_pf_fixed]);
	near(p.cycles[COUNTER_exit_cr3], 2337.5); /* 0.935 us at 2.5 GHz */
}

static void each_exit_has_one_price(void **state)
{
	enum cost_component c;

	(void)state;
	for (unsigned id = 0; id < COUNTER_COUNT; id++) {
		bool reason = !strncmp(counter_info[id].name, "exit_", 5);
		bool ref = !strncmp(counter_info[id].name, "walk_refs_", 10);

		if (reason)
			assert_true(cost_component_of(id, &c));
		if (counter_info[id].group == COUNTER_GROUP_EXITS && !reason)
			assert_false(cost_component_of(id, &c));
		if (ref && strcmp(counter_info[id].name, "walk_refs_guest") &&
		    strcmp(counter_info[id].name, "walk_refs_host"))
			assert_true(cost_component_of(id, &c));
		if (counter_info[id].kind != COUNTER_SUM)
			assert_false(cost_component_of(id, &c));
	}
	assert_false(cost_component_of(COUNTER_pf_fixed, &c));
	assert_false(cost_component_of(COUNTER_walk_refs_guest, &c));
	assert_false(cost_component_of(COUNTER_tlb_flush, &c));
}

static void sheet_adds_up(void **state)
{
	struct counters c = { .instructions = 1000,
			      .stlb_hits = 10,
			      .stlb_misses = 3,
			      .walk_refs_l1 = 4,
			      .walk_refs_mem = 2,
			      .exits = 3,
			      .exit_cr3 = 1,
			      .exit_pf_fixed = 2,
			      .pf_fixed = 2 };
	struct cost_params p;
	struct cost_sheet s;

	(void)state;
	load(&p, "sandy-bridge");
	assert_int_equal(cost_price(&p, &c, &s, NULL), 0);
	near(s.cycles[COST_STLB], 91.0);
	near(s.cycles[COST_WALK_CACHED], 16.0);
	near(s.cycles[COST_WALK_MEMORY], 482.0);
	near(s.cycles[COST_REGISTERS], 3000.0);
	near(s.cycles[COST_SHADOW_FILLS], 6000.0);
	near(s.extra, 91.0 + 16.0 + 482.0 + 9000.0);
	near(s.ideal, 1000.0);
	near(s.overhead, 958.9);
}

/* What the guest's data misses take is no overhead of translation: it makes the ideal slower. */
static void data_misses_are_the_guests_own(void **state)
{
	struct counters c = { .instructions = 1000,
			      .data_refs_l1 = 900,
			      .data_refs_mem = 10,
			      .exits = 1,
			      .exit_cr3 = 1 };
	json_t *v = json_integer(300);
	struct jnode n = json_root(v, "x.json");
	struct cost_params p;
	struct cost_sheet s;

	(void)state;
	load(&p, "sandy-bridge");
	assert_int_equal(cost_price(&p, &c, &s, NULL), 0);
	near(s.ideal, 1000.0);
	assert_int_equal(cost_set(&p, "data_refs_mem", &n, NULL), 0);
	assert_int_equal(cost_price(&p, &c, &s, NULL), 0);
	near(s.ideal, 4000.0);
	near(s.extra, 3000.0);
	near(s.overhead, 75.0);
	assert_true(cost_set(&p, "data_refs_l1", &n, NULL) < 0);
	json_decref(v);
}

static void no_instruction_is_refused(void **state)
{
	struct counters c = { .loads = 1 };
	struct sim_error err = { 0 };
	struct cost_params p;
	struct cost_sheet s;

	(void)state;
	load(&p, "sandy-bridge");
	assert_int_equal(cost_price(&p, &c, &s, &err), SIM_ERANGE);
	assert_non_null(strstr(err.text, "instruction"));
}

/* Loads a model, changes member `key` of `object` (NULL: the root) to JSON text, reads it. */
static void refuses(const char *object, const char *key, const char *text, const char *where,
		    const char *why)
{
	struct sim_error err = { 0 };
	struct cost_params p;
	struct jnode root;
	json_t *doc, *at;
	char path[512];

	assert_int_equal(
		json_open(source_path(path, sizeof(path), "models/cost/sandy-bridge.json"),
			  &doc, &root, &err),
		0);
	root.file = "m.json";
	at = object ? json_object_get(doc, object) : doc;
	if (text)
		json_object_set_new(at, key, json_loads(text, JSON_DECODE_ANY, NULL));
	else
		json_object_del(at, key);
	assert_true(cost_read(&p, &root, &err) < 0);
	assert_string_equal(err.where, where);
	if (!strstr(err.text, why))
		fail_msg("\"%s\" not in \"%s\"", why, err.text);
	json_decref(doc);
}

#define VALUE(v, u, s, sure)                                                                   \
	"{\"value\":" v ",\"unit\":\"" u "\",\"source\":\"" s "\",\"sure\":\"" sure "\"}"

#define MEASURED(v, interval, sure)                                                            \
	"{\"value\":" v ",\"unit\":\"us\",\"source\":\"x\",\"sure\":\"" sure                   \
	"\",\"interval\":" interval "}"

static void bad_models_are_refused(void **state)
{
	(void)state;
	refuses(NULL, "extra", "1", "m.json:$.extra", "unknown key");
	refuses(NULL, "name", "\"\"", "m.json:$.name", "1..63 characters");
	refuses(NULL, "about", NULL, "m.json:$.about", "missing");
	refuses(NULL, "not_priced", "[1]", "m.json:$.not_priced[0]", "must be a string");
	refuses(NULL, "clock", VALUE("0", "GHz", "x", "assumed"), "m.json:$.clock",
		"more than 0");
	refuses(NULL, "clock", VALUE("3", "MHz", "x", "assumed"), "m.json:$.clock.unit", "GHz");
	refuses(NULL, "base_cpi", VALUE("0", "cycles/instruction", "x", "assumed"),
		"m.json:$.base_cpi", "more than 0");
	refuses("price", "exit_cr3", NULL, "m.json:$.price.exit_cr3", "missing");
	refuses("price", "exits", VALUE("1", "cycles", "x", "assumed"), "m.json:$.price.exits",
		"unknown key");
	refuses("price", "pf_fixed", VALUE("1", "cycles", "x", "assumed"),
		"m.json:$.price.pf_fixed", "unknown key");
	refuses("price", "exit_cr3", VALUE("-1", "cycles", "x", "assumed"),
		"m.json:$.price.exit_cr3.value", "must be 0..");
	refuses("price", "exit_cr3", VALUE("1", "hours", "x", "assumed"),
		"m.json:$.price.exit_cr3.unit", "cycles, ns, us");
	refuses("price", "exit_cr3", VALUE("1", "us", "", "assumed"),
		"m.json:$.price.exit_cr3.source", "where the value is from");
	refuses("price", "exit_cr3", VALUE("1", "us", "x", "hearsay"),
		"m.json:$.price.exit_cr3.sure", "verified");
	refuses("price", "exit_cr3", VALUE("1", "us", "x", "measured"),
		"m.json:$.price.exit_cr3.interval", "array");
	refuses("price", "exit_cr3", MEASURED("1", "[2,3]", "measured"),
		"m.json:$.price.exit_cr3.interval", "must have the value 1 in it");
	refuses("price", "exit_cr3", MEASURED("1", "[1]", "measured"),
		"m.json:$.price.exit_cr3.interval", "[low, high]");
	refuses("price", "exit_cr3", MEASURED("1", "[0,3]", "derived"),
		"m.json:$.price.exit_cr3.interval", "only a value");
	refuses(NULL, "fit", "{\"points\":0}", "m.json:$.fit.points", "1..");
	refuses(NULL, "fit", "{\"points\":9}", "m.json:$.fit.errors.held_out", "object");
	refuses(NULL, "fit", "{\"tea\":9}", "m.json:$.fit.tea", "unknown key");
	refuses("price", "exit_cr3", "3000", "m.json:$.price.exit_cr3", "must be an object");
}

static void prices_can_be_set(void **state)
{
	struct sim_error err = { 0 };
	json_t *v = json_integer(900), *bad = json_integer(-1);
	struct jnode n = json_root(v, "x.json"), b = json_root(bad, "x.json");
	struct cost_params p;

	(void)state;
	load(&p, "sandy-bridge");
	assert_int_equal(cost_set(&p, "exit_cr3", &n, &err), 0);
	near(p.cycles[COUNTER_exit_cr3], 900.0);
	assert_int_equal(cost_set(&p, "exits", &n, &err), SIM_EFORMAT);
	assert_string_equal(err.where, "x.json:$");
	err = (struct sim_error){ 0 };
	assert_int_equal(cost_set(&p, "exit_cr3", &b, &err), SIM_ERANGE);
	err = (struct sim_error){ 0 };
	assert_int_equal(cost_set(&p, "base_cpi", &b, &err), SIM_ERANGE);
	json_decref(v);
	json_decref(bad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(models_load_and_price_something),
		cmocka_unit_test(each_exit_has_one_price),
		cmocka_unit_test(sheet_adds_up),
		cmocka_unit_test(data_misses_are_the_guests_own),
		cmocka_unit_test(no_instruction_is_refused),
		cmocka_unit_test(bad_models_are_refused),
		cmocka_unit_test(prices_can_be_set),
	};

	return cmocka_run_group_tests_name("cost", tests, NULL, NULL);
}
