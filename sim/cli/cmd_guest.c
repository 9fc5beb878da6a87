/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shadownest guest: bare accesses become the full stream of a guest under a modelled kernel. */
#include "config.h"

#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/stop.h"
#include "cli/table.h"
#include "guest/guest.h"
#include "guest/inputs.h"
#include "trace/reader.h"
#include "trace/writer.h"

struct arguments {
	const char *in[INPUTS_MAX];
	unsigned n_in;
	const char *out, *against;
	struct guest_os_config cfg;
	enum { TEXT, JSON } style;
};

/* A trace that goes in. */
struct feed {
	struct trace_reader *reader;
	struct batch batch;
	uint32_t at; /* next record of it */
};

/* All on their way. writer NULL: only counted. */
struct passage {
	struct feed feed[INPUTS_MAX];
	struct inputs *inputs;
	struct guest_os *guest;
	struct trace_writer *writer;
};

static void passage_fini(struct passage *p)
{
	trace_writer_abort(p->writer);
	guest_os_destroy(p->guest);
	inputs_destroy(p->inputs);
	for (unsigned i = 0; i < INPUTS_MAX; i++)
		trace_close(p->feed[i].reader);
}

/* The name of several, in tables. */
static int make_meta(const struct passage *p, const struct arguments *a, char *name,
		     size_t size, struct trace_meta *meta, struct sim_error *err)
{
	size_t at = 0;

	*meta = *trace_meta(p->feed[0].reader);
	for (unsigned i = 0; i < a->n_in && at < size; i++)
		at += (size_t)snprintf(name + at, size - at, "%s%s", i ? "+" : "",
				       trace_meta(p->feed[i].reader)->name);
	meta->name = name;
	for (unsigned i = 1; i < a->n_in; i++) {
		const struct trace_meta *other = trace_meta(p->feed[i].reader);

		if (other->has_tables || other->n_vcpu != 1)
			return sim_fail(
				err, SIM_EUNSUP, a->in[i],
				"one of several inputs must be without page tables and of one vCPU");
	}
	return 0;
}

static int passage_init(struct passage *p, const struct arguments *a, struct sim_error *err)
{
	struct trace_meta meta;
	char name[256];
	int rc = 0;

	for (unsigned i = 0; !rc && i < a->n_in; i++)
		rc = trace_open(&p->feed[i].reader, a->in[i], TRACE_DETAIL, err);
	if (!rc)
		rc = inputs_create(&p->inputs, a->n_in, a->cfg.quantum, err);
	if (!rc)
		rc = make_meta(p, a, name, sizeof(name), &meta, err);
	if (rc)
		return rc;
	rc = guest_os_create(&p->guest, &a->cfg, &meta, err);
	if (rc) {
		sim_error_within(err, a->in[0]);
		return rc;
	}
	if (!a->out)
		return 0;
	return trace_writer_create(&p->writer, a->out, guest_os_meta(p->guest), NULL, err);
}

static int pass(struct passage *p, const struct batch *in, struct sim_error *err)
{
	struct batch out;
	int rc = guest_os_next(p->guest, in, &out, err);

	if (!rc && p->writer)
		rc = trace_writer_batch(p->writer, &out, err);
	return rc;
}

/* More of the trace whose turn it is. */
static int feed_once(struct passage *p, struct feed *f, struct sim_error *err)
{
	struct batch piece;
	uint32_t used;
	int rc = 0;

	if (f->at == f->batch.n) {
		rc = trace_next(f->reader, 65536, &f->batch, err);
		f->at = 0;
		if (rc == SIM_EOF)
			f->batch.n = 0;
	}
	if (rc == SIM_EOF)
		rc = inputs_end(p->inputs, &piece, err);
	else if (!rc) {
		rc = inputs_take(p->inputs, &f->batch, f->at, &piece, &used, err);
		f->at += used;
	}
	return rc ? rc : pass(p, &piece, err);
}

