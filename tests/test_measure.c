/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_measure.c - kvm measure: samples, plans, lists made several times, the plain process; all of it on a real KVM */
#include "config.h"

#include "check.h"

#include <string.h>

#include "base/addr.h"
#include "kvm/measure.h"
#include "kvm/plain_replayer.h"
#include "kvm/rounds.h"
#include "vm/payload.h"

#define LOAD_8	(OP_LOAD | OP_USER | 3u << OP_SIZE_SHIFT)
#define STORE_4 (OP_STORE | OP_USER | 2u << OP_SIZE_SHIFT)
#define PLAN	"test_measure.json"

/* --- samples --- */

static void quartiles_of_samples(void **state)
{
	static const uint64_t ns[] = { 50, 10, 40, 20, 30 };
	struct sample s = { .n = 0 };
	struct sample_summary t;

	(void)state;
	assert_int_equal(sample_summary(&s).median, 0);
	for (size_t i = 0; i < 5; i++)
		sample_add(&s, ns[i]);
	t = sample_summary(&s);
	assert_int_equal(t.min, 10);
	assert_int_equal(t.low, 20);
	assert_int_equal(t.median, 30);
	assert_int_equal(t.high, 40);
}

static void quartiles_between_samples(void **state)
{
	struct sample s = { .n = 0 };
	struct sample_summary t;

	(void)state;
	sample_add(&s, 200);
	sample_add(&s, 100);
	t = sample_summary(&s);
	assert_int_equal(t.min, 100);
	assert_int_equal(t.low, 125);
	assert_int_equal(t.median, 150);
	assert_int_equal(t.high, 175);
}

static void no_more_samples_than_there_is_room_for(void **state)
{
	struct sample s = { .n = 0 };

	(void)state;
	for (uint64_t i = 0; i < SAMPLE_MAX + 5; i++)
		sample_add(&s, 1000 - i);
	assert_int_equal(s.n, SAMPLE_MAX);
	assert_int_equal(sample_summary(&s).min, 1000 - SAMPLE_MAX + 1);
}

/* --- plans --- */

static int load_text(struct measure_plan *p, const char *text, enum measure_length length,
		     struct sim_error *err)
{
	FILE *f = fopen(PLAN, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return measure_plan_load(p, PLAN, length, err);
}

static const struct measure_plan_point *point(const struct measure_plan *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->point[i].name, name))
			return &p->point[i];
	fail_msg("no point %s", name);
	return NULL;
}

static const char *const plan_text =
	"{\"about\": \"a test\",\n"
	" \"access\": [{\"pages\": [16, 8192], \"page_sizes\": [\"4K\", \"2M\"],\n"
	"   \"ways\": [\"list\", \"chain\"], \"accesses\": 65536, \"plain\": true},\n"
	"  {\"pages\": [32], \"page_sizes\": [\"4K\"], \"ways\": [\"store\"], \"accesses\": 64}],\n"
	" \"defaults\": {\"about\": \"-\", \"memory\": \"8M\"},\n"
	" \"points\": [{\"name\": \"one\", \"group\": \"event\", \"per\": 7, \"memory\": \"16M\",\n"
	"             \"steps\": []}]}\n";

static void a_plan_becomes_points(void **state)
{
	struct sim_error err = { .code = 0 };
	const struct measure_plan_point *pt;
	struct measure_plan p;

	(void)state;
	assert_int_equal(load_text(&p, plan_text, MEASURE_FULL, &err), 0);
	assert_int_equal(p.n, 2 * 2 * 2 + 1 + 1);
	pt = point(&p, "chain-2m-16");
	assert_true(pt->style.is_chained);
	assert_int_equal(pt->group, MEASURE_ACCESS);
	assert_int_equal(pt->page_level, LEVEL_2M);
	assert_int_equal(pt->pages, 16);
	assert_true(pt->style.rounds > 1);
	assert_int_equal(pt->accesses % (16 * pt->style.rounds), 0);
	assert_in_range(pt->accesses, 60000, 65536);
	pt = point(&p, "list-4k-8192");
	assert_false(pt->style.is_chained);
	assert_int_equal(pt->style.rounds, 1);
	assert_int_equal(pt->accesses, 65536);
	assert_true(pt->has_plain);
	pt = point(&p, "store-4k-32");
	assert_false(pt->has_plain);
	assert_non_null(strstr(pt->scenario, "store"));
	assert_null(strstr(pt->scenario, "load"));
	pt = point(&p, "one");
	assert_int_equal(pt->group, MEASURE_EVENT);
	assert_int_equal(pt->events, 7);
	assert_non_null(strstr(pt->scenario, "16M"));
	assert_null(strstr(pt->scenario, "8M"));
	assert_null(strstr(pt->scenario, "group"));
	measure_plan_fini(&p);
	assert_int_equal(load_text(&p, plan_text, MEASURE_QUICK, &err), 0);
	assert_int_equal(p.n, 2 * 2 + 1 + 1);
	measure_plan_fini(&p);
	remove(PLAN);
}

