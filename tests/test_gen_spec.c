/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_gen_spec.c - what a workload's file may say, and the streams' batches */
#include "check.h"

#include <string.h>

#include "base/alloc.h"
#include "gen/gen.h"
#include "gen/workload.h"
#include "trace/reader.h"
#include "trace/writer.h"

static int parse(struct spec *s, const char *text, struct sim_error *err)
{
	memset(err, 0, sizeof(*err));
	return spec_parse(s, text, strlen(text), "x.json", err);
}

static const struct refusal {
	const char *text, *where, *why;
} refusals[] = {
	{ "[]", "x.json:$", "must be an object" },
	{ "{}", "x.json:$.workload", "missing" },
	{ "{\"workload\": 3}", "x.json:$.workload", "must be a string" },
	{ "{\"workload\": \"gup\"}", "x.json:$.workload", "there is no workload \"gup\"" },
	{ "{\"workload\": \"gups\", \"sed\": 1}", "x.json:$.sed", "unknown key" },
	{ "{\"workload\": \"gups\", \"seed\": -1}", "x.json:$.seed", "must be 0.." },
	{ "{\"workload\": \"gups\", \"name\": \"a b\"}", "x.json:$.name", "letters, digits" },
	{ "{\"workload\": \"gups\", \"question\": 1}", "x.json:$.question",
	  "must be a string" },
	{ "{\"workload\": \"gups\", \"parameters\": {\"byte\": 1}}", "x.json:$.parameters.byte",
	  "the keys here are count, bytes, populate, pages" },
	{ "{\"workload\": \"gups\", \"parameters\": {\"bytes\": 1}}",
	  "x.json:$.parameters.bytes", "bytes must be 4096..17592186044416" },
	{ "{\"workload\": \"gups\", \"parameters\": {\"bytes\": \"1X\"}}",
	  "x.json:$.parameters.bytes", "must be a number as 4096" },
	{ "{\"workload\": \"gups\", \"parameters\": {\"bytes\": 1.5}}",
	  "x.json:$.parameters.bytes", "must be an integer" },
	{ "{\"workload\": \"gups\", \"parameters\": {\"bytes\": 4096, \"bytes\": 4096}}",
	  "x.json:$.parameters.bytes", "this key stands twice" },
	{ "{\"workload\": \"gups\", \"parameters\": {\"populate\": \"yes\"}}",
	  "x.json:$.parameters.populate", "one of auto, touch, none, not \"yes\"" },
	{ "{\"workload\": \"gups\", \"parameters\": {\"populate\": 1}}",
	  "x.json:$.parameters.populate", "must be a string" },
	{ "{\"workload\": \"zipf\", \"parameters\": {\"exponent\": 0.9912}}",
	  "x.json:$.parameters.exponent", "three decimals" },
	{ "{\"workload\": \"zipf\", \"parameters\": {\"exponent\": \"0.9912\"}}",
	  "x.json:$.parameters.exponent", "three decimals" },
	{ "{\"workload\": \"zipf\", \"parameters\": {\"exponent\": 8.001}}",
	  "x.json:$.parameters.exponent", "must be 0.000..8.000" },
	{ "{\"workload\": \"zipf\", \"parameters\": {\"exponent\": -1}}",
	  "x.json:$.parameters.exponent", "must be 0.." },
	{ "{\"workload\": \"gups\", \"parameters\": {\"bytes\": -4}}",
	  "x.json:$.parameters.bytes", "bytes must be 4096..17592186044416" },
	{ "{\"workload\": \"gups\", \"parts\": []}", "x.json:$.parts", "only a mix has parts" },
	{ "{\"workload\": \"mix\"}", "x.json:$.parts", "must be an array" },
	{ "{\"workload\": \"mix\", \"parts\": []}", "x.json:$.parts", "1 to 32 parts" },
	{ "{\"workload\": \"mix\", \"parts\": [{\"workload\": \"mix\"}]}", "x.json:$.parts[0]",
	  "cannot be a mix" },
	{ "{\"workload\": \"mix\", \"parts\": [{\"workload\": \"gups\", \"name\": \"x\"}]}",
	  "x.json:$.parts[0].name", "unknown key" },
	{ "{\"workload\": \"mix\", \"parts\": [{\"workload\": \"gups\", \"parameters\": {\"count\": "
	  "0}}]}",
	  "x.json:$.parts[0].parameters.count", "count must be 1.." },
};

