/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd_run.c - shadownest run: an experiment file in, a folder of results out
 */
#include "config.h"

#include <argp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "cli/command.h"
#include "cli/locate.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/stop.h"
#include "run/experiment.h"
#include "run/files.h"
#include "run/plan.h"
#include "run/plot.h"
#include "run/pool.h"
#include "run/provenance.h"
#include "run/results.h"
#include "run/run.h"
#include "run/setup.h"
#include "run/store.h"
#include "base/text.h"

struct arguments {
	const char *experiment;
	const char *dir; /* NULL: results/NAME */
	unsigned workers;
	bool draw;
};

static const char doc[] =
	"Runs the experiment of a JSON file: every trace under every technique at every point "
	"of its sweep.\vResults go to results/NAME, with the NAME that the file gives. What "
	"is there from an earlier, perhaps interrupted, run of the same experiment is kept: "
	"only what is missing is simulated.\n"
	"\n"
	"Traces and models are looked for here, beside the experiment's folder, and in the source "
	"tree that the program runs in or else among the installed data. So are experiments: quickstart is experiments/quickstart.json.\n"
	"\n"
	"  shadownest run experiments/quickstart.json\n"
	"  shadownest run experiments/crossover.json -j 4 -o /tmp/crossover";

static const struct argp_option options[] = {
	{ "output", 'o', "DIR", 0, "Put the results in DIR", 0 },
	{ "jobs", 'j', "N", 0,
	  "Run N simulations at a time (default: 1); no result depends on it", 0 },
	{ "no-plots", 'n', NULL, 0, "Draw no figures", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static error_t parse_jobs(const char *arg, unsigned *workers, struct argp_state *state)
{
	char *end;
	long n = strtol(arg, &end, 10);

	if (*end || end == arg || n < 1 || n > POOL_WORKERS_MAX)
		argp_error(state, "-j must be 1..%d, not %s", POOL_WORKERS_MAX, arg);
	*workers = (unsigned)n;
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'o':
		if (!*arg)
			argp_error(state, "-o needs the name of a folder");
		a->dir = arg;
		return 0;
	case 'j':
		return parse_jobs(arg, &a->workers, state);
	case 'n':
		a->draw = false;
		return 0;
	case ARGP_KEY_ARG:
		if (a->experiment)
			argp_error(state, "one experiment at a time");
		a->experiment = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which experiment?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

#define HELP_COLUMN 11
#define HELP_WIDTH  66

/* Adds words in lines of HELP_WIDTH that begin at HELP_COLUMN. */
static void add_indented(struct text *t, const char *words)
{
	size_t n = strlen(words);

	while (n > HELP_WIDTH) {
		size_t at = HELP_WIDTH;

		while (at && words[at] != ' ')
			at--;
		if (!at)
			break;
		text_add(t, "%.*s\n%*s", (int)at, words, HELP_COLUMN, "");
		words += at + 1;
		n -= at + 1;
	}
	text_add(t, "%s\n", words);
}

/* Puts the techniques there are in front of the text that follows the options. */
static char *filter_help(int key, const char *text, void *input)
{
	struct text t = { .s = NULL };
	const char *name, *meaning;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)(uintptr_t)text;
	text_add(&t, "Techniques:\n");
	for (unsigned i = 0; (name = setup_technique(i, &meaning)); i++) {
		text_add(&t, "  %-8s ", name);
		add_indented(&t, meaning);
	}
	text_add(&t, "\n%s", text);
	return text_take(&t);
}

static const struct argp argp = { options,     parse, "EXPERIMENT.json", doc, NULL,
				  filter_help, NULL };

static int show(void *arg, const struct run_progress *p)
{
	progress_show(arg, p);
	return stop_signal();
}

/* --- what only the front end knows --- */

struct facts {
	struct provenance p;
	struct utsname uname;
	char system[200], processor[128], build[FILES_HASH_LEN + 1], started[32];
};

static void read_processor(char *buf, size_t size)
{
	FILE *f = fopen("/proc/cpuinfo", "r");
	char line[256];

	snprintf(buf, size, "unknown");
	while (f && fgets(line, sizeof(line), f)) {
		char *colon = strstr(line, ": ");

		if (strncmp(line, "model name", 10) != 0 || !colon)
			continue;
		snprintf(buf, size, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
		break;
	}
	if (f)
		fclose(f);
}

static void gather(struct facts *x)
{
	time_t now = time(NULL);
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t bytes;
	struct tm tm;

	*x = (struct facts){ .p = { .version = PACKAGE_VERSION } };
	uname(&x->uname);
	snprintf(x->system, sizeof(x->system), "%s %s %s", x->uname.sysname, x->uname.release,
		 x->uname.machine);
	read_processor(x->processor, sizeof(x->processor));
	if (files_hash("/proc/self/exe", x->build, &bytes, NULL))
		x->build[0] = '\0';
	if (gmtime_r(&now, &tm))
		strftime(x->started, sizeof(x->started), "%Y-%m-%dT%H:%M:%SZ", &tm);
	x->p.build = x->build;
	x->p.node = x->uname.nodename;
	x->p.system = x->system;
	x->p.processor = x->processor;
	x->p.processors = cpus > 0 ? (unsigned)cpus : 0;
	x->p.started = x->started;
}

/* --- the run --- */

static int put(const struct store *s, const char *name, char *text, struct sim_error *err)
{
	int rc = text ? store_put_file(s, name, text, err) : sim_fail_nomem(err);

	sim_free(text);
	return rc;
}

/* Comes before the first simulation: from then on the folder is this experiment's. */
static int write_provenance(const struct plan *p, const struct store *s, const struct facts *x,
			    struct sim_error *err)
{
	char *text = NULL;
	int rc = provenance_text(&x->p, p, &text, err);

	return rc ? rc : put(s, "provenance.json", text, err);
}

static int simulate(struct plan *p, const struct store *s, const struct arguments *a,
		    const struct facts *x, struct sim_error *err)
{
	struct progress progress;
	struct run_options o = { .workers = a->workers,
				 .node = x->p.node,
				 .version = x->p.version,
				 .seconds = progress_seconds,
				 .report = show,
				 .arg = &progress };
	int rc = store_remove_file(s, "summary.csv", err);

	if (!rc)
		rc = write_provenance(p, s, x, err);
	if (rc)
		return rc;
	progress_init(&progress, stderr);
	rc = run_plan(p, s, &o, err);
	progress_fini(&progress);
	return rc;
}

/* The summary comes last: where it is, the rest is too. */
static int write_tables(const struct results *r, const struct store *s, struct sim_error *err)
{
	int rc = put(s, "exits.csv", results_exits(r), err);

	if (!rc)
		rc = r->plan->real ? put(s, "times.csv", results_times(r), err)
				   : store_remove_file(s, "times.csv", err);
	return rc ? rc : put(s, "summary.csv", results_summary(r), err);
}

static int run_in(struct plan *p, const struct store *s, const struct arguments *a,
		  const struct facts *x, struct sim_error *err)
{
	struct results r;
	int rc = simulate(p, s, a, x, err);

	if (!rc)
		rc = results_create(&r, p, err);
	if (rc)
		return rc;
	rc = write_tables(&r, s, err);
	if (!rc)
		rc = report_print(&r, s->dir, stdout, err);
	results_fini(&r);
	return rc;
}

/* Figures are an extra: without them the run has done its work. */
static void draw(const struct plan *p, const char *dir)
{
	struct sim_error err = { 0 };
	struct plot_list drawn;

	if (!plot_figures(dir, &p->sources, &drawn, &err)) {
		report_figures(dir, &drawn, stdout);
		return;
	}
	fprintf(stderr,
		"shadownest: no figures: %s%s%s\n"
		"shadownest: once that is mended, shadownest plot %s draws them\n",
		err.where, err.where[0] ? ": " : "", err.text, dir);
}

static int run_plan_in(struct plan *p, const char *dir, const struct arguments *a,
		       struct sim_error *err)
{
	struct facts x;
	struct store s;
	int rc;

	gather(&x);
	rc = store_open(&s, dir, x.build, err);
	if (rc)
		return rc;
	stop_catch();
	rc = provenance_check(dir, p->e, err);
	if (!rc)
		rc = run_in(p, &s, a, &x, err);
	if (!rc && a->draw)
		draw(p, dir);
	store_close(&s);
	return rc;
}

static int run_experiment(const struct experiment *e, const struct arguments *a,
			  struct sim_error *err)
{
	const char *slash = strrchr(e->file, '/');
	char *home = slash ? sim_asprintf("%.*s", (int)(slash - e->file) + 1, e->file)
			   : sim_strdup(".");
	char *dir = a->dir ? sim_strdup(a->dir) : files_join("results", e->name);
	char *data_dir = locate_data_dir();
	struct plan p;
	int rc = home && dir && data_dir ? plan_create(&p, e, home, data_dir, err)
					 : sim_fail_nomem(err);

	if (!rc) {
		rc = run_plan_in(&p, dir, a, err);
		plan_fini(&p);
	}
	sim_free(home);
	sim_free(dir);
	sim_free(data_dir);
	return rc;
}

static int load_and_run(const struct arguments *a, struct sim_error *err)
{
	char *path = locate_experiment(a->experiment);
	struct experiment e;
	int rc = path ? experiment_load(&e, path, err) : sim_fail_nomem(err);

	sim_free(path);
	if (rc)
		return rc;
	rc = run_experiment(&e, a, err);
	experiment_fini(&e);
	return rc;
}

static int run(int argc, char **argv)
{
	struct arguments a = { .workers = 1, .draw = true };
	struct sim_error err = { 0 };
	int rc = command_parse(&argp, argc, argv, &a);

	if (rc)
		return rc;
	rc = load_and_run(&a, &err);
	if (rc == SIM_EINTR && stop_signal()) {
		fprintf(stderr,
			"shadownest: stopped; what is finished is kept, the same command goes "
			"on from there\n");
		raise(stop_signal());
	}
	return rc ? command_failed(&err) : EXIT_DONE;
}

const struct command cmd_run = {
	.name = "run",
	.summary = "run an experiment: table, counters, figures",
	.run = run,
};
