/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scenario files: what they say is what a replayer gets; what is wrong with one is named. */
#include "config.h"

#include "check.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/guest.h"
#include "scenario/scenario.h"
#include "vm/payload.h"
#include "vm/sim_replayer.h"
#include "x86/perm.h"
#include "x86/ptformat.h"

/* --- a replayer that remembers --- */

#define LOG_MAX 4096

struct seen {
	char kind; /* l load, s store, i INVLPG, 3 CR3, p PTW, f #PF, t table, h host */
	uint64_t at, value;
};

struct recorder {
	struct seen seen[LOG_MAX];
	unsigned n, counters_asked, measured_from;
};

static void note(struct recorder *c, char kind, uint64_t at, uint64_t value)
{
	assert_true(c->n < LOG_MAX);
	c->seen[c->n++] = (struct seen){ kind, at, value };
}

static void note_event(struct recorder *c, const struct event *e)
{
	static const char letters[EVENT_KIND_COUNT] = {
		[EVENT_INVLPG] = 'i', [EVENT_CR3] = '3',    [EVENT_PTW] = 'p',
		[EVENT_PF] = 'f',     [EVENT_PTPAGE] = 't', [EVENT_PTFREE] = 'e',
	};
	uint64_t at = e->kind == EVENT_PTW || e->kind == EVENT_PTPAGE ? e->gpa : e->gva;

	if (letters[e->kind] && at < PAYLOAD_GPA)
		note(c, letters[e->kind], at, e->value);
}

static int record_run(void *self, const struct batch *b, struct sim_error *err)
{
	(void)err;
	for (uint32_t i = 0; i < b->n; i++)
		if ((b->op[i] & OP_KIND) == OP_EVENT)
			note_event(self, &b->event[b->gva[i]]);
		else if (!payload_owns(b->gva[i]))
			note(self, (b->op[i] & OP_KIND) == OP_LOAD ? 'l' : 's', b->gva[i], 0);
	return 0;
}

static int record_host(void *self, const struct host_op *op, struct sim_error *err)
{
	(void)err;
	note(self, 'h', op->gpa, op->kind);
	return 0;
}

static int record_counters(void *self, struct counters *c, bool have[COUNTER_COUNT],
			   struct sim_error *err)
{
	struct recorder *x = self;

	(void)err;
	if (!x->counters_asked++)
		x->measured_from = x->n;
	memset(c, 0, sizeof(*c));
	memset(have, 0, COUNTER_COUNT * sizeof(*have));
	return 0;
}

static int record_dirty(void *self, uint64_t *pages, struct sim_error *err)
{
	(void)self;
	(void)err;
	*pages = 7;
	return 0;
}

static const struct replayer_ops recorder_ops = {
	.run = record_run,
	.host = record_host,
	.counters = record_counters,
	.dirty = record_dirty,
};

static struct scenario *parse(const char *text)
{
	struct sim_error err = { 0 };
	struct scenario *s;

	if (scenario_parse(&s, text, strlen(text), "x.json", &err))
		fail_msg("%s: %s", err.where, err.text);
	return s;
}

#define HEAD "{\"name\": \"x\", \"about\": \"y\", \"memory\": \"256M\""
#define MAP                                                                                    \
	", \"map\": [{\"gva\": \"0x40000000\", \"pages\": 4, \"gpa\": \"64M\", \"flags\": \"wad\"}]"

/* Plays steps on a guest of four pages; what is recorded begins with the measured part. */
static struct recorder *play(const char *members, const char *steps, uint64_t *dirty)
{
	struct recorder *c = calloc(1, sizeof(*c));
	struct replayer r = { &recorder_ops, c };
	struct scenario_result result;
	struct sim_error err = { 0 };
	struct scenario *s;
	char text[2048];

	assert_non_null(c);
	snprintf(text, sizeof(text), HEAD MAP "%s, \"steps\": [%s]}", members, steps);
	s = parse(text);
	if (scenario_run(s, &r, &result, &err))
		fail_msg("%s: %s", err.where, err.text);
	if (dirty)
		*dirty = result.dirty_pages;
	scenario_destroy(s);
	assert_int_equal(c->counters_asked, 2);
	c->n -= c->measured_from;
	memmove(c->seen, c->seen + c->measured_from, c->n * sizeof(*c->seen));
	return c;
}