static void refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		const struct refusal *r = &refusals[i];
		struct sim_error err;
		struct spec s;
		int rc = parse(&s, r->text, &err);

		if (rc >= 0 || strcmp(err.where, r->where) != 0 || !strstr(err.text, r->why))
			fail_msg("%s\nrefused with %d at %s: %s", r->text, rc, err.where,
				 err.text);
	}
}

/* Parameters that are each in range and do not fit each other. */
static const struct refusal unfit[] = {
	{ "pointer-chase", "\"bytes\": 4096, \"node\": 8192", "larger than the memory" },
	{ "stream", "\"access\": 24", "1, 2, 4, 8, 16, 32 or 64" },
	{ "stride", "\"stride\": 12", "multiple of 8" },
	{ "stride", "\"stride\": \"64M\"", "below bytes" },
	{ "zipf", "\"item\": 100", "multiple of 8" },
	{ "zipf", "\"item\": 64, \"touch\": 65", "at most item" },
	{ "btree", "\"node\": 72", "multiple of 16" },
	{ "btree", "\"node\": 64, \"fill\": 50", "room for two" },
	{ "btree", "\"keys\": \"1T\", \"node\": 64", "beyond 16T" },
	{ "hash", "\"load\": 96", "95% with linear" },
	{ "hash", "\"keys\": \"256G\", \"load\": 1", "address space" },
	{ "graph", "\"kind\": \"bfs\", \"vertices\": \"128M\"", "at most 64M" },
	{ "mmap-churn", "\"size\": 5000", "whole pages" },
	{ "mmap-churn", "\"size\": \"8M\"", "at most max" },
	{ "fork-storm", "\"bytes\": 5000", "whole pages" },
	{ "switch-ring", "\"bytes\": 5000", "whole pages" },
};

static void refused_together(void **state)
{
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(unfit) / sizeof(*unfit); i++) {
		const struct refusal *r = &unfit[i];
		struct sim_error err;
		struct gen *g;
		struct spec s;
		int rc;

		snprintf(text, sizeof(text), "{\"workload\": \"%s\", \"parameters\": {%s}}",
			 r->text, r->where);
		assert_int_equal(parse(&s, text, &err), 0);
		rc = gen_create(&g, &s, &err);
		if (rc != SIM_ERANGE || !strstr(err.text, r->why))
			fail_msg("%s\nrefused with %d: %s", text, rc, err.text);
		spec_fini(&s);
	}
}

static char *written(const struct spec *s, enum spec_layout layout)
{
	struct text t = { .s = NULL };
	char *text;

	spec_write(s, layout, &t);
	text = text_take(&t);
	assert_non_null(text);
	return text;
}

/* What is written is read again as the same, for every workload. */
static void round_trip(void **state)
{
	(void)state;
	for (size_t i = 0; workload_kinds[i]; i++)
		for (unsigned layout = SPEC_LINES; layout <= SPEC_ONE_LINE; layout++) {
			struct spec a, b;
			struct sim_error err = { 0 };
			char *text;

			assert_int_equal(spec_init(&a, workload_kinds[i]->name, &err), 0);
			if (a.kind == &mix_kind) {
				spec_fini(&a);
				continue;
			}
			a.seed = 99;
			a.value[0] = 3;
			text = written(&a, (enum spec_layout)layout);
			assert_int_equal(parse(&b, text, &err), 0);
			assert_memory_equal(&a.value, &b.value, sizeof(a.value));
			assert_true(a.kind == b.kind && a.seed == b.seed &&
				    !strcmp(a.name, b.name));
			sim_free(text);
		}
}

