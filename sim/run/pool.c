/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "run/pool.h"

#include <pthread.h>
#include <string.h>

#include "base/alloc.h"

struct pool {
	pthread_mutex_t lock;
	pool_job *job;
	void *arg;
	size_t next, n;
	/* the failure that stands first in the order of jobs */
	int rc;
	size_t failed;
	struct sim_error error;
};

static void keep_failure(struct pool *p, size_t i, int rc, const struct sim_error *e)
{
	pthread_mutex_lock(&p->lock);
	if (!p->rc || i < p->failed) {
		p->rc = rc;
		p->failed = i;
		p->error = *e;
	}
	pthread_mutex_unlock(&p->lock);
}

/* The next job to begin; p->n when there is none. */
static size_t take(struct pool *p)
{
	size_t i;

	pthread_mutex_lock(&p->lock);
	i = p->rc ? p->n : p->next;
	if (i < p->n)
		p->next++;
	pthread_mutex_unlock(&p->lock);
	return i;
}

static void *work(void *arg)
{
	struct pool *p = arg;
	size_t i;

	while ((i = take(p)) < p->n) {
		struct sim_error e = { 0 };
		int rc = p->job(p->arg, i, &e);

		if (rc)
			keep_failure(p, i, rc, &e);
	}
	return NULL;
}

static int work_threads(struct pool *p, unsigned workers, struct sim_error *err)
{
	pthread_t *thread = sim_calloc(workers, sizeof(*thread));
	unsigned started = 0;
	int rc = 0;

	if (!thread)
		return sim_fail_nomem(err);
	while (started < workers && !rc) {
		rc = pthread_create(&thread[started], NULL, work, p);
		started += !rc;
	}
	/* fewer threads than asked for do the same work */
	if (!started)
		work(p);
	while (started)
		pthread_join(thread[--started], NULL);
	sim_free(thread);
	return 0;
}

int pool_run(unsigned workers, size_t n, pool_job *job, void *arg, struct sim_error *err)
{
	struct pool p = { .job = job, .arg = arg, .n = n };
	int rc = 0;

	if (pthread_mutex_init(&p.lock, NULL))
		return sim_fail_nomem(err);
	if (workers > n)
		workers = (unsigned)n;
	if (workers > 1)
		rc = work_threads(&p, workers, err);
	else
		work(&p);
	pthread_mutex_destroy(&p.lock);
	if (!rc && p.rc) {
		rc = p.rc;
		if (err && !err->code)
			*err = p.error;
	}
	return rc;
}
