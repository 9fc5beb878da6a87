/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shadownest guest: bare accesses become the full stream of a guest under a modelled kernel. */
#include "config.h"

#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cli/command.h"
#include "cli/stop.h"
#include "cli/table.h"
#include "guest/guest.h"
#include "trace/reader.h"
#include "trace/writer.h"

struct arguments {
	const char *in, *out, *against;
	struct guest_os_config cfg;
	enum { TEXT, JSON } style;
};

/* A trace on its way. writer NULL: only counted. */
struct passage {
	struct trace_reader *reader;
	struct guest_os *guest;
	struct trace_writer *writer;
};

static void passage_fini(struct passage *p)
{
	trace_writer_abort(p->writer);
	guest_os_destroy(p->guest);
	trace_close(p->reader);
}

static int passage_init(struct passage *p, const struct arguments *a, struct sim_error *err)
{
	int rc = trace_open(&p->reader, a->in, TRACE_DETAIL, err);

	if (rc)
		return rc;
	rc = guest_os_create(&p->guest, &a->cfg, trace_meta(p->reader), err);
	if (rc) {
		sim_error_within(err, a->in);
		return rc;
	}
	if (!a->out)
		return 0;
	return trace_writer_create(&p->writer, a->out, guest_os_meta(p->guest), NULL, err);
}

static int write_batch(struct trace_writer *w, const struct batch *b, struct sim_error *err)
{
	int rc = 0;

	for (uint32_t i = 0; !rc && i < b->n; i++) {
		struct trace_access a = { .op = b->op[i],
					  .gva = gva_make(b->gva[i]),
					  .frame = b->frame[i],
					  .count = b->count[i] };
		const struct event *e;

		if ((b->op[i] & OP_KIND) != OP_EVENT) {
			rc = trace_writer_access(w, &a, err);
			continue;
		}
		e = &b->event[b->gva[i]];
		rc = trace_writer_event(
			w, e, e->kind == EVENT_PTPAGE ? b->word + e->words : NULL, err);
	}
	return rc;
}

/* in: NULL when there is no more. */
static int pass(struct passage *p, const struct arguments *a, const struct batch *in,
		struct sim_error *err)
{
	struct batch out;
	int rc = guest_os_next(p->guest, in, &out, err);

	if (rc) {
		sim_error_within(err, a->in);
		return rc;
	}
	return p->writer ? write_batch(p->writer, &out, err) : 0;
}

static int pass_all(struct passage *p, const struct arguments *a, struct sim_error *err)
{
	struct batch b;
	int rc;

	while (!(rc = trace_next(p->reader, 65536, &b, err))) {
		rc = pass(p, a, &b, err);
		if (rc)
			return rc;
		if (stop_signal())
			return sim_fail(err, SIM_EINTR, a->in, "stopped; nothing is written");
	}
	return rc == SIM_EOF ? pass(p, a, NULL, err) : rc;
}

/* --- what came of it --- */

static void print_counts(const struct guest_os *g)
{
	const struct guest_os_counts *c = guest_os_counts(g);
	const char *key, *meaning;
	uint64_t value;

	for (unsigned i = 0; guest_os_counts_line(c, i, &key, &meaning, &value); i++)
		if (value)
			printf("%-56s %14" PRIu64 "\n", meaning, value);
}

static json_t *counts_json(const struct guest_os *g)
{
	const struct guest_os_counts *c = guest_os_counts(g);
	json_t *o = json_object();
	const char *key, *meaning;
	uint64_t value;

	for (unsigned i = 0; guest_os_counts_line(c, i, &key, &meaning, &value); i++)
		json_object_set_new(o, key, json_integer((json_int_t)value));
	return o;
}

#define ROWS 6u

/* Row i of captured | model. */
static const char *row(const struct guest_os *g, unsigned i, uint64_t *captured,
		       uint64_t *model)
{
	static const char *const name[ROWS] = {
		"page faults", "page-table writes",	 "CR3 writes",
		"INVLPG",      "page-table pages given", "page-table pages let go"
	};
	const struct guest_os_captured *c = guest_os_captured(g);
	const struct guest_os_counts *m = guest_os_counts(g);
	const uint64_t pair[ROWS][2] = {
		{ c->pf, m->pf },
		{ c->pte_writes, m->pte_writes },
		{ c->cr3_writes, m->cr3_writes },
		{ c->invlpg, m->invlpg },
		{ c->table_pages, m->tables_given },
		{ c->tables_freed, m->tables_let_go },
	};

	*captured = pair[i][0];
	*model = pair[i][1];
	return name[i];
}

static int print_against(const struct guest_os *g, struct sim_error *err)
{
	struct table t;
	int rc = table_init(&t, 4, err);

	if (rc)
		return rc;
	table_add(&t, TABLE_LEFT, "%s", "");
	table_add(&t, TABLE_RIGHT, "captured");
	table_add(&t, TABLE_RIGHT, "model");
	table_add(&t, TABLE_RIGHT, "model - captured");
	for (unsigned i = 0; i < ROWS; i++) {
		uint64_t captured, model;

		table_add(&t, TABLE_LEFT, "%s", row(g, i, &captured, &model));
		table_add(&t, TABLE_RIGHT, "%" PRIu64, captured);
		table_add(&t, TABLE_RIGHT, "%" PRIu64, model);
		table_add(&t, TABLE_RIGHT, "%+" PRId64, (int64_t)(model - captured));
	}
	rc = table_print(&t, 1, stdout, err);
	table_fini(&t);
	return rc;
}

