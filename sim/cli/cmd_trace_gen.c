/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shadownest trace gen: synthetic workloads. */
#include "config.h"

#include <argp.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/amount.h"
#include "cli/cmd_trace.h"
#include "cli/gen_report.h"
#include "cli/locate.h"
#include "cli/progress.h"
#include "cli/stop.h"
#include "cli/trace_io.h"
#include "gen/gen.h"
#include "trace/writer.h"

#define SETTINGS_MAX 64
#define LEVEL_NORMAL 3 /* zstd's: what can be made again need not be small */

enum { KEY_LIST = 256, KEY_SHOW };

struct arguments {
	const char *file, *workload, *out, *name, *show;
	const char *setting[SETTINGS_MAX];
	size_t n_settings;
	uint64_t seed;
	enum { SEED_OF_SPEC, SEED_GIVEN } seed_from;
	enum { GENERATE, LIST, SHOW } what;
	int level;
};

static void show_progress(struct progress *p, const struct gen *g, uint64_t records)
{
	double seconds = progress_seconds() - p->begin;
	uint64_t done, all;
	char line[120];

	gen_progress(g, &done, &all);
	snprintf(line, sizeof(line),
		 "%3.0f %%  %.1f of %.1f million operations  %.1f M records/s",
		 100.0 * (double)done / (double)all, 1e-6 * (double)done, 1e-6 * (double)all,
		 1e-6 * (double)records / seconds);
	progress_text(p, line);
}

static int write_all(struct gen *g, struct trace_writer *w, const char *out,
		     struct sim_error *err)
{
	struct progress progress;
	struct batch b;
	int rc = 0;

	progress_init(&progress, stderr);
	progress.drawn = progress.begin; /* nothing is said of what is soon done */
	while (!rc && !gen_next(g, &b)) {
		rc = trace_writer_batch(w, &b, err);
		show_progress(&progress, g, b.first + b.n);
		if (!rc && stop_signal())
			rc = sim_fail(err, SIM_EINTR, out, "stopped; nothing is written");
	}
	progress_fini(&progress);
	return rc;
}

static int generate(const struct spec *s, const struct arguments *a, struct sim_error *err)
{
	const struct trace_writer_options opt = { .level = a->level };
	struct trace_writer *w;
	struct gen *g;
	int rc = gen_create(&g, s, err);

	if (rc)
		return rc;
	rc = trace_writer_create(&w, a->out, gen_meta(g), &opt, err);
	if (!rc) {
		rc = write_all(g, w, a->out, err);
		if (rc)
			trace_writer_abort(w);
		else
			rc = trace_writer_close(w, err);
	}
	gen_destroy(g);
	return rc;
}

static int read_spec(struct spec *s, const struct arguments *a, struct sim_error *err)
{
	char *path;
	int rc;

	if (!a->file)
		return spec_init(s, a->workload ? a->workload : a->show, err);
	path = locate_workload(a->file);
	if (!path)
		return sim_fail_nomem(err);
	rc = spec_open(s, path, err);
	sim_free(path);
	return rc;
}

static int change_spec(struct spec *s, const struct arguments *a, struct sim_error *err)
{
	int rc = a->name ? spec_rename(s, a->name, err) : 0;

	for (size_t i = 0; !rc && i < a->n_settings; i++)
		rc = spec_set(s, a->setting[i], err);
	if (a->seed_from == SEED_GIVEN)
		spec_seed(s, a->seed);
	return rc;
}

static int run_arguments(const struct arguments *a, struct sim_error *err)
{
	struct spec s = { .kind = NULL };
	int rc;

	if (a->what == LIST)
		return gen_report_list(stdout, err);
	rc = read_spec(&s, a, err);
	if (!rc)
		rc = change_spec(&s, a, err);
	if (!rc)
		rc = a->what == SHOW ? gen_report_spec(&s, stdout, err) : generate(&s, a, err);
	spec_fini(&s);
	return rc;
}

/* --- options --- */

static void check(const struct arguments *a, struct argp_state *state)
{
	if (a->what == LIST)
		return;
	if (a->what == SHOW && !a->show)
		argp_error(state, "--show needs the name of a workload");
	if (a->what == GENERATE && !a->file == !a->workload)
		argp_error(state, "either a file or --workload NAME is needed; --list shows "
				  "what there is");
	if (a->what == GENERATE && !a->out)
		argp_error(state, "-o FILE.snt is needed");
}

static void parse_seed(struct arguments *a, const char *arg, struct argp_state *state)
{
	a->seed_from = SEED_GIVEN;
	if (!amount_parse(arg, &a->seed) || a->seed > INT64_MAX)
		argp_error(state, "a seed is a number below 2^63, not \"%s\"", arg);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'o':
		a->out = arg;
		return 0;
	case 'w':
		a->workload = arg;
		return 0;
	case 's':
		if (a->n_settings == SETTINGS_MAX)
			argp_error(state, "more than %d settings", SETTINGS_MAX);
		else
			a->setting[a->n_settings++] = arg;
		return 0;
	case 'S':
		parse_seed(a, arg, state);
		return 0;
	case 'n':
		a->name = arg;
		return 0;
	case 'l':
		a->level = trace_level(arg, state);
		return 0;
	case KEY_LIST:
		a->what = LIST;
		return 0;
	case KEY_SHOW:
		a->what = SHOW;
		a->show = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (a->file)
			argp_usage(state);
		a->file = arg;
		return 0;
	case ARGP_KEY_END:
		check(a, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int run(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "output", 'o', "FILE.snt", 0,
		  "write the trace here; it appears when it is whole", 0 },
		{ "workload", 'w', "NAME", 0, "this workload with its defaults, not a file",
		  0 },
		{ "set", 's', "PARAMETER=VALUE", 0,
		  "change a parameter; may be given again: --set bytes=1T", 0 },
		{ "seed", 'S', "N", 0, "the seed, not the file's (1 without one)", 0 },
		{ "name", 'n', "NAME", 0, "the trace's name in tables", 0 },
		{ "level", 'l', "N", 0, "zstd's level, 1 to 22 (3)", 0 },
		{ "list", KEY_LIST, NULL, 0, "show the workloads and their parameters", 0 },
		{ "show", KEY_SHOW, "NAME", 0,
		  "print a workload as a file with all its parameters", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "FILE.json -o FILE.snt\n--workload NAME -o FILE.snt\n--list",
		.doc = "Makes a synthetic workload: the addresses that a program touches and "
		       "the memory it maps, for a model of a guest OS to run. FILE.json is a "
		       "path or a name in experiments/workloads.\vThe same file and seed give "
		       "the same records on every machine. Numbers may end in K, M, G or T "
		       "(powers of 1024).\n"
		       "\n"
		       "  shadownest trace gen --list\n"
		       "  shadownest trace gen --workload gups --set bytes=1T --set count=1M "
		       "--seed 7 -o gups.snt\n"
		       "  shadownest trace gen --show btree > btree.json\n"
		       "  shadownest trace gen btree.json -o btree.snt",
	};
	struct arguments a = { .level = LEVEL_NORMAL };
	struct sim_error err = { 0 };
	int rc = command_parse(&argp, argc, argv, &a);

	if (rc)
		return rc;
	stop_catch();
	return run_arguments(&a, &err) ? command_failed(&err) : EXIT_DONE;
}

const struct command cmd_trace_gen = {
	.name = "gen",
	.summary = "make a synthetic workload",
	.run = run,
};
