/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "run/run.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "run/pool.h"
#include "run/real.h"
#include "run/warmup.h"
#include "trace/reader.h"
#include "vm/engine.h"
#include "vm/vm.h"

#define LANES_MAX 16 /* a lane holds its guest's tables: tens of MB at most */

/* Some points of one stream, with the same warm-up. */
struct job {
	const struct stream *stream;
	unsigned warmup_percent;
	struct point *lane[LANES_MAX];
	unsigned n;
};

struct run {
	struct plan *plan;
	const struct store *store;
	const struct run_options *o;
	struct job *job;
	size_t n_jobs, cap_jobs;
	pthread_mutex_t lock; /* of progress */
	struct run_progress progress;
};

/* --- progress --- */

/* A job under way. */
struct active {
	struct run *run;
	const struct job *job;
	struct vm *vm[LANES_MAX];
	char *name[LANES_MAX]; /* "at POINT", for messages */
	struct warmup warmup;
	struct normaliser *normaliser; /* NULL: lanes get the trace as it is */
	uint64_t bytes;		       /* reported so far */
};

static int report(struct run *r, uint64_t bytes, size_t points)
{
	int stop;

	pthread_mutex_lock(&r->lock);
	r->progress.bytes_done += bytes;
	r->progress.points_done += points;
	stop = r->o->report ? r->o->report(r->o->arg, &r->progress) : 0;
	pthread_mutex_unlock(&r->lock);
	return stop;
}

static int on_engine_progress(void *arg, uint64_t done, uint64_t total)
{
	struct active *a = arg;
	uint64_t more = done > a->bytes ? done - a->bytes : 0;

	(void)total;
	a->bytes += more;
	return report(a->run, more, 0);
}

/* --- one job --- */

static int create_lanes(struct active *a, const struct trace_meta *meta, struct sim_error *err)
{
	int rc = 0;

	for (unsigned i = 0; i < a->job->n && !rc; i++) {
		const struct point *pt = a->job->lane[i];
		struct vm_config cfg = { .technique = pt->setup.technique,
					 .machine = pt->setup.machine,
					 .host = pt->setup.host,
					 .mmu = pt->setup.mmu,
					 .memory = guest_ram_plan(&pt->setup.memory) };

		a->name[i] = sim_asprintf("at %s", pt->key);
		if (!a->name[i])
			return sim_fail_nomem(err);
		rc = vm_create(&a->vm[i], &cfg, meta, err);
		if (rc)
			sim_error_prefix(err, "%s: ", a->name[i]);
	}
	return rc;
}

/* What the lanes get, and what it says of itself. */
static int open_stream(struct active *a, struct trace_reader *reader,
		       const struct trace_meta **meta, struct sim_error *err)
{
	const struct setup_replay *how = &a->job->lane[0]->setup.replay;
	int rc;

	*meta = trace_meta(reader);
	if (!how->is_normalised)
		return 0;
	rc = normaliser_create(&a->normaliser, *meta, &how->how, err);
	if (!rc)
		*meta = normaliser_meta(a->normaliser);
	return rc;
}

static int replay_open(struct active *a, struct trace_reader *reader, struct sim_error *err)
{
	struct engine_options opt = { .warmup = a->warmup.records,
				      .trace = a->job->stream->path,
				      .lane = (const char *const *)a->name,
				      .progress = on_engine_progress,
				      .arg = a };
	const struct trace_meta *meta;
	int rc = open_stream(a, reader, &meta, err);

	if (!rc)
		rc = create_lanes(a, meta, err);
	opt.normaliser = a->normaliser;
	if (!rc)
		rc = engine_run(reader, a->vm, a->job->n, &opt, err);
	normaliser_destroy(a->normaliser);
	return rc;
}

static int replay(struct active *a, struct sim_error *err)
{
	struct trace_reader *reader;
	int rc = trace_open(&reader, a->job->stream->path, 0, err);

	if (rc)
		return rc;
	rc = replay_open(a, reader, err);
	if (rc && rc != SIM_EINTR)
		sim_error_where(err, "%s", a->job->stream->path);
	trace_close(reader);
	return rc;
}

static int keep(struct active *a, unsigned i, double seconds, struct sim_error *err)
{
	struct run *r = a->run;
	struct point *pt = a->job->lane[i];
	struct store_host h = { r->o->node, r->o->version, seconds };
	struct store_point p = { .key = pt->key,
				 .config = pt->config,
				 .counters = &pt->counters };
	char *host;
	int rc;

	pt->counters = *vm_counters(a->vm[i]);
	pt->counters.instructions += a->warmup.counted;
	pt->counters.instructions -= a->warmup.instructions;
	host = store_host_text(r->store, &h, &pt->counters);
	p.host = host;
	rc = host ? store_put(r->store, &p, err) : sim_fail_nomem(err);
	pt->done = !rc;
	sim_free(host);
	return rc;
}

static int run_active(struct active *a, struct sim_error *err)
{
	double begin = a->run->o->seconds();
	int rc = warmup_find(&a->warmup, a->job->stream->path, a->job->warmup_percent, err);

	if (!rc)
		rc = replay(a, err);
	for (unsigned i = 0; i < a->job->n; i++) {
		if (!rc)
			rc = keep(a, i, a->run->o->seconds() - begin, err);
		if (a->vm[i])
			vm_destroy(a->vm[i]);
		sim_free(a->name[i]);
	}
	return rc;
}

