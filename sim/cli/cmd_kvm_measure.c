/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shadownest kvm measure: what accesses and events cost on this machine. */
#include "config.h"

#include <argp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/cmd_kvm.h"
#include "cli/locate.h"
#include "cli/measure_report.h"
#include "cli/progress.h"
#include "cli/stop.h"
#include "kvm/measure.h"
#include "run/files.h"

#define MEASURED "measure.json"
#define TOO_LONG 3  /* times what it may take */
#define LINES	 10 /* of progress */

struct arguments {
	const char *dir, *plan;
	enum measure_length length;
	int cpu; /* < 0: the last of those the process may use */
};

/* How much is measured, and what it may take. */
static const struct effort {
	unsigned rounds, rounds_min;
	double seconds;
} efforts[] = {
	[MEASURE_FULL] = { 9, 5, 200 },
	[MEASURE_QUICK] = { 5, 2, 20 },
};

enum option_key { KEY_CPU = 0x100, KEY_PLAN, KEY_QUICK };

static const struct argp_option options[] = {
	{ "output", 'o', "DIR", 0, "write measure.json there", 0 },
	{ "quick", KEY_QUICK, NULL, 0, "fewer and smaller: half a minute instead of four", 0 },
	{ "cpu", KEY_CPU, "N", 0, "run on that processor (the last one that is allowed)", 0 },
	{ "plan", KEY_PLAN, "FILE", 0, "what is measured (experiments/measure.json)", 0 },
	{ 0 },
};

