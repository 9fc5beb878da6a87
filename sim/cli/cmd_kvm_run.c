/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shadownest kvm run: traces on the real KVM of this machine, its counters and its time. */
#include "config.h"

#include <argp.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/alloc.h"
#include "cli/cmd_kvm.h"
#include "cli/locate.h"
#include "cli/progress.h"
#include "cli/stop.h"
#include "cli/table.h"
#include "kvm/probe.h"
#include "run/replay_plan.h"
#include "run/store.h"

#define DEVICE	   "/dev/kvm"
#define TRACE_NAME ".snt"

struct arguments {
	const char *what;
	const char *dir; /* NULL: no files */
};

/* All replays, as far as they have come. */
struct replays {
	const struct replay_plan *plan;
	struct replay_result *result; /* of each point */
	size_t done;
	uint64_t bytes_done; /* of the points done */
	struct run_progress state;
	struct progress bar;
	struct store store;
	const char *dir; /* NULL: no files */
};

/* --- one replay --- */

static int show(void *arg, uint64_t done)
{
	struct replays *x = arg;

	x->state.bytes_done = x->bytes_done + done;
	progress_show(&x->bar, &x->state);
	return stop_signal();
}

static int put_texts(const struct replays *x, const char *config, const char *host,
		     const char *counters, struct sim_error *err)
{
	const struct store_member m[] = { { "config.json", config },
					  { "host.json", host },
					  { "counters.json", counters },
					  { NULL, NULL } };

	if (!config || !host || !counters)
		return sim_fail_nomem(err);
	return store_put_members(&x->store, x->plan->point[x->done].key, m, err);
}

static int put(const struct replays *x, double seconds, struct sim_error *err)
{
	const struct kvm_paths paths = { DEVICE, "" };
	const struct replay_result *r = &x->result[x->done];
	struct kvm_probe probe;
	struct utsname u;
	char *config, *host, *counters;
	int rc;

	kvm_probe(&probe, &paths);
	uname(&u);
	config = replay_config_text(x->plan, &x->plan->point[x->done]);
	counters = replay_counters_text(r);
	host = replay_host_text(&(struct replay_host){ .node = u.nodename,
						       .version = PACKAGE_VERSION,
						       .kernel = u.release,
						       .processor = probe.cpu.name,
						       .seconds = seconds },
				r);
	rc = put_texts(x, config, host, counters, err);
	sim_free(config);
	sim_free(host);
	sim_free(counters);
	return rc;
}

/* The folder is made when there is something to put there. */
static int keep(struct replays *x, double seconds, struct sim_error *err)
{
	int rc = 0;

	if (!x->dir)
		return 0;
	if (!x->store.dir)
		rc = store_open(&x->store, x->dir, "", err);
	return rc ? rc : put(x, seconds, err);
}

static struct memory_plan memory_of(const struct replay_point *p)
{
	return p->memory ? guest_ram_plan(p->memory) : (struct memory_plan){ .options = NULL };
}

static int replay_next(struct replays *x, struct sim_error *err)
{
	const struct replay_point *p = &x->plan->point[x->done];
	struct replay_config cfg = { .kvm = { .device = DEVICE,
					      .host = p->host,
					      .memory = memory_of(p),
					      .shadow_quota = p->shadow_quota },
				     .normalise = x->plan->normalise,
				     .progress = show,
				     .arg = x };
	double begin = progress_seconds();
	int rc = replay_run(p->trace, &cfg, &x->result[x->done], err);

	if (!rc)
		rc = keep(x, progress_seconds() - begin, err);
	if (rc)
		return rc;
	x->done++;
	x->bytes_done += p->bytes;
	x->state.points_done++;
	x->state.bytes_done = x->bytes_done;
	progress_show(&x->bar, &x->state);
	return 0;
}

/* --- all of them --- */

static void add_counts(struct table *t, const struct replays *x, unsigned id)
{
	bool varies = counter_info[id].truth == COUNTER_LOOSE;

	table_add(t, TABLE_LEFT, "%s%s", counter_info[id].name, varies ? " ~" : "");
	for (size_t i = 0; i < x->done; i++)
		table_add(t, TABLE_RIGHT, "%" PRIu64, counters_at(&x->result[i].counters, id));
}

static void add_times(struct table *t, const struct replays *x)
{
	table_add(t, TABLE_LEFT, "time in the guest, ms ~");
	for (size_t i = 0; i < x->done; i++)
		table_add(t, TABLE_RIGHT, "%.1f", 1e-6 * (double)x->result[i].times.guest_ns);
	table_add(t, TABLE_LEFT, "time per access, ns ~");
	for (size_t i = 0; i < x->done; i++)
		table_add(t, TABLE_RIGHT, "%.2f",
			  (double)x->result[i].times.guest_ns / (double)x->result[i].accesses);
}

/* A dash: absent in that replay. */
static void add_hardware(struct table *t, const struct replays *x, enum perf_event e)
{
	if (!x->result[0].hardware.have[e])
		return;
	table_add(t, TABLE_LEFT, "processor: %s ~", perf_event_label(e));
	for (size_t i = 0; i < x->done; i++)
		if (x->result[i].hardware.have[e])
			table_add(t, TABLE_RIGHT, "%" PRIu64, x->result[i].hardware.value[e]);
		else
			table_add(t, TABLE_RIGHT, "-");
}

static void print_remarks(const struct replays *x)
{
	printf("\n~ varies from run to run. Time is the thread's CPU time inside KVM_RUN: guest "
	       "and KVM.\n");
	if (x->result[0].hardware.why[0])
		printf("Some of the processor's own counters are absent: %s.\n",
		       x->result[0].hardware.why);
	if (x->dir)
		printf("%s/NAME/counters.json, host.json: the same, of each replay\n", x->dir);
}

