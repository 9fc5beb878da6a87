/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pool.h - runs independent jobs on several threads
 *
 * Parallelism is between jobs only: a job owns all it writes, so the result does not depend on
 * the number of threads. Threads and not processes: they end with the program, whatever ends
 * it.
 */
#ifndef SIM_RUN_POOL_H
#define SIM_RUN_POOL_H

#include <stddef.h>

#include "base/err.h"

#define POOL_WORKERS_MAX 1024

/* Job i. A failure keeps jobs that have not begun from beginning. */
typedef int pool_job(void *arg, size_t i, struct sim_error *err);

/*
 * Runs jobs 0..n-1, taken in this order by `workers` threads (1: by the caller itself), and
 * returns when all that began have ended. On failure returns that of the first job, in their
 * order, that failed.
 */
SIM_MUST_CHECK int pool_run(unsigned workers, size_t n, pool_job *job, void *arg,
			    struct sim_error *err);

#endif
