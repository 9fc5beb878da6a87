/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shadownest trace info, shadownest trace verify: one pass over a trace, two ways to tell. */
#include "config.h"

#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cli/cmd_trace.h"
#include "trace/info.h"
#include "trace/reader.h"
#include "vm/verify.h"

struct survey {
	const char *path;
	struct trace_reader *reader;
	struct trace_info info;
	struct verify *verify; /* NULL: there are no page tables to replay */
	enum { TEXT, JSON } style;
};

static void survey_close(struct survey *s)
{
	verify_destroy(s->verify);
	trace_info_fini(&s->info);
	trace_close(s->reader);
}

static int verify_start(struct survey *s, struct sim_error *err)
{
	const struct trace_meta *m = trace_meta(s->reader);

	if (!m->has_tables || !paging_of(&m->regs).levels)
		return 0;
	return verify_create(&s->verify, m, err);
}

/* Reads the whole trace. */
static int survey_run(struct survey *s, struct sim_error *err)
{
	struct batch b;
	int rc;

	if ((rc = trace_open(&s->reader, s->path, TRACE_DETAIL, err)) ||
	    (rc = trace_info_init(&s->info, err)))
		return rc;
	rc = verify_start(s, err);
	if (rc)
		return rc;
	while (!(rc = trace_next(s->reader, 0, &b, err))) {
		rc = trace_info_add(&s->info, &b, err);
		if (!rc && s->verify)
			rc = verify_add(s->verify, &b, err);
		if (rc)
			return rc;
	}
	return rc == SIM_EOF ? 0 : rc;
}

/* --- text --- */

static void print_line(const char *meaning, uint64_t value)
{
	printf("%-64s %14" PRIu64 "\n", meaning, value);
}

static void print_meta(const struct trace_meta *m)
{
	printf("%s\n", m->name);
	if (m->origin[0])
		printf("  origin  %s\n", m->origin);
	if (m->tools[0])
		printf("  tools   %s\n", m->tools);
	for (unsigned i = 0; i < m->n_ram; i++)
		printf("  RAM     0x%" PRIx64 " + 0x%" PRIx64 " bytes (%" PRIu64 " MiB)\n",
		       m->ram[i].gpa, m->ram[i].bytes, m->ram[i].bytes >> 20);
	printf("  vCPUs   %u\n", m->n_vcpu);
	printf("  start   cr0 0x%" PRIx64 " cr3 0x%" PRIx64 " cr4 0x%" PRIx64 " efer 0x%" PRIx64
	       "\n",
	       m->regs.cr0, m->regs.cr3, m->regs.cr4, m->regs.efer);
	printf("  holds   accesses%s%s\n\n", m->has_frames ? ", their frames" : "",
	       m->has_tables ? ", page tables and every write to them" : "");
}

static void print_verify(const struct verify *v)
{
	const char *key, *meaning;
	uint64_t value;

	for (unsigned i = 0; verify_line(v, i, &key, &meaning, &value); i++)
		print_line(meaning, value);
}

static void print_info(const struct survey *s)
{
	struct trace_info_line line;

	print_meta(trace_meta(s->reader));
	for (unsigned i = 0; trace_info_line(&s->info, i, &line); i++)
		print_line(line.meaning, line.value);
	if (!s->verify)
		return;
	printf("\nPage tables rebuilt from the stream, each access translated:\n");
	print_verify(s->verify);
}

/* --- JSON --- */

static json_t *verify_json(const struct verify *v)
{
	json_t *o = json_object();
	const char *key, *meaning;
	uint64_t value;

	for (unsigned i = 0; verify_line(v, i, &key, &meaning, &value); i++)
		json_object_set_new(o, key, json_integer((json_int_t)value));
	return o;
}

static json_t *info_json(const struct survey *s)
{
	const char *meta = trace_meta(s->reader)->json;
	json_t *o = json_object();
	struct trace_info_line line;

	json_object_set_new(o, "file", json_string(s->path));
	json_object_set_new(o, "metadata", json_loads(meta, 0, NULL));
	for (unsigned i = 0; trace_info_line(&s->info, i, &line); i++)
		json_object_set_new(o, line.key, json_integer((json_int_t)line.value));
	if (s->verify)
		json_object_set_new(o, "replay", verify_json(s->verify));
	return o;
}

/* --- what does not agree --- */

static int judge(const struct survey *s)
{
	const struct verify_example *e;
	unsigned n = verify_examples(s->verify, &e);

	if (verify_passed(s->verify))
		return EXIT_DONE;
	fflush(stdout);
	fprintf(stderr, "shadownest: %s: the stream does not agree with itself\n", s->path);
	for (unsigned i = 0; i < n; i++) {
		char text[160];

		verify_example_text(&e[i], text, sizeof(text));
		fprintf(stderr, "  %s\n", text);
	}
	return EXIT_FAILED;
}

/* --- commands --- */

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct survey *s = state->input;

	switch (key) {
	case 'j':
		s->style = JSON;
		return 0;
	case ARGP_KEY_ARG:
		if (s->path)
			argp_usage(state);
		s->path = arg;
		return 0;
	case ARGP_KEY_END:
		if (!s->path)
			argp_error(state, "a trace is needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "print JSON, with every count under its name", 0 },
	{ 0 },
};

static int print_json(json_t *o)
{
	int rc = json_dumpf(o, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);

	json_decref(o);
	printf("\n");
	return rc;
}

static int run_info(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "TRACE",
		.doc = "Counts what stands in TRACE (- is standard input): accesses, "
		       "page-table writes, CR3 writes, page faults and the rest; and, when it "
		       "carries the guest's page tables, how each access translates.\v  "
		       "shadownest trace info traces/fork.snt\n"
		       "  shadownest trace info --json traces/fork.snt",
	};
	struct survey s = { 0 };
	struct sim_error err = { 0 };
	int rc = command_parse(&argp, argc, argv, &s);

	if (rc)
		return rc;
	if (survey_run(&s, &err))
		rc = command_failed(&err);
	else if (s.style == JSON)
		rc = print_json(info_json(&s)) ? EXIT_FAILED : EXIT_DONE;
	else
		print_info(&s);
	survey_close(&s);
	return rc;
}

static int report(const struct survey *s)
{
	struct sim_error err = { 0 };

	if (!s->verify) {
		sim_fail(&err, SIM_EUNSUP, s->path,
			 "the trace has no page tables of 64-bit paging: there is nothing to "
			 "verify");
		return command_failed(&err);
	}
	if (s->style == JSON)
		print_json(verify_json(s->verify));
	else
		print_verify(s->verify);
	return judge(s);
}

static int run_verify(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "TRACE",
		.doc = "Rebuilds the guest's page tables from TRACE alone, translates every "
		       "access as the tables stand at that moment, and compares with the "
		       "frame that the capture recorded. Every block, checksum and index "
		       "entry is read.\vThe status is 0 when nothing contradicts, else 1, and "
		       "the first accesses that do are named.",
	};
	struct survey s = { 0 };
	struct sim_error err = { 0 };
	int rc = command_parse(&argp, argc, argv, &s);

	if (rc)
		return rc;
	rc = survey_run(&s, &err) ? command_failed(&err) : report(&s);
	survey_close(&s);
	return rc;
}

const struct command cmd_trace_info = {
	.name = "info",
	.summary = "count what stands in a trace",
	.run = run_info,
};

const struct command cmd_trace_verify = {
	.name = "verify",
	.summary = "check that a trace agrees with itself",
	.run = run_verify,
};