static void kinds(const struct recorder *c, const char *expected)
{
	char is[LOG_MAX + 1];

	for (unsigned i = 0; i < c->n; i++)
		is[i] = c->seen[i].kind;
	is[c->n] = '\0';
	assert_string_equal(is, expected);
}

/* --- steps --- */

static void touches(void **unused)
{
	struct recorder *c = play("",
				  "{\"load\": {\"gva\": \"0x40000000\", \"pages\": 3}},"
				  "{\"store\": {\"gva\": \"0x40000000\", \"pages\": 4, "
				  "\"order\": \"down\"}}",
				  NULL);

	(void)unused;
	kinds(c, "lllssss");
	assert_int_equal(c->seen[2].at, 0x40002000);
	assert_int_equal(c->seen[3].at, 0x40003000);
	assert_int_equal(c->seen[6].at, 0x40000000);
	free(c);
}

static void scattered_meets_all(void **unused)
{
	struct recorder *c = play("",
				  "{\"load\": {\"gva\": \"0x40000000\", \"pages\": 4, "
				  "\"order\": \"scattered\"}}",
				  NULL);
	unsigned met = 0;

	(void)unused;
	for (unsigned i = 0; i < c->n; i++)
		met |= 1u << (c->seen[i].at >> PAGE_SHIFT & 3);
	assert_int_equal(c->n, 4);
	assert_int_equal(met, 15);
	free(c);
}

/* The guest stores an entry through its alias, and the stream tells its new value. */
static void entries(void **unused)
{
	struct recorder *c = play("",
				  "{\"store_entries\": {\"gva\": \"0x40001000\", "
				  "\"flags\": \"a\", \"gpa\": \"128M\"}},"
				  "{\"store_entries\": {\"gva\": \"0x40001000\", "
				  "\"flags\": \"-\"}}",
				  NULL);

	(void)unused;
	kinds(c, "spsp");
	assert_int_equal(c->seen[0].at, guest_alias(c->seen[1].at));
	assert_int_equal(c->seen[1].at & 0xfff, 8);
	assert_int_equal(c->seen[1].value, 128 << 20 | PTE_P | PTE_U | PTE_A);
	assert_int_equal(c->seen[3].value, 0);
	free(c);
}

static void fault_of_an_absent_page(void **unused)
{
	struct recorder *c = play("",
				  "{\"fault\": {\"gva\": \"0x40200000\", \"write\": true, "
				  "\"gpa\": \"128M\"}}",
				  NULL);

	(void)unused;
	/* #PF, a new table, its entry, the page's entry, the store again */
	kinds(c, "ftspsps");
	assert_int_equal(c->seen[0].value, PFEC_W | PFEC_U);
	assert_int_equal(c->seen[3].value, c->seen[1].at | GUEST_TABLE_ENTRY);
	assert_int_equal(c->seen[5].value, 128 << 20 | PTE_P | PTE_U | PTE_W | PTE_A | PTE_D);
	free(c);
}

static void fault_of_a_mapped_page(void **unused)
{
	struct recorder *c =
		play(", \"before\": [{\"store_entries\": {\"gva\": \"0x40000000\", \"flags\": "
		     "\"a\"}}]",
		     "{\"fault\": {\"gva\": \"0x40000000\", \"write\": true}}", NULL);

	(void)unused;
	kinds(c, "fspis");
	assert_int_equal(c->seen[0].value, PFEC_P | PFEC_W | PFEC_U);
	free(c);
}

static void host_steps(void **unused)
{
	uint64_t dirty;
	struct recorder *c = play("",
				  "{\"load\": {\"gva\": \"0x40000000\"}},"
				  "{\"log_on\": {\"gpa\": 0}},"
				  "{\"repeat\": {\"times\": 2, \"steps\": ["
				  "{\"store\": {\"gva\": \"0x40000000\"}},"
				  "{\"log_get\": {\"gpa\": 0}}]}},"
				  "{\"discard\": {\"gpa\": \"64M\", \"bytes\": \"4K\"}}",
				  &dirty);

	(void)unused;
	kinds(c, "lhshshh");
	assert_int_equal(c->seen[1].value, HOST_OP_LOG_ON);
	assert_int_equal(c->seen[3].value, HOST_OP_LOG_GET);
	assert_int_equal(c->seen[6].value, HOST_OP_DISCARD);
	assert_int_equal(c->seen[6].at, 64 << 20);
	assert_int_equal(dirty, 14);
	free(c);
}

