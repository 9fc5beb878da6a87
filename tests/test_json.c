/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_json.c - base/json: each complaint, with its path */
#include "check.h"

#include <string.h>

#include "base/json.h"

struct doc {
	json_t *v;
	struct jnode root;
	struct sim_error err;
};

static void load(struct doc *d, const char *text)
{
	*d = (struct doc){ 0 };
	assert_int_equal(json_parse(text, strlen(text), "x.json", &d->v, &d->root, &d->err), 0);
}

static void complains(struct doc *d, int code, const char *where, const char *text)
{
	assert_int_equal(d->err.code, code);
	assert_string_equal(d->err.where, where);
	if (!strstr(d->err.text, text))
		fail_msg("\"%s\" not in \"%s\"", text, d->err.text);
	d->err = (struct sim_error){ 0 };
}

static void values_are_read(void **state)
{
	static const char *const colours[] = { "red", "green", NULL };
	struct jnode n;
	struct doc d;
	const char *s;
	uint64_t u;
	unsigned e;
	double r;
	bool b;

	(void)state;
	load(&d, "{\"u\": 12, \"s\": \"t\", \"b\": true, \"r\": 1.5, \"e\": \"green\"}");
	n = json_get(&d.root, "u");
	assert_int_equal(json_as_u64(&n, 12, 12, &u, &d.err), 0);
	assert_int_equal(u, 12);
	assert_int_equal(json_as_real(&n, &r, &d.err), 0);
	assert_true(r > 11.9 && r < 12.1);
	n = json_get(&d.root, "s");
	assert_int_equal(json_as_str(&n, &s, &d.err), 0);
	assert_string_equal(s, "t");
	n = json_get(&d.root, "b");
	assert_int_equal(json_as_bool(&n, &b, &d.err), 0);
	assert_true(b);
	n = json_get(&d.root, "r");
	assert_int_equal(json_as_real(&n, &r, &d.err), 0);
	assert_true(r > 1.4 && r < 1.6);
	n = json_get(&d.root, "e");
	assert_int_equal(json_as_enum(&n, colours, &e, &d.err), 0);
	assert_int_equal(e, 1);
	assert_int_equal(d.err.code, 0);
	json_decref(d.v);
}

static void wrong_types_name_the_path(void **state)
{
	static const char *const colours[] = { "red", "green", NULL };
	struct jnode a, n;
	struct doc d;
	const char *s;
	uint64_t u;
	unsigned e;
	double r;
	bool b;

	(void)state;
	load(&d, "{\"a\": [1, null, \"blue\", {\"k\": []}]}");
	a = json_get(&d.root, "a");
	assert_int_equal(json_len(&a), 4);
	n = json_at(&a, 0);
	assert_int_equal(json_as_str(&n, &s, &d.err), SIM_EFORMAT);
	complains(&d, SIM_EFORMAT, "x.json:$.a[0]", "must be a string, not an integer");
	assert_int_equal(json_as_bool(&n, &b, &d.err), SIM_EFORMAT);
	complains(&d, SIM_EFORMAT, "x.json:$.a[0]", "true or false, not an integer");
	n = json_at(&a, 1);
	assert_int_equal(json_as_u64(&n, 0, 9, &u, &d.err), SIM_EFORMAT);
	complains(&d, SIM_EFORMAT, "x.json:$.a[1]", "must be an integer, not null");
	n = json_at(&a, 2);
	assert_int_equal(json_as_enum(&n, colours, &e, &d.err), SIM_EFORMAT);
	complains(&d, SIM_EFORMAT, "x.json:$.a[2]", "one of red, green, not \"blue\"");
	assert_int_equal(json_as_real(&n, &r, &d.err), SIM_EFORMAT);
	complains(&d, SIM_EFORMAT, "x.json:$.a[2]", "must be a number, not a string");
	n = json_at(&a, 3);
	assert_int_equal(json_as_array(&n, &d.err), SIM_EFORMAT);
	complains(&d, SIM_EFORMAT, "x.json:$.a[3]", "must be an array, not an object");
	n = json_get(&n, "k");
	assert_int_equal(json_as_array(&n, &d.err), 0);
	json_decref(d.v);
}

