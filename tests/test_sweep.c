/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_sweep.c - run/axis and run/plan: lists, ranges, products, names of points */
#include "config.h"

#include "check.h"

#include <string.h>
#include <unistd.h>

#include "run/axis.h"
#include "run/files.h"
#include "run/plan.h"

static int make_trace(void **state)
{
	(void)state;
	return files_write("test_sweep_a.snt", "a", 1, NULL) ||
	       files_write("test_sweep_b.snt", "b", 1, NULL);
}

static int remove_trace(void **state)
{
	(void)state;
	return unlink("test_sweep_a.snt") || unlink("test_sweep_b.snt");
}

static int read_axis(struct axis *a, const char *name, const char *text, struct sim_error *err)
{
	struct jnode root;
	json_t *doc;
	int rc;

	assert_int_equal(json_parse(text, strlen(text), "x", &doc, &root, NULL), 0);
	rc = axis_read(a, name, &root, err);
	json_decref(doc);
	return rc;
}

/* The axis's values, joined by blanks. */
static void gives(const char *name, const char *text, const char *values)
{
	char all[512] = "", one[AXIS_TEXT_MAX];
	struct sim_error err = { 0 };
	struct axis a;
	size_t at = 0;

	if (read_axis(&a, name, text, &err))
		fail_msg("%s: %s", err.where, err.text);
	for (size_t i = 0; i < axis_length(&a); i++)
		at += (size_t)snprintf(all + at, sizeof(all) - at, "%s%s", i ? " " : "",
				       axis_text(&a, i, one));
	assert_string_equal(all, values);
	axis_fini(&a);
}

static void refuses(const char *name, const char *text, const char *where, const char *why)
{
	struct sim_error err = { 0 };
	struct axis a;

	assert_true(read_axis(&a, name, text, &err) < 0);
	if (strcmp(err.where, where) != 0 || !strstr(err.text, why))
		fail_msg("%s: %s\nexpected %s: %s", err.where, err.text, where, why);
}

static void lists_and_ranges(void **state)
{
	(void)state;
	gives("host.page_size", "[\"4K\", \"2M\"]", "4K 2M");
	gives("mmu.vpid", "[true, false]", "true false");
	gives("mmu.shadow_quota", "{\"from\": 100, \"to\": 500, \"step\": 200}", "100 300 500");
	gives("mmu.shadow_quota", "{\"from\": 100, \"to\": 450, \"step\": 200}", "100 300");
	gives("machine.stlb.entries", "{\"from\": 64, \"to\": 1024, \"factor\": 2}",
	      "64 128 256 512 1024");
	gives("machine.stlb.entries", "{\"from\": 1, \"to\": 6, \"factor\": 1.5}", "1 2 3 5");
	gives("cost.base_cpi", "{\"from\": 0.5, \"to\": 1.0, \"step\": 0.1}",
	      "0.5 0.6 0.7 0.8 0.9 1");
	gives("cost.base_cpi", "{\"from\": 1, \"to\": 2, \"step\": 0.5}", "1 1.5 2");
	gives("cost.exit_cr3", "{\"from\": 5, \"to\": 5, \"step\": 1}", "5");
	gives("trace", "[\"a/fork.snt\", \"pipe\"]", "fork pipe");
	gives("machine", "[\"x/zen3.json\", \"zen4\"]", "zen3 zen4");
}

static void bad_axes_are_refused(void **state)
{
	(void)state;
	refuses("hosts.page_size", "[1]", "x:$", "no such scalar");
	refuses("host.", "[1]", "x:$", "no such scalar");
	refuses("host", "[1]", "x:$", "no such scalar");
	refuses("machine.model", "[1]", "x:$", "no such scalar");
	refuses("host.seed", "[]", "x:$", "1..1000 values");
	refuses("host.seed", "[1, 1]", "x:$[1]", "stands here twice");
	refuses("host.seed", "[[1]]", "x:$[0]", "must be a number");
	refuses("host.seed", "[null]", "x:$[0]", "must be a number");
	refuses("trace", "[\"a b\"]", "x:$[0]", "letters, digits");
	refuses("trace", "[\"..\"]", "x:$[0]", "letters, digits");
	refuses("host.seed", "{\"from\": 1, \"to\": 2}", "x:$", "either step or factor");
	refuses("host.seed", "{\"from\": 1, \"to\": 2, \"step\": 1, \"factor\": 2}", "x:$",
		"either step or factor");
	refuses("host.seed", "{\"from\": 1, \"to\": 2, \"by\": 1}", "x:$.by", "unknown key");
	refuses("host.seed", "{\"from\": 1, \"step\": 1}", "x:$.to", "missing");
	refuses("host.seed", "{\"from\": 2, \"to\": 1, \"step\": 1}", "x:$", "more than to");
	refuses("host.seed", "{\"from\": 1, \"to\": 2, \"step\": 0}", "x:$", "more than 0");
	refuses("host.seed", "{\"from\": 1, \"to\": 2, \"factor\": 1}", "x:$", "more than 1");
	refuses("host.seed", "{\"from\": 0, \"to\": 2, \"factor\": 2}", "x:$", "more than 0");
	refuses("host.seed", "{\"from\": 1, \"to\": 100000, \"step\": 1}", "x:$",
		"more than 1000");
	refuses("host.seed", "{\"from\": 1, \"to\": 1e300, \"factor\": 2}", "x:$",
		"lie within");
}