static void spaces(void **unused)
{
	struct recorder *c =
		play(", \"spaces\": 2, \"links\": [{\"space\": 1, \"gva\": \"0x80000000\", "
		     "\"level\": 2, \"to\": {\"space\": 0, \"gva\": \"0x40000000\"}}]",
		     "{\"cr3\": {\"space\": 1}}, {\"load\": {\"gva\": \"0x80000000\"}},"
		     "{\"store_entries\": {\"gva\": \"0x80000000\"}},"
		     "{\"store_entries\": {\"gva\": \"0x40000000\", \"space\": 0}},"
		     "{\"store_entries\": {\"gva\": \"0x40000000\"}}",
		     NULL);

	(void)unused;
	kinds(c, "3lspspsp");
	assert_int_equal(c->seen[3].at, c->seen[5].at);	    /* one table */
	assert_int_not_equal(c->seen[3].at, c->seen[7].at); /* another */
	free(c);
}

static void size_changes(void **unused)
{
	struct recorder *c =
		play(", \"host\": {\"page_size\": \"2M\"}",
		     "{\"store_entries\": {\"gva\": \"0x40000000\", \"level\": 2, \"flags\": "
		     "\"wad\", \"gpa\": \"64M\"}}, {\"split\": {\"gva\": \"0x40000000\"}},"
		     "{\"unlink\": {\"gva\": \"0x40000000\", \"level\": 2}}",
		     NULL);

	(void)unused;
	kinds(c, "sptspspe");
	assert_int_equal(c->seen[1].value,
			 64 << 20 | PTE_P | PTE_U | PTE_W | PTE_A | PTE_D | PTE_PS);
	assert_int_equal(c->seen[6].value, 0);
	free(c);
}

/* --- what is wrong with a file is named, and where --- */