static const char doc[] =
	"Measures what memory accesses and events cost on the real KVM of this machine, and what "
	"the same accesses cost a plain process. Writes the times, beside what the simulator "
	"counts on the identical streams, for `shadownest fit`. Changes no setting.\v"
	"  shadownest kvm measure -o build/m\n"
	"  shadownest fit build/m -o build/here.json\n";

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	char *end;

	switch (key) {
	case 'o':
		a->dir = arg;
		return 0;
	case KEY_QUICK:
		a->length = MEASURE_QUICK;
		return 0;
	case KEY_PLAN:
		a->plan = arg;
		return 0;
	case KEY_CPU:
		a->cpu = (int)strtol(arg, &end, 10);
		if (end == arg || *end || a->cpu < 0 || a->cpu >= CPU_SETSIZE)
			argp_error(state, "--cpu needs a number, not \"%s\"", arg);
		return 0;
	case ARGP_KEY_END:
		if (!a->dir || !*a->dir)
			argp_error(state, "-o DIR is needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = { .options = options, .parser = parse, .doc = doc };

/* --- where it runs --- */

/* `cpu` < 0: the last of those that are allowed. */
static int pin(int cpu, struct sim_error *err)
{
	size_t at = (size_t)cpu;
	cpu_set_t allowed;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return sim_fail(err, SIM_EIO, "", "the processors of this process are unknown");
	if (cpu < 0)
		for (at = CPU_SETSIZE - 1; at && !CPU_ISSET(at, &allowed);)
			at--;
	if (!CPU_ISSET(at, &allowed))
		return sim_fail(err, SIM_ERANGE, "",
				"--cpu %zu: this process may not run there", at);
	CPU_ZERO(&allowed);
	CPU_SET(at, &allowed);
	if (sched_setaffinity(0, sizeof(allowed), &allowed))
		return sim_fail(err, SIM_EIO, "", "cannot stay on processor %zu", at);
	return 0;
}

/* The caches see the data too: misses of the accesses themselves take time. */
static int load_machine(struct machine *m, const struct kvm_probe *p, struct sim_error *err)
{
	char rel[96], *path;
	int rc;

	snprintf(rel, sizeof(rel), "models/machine/%s.json", kvm_probe_machine(&p->cpu));
	path = locate_data(rel);
	rc = path ? machine_load(m, path, err) : sim_fail_nomem(err);
	m->pte_cache = PTE_CACHE_FULL;
	sim_free(path);
	return rc;
}

static int load_plan(struct measure_plan *plan, const struct arguments *a,
		     struct sim_error *err)
{
	char *path = locate_experiment(a->plan);
	int rc = path ? measure_plan_load(plan, path, a->length, err) : sim_fail_nomem(err);

	sim_free(path);
	return rc;
}

/* --- measuring --- */

static void show(const struct measure *m, double seconds, size_t *shown)
{
	size_t part = measure_done(m) * LINES / measure_total(m);

	if (part == *shown)
		return;
	*shown = part;
	fprintf(stderr, "%3zu %%, %zu of %zu runs, %.0f s\n", part * 100 / LINES,
		measure_done(m), measure_total(m), seconds);
}

/* Until all rounds are done, or the time is up after enough of them. */
static int measure_all(struct measure *m, const struct effort *e, struct sim_error *err)
{
	double begin = progress_seconds(), seconds = 0;
	size_t shown = 0;
	int rc = 0;

	while (!rc && (seconds < e->seconds || measure_rounds_done(m) < e->rounds_min)) {
		rc = measure_step(m, err);
		if (!rc && stop_signal())
			return sim_fail(err, SIM_EINTR, "", "stopped; nothing was written");
		seconds = progress_seconds() - begin;
		if (!rc)
			show(m, seconds, &shown);
		if (seconds > TOO_LONG * e->seconds)
			return sim_fail(err, SIM_EIO, "",
					"this machine needs %.0f s for %u rounds: too busy to "
					"measure on",
					seconds, measure_rounds_done(m));
	}
	return rc == SIM_EOF ? 0 : rc;
}

static int write_result(const struct measure *m, const char *dir, struct sim_error *err)
{
	json_t *result = measure_json(m);
	char *text = result ? json_dumps(result, JSON_INDENT(1) | JSON_SORT_KEYS) : NULL;
	char *path = files_join(dir, MEASURED);
	int rc = text && path ? 0 : sim_fail_nomem(err);

	if (!rc)
		rc = files_write(path, text, strlen(text), err);
	json_decref(result);
	sim_free(text);
	sim_free(path);
	return rc;
}

static int measure_plan(const struct measure_config *cfg, const struct measure_plan *plan,
			const struct arguments *a, struct sim_error *err)
{
	struct measure *m;
	int rc = measure_create(&m, cfg, plan, err);

	if (rc)
		return rc;
	rc = measure_all(m, &efforts[a->length], err);
	if (!rc)
		rc = write_result(m, a->dir, err);
	if (!rc)
		rc = measure_report(m, stdout, err);
	if (!rc)
		printf("\n%s/%s: %u rounds; shadownest fit makes a cost model of it\n", a->dir,
		       MEASURED, measure_rounds_done(m));
	measure_destroy(m);
	return rc;
}

static int prepare_and_measure(const struct arguments *a, struct sim_error *err)
{
	const struct kvm_paths paths = { "/dev/kvm", "" };
	struct measure_config cfg = { .device = paths.device,
				      .rounds = efforts[a->length].rounds };
	struct measure_plan plan = { .n = 0 };
	struct kvm_probe probe;
	int rc;

	rc = load_plan(&plan, a, err);
	if (rc)
		return rc;
	kvm_probe(&probe, &paths);
	cfg.probe = &probe;
	if (!kvm_probe_can_replay(&probe))
		rc = sim_fail(err, SIM_EUNSUP, paths.device,
			      "cannot be used; `shadownest kvm doctor` tells why");
	if (!rc)
		rc = load_machine(&cfg.machine, &probe, err);
	if (!rc)
		rc = files_make_dir(a->dir, err);
	if (!rc)
		rc = pin(a->cpu, err);
	if (!rc)
		rc = measure_plan(&cfg, &plan, a, err);
	measure_plan_fini(&plan);
	return rc;
}

static int run(int argc, char **argv)
{
	struct arguments a = { .plan = "measure", .cpu = -1 };
	struct sim_error err = { .code = 0 };
	int rc = command_parse(&argp, argc, argv, &a);

	if (rc)
		return rc;
	stop_catch();
	return prepare_and_measure(&a, &err) ? command_failed(&err) : EXIT_DONE;
}

const struct command cmd_kvm_measure = {
	.name = "measure",
	.summary = "what accesses and events cost on this machine's KVM",
	.run = run,
};
