/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * results.h - a finished plan, priced: one line per row, as tables
 *
 * summary.csv: the axes, the main counters, cycles per component, overhead. exits.csv: the
 * axes, exits by reason. Both are a function of the counters and the prices alone.
 */
#ifndef SIM_RUN_RESULTS_H
#define SIM_RUN_RESULTS_H

#include "base/err.h"
#include "cost/cost.h"
#include "run/plan.h"

struct results {
	const struct plan *plan;
	struct cost_sheet *sheet; /* per row */
};

/* Prices every row of a finished plan. */
SIM_MUST_CHECK int results_create(struct results *r, const struct plan *p,
				  struct sim_error *err);
void results_fini(struct results *r);

/* The texts of the two tables. NULL: out of memory; the caller frees. */
SIM_MUST_CHECK char *results_summary(const struct results *r);
SIM_MUST_CHECK char *results_exits(const struct results *r);

/*
 * times.csv, for a plan with real points: every row, simulated or real, with the counters that KVM has too, the
 * measured time and the predicted one. What a row does not have is empty. NULL: out of memory.
 */
SIM_MUST_CHECK char *results_times(const struct results *r);

const struct point *results_point(const struct results *r, size_t i);
bool results_is_real(const struct results *r, size_t i);

/* Of a simulated row: cycles over the model's clock. */
double results_predicted_ns(const struct results *r, size_t i);

/* The part of it, 0 to 1, at prices that were not fitted to measured times. */
double results_unfitted(const struct results *r, size_t i);

/* Walks and references of one lane, as tables show them. */
uint64_t results_refs(const struct counters *c);
double results_refs_per_walk(const struct counters *c);

#endif
