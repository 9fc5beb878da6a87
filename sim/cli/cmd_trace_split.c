/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shadownest trace split: a trace in pieces that replay alone. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/cmd_trace.h"
#include "cli/cut_run.h"
#include "cli/stop.h"
#include "cli/trace_io.h"
#include "vm/cutter.h"

struct arguments {
	const char *in;
	struct trace_output out;
	const char *by; /* NULL: size */
	struct cut_rule rule;
	char *path; /* of the piece under way */
	json_t *pieces;
};

/* --- pieces --- */

/* "x.snt" and 3 give "x-3.snt". */
static char *piece_path(const char *path, uint64_t index)
{
	size_t n = strlen(path);
	const char *ending = n > 4 && !strcmp(path + n - 4, ".snt") ? ".snt" : "";

	return sim_asprintf("%.*s-%" PRIu64 "%s", (int)(n - strlen(ending)), path, index,
			    ending);
}

static int open_piece(void *arg, const struct cut_piece *piece, struct trace_meta *meta,
		      struct trace_writer **w, struct sim_error *err)
{
	struct arguments *a = arg;
	char *how;
	int rc;

	sim_free(a->path);
	a->path = piece_path(a->out.path, piece->index);
	how = sim_asprintf("piece %" PRIu64 " of %s, by %s, from record %" PRIu64, piece->index,
			   meta->name, a->by ? a->by : "size", piece->first);
	rc = a->path && how ? trace_output_open(&a->out, a->path, meta, how, w, err)
			    : sim_fail_nomem(err);
	sim_free(how);
	return rc;
}

static int piece_done(void *arg, const struct cut_piece *piece, struct sim_error *err)
{
	struct arguments *a = arg;

	(void)err;
	json_array_append_new(a->pieces, cut_run_json(a->path, piece));
	if (a->out.style == OUTPUT_TEXT)
		cut_run_line(stdout, a->path, piece);
	return 0;
}

/* --- options --- */

static void finish(struct arguments *a, struct argp_state *state)
{
	if (!a->by && !a->rule.from)
		argp_error(state, "where? --by phase, --by tag or --size N");
	if (a->by && a->rule.from)
		argp_error(state, "--by and --size exclude each other");
	if (!strcmp(a->out.path, "-"))
		argp_error(state, "pieces are files; -o names them");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'b':
		a->by = arg;
		if (strcmp(arg, "phase") != 0 && strcmp(arg, "tag") != 0)
			argp_error(state, "--by is phase or tag, not \"%s\"", arg);
		a->rule.kind = arg[0] == 'p' ? SPLIT_PHASES : SPLIT_TAGS;
		return 0;
	case 's':
		a->rule.from = trace_number(arg, "a number of records", state);
		if (!a->rule.from)
			argp_error(state, "pieces of 0 records would be many");
		return 0;
	case 'i':
		a->rule.kind = SPLIT_INSTRUCTIONS;
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->out;
		return 0;
	case ARGP_KEY_SUCCESS:
		finish(a, state);
		return 0;
	default:
		return trace_parse_input(key, arg, state, &a->in);
	}
}

static const struct argp_option options[] = {
	{ "by", 'b', "phase|tag", 0,
	  "a piece from each tag on, or for each phase and what lies between phases", 0 },
	{ "size", 's', "N", 0, "a piece each N records", 0 },
	{ "instructions", 'i', NULL, 0, "N counts instructions", 0 },
	{ 0 },
};

static const struct argp_child children[] = { { &trace_output_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "IN.snt -o OUT.snt",
	.doc = "Writes the trace IN.snt (- is standard input) as pieces OUT-0.snt, OUT-1.snt ..., "
	       "each of which replays alone.\v"
	       "Each begins with the state of the guest, as \"trace cut\" makes it; \"trace join\" "
	       "puts them together again. A piece that was written is whole, also when a later one "
	       "fails.\n"
	       "\n"
	       "  shadownest trace split --size 2000000 traces/fork.snt -o fork.snt\n"
	       "  shadownest trace split --by tag traces/hotplug.snt -o hotplug.snt",
	.children = children,
};

static json_t *split_json(json_t *pieces)
{
	json_t *o = json_object();

	json_object_set_new(o, "pieces", pieces);
	return o;
}

static int run(int argc, char **argv)
{
	struct arguments a = { .rule = { .kind = SPLIT_RECORDS }, .out = { .verb = "split" } };
	const struct cutter_sink sink = { .arg = &a, .open = open_piece, .done = piece_done };
	struct sim_error err = { 0 };
	int rc = command_parse(&argp, argc, argv, &a);

	if (rc)
		return rc;
	stop_catch();
	a.pieces = json_array();
	rc = cut_run(a.in, &a.rule, &sink, &err) ? command_failed(&err) : EXIT_DONE;
	sim_free(a.path);
	trace_output_fini(&a.out);
	if (rc == EXIT_DONE && a.out.style == OUTPUT_JSON)
		return trace_print_json(split_json(a.pieces));
	json_decref(a.pieces);
	return rc;
}

const struct command cmd_trace_split = {
	.name = "split",
	.summary = "write pieces that replay alone",
	.run = run,
};
