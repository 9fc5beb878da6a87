/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_machine.c - the machine files all load; what is wrong with one is said at its JSON path
 */
#include "config.h"

#include "check.h"

#include <string.h>
#include <unistd.h>

#include "base/addr.h"
#include "hw/cpu.h"
#include "hw/machine.h"

#define N_MACHINES 9
#define FILE_MAX   65536u

static const char *const names[N_MACHINES] = { "nehalem",    "sandy-bridge", "haswell",
					       "skylake-sp", "icelake-sp",   "sapphire-rapids",
					       "zen2",	     "zen3",	     "zen4" };

static const char *path_of(const char *name, char *buf, size_t size)
{
	char rel[64];

	snprintf(rel, sizeof(rel), "models/machine/%s.json", name);
	return source_path(buf, size, rel);
}

static void load_named(struct machine *m, const char *name)
{
	struct sim_error err = { 0 };
	char path[512];
	int rc = machine_load(m, path_of(name, path, sizeof(path)), &err);

	if (rc)
		print_error("%s: %s\n", err.where, err.text);
	assert_int_equal(rc, 0);
}

static void every_machine_loads_and_runs(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_MACHINES; i++) {
		struct counters n = { 0 };
		struct sim_error err = { 0 };
		struct machine m;
		struct cpu *c;

		load_named(&m, names[i]);
		assert_string_equal(m.name, names[i]);
		assert_int_equal(m.pte_cache, PTE_CACHE_TABLES);
		assert_true(m.ntlb.entries && m.l3.bytes);
		assert_int_equal(cpu_create(&c, &m, 1, &n, &err), 0);
		cpu_destroy(c);
	}
}

static void known_values(void **state)
{
	struct machine m;

	(void)state;
	load_named(&m, "skylake-sp");
	assert_int_equal(m.vendor, VENDOR_INTEL);
	assert_int_equal(m.stlb[0].g.entries, 1536);
	assert_int_equal(m.stlb[0].g.ways, 12);
	assert_int_equal(m.stlb[0].holds, HOLDS(LEVEL_4K) | HOLDS(LEVEL_2M));
	assert_int_equal(m.stlb[1].holds, HOLDS(LEVEL_1G));
	assert_int_equal(m.l1d[0].g.policy, ASSOC_PLRU);
	assert_int_equal(m.pwc[2].entries, 32);
	assert_int_equal(m.l3.ways, 11);
	assert_true(m.has_pcid && m.has_ept_ad && !m.has_la57 && !m.l1_unified);
	load_named(&m, "icelake-sp");
	assert_int_equal(m.stlb[0].holds, HOLDS(LEVEL_4K) | HOLDS(LEVEL_2M));
	assert_int_equal(m.stlb[1].holds, HOLDS(LEVEL_4K) | HOLDS(LEVEL_1G));
	assert_true(m.has_la57);
	load_named(&m, "zen4");
	assert_int_equal(m.vendor, VENDOR_AMD);
	assert_true(m.pwc_unified);
	assert_int_equal(m.stlb[0].g.entries / m.stlb[0].g.ways, 384);
	assert_int_equal(m.l1d[0].g.ways, 72);
	assert_int_equal(m.stlb_i[0].g.entries, 512);
	load_named(&m, "nehalem");
	assert_int_equal(m.stlb[0].holds, HOLDS(LEVEL_4K));
	assert_false(m.has_1g);
}

/* --- damaged files --- */

