/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * run.h - simulates the points of a plan that the store does not hold yet
 *
 * Streams that a guest OS makes of traces come first (streams.h). Points of one stream share its decoding: a job replays one trace into several lanes. Jobs run
 * in parallel. A point is stored when its job ends, so an interrupted run goes on from there.
 */
#ifndef SIM_RUN_RUN_H
#define SIM_RUN_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "run/plan.h"
#include "run/store.h"

struct run_progress {
	uint64_t bytes_done, bytes_total; /* of traces, once per job */
	size_t points_done, points_total; /* simulated now */
	size_t points_kept;		  /* found finished */
};

/* Called from any worker, never from two at once; non-zero stops the run with SIM_EINTR. */
typedef int run_report(void *arg, const struct run_progress *p);

struct run_options {
	unsigned workers;
	const char *node, *version; /* of the machine and the program, for host.json */
	double (*seconds)(void);    /* a clock that only moves forward, for host.json */
	run_report *report;	    /* NULL: none */
	void *arg;		    /* report's */
};

/* Fills the counters of every point of the plan. */
SIM_MUST_CHECK int run_plan(struct plan *p, const struct store *s, const struct run_options *o,
			    struct sim_error *err);

#endif
