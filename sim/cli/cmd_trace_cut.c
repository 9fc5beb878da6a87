/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shadownest trace cut: a part of a trace that replays alone. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"
#include "cli/cmd_trace.h"
#include "cli/cut_run.h"
#include "cli/stop.h"
#include "cli/trace_io.h"
#include "vm/cutter.h"

struct arguments {
	const char *in;
	struct trace_output out;
	struct cut_rule rule;
	uint64_t count;
	bool has_count;
	enum { BY_NOTHING, BY_RECORDS, BY_PHASE, BY_TAG } by;
	json_t *json; /* of the piece */
};

/* --- what the piece says of itself --- */

static char *how_text(const struct arguments *a, const char *name)
{
	const struct cut_rule *r = &a->rule;
	const char *unit = r->kind == CUT_RECORDS ? "records" : "instructions";

	if (r->kind == CUT_PHASE)
		return sim_asprintf("cut of %s, phase %" PRIu64, name, r->from);
	if (r->kind == CUT_TAG)
		return sim_asprintf("cut of %s, tag 0x%" PRIx64, name, r->from);
	if (r->to == UINT64_MAX)
		return sim_asprintf("cut of %s, %s %" PRIu64 " to the end", name, unit,
				    r->from);
	return sim_asprintf("cut of %s, %s %" PRIu64 "..%" PRIu64, name, unit, r->from, r->to);
}

static int open_piece(void *arg, const struct cut_piece *piece, struct trace_meta *meta,
		      struct trace_writer **w, struct sim_error *err)
{
	struct arguments *a = arg;
	char *how = how_text(a, meta->name);
	int rc;

	(void)piece;
	if (!how)
		return sim_fail_nomem(err);
	rc = trace_output_open(&a->out, a->out.path, meta, how, w, err);
	sim_free(how);
	return rc;
}

static int piece_done(void *arg, const struct cut_piece *piece, struct sim_error *err)
{
	struct arguments *a = arg;

	(void)err;
	a->json = cut_run_json(a->out.path, piece);
	cut_run_moved(piece);
	if (a->out.style == OUTPUT_TEXT)
		cut_run_line(trace_output_summary(&a->out), a->out.path, piece);
	return 0;
}

/* --- options --- */

enum { KEY_PHASE = 256, KEY_TAG };

static void by(struct arguments *a, unsigned what, struct argp_state *state)
{
	if (a->by && a->by != what)
		argp_error(state, "a part is told by records, by a phase or by a tag; not by "
				  "two of them");
	a->by = what;
}

static void finish(struct arguments *a, struct argp_state *state)
{
	if (!a->by)
		argp_error(state, "which part? --from, --to, --count, --phase or --tag");
	if (a->has_count && a->rule.to != UINT64_MAX)
		argp_error(state, "--to and --count say the same");
	if (a->has_count)
		a->rule.to = a->count < UINT64_MAX - a->rule.from ? a->rule.from + a->count
								  : UINT64_MAX;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'f':
		by(a, BY_RECORDS, state);
		a->rule.from = trace_number(arg, "a number of records", state);
		return 0;
	case 't':
		by(a, BY_RECORDS, state);
		a->rule.to = trace_number(arg, "a number of records", state);
		return 0;
	case 'c':
		by(a, BY_RECORDS, state);
		a->count = trace_number(arg, "a number of records", state);
		a->has_count = true;
		return 0;
	case 'i':
		by(a, BY_RECORDS, state);
		a->rule.kind = CUT_INSTRUCTIONS;
		return 0;
	case KEY_PHASE:
		by(a, BY_PHASE, state);
		a->rule.kind = CUT_PHASE;
		a->rule.from = trace_number(arg, "a phase's number", state);
		return 0;
	case KEY_TAG:
		by(a, BY_TAG, state);
		a->rule.kind = CUT_TAG;
		a->rule.from = trace_number(arg, "a tag's value", state);
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->out;
		return 0;
	case ARGP_KEY_END:
		finish(a, state);
		return 0;
	default:
		return trace_parse_input(key, arg, state, &a->in);
	}
}

static const struct argp_option options[] = {
	{ "from", 'f', "N", 0, "from record N on (the first is 0)", 0 },
	{ "to", 't', "N", 0, "to before record N; without it, to the end", 0 },
	{ "count", 'c', "N", 0, "N records", 0 },
	{ "instructions", 'i', NULL, 0, "count instructions instead of records", 0 },
	{ "phase", KEY_PHASE, "N", 0, "the first phase of number N, with its marks", 0 },
	{ "tag", KEY_TAG, "VALUE", 0, "from the first such tag to before the next tag", 0 },
	{ 0 },
};

static const struct argp_child children[] = { { &trace_output_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "IN.snt -o OUT.snt",
	.doc = "Writes a part of the trace IN.snt (- is standard input) as a trace that replays "
	       "alone.\v"
	       "A guest's tables, registers, plugged RAM and mappings, as they are where the part "
	       "begins, stand in front of it: \"trace verify\" finds every access as in the whole. "
	       "TLBs and VMM start cold; warm them up, or cut earlier.\n"
	       "\n"
	       "A part begins and ends beside an access or an event that only happens, such as a "
	       "fault. Where N is not such a place, as between a store and the page-table write "
	       "that it makes, the border moves on to the next one, and the command says so. "
	       "Parts that follow each other share their borders: their counts add up, and \"trace "
	       "join\" makes the whole of them again. \"records 5..9\", and first and last in --json, "
	       "mean record 5 to before record 9.\n"
	       "\n"
	       "  shadownest trace cut --from 1000000 --count 500000 traces/fork.snt -o part.snt\n"
	       "  shadownest trace verify part.snt\n"
	       "  shadownest trace cut --from 3000000 -i traces/fork.snt -o - | shadownest trace "
	       "stats -",
	.children = children,
};

static int run(int argc, char **argv)
{
	struct arguments a = { .rule = { .to = UINT64_MAX }, .out = { .verb = "cut" } };
	const struct cutter_sink sink = { .arg = &a, .open = open_piece, .done = piece_done };
	struct sim_error err = { 0 };
	int rc = command_parse(&argp, argc, argv, &a);

	if (rc)
		return rc;
	stop_catch();
	rc = cut_run(a.in, &a.rule, &sink, &err) ? command_failed(&err) : EXIT_DONE;
	trace_output_fini(&a.out);
	if (rc == EXIT_DONE && a.out.style == OUTPUT_JSON)
		return trace_print_json(a.json);
	json_decref(a.json);
	return rc;
}

const struct command cmd_trace_cut = {
	.name = "cut",
	.summary = "write a part that replays alone",
	.run = run,
};
