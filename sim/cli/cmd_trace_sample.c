/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shadownest trace sample: some of the accesses, in windows or by page. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/alloc.h"
#include "cli/cmd_trace.h"
#include "cli/sieve_run.h"

struct arguments {
	const char *in;
	struct trace_output out;
	struct sieve_rule rule;
	const char *rate; /* NULL: windows */
};

/* --- options --- */

/* "1/64" or "0.01" as a part of SIEVE_HASHES. */
static uint32_t parse_rate(const char *arg, struct argp_state *state)
{
	char *end, *end2 = NULL;
	double a = strtod(arg, &end), b = 1.0;

	if (*end == '/')
		b = strtod(end + 1, &end2);
	if (end == arg || (end2 ? *end2 || end2 == end + 1 : *end) || !(a > 0.0) ||
	    !(b > 0.0) || a > b)
		argp_error(state,
			   "a rate is above 0 and at most 1, as 0.01 or 1/64, not \"%s\"", arg);
	a = a / b * SIEVE_HASHES;
	return a < 1.0 ? 1 : a > SIEVE_HASHES ? SIEVE_HASHES : (uint32_t)a;
}

static unsigned parse_page(const char *arg, struct argp_state *state)
{
	static const char *const name[] = { "4K", "2M", "1G" };

	for (unsigned level = LEVEL_4K; level <= LEVEL_1G; level++)
		if (!strcmp(arg, name[level - 1]))
			return level_shift(level);
	argp_error(state, "--page is 4K, 2M or 1G, not \"%s\"", arg);
	return PAGE_SHIFT;
}

static void finish(struct arguments *a, struct argp_state *state)
{
	const char *flaw;

	if (!a->rate == !a->rule.every)
		argp_error(state, "either --every and --length, or --rate");
	if (a->rate && a->rule.marks)
		argp_error(state, "--marks is for windows");
	flaw = sieve_flaw(&a->rule);
	if (flaw)
		argp_error(state, "%s", flaw);
}

enum { KEY_OFFSET = 256, KEY_PAGE, KEY_SEED };

static const struct argp_option options[] = {
	{ "every", 'e', "N", 0, "a window begins each N records", 0 },
	{ "length", 'c', "M", 0, "and has M records", 0 },
	{ "offset", KEY_OFFSET, "K", 0, "the first one begins at record K (0)", 0 },
	{ "marks", 'm', NULL, 0,
	  "phase n around the n-th window, in place of the trace's own phases", 0 },
	{ "rate", 'r', "R", 0, "instead, all accesses to a part R of the pages: 0.01, 1/64",
	  1 },
	{ "page", KEY_PAGE, "4K|2M|1G", 0, "pages of this size (4K)", 1 },
	{ "seed", KEY_SEED, "N", 0, "another choice of pages (0)", 1 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'e':
		a->rule.every = trace_number(arg, "a number of records", state);
		return 0;
	case 'c':
		a->rule.length = trace_number(arg, "a number of records", state);
		return 0;
	case KEY_OFFSET:
		a->rule.offset = trace_number(arg, "a number of records", state);
		return 0;
	case 'm':
		a->rule.marks = true;
		return 0;
	case 'r':
		a->rate = arg;
		a->rule.rate = parse_rate(arg, state);
		return 0;
	case KEY_PAGE:
		a->rule.page_shift = parse_page(arg, state);
		return 0;
	case KEY_SEED:
		a->rule.seed = trace_number(arg, "a number", state);
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

static const struct argp_child children[] = { { &trace_output_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "IN.snt -o OUT.snt",
	.doc = "Writes a sample of the accesses of IN.snt (- is standard input), with all events: "
	       "in windows of time, or those to some of the pages.\v"
	       "Windows keep what happens close together, and lose what lies between: a TLB meets "
	       "each of them with what the one before left. Pages chosen by a hash of their number "
	       "keep every use of them: reuse distances and LRU sizes shrink by the rate, their "
	       "curve stays (SHARDS, FAST 2015). Of a file, the result's origin says how many "
	       "accesses it holds of how many.\n"
	       "\n"
	       "  shadownest trace sample --every 1000000 --length 100000 --marks traces/pipe.snt -o "
	       "tenth.snt\n"
	       "  shadownest trace sample --rate 1/64 traces/gups4k.snt -o pages.snt",
	.children = children,
};

static char *rule_text(const struct arguments *a)
{
	const struct sieve_rule *r = &a->rule;

	if (a->rate)
		return sim_asprintf("pages of %" PRIu64 " KiB at rate %s, seed %" PRIu64,
				    ((uint64_t)1 << r->page_shift) >> 10, a->rate, r->seed);
	return sim_asprintf("windows of %" PRIu64 " records each %" PRIu64 ", from %" PRIu64,
			    r->length, r->every, r->offset);
}

static int run(int argc, char **argv)
{
	struct arguments a = { .rule = sieve_all, .out = { .verb = "sample" } };
	struct sim_error err = { 0 };
	int rc = command_parse(&argp, argc, argv, &a);
	char *what;

	if (rc)
		return rc;
	what = rule_text(&a);
	if (!what) {
		sim_fail_nomem(&err);
		return command_failed(&err);
	}
	rc = sieve_run(a.in, &a.out, &a.rule, what);
	sim_free(what);
	return rc;
}

const struct command cmd_trace_sample = {
	.name = "sample",
	.summary = "write windows of the accesses, or those to some of the pages",
	.run = run,
};