static void mix_round_trip(void **state)
{
	static const char all[] =
		"{ \"name\": \"m\", \"workload\": \"mix\", \"seed\": 4, \"parameters\": {\"order\": "
		"\"interleaved\", \"burst\": 9}, \"parts\": [{\"workload\": \"mix\"}]}";
	struct sim_error err;
	struct spec s, again;
	char *text, *twice;

	(void)state;
	assert_int_equal(parse(&s, all, &err), SIM_EFORMAT);
	assert_int_equal(
		parse(&s,
		      "{\"workload\": \"mix\", \"seed\": 4, \"parts\": [{\"workload\": "
		      "\"zipf\", \"parameters\": {\"exponent\": 1.01}}, {\"workload\": "
		      "\"gups\", \"seed\": 8}]}",
		      &err),
		0);
	assert_int_equal(s.n_parts, 2);
	assert_int_equal(s.part[0].seed, 4);
	assert_int_equal(s.part[1].seed, 8);
	text = written(&s, SPEC_LINES);
	assert_non_null(strstr(text, "\"exponent\": 1.010"));
	assert_int_equal(parse(&again, text, &err), 0);
	twice = written(&again, SPEC_LINES);
	assert_string_equal(text, twice);
	sim_free(text);
	sim_free(twice);
	spec_fini(&s);
	spec_fini(&again);
}

/* A mix without a word about parts is one that runs, as it stands and as it is written. */
static void mix_has_normal_parts(void **state)
{
	struct sim_error err = { 0 };
	struct spec s, again;
	struct gen *g;
	char *text;

	(void)state;
	assert_int_equal(spec_init(&s, "mix", &err), 0);
	assert_int_equal(s.n_parts, 2);
	assert_string_not_equal(s.part[0].kind->name, s.part[1].kind->name);
	spec_seed(&s, 7);
	text = written(&s, SPEC_LINES);
	assert_int_equal(parse(&again, text, &err), 0);
	assert_int_equal(again.n_parts, 2);
	assert_int_equal(again.seed, 7);
	assert_int_equal(again.part[0].seed, 7);
	assert_int_equal(again.part[1].seed, 8);
	assert_int_equal(gen_create(&g, &again, &err), 0);
	gen_destroy(g);
	sim_free(text);
	spec_fini(&s);
	spec_fini(&again);
}

static void settings(void **state)
{
	struct sim_error err = { 0 };
	struct spec s;

	(void)state;
	assert_int_equal(spec_init(&s, "zipf", &err), 0);
	assert_int_equal(spec_set(&s, "bytes=1T", &err), 0);
	assert_int_equal(spec_set(&s, "exponent=1.2", &err), 0);
	assert_int_equal(spec_set(&s, "order=ranked", &err), 0);
	assert_int_equal(s.value[param_find(s.kind->params, "bytes")], (uint64_t)1 << 40);
	assert_int_equal(s.value[param_find(s.kind->params, "exponent")], 1200);
	assert_int_equal(s.value[param_find(s.kind->params, "order")], 1);
	assert_int_equal(spec_set(&s, "bytes", &err), SIM_EFORMAT);
	memset(&err, 0, sizeof(err));
	assert_int_equal(spec_set(&s, "byte=1", &err), SIM_EFORMAT);
	assert_non_null(strstr(err.text, "it has count, bytes, item"));
	memset(&err, 0, sizeof(err));
	assert_int_equal(spec_set(&s, "update=101", &err), SIM_ERANGE);
	assert_non_null(strstr(err.text, "update must be 0..100"));
}