/* Reads a good machine file and replaces the first `from` by `to`. */
static char *damaged(const char *from, const char *to)
{
	char path[512], *text = calloc(1, FILE_MAX), *out = calloc(1, FILE_MAX), *at;
	FILE *f = fopen(path_of("skylake-sp", path, sizeof(path)), "rb");

	assert_true(f && text && out);
	assert_true(fread(text, 1, FILE_MAX - 1, f) > 0);
	fclose(f);
	at = strstr(text, from);
	assert_non_null(at);
	snprintf(out, FILE_MAX, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	free(text);
	return out;
}

static void expect(const char *from, const char *to, int code, const char *where,
		   const char *text)
{
	char path[] = "test_machine.XXXXXX";
	char *json = damaged(from, to);
	struct sim_error err = { 0 };
	struct machine m;
	int fd = mkstemp(path);
	FILE *f;

	assert_true(fd >= 0);
	f = fdopen(fd, "wb");
	assert_non_null(f);
	fputs(json, f);
	fclose(f);
	free(json);
	assert_int_equal(machine_load(&m, path, &err), code);
	unlink(path);
	if (!strstr(err.where, where) || !strstr(err.text, text))
		fail_msg("expected \"%s\" at %s, got \"%s\" at %s", text, where, err.text,
			 err.where);
}

static void damage_is_named(void **state)
{
	(void)state;
	expect("\"source\": \"CPUID leaf 0: GenuineIntel\", ", "", SIM_EFORMAT,
	       ":$.vendor.source", "missing");
	expect("\"source\": \"CPUID leaf 0: GenuineIntel\"", "\"source\": \"\"", SIM_EFORMAT,
	       ":$.vendor.source", "where the value is from");
	expect("\"sure\": \"verified\"", "\"sure\": \"probably\"", SIM_EFORMAT,
	       ":$.vendor.sure", "must be one of");
	expect("\"value\": \"intel\"", "\"value\": \"via\"", SIM_EFORMAT, ":$.vendor.value",
	       "must be one of intel, amd");
	expect("\"ntlb\"", "\"nltb\"", SIM_EFORMAT, ":$.nltb", "unknown key");
	expect("\"4k\"", "\"8k\"", SIM_EFORMAT, ":$.l1d.8k", "unknown key");
	expect("\"l1i\"", "\"l1d\"", SIM_EFORMAT, "$.l1d", "stands twice");
	expect("\"value\": 1536", "\"value\": 1537", SIM_ERANGE, ":$.stlb.4k+2m",
	       "do not divide");
	expect("\"value\": 12,", "\"value\": 0,", SIM_ERANGE, ":$.stlb.4k+2m.ways.value",
	       "must be 1..");
	expect("\"value\": 64,", "\"value\": 63,", SIM_ERANGE, ":$.l1d.4k", "do not divide");
	expect("\"value\": 1536", "\"value\": \"1536\"", SIM_EFORMAT,
	       ":$.stlb.4k+2m.entries.value", "must be an integer");
	expect("\"value\": 32768", "\"value\": 32769", SIM_ERANGE, ":$.l1", "do not divide");
	expect("\"vpid\"", "\"bpid\"", SIM_EFORMAT, ":$.bpid", "unknown key");
	expect("\"4k\"", "\"2m+1g\"", SIM_ERANGE, ":$", "no array holds 4k");
}

static void a_missing_file_is_an_io_error(void **state)
{
	struct sim_error err = { 0 };
	struct machine m;

	(void)state;
	assert_int_equal(machine_load(&m, "no/such/file.json", &err), SIM_EIO);
	assert_non_null(strstr(err.where, "no/such/file.json"));
}

/* --- machine_set --- */

static int set(struct machine *m, const char *name, const char *json, struct sim_error *err)
{
	char text[64];
	struct jnode root, value;
	json_t *doc;
	int rc;

	snprintf(text, sizeof(text), "{\"v\": %s}", json);
	assert_int_equal(json_parse(text, strlen(text), "e.json", &doc, &root, err), 0);
	value = json_get(&root, "v");
	rc = machine_set(m, name, &value, err);
	json_decref(doc);
	return rc;
}

static void set_ok(struct machine *m, const char *name, const char *json)
{
	struct sim_error err = { 0 };
	int rc = set(m, name, json, &err);

	if (rc)
		print_error("%s: %s\n", name, err.text);
	assert_int_equal(rc, 0);
}

static void scalars_can_be_set(void **state)
{
	struct sim_error err = { 0 };
	struct machine m;

	(void)state;
	load_named(&m, "skylake-sp");
	set_ok(&m, "stlb.entries", "768");
	assert_int_equal(m.stlb[0].g.entries, 768);
	set_ok(&m, "stlb.2m.ways", "6");
	assert_int_equal(m.stlb[0].g.ways, 6);
	set_ok(&m, "stlb.1g.entries", "0");
	assert_int_equal(m.stlb[1].g.entries, 0);
	set_ok(&m, "l1d.4k.policy", "\"lru\"");
	assert_int_equal(m.l1d[0].g.policy, ASSOC_LRU);
	set_ok(&m, "pwc.pde.entries", "16"); /* fully associative stays so */
	assert_int_equal(m.pwc[2].ways, 16);
	set_ok(&m, "host_pwc.pml4e.entries", "0");
	assert_int_equal(m.host_pwc[4].entries, 0);
	set_ok(&m, "ntlb.entries", "128");
	assert_int_equal(m.ntlb.ways, 4);
	set_ok(&m, "l3.bytes", "1441792");
	assert_int_equal(m.l3.bytes, 1441792);
	set_ok(&m, "pte_cache", "\"full\"");
	assert_int_equal(m.pte_cache, PTE_CACHE_FULL);
	set_ok(&m, "pcid", "false");
	assert_false(m.has_pcid);
	assert_int_equal(machine_check(&m, "here", &err), 0);
	load_named(&m, "zen3");
	set_ok(&m, "pwc.unified.entries", "32");
	assert_int_equal(m.pwc[2].ways, 32);
}

static void wrong_settings_are_refused(void **state)
{
	static const char *const unknown[] = {
		"stlb",	    "stlb.4k",	       "stlb.4k.entries.x",
		"l4.bytes", "pwc.entries",     "pwc.pte.entries",
		"",	    "stlb.8k.entries", "l1.policy",
		"speed",    "ntlb.4k.entries"
	};
	struct machine m;

	(void)state;
	load_named(&m, "skylake-sp");
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		struct sim_error err = { 0 };

		if (set(&m, unknown[i], "8", &err) != SIM_EFORMAT)
			fail_msg("%s was taken", unknown[i]);
		assert_string_equal(err.where, "e.json:$.v");
	}
	{
		struct sim_error err = { 0 };

		assert_int_equal(set(&m, "stlb.ways", "0", &err), SIM_ERANGE);
	}
	{
		struct sim_error err = { 0 };

		set_ok(&m, "stlb.entries", "1000");
		assert_int_equal(machine_check(&m, "e.json:$.machine", &err), SIM_ERANGE);
		assert_string_equal(err.where, "e.json:$.machine");
		assert_non_null(strstr(err.text, "stlb: 1000 entries"));
	}
}

static void names_are_listed(void **state)
{
	const struct machine_name *n = machine_names();
	unsigned count = 0;

	(void)state;
	for (; n->name; n++, count++)
		assert_true(*n->meaning);
	assert_true(count >= 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_machine_loads_and_runs),
		cmocka_unit_test(known_values),
		cmocka_unit_test(damage_is_named),
		cmocka_unit_test(a_missing_file_is_an_io_error),
		cmocka_unit_test(scalars_can_be_set),
		cmocka_unit_test(wrong_settings_are_refused),
		cmocka_unit_test(names_are_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
