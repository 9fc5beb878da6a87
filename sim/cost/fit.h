/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fit.h - prices from measured times: what a stream costs, fitted to what it counts
 *
 *     time of a stream = instructions x base + sum over priced counters of  count x price
 *
 * The prices come from the points of the guest that are not held out, by robust non-negative
 * least squares (fit_robust.h) of relative errors: a row is divided by
 * sqrt(spread^2 + (2 % of its time)^2), so that a short run and a long one weigh the same. The
 * held-out points and those of the plain process only say how well the prices predict.
 *
 * What the points do not tell is not made up:
 *   - a counter that is 0 in all of them keeps the price of the base model;
 *   - columns that cannot be told apart (condition index above 1000, fit_svd.h) are merged: their
 *     prices keep the ratio they have in the base model, one factor is fitted;
 *   - a price whose 95 % interval holds both 0 and the base model's keeps that one: the data
 *     contradict neither.
 * The rest is fitted again after each of these, and each is said.
 */
#ifndef SIM_COST_FIT_H
#define SIM_COST_FIT_H

#include "base/counters.h"
#include "base/err.h"
#include "cost/fit_data.h"
#include "cost/params.h"

#define FIT_CONDITION_MAX 1000.0
#define FIT_MODEL_ERROR	  0.02 /* of a time: as exact as a linear model can be */

enum fit_fate {
	FIT_FITTED,
	FIT_MERGED,    /* with the others of its column, at the base's ratios */
	FIT_ABSENT,    /* no point has the event */
	FIT_UNCERTAIN, /* the interval holds 0 and the base's price */
	FIT_FATE_COUNT
};

struct fit_price {
	unsigned id; /* counter; COUNTER_instructions: the base */
	enum fit_fate fate;
	size_t column; /* of the system; FIT_MERGED: of several */
	double rate;   /* ns an event for one unit of the column's coefficient */
	double ns, low_ns,
		high_ns; /* the price and its 95 % interval, where fitted or merged */
	double base_ns;
};

struct fit_error {
	size_t n;
	double median, max; /* |predicted - measured| / measured; 0 when n is 0 */
};

struct fit_prediction {
	double ns;
	double weight; /* of the row, 0 (an outlier) to 1; 0 when the fit did not use it */
};

struct fit {
	struct fit_price price[COUNTER_COUNT];
	size_t n_prices, n_columns;
	struct fit_prediction *point; /* as in the data */
	struct fit_error error[FIT_USE_COUNT];
	struct fit_error group[FIT_GROUP_COUNT]; /* of those held out, by group */
	double condition, condition_before;	 /* of the columns; before any were merged */
	double scale; /* of the residuals, in standard errors: 1 is what the spread explains */
	double r2;    /* of the times, weighted */
	size_t freedom; /* points less columns */
};

/* Fits the data; `base` gives what they do not tell. SIM_ENOMEM, SIM_ERANGE. */
SIM_MUST_CHECK int fit_create(struct fit *f, const struct fit_data *d,
			      const struct cost_params *base, struct sim_error *err);
void fit_destroy(struct fit *f);

/*
 * The text of a cost model: the fitted prices, the base's others, and how they came about. `base`
 * is the base model's document; the clock is its clock. NULL: out of memory.
 */
SIM_MUST_CHECK char *fit_text(const struct fit *f, const struct fit_data *d, const json_t *base,
			      const char *name);

#endif