/* What a reader of the written file gets is what gen_next gave. */
static void written_and_read(void **state)
{
	static const struct trace_writer_options opt = { .level = 1, .block = 1000 };
	const char *path = "test_gen_spec.snt";
	struct trace_writer *w;
	struct trace_reader *r;
	struct sim_error err = { 0 };
	struct spec s;
	struct gen *g;
	struct batch a = { .n = 0 }, b = { .n = 0 };
	uint64_t records = 0, done, all;

	(void)state;
	remove(path);
	assert_int_equal(spec_init(&s, "fork-storm", &err), 0);
	assert_int_equal(gen_create(&g, &s, &err), 0);
	assert_int_equal(trace_writer_create(&w, path, gen_meta(g), &opt, &err), 0);
	while (!gen_next(g, &a)) {
		assert_int_equal(a.first, records);
		records += a.n;
		assert_int_equal(trace_writer_batch(w, &a, &err), 0);
	}
	assert_int_equal(trace_writer_close(w, &err), 0);
	gen_progress(g, &done, &all);
	assert_true(done == 64 && all == 64);
	gen_destroy(g);

	assert_int_equal(gen_create(&g, &s, &err), 0);
	assert_int_equal(trace_open(&r, path, TRACE_DETAIL, &err), 0);
	assert_false(trace_meta(r)->has_tables || trace_meta(r)->has_frames);
	assert_int_equal(trace_meta(r)->n_ram, 0);
	assert_non_null(strstr(trace_meta(r)->origin, "generated: {\"name\": \"fork-storm\""));
	while (!gen_next(g, &a))
		for (uint32_t i = 0, at = 0; i < a.n; i++, at++, records--) {
			if (!i || at == b.n) {
				assert_int_equal(trace_next(r, a.n - i, &b, &err), 0);
				at = 0;
			}
			assert_int_equal(a.op[i], b.op[at]);
			if ((a.op[i] & OP_KIND) == OP_EVENT) {
				const struct event *x = &a.event[a.gva[i]];
				const struct event *y = &b.event[b.gva[at]];

				assert_true(x->kind == y->kind && x->pid == y->pid &&
					    x->n == y->n && x->gva == y->gva &&
					    x->gpa == y->gpa && x->value == y->value);
				continue;
			}
			assert_true(a.gva[i] == b.gva[at] && a.count[i] == b.count[at]);
		}
	assert_int_equal(records, 0);
	assert_int_equal(trace_next(r, 1, &b, &err), SIM_EOF);
	trace_close(r);
	gen_destroy(g);
	assert_int_equal(remove(path), 0);
}

/* Tallies of a batch are those of its records. */
static void tallies(void **state)
{
	struct sim_error err = { 0 };
	struct batch b;
	struct spec s;
	struct gen *g;

	(void)state;
	assert_int_equal(spec_init(&s, "zipf", &err), 0);
	assert_int_equal(spec_set(&s, "item=1000", &err), 0);
	assert_int_equal(spec_set(&s, "touch=1000", &err), 0);
	assert_int_equal(spec_set(&s, "count=2K", &err), 0);
	assert_int_equal(gen_create(&g, &s, &err), 0);
	while (!gen_next(g, &b)) {
		uint32_t n[4] = { 0 };
		uint64_t instructions = 0;

		for (uint32_t i = 0; i < b.n; i++) {
			n[b.op[i] & OP_KIND]++;
			instructions += b.count[i];
		}
		assert_int_equal(n[OP_LOAD], b.n_load);
		assert_int_equal(n[OP_STORE], b.n_store);
		assert_int_equal(n[OP_FETCH], b.n_fetch);
		assert_int_equal(n[OP_EVENT], b.n_event);
		assert_int_equal(b.n_cross, 0); /* all are aligned */
		assert_int_equal(instructions, b.instructions);
	}
	gen_destroy(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused),
		cmocka_unit_test(refused_together),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(mix_round_trip),
		cmocka_unit_test(mix_has_normal_parts),
		cmocka_unit_test(settings),
		cmocka_unit_test(written_and_read),
		cmocka_unit_test(tallies),
	};

	return cmocka_run_group_tests_name("gen_spec", tests, NULL, NULL);
}