static int do_job(void *arg, size_t i, struct sim_error *err)
{
	struct run *r = arg;
	struct active *a;
	int rc;

	if (report(r, 0, 0))
		return sim_fail(err, SIM_EINTR, NULL, "stopped");
	a = sim_calloc(1, sizeof(*a));
	if (!a)
		return sim_fail_nomem(err);
	a->run = r;
	a->job = &r->job[i];
	rc = run_active(a, err);
	if (!rc && report(r, 0, a->job->n))
		rc = sim_fail(err, SIM_EINTR, NULL, "stopped");
	sim_free(a);
	return rc;
}

/* --- which jobs --- */

static int find_finished(struct run *r, struct sim_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < r->plan->n_points && !rc; i++) {
		struct point *pt = &r->plan->point[i];

		rc = store_get(r->store, pt->key, pt->config, &pt->counters, &pt->done, err);
		if (!rc && pt->done && pt->setup.is_real)
			rc = real_get(r->store, pt, &pt->done, err);
		r->progress.points_kept += pt->done;
		r->progress.points_total += !pt->done;
		if (!pt->done && pt->setup.is_real)
			r->progress.bytes_total += real_bytes(pt);
	}
	return rc;
}

static int add_job(struct run *r, const struct point *pt, struct sim_error *err)
{
	if (sim_grow((void **)&r->job, &r->cap_jobs, r->n_jobs, sizeof(*r->job)))
		return sim_fail_nomem(err);
	r->job[r->n_jobs++] = (struct job){ .stream = pt->stream,
					    .warmup_percent = pt->setup.warmup_percent };
	r->progress.bytes_total += pt->stream->bytes;
	return 0;
}

/* Every unfinished point of a stream, in jobs of at most `lanes`. */
static int add_jobs(struct run *r, const struct stream *stream, size_t lanes,
		    struct sim_error *err)
{
	struct job *j = NULL;
	int rc;

	for (size_t i = 0; i < r->plan->n_points; i++) {
		struct point *pt = &r->plan->point[i];

		if (pt->done || pt->setup.is_real || pt->stream != stream)
			continue;
		if (!j || j->n == lanes || j->warmup_percent != pt->setup.warmup_percent) {
			rc = add_job(r, pt, err);
			if (rc)
				return rc;
			j = &r->job[r->n_jobs - 1];
		}
		j->lane[j->n++] = pt;
	}
	return 0;
}

/* The longest first, so that no worker is left alone with one at the end. */
static int compare_jobs(const void *a, const void *b)
{
	const struct job *x = a, *y = b;
	uint64_t work_x = x->stream->bytes * x->n, work_y = y->stream->bytes * y->n;

	if (work_x != work_y)
		return work_x < work_y ? 1 : -1;
	return strcmp(x->lane[0]->key, y->lane[0]->key);
}

/* Lanes a job: all that share a decoding, but two jobs a worker where there are as many. */
static size_t lanes_per_job(const struct run *r)
{
	size_t workers = r->o->workers > 1 ? 2 * (size_t)r->o->workers : 1;
	size_t lanes = (r->progress.points_total + workers - 1) / workers;

	return lanes > LANES_MAX ? LANES_MAX : lanes;
}

static int make_jobs(struct run *r, struct sim_error *err)
{
	const struct streams *s = &r->plan->streams;
	int rc = 0;

	for (size_t i = 0; i < s->n && !rc; i++)
		rc = add_jobs(r, s->item[i], lanes_per_job(r), err);
	if (!rc && r->n_jobs)
		qsort(r->job, r->n_jobs, sizeof(*r->job), compare_jobs);
	return rc;
}

/* --- streams that a guest makes --- */

/* One under way. */
struct making {
	struct run *run;
	uint64_t bytes; /* reported so far */
};

static int on_making(void *arg, uint64_t done)
{
	struct making *m = arg;
	uint64_t more = done - m->bytes;

	m->bytes = done;
	return report(m->run, more, 0);
}

static bool is_wanted(const struct plan *p, const struct stream *s)
{
	for (size_t i = 0; i < p->n_points; i++)
		if (p->point[i].stream == s && !p->point[i].done)
			return !s->path;
	return false;
}

static int make_stream(void *arg, size_t i, struct sim_error *err)
{
	struct run *r = arg;
	struct stream *s = r->plan->streams.item[i];
	struct making m = { .run = r };

	if (!is_wanted(r->plan, s))
		return 0;
	return streams_make(s, r->store->dir, r->store->build, on_making, &m, err);
}

static int make_streams(struct run *r, struct sim_error *err)
{
	const struct streams *s = &r->plan->streams;

	for (size_t i = 0; i < s->n; i++)
		if (is_wanted(r->plan, s->item[i]))
			r->progress.bytes_total += s->item[i]->trace->bytes;
	return pool_run(r->o->workers, s->n, make_stream, r, err);
}

int run_plan(struct plan *p, const struct store *s, const struct run_options *o,
	     struct sim_error *err)
{
	struct run r = { .plan = p, .store = s, .o = o };
	int rc;

	if (pthread_mutex_init(&r.lock, NULL))
		return sim_fail_nomem(err);
	rc = find_finished(&r, err);
	if (!rc)
		rc = make_streams(&r, err);
	if (!rc)
		rc = streams_clean(&p->streams, s->dir, err);
	if (!rc)
		rc = make_jobs(&r, err);
	if (!rc)
		rc = pool_run(o->workers, r.n_jobs, do_job, &r, err);
	if (!rc)
		rc = real_run(p, s, o, &r.progress, err);
	pthread_mutex_destroy(&r.lock);
	sim_free(r.job);
	return rc;
}