static int print(const struct replays *x, struct sim_error *err)
{
	struct table t;
	int rc = table_init(&t, 1 + x->done, err);

	if (rc)
		return rc;
	table_add(&t, TABLE_LEFT, "counter");
	for (size_t i = 0; i < x->done; i++)
		table_add(&t, TABLE_RIGHT, "%s", x->plan->point[i].key);
	table_add(&t, TABLE_LEFT, "accesses");
	for (size_t i = 0; i < x->done; i++)
		table_add(&t, TABLE_RIGHT, "%" PRIu64, x->result[i].accesses);
	for (unsigned id = 0; id < COUNTER_COUNT; id++)
		if (x->result[0].have[id])
			add_counts(&t, x, id);
	for (unsigned e = 0; e < PERF_EVENT_COUNT; e++)
		add_hardware(&t, x, (enum perf_event)e);
	add_times(&t, x);
	rc = table_print(&t, 1, stdout, err);
	table_fini(&t);
	print_remarks(x);
	return rc;
}

static int run_all(struct replays *x, struct sim_error *err)
{
	int rc = 0;

	progress_init(&x->bar, stderr);
	x->bar.what = "replays";
	while (!rc && x->done < x->plan->n)
		rc = replay_next(x, err);
	progress_fini(&x->bar);
	if (x->store.dir)
		store_close(&x->store);
	return rc ? rc : print(x, err);
}

static int run_plan_of(const struct replay_plan *plan, const struct arguments *a,
		       struct sim_error *err)
{
	struct replays x = { .plan = plan, .dir = a->dir, .state.points_total = plan->n };
	int rc;

	x.result = sim_calloc(plan->n, sizeof(*x.result));
	if (!x.result)
		return sim_fail_nomem(err);
	for (size_t i = 0; i < plan->n; i++)
		x.state.bytes_total += plan->point[i].bytes;
	stop_catch();
	rc = run_all(&x, err);
	sim_free(x.result);
	return rc;
}

/* --- what to replay --- */

static int replay_trace(const struct arguments *a, struct sim_error *err)
{
	struct replay_plan r;
	int rc = replay_plan_of_trace(&r, a->what, err);

	if (rc)
		return rc;
	rc = run_plan_of(&r, a, err);
	replay_plan_fini(&r);
	return rc;
}

static int replay_plan(const struct plan *p, const struct arguments *a, struct sim_error *err)
{
	struct replay_plan r;
	int rc = replay_plan_of(&r, p, err);

	if (rc)
		return rc;
	rc = run_plan_of(&r, a, err);
	replay_plan_fini(&r);
	return rc;
}

static int replay_loaded(const struct experiment *e, const struct arguments *a,
			 struct sim_error *err)
{
	const char *slash = strrchr(e->file, '/');
	char *home = slash ? sim_asprintf("%.*s", (int)(slash - e->file) + 1, e->file)
			   : sim_strdup(".");
	char *data_dir = locate_data_dir();
	struct plan p;
	int rc = home && data_dir ? plan_create(&p, e, home, data_dir, err)
				  : sim_fail_nomem(err);

	if (!rc) {
		rc = replay_plan(&p, a, err);
		plan_fini(&p);
	}
	sim_free(home);
	sim_free(data_dir);
	return rc;
}

static int replay_experiment(const struct arguments *a, struct sim_error *err)
{
	char *path = locate_experiment(a->what);
	struct experiment e;
	int rc = path ? experiment_load(&e, path, err) : sim_fail_nomem(err);

	sim_free(path);
	if (rc)
		return rc;
	rc = replay_loaded(&e, a, err);
	experiment_fini(&e);
	return rc;
}

static bool is_trace(const char *name)
{
	size_t n = strlen(name), ending = strlen(TRACE_NAME);

	return n > ending && !strcmp(name + n - ending, TRACE_NAME);
}

/* --- the command --- */

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'o':
		if (!*arg)
			argp_error(state, "-o needs the name of a folder");
		a->dir = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (a->what)
			argp_error(state, "one experiment or trace at a time");
		a->what = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which experiment or trace?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int run(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "output", 'o', "DIR", 0, "Put what KVM counted in DIR, a folder each", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "EXPERIMENT.json|TRACE.snt",
		.doc = "Replays a trace, or each trace of an experiment, in a guest on the real "
		       "KVM of this machine, and prints what KVM counted and how long it "
		       "took.\vThe stream is normalised first (doc/normalisation.md). Of the "
		       "experiment's settings those are taken that a real host has: the "
		       "traces, host.page_size, host.populate, mmu.shadow_quota, swept or "
		       "not, and \"replay\": {\"accessed_dirty\": \"set\"}, which sets these "
		       "bits in every page-table entry. A trace alone runs on populated 4K "
		       "pages. The whole trace counts.\n"
		       "\n"
		       "  shadownest kvm run traces/fork.snt\n"
		       "  shadownest kvm run experiments/quickstart.json -o build/kvm-quick",
	};
	struct arguments a = { 0 };
	struct sim_error err = { 0 };
	int rc = command_parse(&argp, argc, argv, &a);

	if (rc)
		return rc;
	rc = is_trace(a.what) ? replay_trace(&a, &err) : replay_experiment(&a, &err);
	if (rc == SIM_EINTR && stop_signal())
		raise(stop_signal());
	return rc ? command_failed(&err) : EXIT_DONE;
}

const struct command cmd_kvm_run = {
	.name = "run",
	.summary = "replay traces on the KVM of this machine: its counters, its time",
	.run = run,
};
