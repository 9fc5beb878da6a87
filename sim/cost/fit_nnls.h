/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fit_nnls.h - least squares with no negative coefficient
 *
 * The active-set method of Lawson and Hanson, "Solving Least Squares Problems" (1974), chapter
 * 23: the set of free columns grows by the one that promises most, and loses those that would
 * turn negative, until no column at its bound wants to leave it (the Kuhn-Tucker conditions). No
 * event takes less than no time, and a sum of large prices of either sign predicts nothing.
 */
#ifndef SIM_COST_FIT_NNLS_H
#define SIM_COST_FIT_NNLS_H

#include "cost/fit_work.h"

/*
 * Minimises |A x - b| over x >= 0. is_free[j]: x[j] is not held at 0. SIM_ERANGE when it does not
 * come to an end, which rounding alone can cause.
 */
SIM_MUST_CHECK int fit_nnls(struct fit_work *w, const gsl_matrix *a, const gsl_vector *b,
			    double *x, bool *is_free, struct sim_error *err);

#endif
