/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inject_run.c - run/ for test_inject: a plan, its results in a store, their figures, a run */
#include "config.h"

#include "inject_subjects.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "run/figures.h"
#include "run/plan.h"
#include "run/results.h"
#include "run/run.h"
#include "run/store.h"
#include "trace/writer.h"

#define DIR "test_inject.results"

/* A plan over an existing trace; *e is what it borrows. */
static int make_plan(struct plan *p, struct experiment *e, const struct inject_run *r,
		     struct sim_error *err)
{
	int rc = experiment_parse(e, r->experiment, strlen(r->experiment), "x.json", err);

	if (rc)
		return rc;
	rc = plan_create(p, e, NULL, r->top, err);
	if (rc)
		experiment_fini(e);
	return rc;
}

int inject_plan(void *arg, struct sim_error *err)
{
	struct experiment e;
	struct plan p;
	int rc = make_plan(&p, &e, arg, err);

	if (rc)
		return rc;
	plan_fini(&p);
	experiment_fini(&e);
	return 0;
}

static int put_table(const struct store *s, const char *name, char *text, struct sim_error *err)
{
	int rc = text ? store_put_file(s, name, text, err) : sim_fail_nomem(err);

	sim_free(text);
	return rc;
}

static int put_tables(const struct store *s, const struct plan *p, struct sim_error *err)
{
	struct results r;
	int rc = results_create(&r, p, err);

	if (rc)
		return rc;
	rc = put_table(s, "summary.csv", results_summary(&r), err);
	if (!rc)
		rc = put_table(s, "exits.csv", results_exits(&r), err);
	results_fini(&r);
	return rc;
}

static int put_point(const struct store *s, struct point *pt, struct sim_error *err)
{
	struct store_host h = { "here", "1.0", 1.0 };
	char *host = store_host_text(s, &h, &pt->counters);
	struct store_point sp = { pt->key, pt->config, &pt->counters, host };
	bool found = false;
	int rc = host ? store_put(s, &sp, err) : sim_fail_nomem(err);

	if (!rc)
		rc = store_get(s, pt->key, pt->config, &pt->counters, &found, err);
	free(host);
	return rc;
}

static int put_points(const struct store *s, struct plan *p, struct sim_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < p->n_points && !rc; i++) {
		struct point *pt = &p->point[i];

		pt->counters.instructions = 1000;
		pt->counters.exits = pt->counters.exit_cr3 = i;
		rc = put_point(s, pt, err);
	}
	return rc;
}

static int draw(struct sim_error *err)
{
	struct figure_data d;
	int rc = figures_load(&d, DIR "/summary.csv", DIR "/exits.csv", err);

	if (rc)
		return rc;
	for (size_t i = 0; figures_all[i].name && !rc; i++) {
		struct text t = { .s = NULL };

		rc = figures_all[i].write(&d, &t);
		if (rc == SIM_EOF)
			rc = 0;
		if (rc || t.failed)
			rc = sim_fail_nomem(err);
		text_fini(&t);
	}
	figures_fini(&d);
	return rc;
}

static int clean_up(const struct plan *p)
{
	char path[512];
	int rc = 0;

	for (size_t i = 0; i < p->n_points && !rc; i++) {
		snprintf(path, sizeof(path), DIR "/%s", p->point[i].key);
		rc = files_remove_dir(path, NULL);
		snprintf(path, sizeof(path), DIR "/" FILES_TEMP "%s", p->point[i].key);
		if (!rc)
			rc = files_remove_dir(path, NULL);
	}
	if (!rc)
		rc = files_remove_dir(DIR "/streams", NULL);
	return rc ? rc : files_remove_dir(DIR, NULL);
}

int inject_results(void *arg, struct sim_error *err)
{
	struct experiment e;
	struct store s;
	struct plan p;
	int rc = make_plan(&p, &e, arg, err);

	if (rc)
		return rc;
	rc = store_open(&s, DIR, "b", err);
	if (!rc) {
		rc = put_points(&s, &p, err);
		if (!rc)
			rc = put_tables(&s, &p, err);
		if (!rc)
			rc = draw(err);
		store_close(&s);
	}
	if (!rc)
		rc = clean_up(&p);
	plan_fini(&p);
	experiment_fini(&e);
	return rc;
}

static double no_time(void)
{
	return 0.0;
}

int inject_bare_trace(const char *path, struct sim_error *err)
{
	const struct trace_meta meta = { .name = "bare", .n_vcpu = 1 };
	const struct trace_access a = { .op = OP_STORE | OP_USER,
					.gva = gva_make(0x400000),
					.frame = FRAME_NONE };
	const struct event end = { .kind = EVENT_END };
	struct trace_writer *w;
	int rc = trace_writer_create(&w, path, &meta, NULL, err);

	if (rc)
		return rc;
	rc = trace_writer_access(w, &a, err);
	if (!rc)
		rc = trace_writer_event(w, &end, NULL, err);
	if (!rc)
		return trace_writer_close(w, err);
	trace_writer_abort(w);
	return rc;
}

int inject_run(void *arg, struct sim_error *err)
{
	const struct run_options o = {
		.workers = 1, .node = "here", .version = "0", .seconds = no_time
	};
	struct experiment e;
	struct store s;
	struct plan p;
	int rc = make_plan(&p, &e, arg, err);

	if (rc)
		return rc;
	rc = store_open(&s, DIR, "b", err);
	if (!rc) {
		rc = run_plan(&p, &s, &o, err);
		store_close(&s);
	}
	if (!rc)
		rc = clean_up(&p);
	plan_fini(&p);
	experiment_fini(&e);
	return rc;
}