static const struct {
	const char *text, *where, *what;
} wrong[] = {
	{ "[]", "x.json:$", "must be an object" },
	{ HEAD "}", "x.json:$.steps", "missing" },
	{ HEAD ", \"step\": []}", "x.json:$.step", "unknown key" },
	{ "{\"name\": \"X\"}", "x.json:$.name", "lower-case" },
	{ "{\"name\": \"x\", \"about\": \"y\", \"memory\": \"4Q\"}", "x.json:$.memory",
	  "must be an integer or a string" },
	{ "{\"name\": \"x\", \"about\": \"y\", \"memory\": \"1M\"}", "x.json:$.memory",
	  "at least 4M" },
	{ "{\"name\": \"x\", \"about\": \"y\", \"memory\": 4097}", "x.json:$.memory",
	  "multiple of a page" },
	{ "{\"name\": \"x\", \"about\": \"y\", \"memory\": \"0xfffffffffffffG\"}",
	  "x.json:$.memory", "must be an integer" },
	{ HEAD ", \"host\": {\"page_size\": \"1G\"}, \"steps\": []}", "x.json:$.host.page_size",
	  "one of 4K, 2M" },
	{ HEAD ", \"spaces\": 65, \"steps\": []}", "x.json:$.spaces", "1..64" },
	{ HEAD ", \"steps\": [{}]}", "x.json:$.steps[0]", "one member" },
	{ HEAD ", \"steps\": [{\"load\": {\"gva\": 0}, \"store\": {\"gva\": 0}}]}",
	  "x.json:$.steps[0]", "one member" },
	{ HEAD ", \"steps\": [{\"jump\": {}}]}", "x.json:$.steps[0].jump", "unknown key" },
	{ HEAD ", \"steps\": [{\"load\": {}}]}", "x.json:$.steps[0].load.gva", "missing" },
	{ HEAD ", \"steps\": [{\"load\": {\"gva\": 0, \"pages\": 0}}]}",
	  "x.json:$.steps[0].load.pages", "1.." },
	{ HEAD ", \"steps\": [{\"load\": {\"gva\": 0, \"flags\": \"w\"}}]}",
	  "x.json:$.steps[0].load.flags", "unknown key" },
	{ HEAD ", \"steps\": [{\"load\": {\"gva\": 0, \"order\": \"back\"}}]}",
	  "x.json:$.steps[0].load.order", "one of up, down, scattered" },
	{ HEAD ", \"steps\": [{\"cr3\": {\"space\": 1}}]}", "x.json:$.steps[0].cr3.space",
	  "there are 1 spaces" },
	{ HEAD ", \"steps\": [{\"store_entries\": {\"gva\": 0, \"flags\": \"ww\"}}]}",
	  "x.json:$.steps[0].store_entries.flags", "each once" },
	{ HEAD ", \"steps\": [{\"unlink\": {\"gva\": 0, \"level\": 1}}]}",
	  "x.json:$.steps[0].unlink.level", "2..4" },
	{ HEAD ", \"steps\": [{\"repeat\": {\"times\": 2}}]}", "x.json:$.steps[0].repeat.steps",
	  "missing" },
	{ HEAD ", \"steps\": [{\"repeat\": {\"times\": 2, \"steps\": []}}]}",
	  "x.json:$.steps[0].repeat.steps", "nothing to repeat" },
	{ HEAD ", \"steps\": [{\"repeat\": {\"times\": 2, \"steps\": [{\"move\": {}}]}}]}",
	  "x.json:$.steps[0].repeat.steps[0].move.gpa", "missing" },
	{ HEAD ", \"map\": [{\"gva\": \"0x8000000000\", \"gpa\": 0, \"flags\": \"\"}], "
	       "\"steps\": []}",
	  "x.json:$.map[0].gva", "taken" },
	{ HEAD ", \"map\": [{\"gva\": \"0x640000000000\", \"gpa\": 0, \"flags\": \"\"}], "
	       "\"steps\": []}",
	  "x.json:$.map[0].gva", "taken" },
	{ HEAD ", \"map\": [{\"gva\": \"0x800000000000\", \"gpa\": 0, \"flags\": \"\"}], "
	       "\"steps\": []}",
	  "x.json:$.map[0].gva", "not canonical" },
	{ HEAD ", \"map\": [{\"gva\": 4096, \"gpa\": 0, \"flags\": \"\", \"page_size\": "
	       "\"2M\"}], \"steps\": []}",
	  "x.json:$.map[0]", "multiples of 2M" },
	{ HEAD ", \"map\": [{\"gva\": 0, \"flags\": \"\"}], \"steps\": []}",
	  "x.json:$.map[0].gpa", "missing" },
	{ HEAD ", \"map\": [{\"gva\": 0, \"flags\": \"\", \"table\": {\"gva\": 0, \"level\": "
	       "1}}], \"steps\": []}",
	  "x.json:$.map[0].table", "no such table" },
	{ HEAD MAP ", \"links\": [{\"space\": 0, \"gva\": 0, \"level\": 2, \"to\": "
		   "{\"space\": 0}}], \"steps\": []}",
	  "x.json:$.links[0].to", "no table" },
	{ HEAD MAP ", \"links\": [{\"space\": 0, \"gva\": \"0x40000000\", \"level\": 2, "
		   "\"to\": {\"space\": 0}}], \"steps\": []}",
	  "x.json:$.links[0]", "already" },
};

static void wrong_files(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct sim_error err = { 0 };
		struct scenario *s;

		assert_true(scenario_parse(&s, wrong[i].text, strlen(wrong[i].text), "x.json",
					   &err) < 0);
		assert_null(s);
		if (strcmp(err.where, wrong[i].where) || !strstr(err.text, wrong[i].what))
			fail_msg("%s\nsays %s: %s", wrong[i].text, err.where, err.text);
	}
}

