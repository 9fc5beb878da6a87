/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shadownest trace stats: how a trace uses memory. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cmd_trace.h"
#include "cli/stats_report.h"
#include "cli/stop.h"
#include "cli/trace_io.h"

#define INTERVAL 1000000 /* records */

struct arguments {
	const char *in;
	struct profile_options opt;
	uint64_t top;
	enum { TEXT, JSON } style;
};

static int take(void *arg, const struct batch *b, struct sim_error *err)
{
	return profile_add(arg, b, err);
}

static int report(const struct arguments *a, const struct trace_reader *r,
		  const struct profile *p, struct sim_error *err)
{
	const struct stats_report s = { .path = a->in,
					.name = trace_meta(r)->name,
					.profile = p,
					.opt = &a->opt,
					.top = (size_t)a->top };

	if (a->style == TEXT)
		return stats_report_text(&s, stdout, err);
	return trace_print_json(stats_report_json(&s)) ? sim_fail_nomem(err) : 0;
}

static int stats_of(const struct arguments *a, struct trace_reader *r, struct sim_error *err)
{
	struct profile *p;
	int rc = profile_create(&p, trace_meta(r), &a->opt, err);

	if (rc) {
		sim_error_within(err, a->in);
		return rc;
	}
	rc = trace_pass(r, a->in, take, p, err);
	if (!rc)
		rc = profile_finish(p, err);
	if (!rc)
		rc = report(a, r, p, err);
	profile_destroy(p);
	return rc;
}

static int stats(const struct arguments *a, struct sim_error *err)
{
	struct trace_reader *r;
	int rc = trace_open(&r, a->in, TRACE_DETAIL, err);

	if (rc)
		return rc;
	rc = stats_of(a, r, err);
	trace_close(r);
	return rc;
}

/* --- options --- */

/* Sizes between commas, each as trace_number. */
static void parse_lru(struct arguments *a, char *list, struct argp_state *state)
{
	char *save = NULL;

	a->opt.n_lru = 0;
	for (char *p = strtok_r(list, ",", &save); p; p = strtok_r(NULL, ",", &save)) {
		uint64_t entries = trace_number(p, "a number of entries", state);

		if (!entries)
			argp_error(state, "an LRU has at least 1 entry");
		if (a->opt.n_lru == PROFILE_LRU_MAX) {
			argp_error(state, "at most %u sizes", PROFILE_LRU_MAX);
			return;
		}
		a->opt.lru[a->opt.n_lru++] = entries;
	}
	if (!a->opt.n_lru)
		argp_error(state, "--lru names no size");
}

static const struct argp_option options[] = {
	{ "interval", 'n', "N", 0, "an interval each N records (1000000)", 0 },
	{ "instructions", 'i', NULL, 0, "N counts instructions", 0 },
	{ "lru", 'l', "N,N,...", 0,
	  "misses of LRUs of these sizes (16,64,256,1024,1536,2048,4096)", 0 },
	{ "top", 't', "N", 0, "show the N address spaces most used (10)", 0 },
	{ "json", 'j', NULL, 0, "print JSON, with everything", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'n':
		a->opt.interval = trace_number(arg, "a number of records", state);
		if (!a->opt.interval)
			argp_error(state, "intervals of nothing would be many");
		return 0;
	case 'i':
		a->opt.unit = PROFILE_INSTRUCTIONS;
		return 0;
	case 'l':
		parse_lru(a, arg, state);
		return 0;
	case 't':
		a->top = trace_number(arg, "a number", state);
		return 0;
	case 'j':
		a->style = JSON;
		return 0;
	default:
		return trace_parse_input(key, arg, state, &a->in);
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "TRACE",
	.doc = "Tells how TRACE (- is standard input) uses memory: its working set over time, "
	       "exact reuse distances of its pages, what an LRU of any size would miss, pages by "
	       "leaf size, address spaces, and how often the guest changes its tables.\v"
	       "4K counts each page of 4 KiB; leaf counts what the guest's tables map by one entry, "
	       "4K, 2M or 1G, as a TLB would. Pages of the lower half of the addresses are told "
	       "apart by address space. A page's reuse distance is how many other pages were "
	       "touched since: an LRU of n entries hits the touches of distance below n. Memory "
	       "grows with the pages touched (some 200 bytes each), not with the trace.\n"
	       "\n"
	       "  shadownest trace stats traces/fork.snt\n"
	       "  shadownest trace stats --interval 1000000 -i --json traces/sqlite.snt\n"
	       "  shadownest trace filter --cpl user traces/pipe.snt -o - | shadownest trace stats -",
};

static int run(int argc, char **argv)
{
	struct arguments a = { .opt = { .interval = INTERVAL,
					.lru = { 16, 64, 256, 1024, 1536, 2048, 4096 },
					.n_lru = 7 },
			       .top = 10 };
	struct sim_error err = { 0 };
	int rc = command_parse(&argp, argc, argv, &a);

	if (rc)
		return rc;
	stop_catch();
	return stats(&a, &err) ? command_failed(&err) : EXIT_DONE;
}

const struct command cmd_trace_stats = {
	.name = "stats",
	.summary = "working set, reuse distances, leaf sizes, rates",
	.run = run,
};
