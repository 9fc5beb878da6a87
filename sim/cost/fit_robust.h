/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fit_robust.h - non-negative least squares that outliers do not move, and how sure it is
 *
 * Least squares again and again, each row weighted by how far it was off the time before: first as
 * least absolute deviations, which start well among outliers, then with Tukey's bisquare
 * (gsl_multifit_robust_bisquare, tuned for 95 % efficiency on normal errors), which leaves out rows
 * beyond 4.685 times the scale. The scale is the median absolute residual, the p smallest left
 * out, over 0.6745, and 1 at least: rows come divided by their standard error, and what lies
 * within 4.7 of those is no outlier.
 *
 * Standard errors are the asymptotic ones of an M-estimator with Huber's correction for few rows
 * (Huber, "Robust Statistics" (1981), section 7.6), for the coefficients that are not held at 0; for
 * one that is, as if it alone were let go.
 */
#ifndef SIM_COST_FIT_ROBUST_H
#define SIM_COST_FIT_ROBUST_H

#include "cost/fit_work.h"

struct fit_estimate {
	double x[FIT_COLUMNS_MAX];
	double error[FIT_COLUMNS_MAX]; /* standard; INFINITY: the rows do not tell */
	bool is_free[FIT_COLUMNS_MAX]; /* false: held at 0 */
	gsl_vector *weight;	       /* n, 0 (left out) to 1 */
	double scale;		       /* of the residuals */
	size_t freedom;		       /* rows less free columns */
};

/* Rows of a and b come divided by their standard errors. SIM_ENOMEM, SIM_ERANGE. */
SIM_MUST_CHECK int fit_robust(const gsl_matrix *a, const gsl_vector *b, struct fit_estimate *e,
			      struct sim_error *err);
void fit_estimate_fini(struct fit_estimate *e);

#endif