/* What only shows when it runs. */
static void wrong_steps(void **unused)
{
	static const struct {
		const char *steps, *where, *what;
	} bad[] = {
		{ "{\"store_entries\": {\"gva\": 0}}", "x.json:$.steps[0].store_entries",
		  "no table of level 1" },
		{ "{\"fault\": {\"gva\": 0}}", "x.json:$.steps[0].fault", "gpa must be given" },
		{ "{\"split\": {\"gva\": \"0x40000000\"}}", "x.json:$.steps[0].split",
		  "no page of 2M" },
		{ "{\"unlink\": {\"gva\": \"0x40200000\", \"level\": 2}}",
		  "x.json:$.steps[0].unlink", "no table hangs there" },
		{ "{\"load\": {\"gva\": 0}}, {\"fault\": {\"gva\": \"0x400000000000\", "
		  "\"pages\": 600, \"stride\": \"1G\", \"gpa\": \"64M\"}}",
		  "x.json:$.steps[1].fault", "no more" },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct recorder *c = calloc(1, sizeof(*c));
		struct replayer r = { &recorder_ops, c };
		struct sim_error err = { 0 };
		struct scenario_result result;
		struct scenario *s;
		char text[1024];

		snprintf(
			text, sizeof(text),
			HEAD MAP
			", \"before\": [{\"load\": {\"gva\": \"0x40000000\"}}], \"steps\": [%s]}",
			bad[i].steps);
		s = parse(text);
		assert_true(scenario_run(s, &r, &result, &err) < 0);
		if (strcmp(err.where, bad[i].where) || !strstr(err.text, bad[i].what))
			fail_msg("%s\nsays %s: %s", bad[i].steps, err.where, err.text);
		scenario_destroy(s);
		free(c);
	}
}

/* --- the files there are --- */

static const struct machine machine = {
	.name = "small",
	.vendor = VENDOR_INTEL,
	.l1d[0] = { { 64, 4, ASSOC_LRU }, HOLDS(LEVEL_4K) | HOLDS(LEVEL_2M) | HOLDS(LEVEL_1G) },
	.l1i[0] = { { 64, 4, ASSOC_LRU }, HOLDS(LEVEL_4K) | HOLDS(LEVEL_2M) | HOLDS(LEVEL_1G) },
	.has_vpid = true,
	.has_1g = true,
};

static void run_file(const char *path, const char *technique)
{
	struct vm_config cfg = { .technique = technique, .machine = machine };
	struct scenario_result result;
	struct sim_error err = { 0 };
	struct scenario *s;
	struct replayer r;

	if (scenario_load(&s, path, &err))
		fail_msg("%s: %s", err.where, err.text);
	cfg.host = *scenario_host(s);
	cfg.mmu = (struct mmu_config){ .tdp_levels = 4,
				       .use_vpid = true,
				       .shadow_quota = scenario_quota(s) };
	assert_int_equal(sim_replayer_create(&r, &cfg, scenario_meta(s), &err), 0);
	if (scenario_run(s, &r, &result, &err))
		fail_msg("%s under %s: %s: %s", path, technique, err.where, err.text);
	assert_true(result.after.loads > result.before.loads ||
		    result.after.pte_writes > result.before.pte_writes ||
		    result.after.guest_invlpg > result.before.guest_invlpg ||
		    result.after.cr3_writes > result.before.cr3_writes);
	assert_int_equal(result.after.exits, counters_sum_exits(&result.after));
	r.ops->destroy(r.self);
	scenario_destroy(s);
}

/* Each runs under every technique that has a VMM below; its name is that of its file. */
static void all_files(void **unused)
{
	static const char *const technique[] = { "spt", "ept", "npt" };
	char dir[4096], path[8192];
	struct dirent *e;
	unsigned n = 0;
	DIR *d;

	(void)unused;
	d = opendir(source_path(dir, sizeof(dir), "experiments/scenarios"));
	assert_non_null(d);
	while ((e = readdir(d))) {
		if (!strstr(e->d_name, ".json"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		for (unsigned i = 0; i < 3; i++)
			run_file(path, technique[i]);
		n++;
	}
	closedir(d);
	assert_true(n >= 150);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(touches),
		cmocka_unit_test(scattered_meets_all),
		cmocka_unit_test(entries),
		cmocka_unit_test(fault_of_an_absent_page),
		cmocka_unit_test(fault_of_a_mapped_page),
		cmocka_unit_test(host_steps),
		cmocka_unit_test(spaces),
		cmocka_unit_test(size_changes),
		cmocka_unit_test(wrong_files),
		cmocka_unit_test(wrong_steps),
		cmocka_unit_test(all_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
