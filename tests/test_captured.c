/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The captured traces hold what an independent decoder and page-table walker counted in them
 * (traces/NAME.check.json), and agree with themselves. */
#include "config.h"

#include "check.h"

#include <string.h>

#include "base/json.h"
#include "trace/info.h"
#include "trace/reader.h"
#include "vm/verify.h"

struct counted {
	struct trace_info info;
	struct verify *verify;
};

static void count(const char *name, struct counted *c, uint32_t max)
{
	struct sim_error err = { 0 };
	struct trace_reader *r;
	char rel[64], path[4096];
	struct batch b;
	int rc;

	snprintf(rel, sizeof(rel), "traces/%s.snt", name);
	assert_int_equal(
		trace_open(&r, source_path(path, sizeof(path), rel), TRACE_DETAIL, &err), 0);
	assert_string_equal(trace_meta(r)->name, name);
	assert_int_equal(trace_info_init(&c->info, &err), 0);
	assert_int_equal(verify_create(&c->verify, trace_meta(r), &err), 0);
	while (!(rc = trace_next(r, max, &b, &err))) {
		assert_int_equal(trace_info_add(&c->info, &b, &err), 0);
		assert_int_equal(verify_add(c->verify, &b, &err), 0);
	}
	assert_int_equal(rc, SIM_EOF);
	trace_close(r);
}

/* Takes `value` off the expected counts under `key`; each must be found once. */
static unsigned match(json_t *expected, const char *key, uint64_t value)
{
	const json_t *want = json_object_get(expected, key);

	if (!want)
		return 0;
	if ((uint64_t)json_integer_value(want) != value)
		print_message("# %s: expected %lld, counted %llu\n", key,
			      (long long)json_integer_value(want), (unsigned long long)value);
	assert_int_equal(json_integer_value(want), value);
	return 1;
}

static void compare(const char *name, const struct counted *c)
{
	struct sim_error err = { 0 };
	struct jnode root;
	json_t *doc, *replay;
	char rel[64], path[4096];
	struct trace_info_line line;
	const char *key, *meaning;
	uint64_t value;
	unsigned found = 0;

	snprintf(rel, sizeof(rel), "traces/%s.check.json", name);
	assert_int_equal(json_open(source_path(path, sizeof(path), rel), &doc, &root, &err), 0);
	replay = json_object_get(doc, "replay");
	for (unsigned i = 0; trace_info_line(&c->info, i, &line); i++)
		found += match(doc, line.key, line.value);
	for (unsigned i = 0; verify_line(c->verify, i, &key, &meaning, &value); i++)
		found += match(replay, key, value);
	assert_int_equal(found, json_object_size(doc) - 1 + json_object_size(replay));
	assert_int_equal(found, 37);
	json_decref(doc);
}

static void check(const char *name, uint32_t max)
{
	struct counted c;
	const struct verify_example *e;

	count(name, &c, max);
	compare(name, &c);
	assert_true(verify_passed(c.verify));
	assert_int_equal(verify_counts(c.verify)->ptw_untracked, 0);
	assert_int_equal(verify_examples(c.verify, &e), 0);
	verify_destroy(c.verify);
	trace_info_fini(&c.info);
}

static void fork_(void **state)
{
	(void)state;
	check("fork", 0);
}

static void gups2m(void **state)
{
	(void)state;
	check("gups2m", 1);
}

static void gups4k(void **state)
{
	(void)state;
	check("gups4k", 65536);
}

static void pipe_(void **state)
{
	(void)state;
	check("pipe", 0);
}

static void sqlite(void **state)
{
	(void)state;
	check("sqlite", 777);
}

static void huge(void **state)
{
	(void)state;
	check("huge", 0);
}

static void probe(void **state)
{
	(void)state;
	check("probe", 4096);
}

static void spawn(void **state)
{
	(void)state;
	check("spawn", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fork_),  cmocka_unit_test(gups2m), cmocka_unit_test(gups4k),
		cmocka_unit_test(huge),	  cmocka_unit_test(pipe_),  cmocka_unit_test(probe),
		cmocka_unit_test(sqlite), cmocka_unit_test(spawn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
