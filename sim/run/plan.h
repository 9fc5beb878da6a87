/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plan.h - an experiment multiplied out
 *
 *     row    one combination of all axes: one line of the summary
 *     point  one combination of the axes that a simulation depends on: one folder of results
 *     price  one combination of the axes that only change prices
 *
 * Several rows share a point when the experiment sweeps prices: counting is done once.
 * Everything is checked here, before the first simulation begins.
 */
#ifndef SIM_RUN_PLAN_H
#define SIM_RUN_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/counters.h"
#include "base/err.h"
#include "cost/params.h"
#include "kvm/sample.h"
#include "run/experiment.h"
#include "run/setup.h"
#include "run/sources.h"

#define ROWS_MAX ((size_t)100000)

/* How long a real KVM took (real.h). */
struct real_times {
	struct sample_summary ns;
	uint64_t rounds, batches, tlb_misses;
	bool has_tlb_misses; /* the processor counts them for a guest */
};

struct point {
	char *key;    /* name of its folder: "fork,spt,host.page_size=2M" */
	char *config; /* text of its config.json */
	struct setup setup;
	struct stream *stream; /* what is replayed */
	bool done;	       /* counters are there */
	struct counters counters;
	struct real_times times; /* of setup.is_real */
};

struct row {
	unsigned at[AXES_MAX]; /* index of the value on each axis */
	size_t point, price;
};

struct plan {
	const struct experiment *e;
	struct sources sources;
	struct streams streams;
	struct point *point;
	size_t n_points;
	struct cost_params *price;
	size_t n_prices;
	size_t n_rows;
	json_t *real; /* the host, when any point is real; else NULL */
};

/*
 * `dir` is the experiment file's folder, `data_dir` that of the installed data; both may be
 * NULL. The plan borrows the experiment.
 */
SIM_MUST_CHECK int plan_create(struct plan *p, const struct experiment *e, const char *dir,
			       const char *data_dir, struct sim_error *err);
void plan_fini(struct plan *p);

/* The i-th row; the last axis moves fastest. */
struct row plan_row(const struct plan *p, size_t i);

#endif