static void plan_text(struct plan *p, struct experiment *e, const char *text)
{
	struct sim_error err = { 0 };
	char top[512];

	if (experiment_parse(e, text, strlen(text), "x.json", &err) ||
	    plan_create(p, e, NULL, source_path(top, sizeof(top), ""), &err))
		fail_msg("%s: %s", err.where, err.text);
}

#define TRACES "\"traces\": [\"test_sweep_a.snt\", \"test_sweep_b.snt\"], "
#define REST   "\"machine\": \"skylake-sp\", \"cost\": \"sandy-bridge\", "

static void product_of_all_axes(void **state)
{
	static const char *const keys[] = {
		"test_sweep_a,4K,ept", "test_sweep_a,4K,spt", "test_sweep_a,2M,ept",
		"test_sweep_a,2M,spt", "test_sweep_b,4K,ept", "test_sweep_b,4K,spt",
		"test_sweep_b,2M,ept", "test_sweep_b,2M,spt",
	};
	struct experiment e;
	struct plan p;
	char key[128];

	(void)state;
	plan_text(&p, &e,
		  "{\"name\": \"x\", " TRACES REST "\"techniques\": [\"ept\", \"spt\"], "
		  "\"sweep\": {\"host.page_size\": [\"4K\", \"2M\"]}}");
	assert_int_equal(p.n_rows, 8);
	assert_int_equal(p.n_points, 8);
	for (size_t i = 0; i < 8; i++) {
		struct row r = plan_row(&p, i);
		const struct point *pt = &p.point[r.point];

		snprintf(key, sizeof(key), "%.12s,host.page_size=%.2s,%s", keys[i],
			 keys[i] + 13, keys[i] + 16);
		assert_string_equal(pt->key, key);
		assert_int_equal(pt->setup.host.page_level, i / 2 % 2 ? LEVEL_2M : LEVEL_4K);
		assert_string_equal(pt->setup.technique, i % 2 ? "spt" : "ept");
	}
	plan_fini(&p);
	experiment_fini(&e);
}

static void prices_share_simulations(void **state)
{
	struct experiment e;
	struct plan p;

	(void)state;
	plan_text(&p, &e,
		  "{\"name\": \"x\", " TRACES "\"machine\": \"skylake-sp\", \"techniques\": "
		  "[\"ept\", \"spt\"], \"sweep\": {\"cost\": [\"sandy-bridge\", "
		  "\"xeon-8269cy\"], \"mmu.vpid\": [true, false], \"cost.exit_cr3\": [1, 2, "
		  "3]}}");
	assert_int_equal(p.n_rows, 2 * 2 * 2 * 3 * 2);
	assert_int_equal(p.n_points, 8);
	assert_int_equal(p.n_prices, 6);
	for (size_t i = 0; i < p.n_rows; i++) {
		struct row r = plan_row(&p, i);
		const struct point *pt = &p.point[r.point];
		double cr3 = p.price[r.price].cycles[COUNTER_exit_cr3];

		assert_true(pt->setup.mmu.use_vpid == (r.at[2] == 0));
		assert_string_equal(p.price[r.price].name,
				    r.at[1] ? "xeon-8269cy" : "sandy-bridge");
		assert_true(cr3 > r.at[3] + 0.5 && cr3 < r.at[3] + 1.5);
		assert_null(strstr(pt->key, "cost"));
	}
	plan_fini(&p);
	experiment_fini(&e);
}

static void complaint_says_where_in_the_sweep(void **state)
{
	static const char text[] =
		"{\"name\": \"x\", " TRACES REST "\"techniques\": [\"ept\"], \"sweep\": "
		"{\"machine.stlb.entries\": [1536, 100]}}";
	struct sim_error err = { 0 };
	struct experiment e;
	struct plan p;
	char top[512];

	(void)state;
	assert_int_equal(experiment_parse(&e, text, strlen(text), "x.json", &err), 0);
	assert_int_equal(plan_create(&p, &e, NULL, source_path(top, sizeof(top), ""), &err),
			 SIM_ERANGE);
	assert_non_null(strstr(err.text, "machine.stlb.entries=100: "));
	experiment_fini(&e);
}

static void too_large_a_product_is_refused(void **state)
{
	static const char text[] =
		"{\"name\": \"x\", " TRACES REST "\"techniques\": [\"ept\"], \"sweep\": "
		"{\"host.seed\": {\"from\": 1, \"to\": 1000, \"step\": 1}, "
		"\"mmu.shadow_quota\": {\"from\": 1, \"to\": 1000, \"step\": 1}}}";
	struct sim_error err = { 0 };
	struct experiment e;
	struct plan p;

	(void)state;
	assert_int_equal(experiment_parse(&e, text, strlen(text), "x.json", &err), 0);
	assert_int_equal(plan_create(&p, &e, NULL, NULL, &err), SIM_ERANGE);
	assert_non_null(strstr(err.text, "100000"));
	experiment_fini(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_and_ranges),
		cmocka_unit_test(bad_axes_are_refused),
		cmocka_unit_test(product_of_all_axes),
		cmocka_unit_test(prices_share_simulations),
		cmocka_unit_test(complaint_says_where_in_the_sweep),
		cmocka_unit_test(too_large_a_product_is_refused),
	};

	return cmocka_run_group_tests_name("sweep", tests, make_trace, remove_trace);
}