static void a_wrong_plan_is_named(void **state)
{
	static const struct {
		const char *text, *where;
	} rows[] = {
		{ "{\"points\": [], \"extra\": 1}", "extra" },
		{ "{\"points\": [{\"name\": \"a\", \"group\": \"none\"}]}", "points[0].group" },
		{ "{\"points\": [{\"group\": \"event\"}]}", "points[0].name" },
		{ "{\"points\": [{\"name\": \"a\", \"group\": \"event\"},"
		  " {\"name\": \"a\", \"group\": \"event\"}]}",
		  "points[1].name" },
		{ "{\"access\": [{\"pages\": [0], \"page_sizes\": [\"4K\"],"
		  " \"ways\": [\"list\"], \"accesses\": 9}], \"points\": []}",
		  "pages[0]" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sim_error err = { .code = 0 };
		struct measure_plan p;

		assert_true(load_text(&p, rows[i].text, MEASURE_FULL, &err) < 0);
		if (!strstr(err.where, rows[i].where) && !strstr(err.text, rows[i].where))
			fail_msg("%s: %s", err.where, err.text);
	}
	remove(PLAN);
}

/* What the simulator runs is in the plan as installed. */
static void the_plan_of_the_house_is_rich(void **state)
{
	struct sim_error err = { .code = 0 };
	struct measure_plan p;
	unsigned n[MEASURE_GROUP_COUNT] = { 0 }, held[MEASURE_GROUP_COUNT] = { 0 };
	char path[512];

	(void)state;
	source_path(path, sizeof(path), "experiments/measure.json");
	if (measure_plan_load(&p, path, MEASURE_FULL, &err))
		fail_msg("%s: %s", err.where, err.text);
	for (size_t i = 0; i < p.n; i++) {
		n[p.point[i].group]++;
		held[p.point[i].group] += p.point[i].is_held_out;
		assert_int_equal(p.point[i].is_held_out, measure_holds_out(p.point[i].name));
	}
	assert_true(p.n >= 40);
	for (unsigned g = 0; g < MEASURE_GROUP_COUNT; g++)
		assert_in_range(held[g], n[g] / 6, n[g] / 2);
	(void)point(&p, MEASURE_BELL);
	measure_plan_fini(&p);
}

/* FNV-1a of "a", "b", "foobar": 0xaf63dc4c8601ec8c, 0xaf63df4c8601f1a5, 0x85944171f73967e8. */
static void the_rule_of_holding_out(void **state)
{
	(void)state;
	assert_int_equal(measure_holds_out("a"), 0xaf63dc4c8601ec8c % 3 == 0);
	assert_int_equal(measure_holds_out("b"), 0xaf63df4c8601f1a5 % 3 == 0);
	assert_int_equal(measure_holds_out("foobar"), 0x85944171f73967e8 % 3 == 0);
}

/* --- rounds --- */

struct seen {
	uint8_t op[64];
	uint64_t gva[64];
	uint32_t n, n_load, n_store, destroyed;
};

static int seen_run(void *self, const struct batch *b, struct sim_error *err)
{
	struct seen *s = self;

	(void)err;
	assert_true(s->n + b->n <= 64);
	memcpy(s->op + s->n, b->op, b->n);
	memcpy(s->gva + s->n, b->gva, b->n * sizeof(*b->gva));
	s->n += b->n;
	s->n_load += b->n_load;
	s->n_store += b->n_store;
	assert_int_equal(b->instructions, b->n_load + b->n_store);
	return 0;
}

static void seen_destroy(void *self)
{
	((struct seen *)self)->destroyed++;
}

static const struct replayer_ops seen_ops = { .run = seen_run, .destroy = seen_destroy };

/* A list of two accesses, then one with a CR3 load in it, as the normaliser writes them. */
static struct batch two_runs(void)
{
	static const uint8_t op[] = { OP_EVENT, LOAD_8,	 LOAD_8, LOAD_8, STORE_4,
				      LOAD_8,	STORE_4, LOAD_8, LOAD_8, LOAD_8,
				      OP_EVENT, LOAD_8,	 STORE_4 };
	static const struct event event[] = { { .kind = EVENT_PTPAGE }, { .kind = EVENT_CR3 } };
	static uint64_t gva[13];
	uint64_t code = payload_gva(PAYLOAD_CODE), words = payload_gva(PAYLOAD_RECORDS);
	uint64_t bell = payload_gva(PAYLOAD_DOORBELL);
	const uint64_t at[] = { 0,    code,  words,  0x1000, 0x2000, code, bell,
				code, words, 0x3000, 1,	     code,   bell };

	memcpy(gva, at, sizeof(at));
	return (struct batch){ .n = 13, .op = op, .gva = gva, .event = event, .n_event = 2 };
}

static void a_list_is_made_several_times(void **state)
{
	const struct rounds_options o = { .rounds = 3 };
	static const uint64_t body[] = { 0x1000, 0x2000, 0x1000, 0x2000, 0x1000, 0x2000 };
	struct seen s = { .n = 0 };
	struct replayer inner = { &seen_ops, &s }, r;
	struct batch b = two_runs();

	(void)state;
	assert_int_equal(rounds_create(&r, &inner, &o, NULL), 0);
	assert_int_equal(r.ops->run(r.self, &b, NULL), 0);
	assert_int_equal(s.n, 13 + 4);
	assert_int_equal(s.op[0], OP_EVENT);
	assert_memory_equal(s.gva + 3, body, sizeof(body));
	assert_int_equal(s.n_load, 8 + 2);
	assert_int_equal(s.n_store, 3 + 2);
	r.ops->destroy(r.self);
	assert_int_equal(s.destroyed, 1);
}

static void a_plain_process_has_no_replay_program(void **state)
{
	const struct rounds_options o = { .rounds = 1, .payload = ROUNDS_DROP_PAYLOAD };
	struct seen s = { .n = 0 };
	struct replayer inner = { &seen_ops, &s }, r;
	struct batch b = two_runs();

	(void)state;
	assert_int_equal(rounds_create(&r, &inner, &o, NULL), 0);
	assert_int_equal(r.ops->run(r.self, &b, NULL), 0);
	assert_int_equal(s.n, 5);
	assert_int_equal(s.gva[1], 0x1000);
	assert_int_equal(s.gva[2], 0x2000);
	assert_int_equal(s.gva[3], 0x3000);
	r.ops->destroy(r.self);
}

/* --- the plain process --- */

static struct plain_config plain(uint32_t rounds, bool is_chained)
{
	return (struct plain_config){ .gva = MEASURE_GVA,
				      .bytes = 8 * PAGE_BYTES,
				      .page_level = LEVEL_4K,
				      .style = { .rounds = rounds, .is_chained = is_chained } };
}

static int plain_run(const struct plain_config *cfg, uint64_t offset, uint64_t *ns,
		     struct sim_error *err)
{
	static const uint8_t op[] = { LOAD_8, LOAD_8, OP_STORE | OP_USER | 3u << OP_SIZE_SHIFT,
				      STORE_4 };
	const uint64_t gva[] = { MEASURE_GVA, MEASURE_GVA + offset, MEASURE_GVA + PAGE_BYTES,
				 payload_gva(PAYLOAD_DOORBELL) };
	const struct batch b = { .n = 4, .op = op, .gva = gva };
	struct replayer r;
	int rc = plain_replayer_create(&r, cfg, err);

	assert_int_equal(rc, 0);
	rc = r.ops->run(r.self, &b, err);
	*ns = plain_replayer_ns(&r);
	r.ops->destroy(r.self);
	return rc;
}

static void a_plain_process_makes_the_accesses(void **state)
{
	struct sim_error err = { .code = 0 };
	const struct plain_config cfg = plain(1, false), chained = plain(1, true),
				  often = plain(200000, true);
	uint64_t once, ns;

	(void)state;
	assert_int_equal(plain_run(&cfg, 0x5008, &once, &err), 0);
	assert_int_equal(plain_run(&chained, 0x5008, &ns, &err), 0);
	assert_int_equal(plain_run(&often, 0x5008, &ns, &err), 0);
	assert_true(ns > once);
}

static void an_access_elsewhere_is_refused(void **state)
{
	struct sim_error err = { .code = 0 };
	const struct plain_config cfg = plain(1, false);
	uint64_t ns;

	(void)state;
	assert_int_equal(plain_run(&cfg, 8 * PAGE_BYTES, &ns, &err), SIM_ESTATE);
	assert_non_null(strstr(err.text, "outside"));
}

/* --- on a real KVM --- */

static const char *const small_plan =
	"{\"about\": \"a test\",\n"
	" \"access\": [{\"pages\": [16], \"page_sizes\": [\"4K\"], \"ways\": [\"list\", \"chain\"],\n"
	"   \"accesses\": 20000, \"plain\": true}],\n"
	" \"defaults\": {\"about\": \"-\", \"memory\": \"16M\", \"map\":\n"
	"  [{\"gva\": \"0x40000000\", \"pages\": 64, \"gpa\": \"8M\", \"flags\": \"wad\"}]},\n"
	" \"points\": [{\"name\": \"ud2\", \"group\": \"event\", \"traps\": 5000, \"steps\": []},\n"
	"  {\"name\": \"doorbell\", \"group\": \"event\", \"per\": 8, \"batch\": 1,\n"
	"   \"steps\": [{\"repeat\": {\"times\": 8, \"steps\": [{\"load\": {\"gva\": \"0x40000000\"}}]}}]},\n"
	"  {\"name\": \"fresh\", \"group\": \"event\", \"per\": 8,\n"
	"   \"steps\": [{\"load\": {\"gva\": \"0x40000000\", \"pages\": 64}}]}]}\n";

static void measure_small_plan(const struct measure_config *cfg,
			       const struct measure_plan *plan)
{
	struct sim_error err = { .code = 0 };
	const struct measure_result *fresh;
	json_t *doc;
	struct measure *m;
	int rc;

	assert_int_equal(measure_create(&m, cfg, plan, &err), 0);
	assert_int_equal(measure_total(m), 3 * 7);
	while (!(rc = measure_step(m, &err)))
		;
	if (rc != SIM_EOF)
		fail_msg("%s: %s", err.where, err.text);
	assert_int_equal(measure_done(m), measure_total(m));
	assert_int_equal(measure_rounds_done(m), 2);
	assert_true(measure_bell_ns(m) > 0);
	for (size_t i = 0; i < measure_count(m); i++) {
		assert_int_equal(measure_at(m, i)->sample.n, 2);
		for (unsigned id = 0; id < COUNTER_COUNT; id++)
			assert_true(measure_agrees(measure_at(m, i), id));
	}
	assert_true(measure_at(m, 4)->point->is_trap);
	assert_int_equal(measure_at(m, 4)->batches, 2); /* of 4095 words */
	fresh = measure_at(m, measure_count(m) - 1);
	assert_string_equal(fresh->point->name, "fresh");
	assert_int_equal(fresh->kvm.pf_fixed, fresh->simulated.pf_fixed);
	assert_true(fresh->kvm.pf_fixed >= 8);
	doc = measure_json(m);
	assert_non_null(doc);
	assert_int_equal(json_integer_value(json_object_get(doc, "format")), 1);
	assert_int_equal(json_array_size(json_object_get(doc, "points")), 6);
	json_decref(doc);
	measure_destroy(m);
}

static void a_real_kvm_is_measured(void **state)
{
	const struct kvm_paths paths = { "/dev/kvm", "" };
	struct measure_config cfg = { .device = "/dev/kvm", .rounds = 2 };
	struct sim_error err = { .code = 0 };
	struct measure_plan plan;
	struct kvm_probe probe;
	char path[512];

	(void)state;
	kvm_probe(&probe, &paths);
	if (!kvm_probe_can_replay(&probe)) {
		print_message("# no usable /dev/kvm\n");
		skip();
	}
	cfg.probe = &probe;
	source_path(path, sizeof(path), "models/machine/skylake-sp.json");
	assert_int_equal(machine_load(&cfg.machine, path, &err), 0);
	assert_int_equal(load_text(&plan, small_plan, MEASURE_QUICK, &err), 0);
	measure_small_plan(&cfg, &plan);
	measure_plan_fini(&plan);
	remove(PLAN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quartiles_of_samples),
		cmocka_unit_test(quartiles_between_samples),
		cmocka_unit_test(no_more_samples_than_there_is_room_for),
		cmocka_unit_test(a_plan_becomes_points),
		cmocka_unit_test(a_wrong_plan_is_named),
		cmocka_unit_test(the_plan_of_the_house_is_rich),
		cmocka_unit_test(the_rule_of_holding_out),
		cmocka_unit_test(a_list_is_made_several_times),
		cmocka_unit_test(a_plain_process_has_no_replay_program),
		cmocka_unit_test(a_plain_process_makes_the_accesses),
		cmocka_unit_test(an_access_elsewhere_is_refused),
		cmocka_unit_test(a_real_kvm_is_measured),
	};

	return cmocka_run_group_tests_name("measure", tests, NULL, NULL);
}