static void absent_nodes_are_missing(void **state)
{
	struct jnode n, deeper;
	struct doc d;
	uint64_t u;

	(void)state;
	load(&d, "{}");
	n = json_get(&d.root, "tlb");
	assert_null(n.v);
	deeper = json_get(&n, "ways");
	assert_int_equal(json_as_u64(&deeper, 0, 9, &u, &d.err), SIM_EFORMAT);
	complains(&d, SIM_EFORMAT, "x.json:$.tlb.ways", "missing; must be an integer");
	assert_int_equal(json_len(&n), 0);
	json_decref(d.v);
}

static void ranges_are_checked(void **state)
{
	struct jnode n;
	struct doc d;
	uint64_t u = 77;

	(void)state;
	load(&d, "[0, -1, 17]");
	for (size_t i = 0; i < 3; i++) {
		n = json_at(&d.root, i);
		assert_int_equal(json_as_u64(&n, 1, 16, &u, &d.err), SIM_ERANGE);
		assert_int_equal(d.err.code, SIM_ERANGE);
		assert_non_null(strstr(d.err.text, "must be 1..16, not "));
		d.err.code = 0;
	}
	assert_int_equal(u, 77);
	json_decref(d.v);
}

static void unknown_keys_are_refused(void **state)
{
	static const char *const keys[] = { "ways", "sets", NULL };
	struct doc d;

	(void)state;
	load(&d, "{\"ways\": 1, \"sests\": 2}");
	assert_int_equal(json_only(&d.root, keys, &d.err), SIM_EFORMAT);
	complains(&d, SIM_EFORMAT, "x.json:$.sests",
		  "unknown key; the keys here are ways, sets");
	json_decref(d.v);
	load(&d, "{\"sets\": 1, \"ways\": 2}");
	assert_int_equal(json_only(&d.root, keys, &d.err), 0);
	json_decref(d.v);
	load(&d, "[]");
	assert_int_equal(json_only(&d.root, keys, &d.err), SIM_EFORMAT);
	complains(&d, SIM_EFORMAT, "x.json:$", "must be an object, not an array");
	json_decref(d.v);
}

static void refuses_as(const char *text, const char *where, const char *why)
{
	struct doc d = { 0 };

	assert_int_equal(json_parse(text, strlen(text), "x.json", &d.v, &d.root, &d.err),
			 SIM_EFORMAT);
	complains(&d, SIM_EFORMAT, where, why);
}

static void refuses(const char *text, const char *where)
{
	refuses_as(text, where, "not valid JSON");
}

static void broken_documents_name_line_and_column(void **state)
{
	(void)state;
	refuses_as("{\"a\": 1,\n\"a\": 2}", "x.json:$.a", "stands twice (line 2, column 3)");
	refuses("{\"a\": 1", "x.json:1:7");
	refuses("", "x.json:1:0");
	refuses("[1] x", "x.json:1:5");
}

static void a_missing_file_is_an_io_error(void **state)
{
	struct doc d = { 0 };

	(void)state;
	assert_int_equal(json_open("no/such/file.json", &d.v, &d.root, &d.err), SIM_EIO);
	complains(&d, SIM_EIO, "no/such/file.json", "cannot open: No such file");
}

static void long_paths_are_cut(void **state)
{
	struct jnode n[64];
	char buf[40];
	struct doc d;

	(void)state;
	load(&d, "{}");
	n[0] = json_get(&d.root, "key");
	for (size_t i = 1; i < 64; i++)
		n[i] = json_get(&n[i - 1], "key");
	assert_string_equal(json_path(&n[1], buf, sizeof(buf)), "x.json:$.key.key");
	json_path(&n[63], buf, sizeof(buf));
	assert_true(strlen(buf) < sizeof(buf));
	json_decref(d.v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_read),
		cmocka_unit_test(wrong_types_name_the_path),
		cmocka_unit_test(absent_nodes_are_missing),
		cmocka_unit_test(ranges_are_checked),
		cmocka_unit_test(unknown_keys_are_refused),
		cmocka_unit_test(broken_documents_name_line_and_column),
		cmocka_unit_test(a_missing_file_is_an_io_error),
		cmocka_unit_test(long_paths_are_cut),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