/* A record's number is that of the input, or, of several, of all together. */
static int pass_all(struct passage *p, const struct arguments *a, struct sim_error *err)
{
	unsigned i;
	int rc = 0;

	while (!rc && inputs_wanted(p->inputs, &i)) {
		rc = feed_once(p, &p->feed[i], err);
		if (rc && a->n_in == 1)
			sim_error_within(err, a->in[0]);
		if (!rc && stop_signal())
			return sim_fail(err, SIM_EINTR, a->in[i],
					"stopped; nothing is written");
	}
	return rc ? rc : pass(p, NULL, err);
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

#define ROWS 15u

/* Of all, without the kernel's. */
static uint64_t user_half(uint64_t all, uint64_t kernels)
{
	return all - kernels;
}

/* Row i of captured | model. What the model made of what was there before the stream is in none. */
static const char *row(const struct guest_os *g, unsigned i, const char **key,
		       uint64_t pair_out[2])
{
	static const char *const name[ROWS][2] = {
		{ "page faults at CPL 3", "pf_user" },
		{ "page faults at CPL 0, user half", "pf_kernel" },
		{ "page faults, kernel half", "pf_kernel_half" },
		{ "page-table writes, user half", "pte_writes_user" },
		{ "page-table writes, kernel half", "pte_writes_kernel" },
		{ "CR3 writes, another address space", "cr3_other" },
		{ "CR3 writes, the same one (full flush)", "cr3_same" },
		{ "CR3 writes, the other of a pair (KPTI)", "cr3_pair" },
		{ "INVLPG, user half", "invlpg_user" },
		{ "INVLPG, kernel half", "invlpg_kernel" },
		{ "INVPCID", "invpcid" },
		{ "page-table pages given, user half", "tables_given_user" },
		{ "page-table pages given, kernel half", "tables_given_kernel" },
		{ "page-table pages let go, user half", "tables_let_go_user" },
		{ "page-table pages let go, kernel half", "tables_let_go_kernel" },
	};
	const struct guest_os_captured *c = guest_os_captured(g);
	const struct guest_os_counts *m = guest_os_counts(g);
	const uint64_t pair[ROWS][2] = {
		{ user_half(c->pf[HALF_USER], c->pf_kernel), user_half(m->pf, m->pf_kernel) },
		{ c->pf_kernel, m->pf_kernel },
		{ c->pf[HALF_KERNEL], 0 },
		{ c->pte_writes[HALF_USER],
		  user_half(m->pte_writes - m->found_pte_writes,
			    m->pte_writes_kernel - m->found_pte_writes_kernel) },
		{ c->pte_writes[HALF_KERNEL],
		  m->pte_writes_kernel - m->found_pte_writes_kernel },
		{ c->cr3_other, m->switches - m->found_switches },
		{ c->cr3_same, m->full_flushes },
		{ c->cr3_pair, m->kpti_switches - m->found_kpti_switches },
		{ c->invlpg[HALF_USER], m->invlpg },
		{ c->invlpg[HALF_KERNEL], 0 },
		{ c->invpcid, m->invpcid },
		{ c->tables_given[HALF_USER],
		  user_half(m->tables_given - m->found_tables,
			    m->tables_given_kernel - m->found_tables_kernel) },
		{ c->tables_given[HALF_KERNEL],
		  m->tables_given_kernel - m->found_tables_kernel },
		{ c->tables_let_go[HALF_USER],
		  user_half(m->tables_let_go, m->tables_let_go_kernel) },
		{ c->tables_let_go[HALF_KERNEL], m->tables_let_go_kernel },
	};

	pair_out[0] = pair[i][0];
	pair_out[1] = pair[i][1];
	*key = name[i][1];
	return name[i][0];
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
		const char *key;
		uint64_t pair[2];

		table_add(&t, TABLE_LEFT, "%s", row(g, i, &key, pair));
		table_add(&t, TABLE_RIGHT, "%" PRIu64, pair[0]);
		table_add(&t, TABLE_RIGHT, "%" PRIu64, pair[1]);
		table_add(&t, TABLE_RIGHT, "%+" PRId64, (int64_t)(pair[1] - pair[0]));
	}
	rc = table_print(&t, 1, stdout, err);
	table_fini(&t);
	return rc;
}

/* side 0: captured, 1: model. */
static json_t *against_json(const struct guest_os *g, unsigned side)
{
	json_t *o = json_object();
	const char *key;
	uint64_t pair[2];

	for (unsigned i = 0; i < ROWS; i++) {
		row(g, i, &key, pair);
		json_object_set_new(o, key, json_integer((json_int_t)pair[side]));
	}
	return o;
}

static void print_json(const struct guest_os *g, const struct arguments *a)
{
	json_t *o = json_object();

	json_object_set_new(o, "guest", guest_os_config_json(&a->cfg));
	json_object_set_new(o, "counts", counts_json(g));
	if (a->against) {
		json_object_set_new(o, "captured", against_json(g, 0));
		json_object_set_new(o, "model", against_json(g, 1));
	}
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
	struct passage p = { .writer = NULL };
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

static void add_input(struct arguments *a, const char *path, const struct argp_state *state)
{
	if (a->n_in == INPUTS_MAX) {
		argp_error(state, "at most %u traces", INPUTS_MAX);
		return;
	}
	a->in[a->n_in++] = path;
}

static error_t check_arguments(struct arguments *a, struct argp_state *state)
{
	if (a->against && a->n_in)
		argp_error(state, "--against takes the only trace there is");
	if (a->against)
		add_input(a, a->against, state);
	if (!a->n_in)
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
		add_input(a, arg, state);
		return 0;
	case ARGP_KEY_END:
		return check_arguments(a, state);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Behind the options: every member that --set takes. */
static char *help_filter(int key, const char *text, void *input)
{
	struct text all = { 0 };
	const char *name, *meaning;
	char *taken;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)(uintptr_t)text;
	text_add(&all, "%s\n\n--set takes, beside what has an option of its own:\n\n", text);
	for (unsigned i = 0; (name = guest_os_config_key(i, &meaning)); i++)
		text_add(&all, "  %-25s %s\n", name, meaning);
	taken = text_take(&all);
	return taken ? taken : (char *)(uintptr_t)text;
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
		  "any member of the guest's configuration, listed below", 0 },
		{ "against", KEY_AGAINST, "CAPTURED.snt", 0,
		  "take what its kernel did out of a captured trace, let the model do it, and print both counts",
		  0 },
		{ "json", 'j', NULL, 0, "print JSON, with every count under its name", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "IN.snt... -o OUT.snt\n--against CAPTURED.snt",
		.doc = "Runs the bare accesses of IN.snt under a small guest OS that does what Linux 6.1 would: "
		       "page faults, page tables and every store to them, copy on write, flushes. OUT.snt "
		       "is a stream like a captured one, to be replayed under every technique. Several "
		       "traces are several processes, in turn.\vMappings, forks and exits are "
		       "taken from the trace where it has them; elsewhere memory appears where it is touched "
		       "(--set unmapped=fault refuses).\n"
		       "\n"
		       "  shadownest guest lackey.snt -o full.snt --memory 1G --thp never\n"
		       "  shadownest trace verify full.snt\n"
		       "  shadownest guest a.snt b.snt -o both.snt --kpti --set quantum=100000\n"
		       "  shadownest guest --against traces/fork.snt --thp never",
		.help_filter = help_filter,
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