static json_t *against_json(const struct guest_os *g)
{
	const struct guest_os_captured *c = guest_os_captured(g);

	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "pf", (json_int_t)c->pf,
			 "pte_writes", (json_int_t)c->pte_writes, "cr3_writes",
			 (json_int_t)c->cr3_writes, "invlpg", (json_int_t)c->invlpg, "invpcid",
			 (json_int_t)c->invpcid, "tables_given", (json_int_t)c->table_pages,
			 "tables_let_go", (json_int_t)c->tables_freed);
}

static void print_json(const struct guest_os *g, const struct arguments *a)
{
	json_t *o = json_object();

	json_object_set_new(o, "guest", guest_os_config_json(&a->cfg));
	json_object_set_new(o, "counts", counts_json(g));
	if (a->against)
		json_object_set_new(o, "captured", against_json(g));
	json_dumpf(o, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(o);
}

static int report(const struct guest_os *g, const struct arguments *a, struct sim_error *err)
{
	if (a->style == JSON) {
		print_json(g, a);
		return 0;
	}
	if (a->against)
		return print_against(g, err);
	print_counts(g);
	return 0;
}

static int run_guest(const struct arguments *a, struct sim_error *err)
{
	struct passage p = { NULL, NULL, NULL };
	struct trace_writer *whole;
	int rc = passage_init(&p, a, err);

	if (!rc)
		rc = pass_all(&p, a, err);
	if (!rc && p.writer) {
		whole = p.writer;
		p.writer = NULL;
		rc = trace_writer_close(whole, err);
	}
	if (!rc)
		rc = report(p.guest, a, err);
	passage_fini(&p);
	return rc;
}

/* --- options --- */

static void set(struct arguments *a, const char *key, const char *value,
		struct argp_state *state)
{
	struct sim_error err = { 0 };

	if (guest_os_config_set(&a->cfg, key, value, &err))
		argp_error(state, "%s %s", err.where, err.text);
}

/* "key=value" */
static void set_pair(struct arguments *a, char *pair, struct argp_state *state)
{
	char *equals = strchr(pair, '=');

	if (!equals) {
		argp_error(state, "--set takes KEY=VALUE, not \"%s\"", pair);
		return;
	}
	*equals = '\0';
	set(a, pair, equals + 1, state);
}

enum { KEY_THP = 256, KEY_KPTI, KEY_NO_PCID, KEY_AGAINST };

static error_t check_arguments(struct arguments *a, struct argp_state *state)
{
	if (a->against && a->in)
		argp_error(state, "--against takes the only trace there is");
	if (a->against)
		a->in = a->against;
	if (!a->in)
		argp_error(state, "a trace is needed");
	if (!a->out && !a->against)
		argp_error(state, "-o OUT.snt is needed");
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'o':
		a->out = arg;
		return 0;
	case 'm':
		set(a, "memory", arg, state);
		return 0;
	case KEY_THP:
		set(a, "thp", arg, state);
		return 0;
	case KEY_KPTI:
		set(a, "kpti", "true", state);
		return 0;
	case KEY_NO_PCID:
		set(a, "pcid", "false", state);
		return 0;
	case 's':
		set_pair(a, arg, state);
		return 0;
	case KEY_AGAINST:
		a->against = arg;
		a->cfg.is_stripped = true;
		return 0;
	case 'j':
		a->style = JSON;
		return 0;
	case ARGP_KEY_ARG:
		if (a->in)
			argp_usage(state);
		a->in = arg;
		return 0;
	case ARGP_KEY_END:
		return check_arguments(a, state);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int run(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "output", 'o', "OUT.snt", 0,
		  "write the full stream here; it appears when it is whole", 0 },
		{ "memory", 'm', "SIZE", 0, "the guest's RAM (4G)", 0 },
		{ "thp", KEY_THP, "WHEN", 0,
		  "transparent huge pages: always, madvise, never (always)", 0 },
		{ "kpti", KEY_KPTI, NULL, 0, "kernel page-table isolation", 0 },
		{ "no-pcid", KEY_NO_PCID, NULL, 0, "no process-context identifiers", 0 },
		{ "set", 's', "KEY=VALUE", 0,
		  "any member of the guest's configuration, see below", 0 },
		{ "against", KEY_AGAINST, "CAPTURED.snt", 0,
		  "take what its kernel did out of a captured trace, let the model do it, and print both counts",
		  0 },
		{ "json", 'j', NULL, 0, "print JSON, with every count under its name", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "IN.snt -o OUT.snt\n--against CAPTURED.snt",
		.doc = "help",
	};
	struct arguments a = { .cfg = guest_os_config_default() };
	struct sim_error err = { 0 };
	int rc = command_parse(&argp, argc, argv, &a);

	if (rc)
		return rc;
	stop_catch();
	return run_guest(&a, &err) ? command_failed(&err) : EXIT_DONE;
}

const struct command cmd_guest = {
	.name = "guest",
	.summary = "make a full stream of bare accesses: a modelled guest OS",
	.run = run,
};
