/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fit_svd.h - how well a system tells its columns apart
 *
 * Belsley, Kuh and Welsch, "Regression Diagnostics: Identifying Influential Data and Sources of
 * Collinearity" (1980), chapter 3: with columns of unit length, a singular value k has the
 * condition index s_max / s_k; indices of 30 do harm, of 100 much. Who is in it is said by the
 * share of each coefficient's variance that comes from that singular value, above a half; here of
 * those alone that have a part in its vector, since a share of nearly nothing says nothing.
 */
#ifndef SIM_COST_FIT_SVD_H
#define SIM_COST_FIT_SVD_H

#include "cost/fit_work.h"

struct fit_svd {
	gsl_matrix *v;			/* p x p: column k belongs to s[k] */
	gsl_vector *s;			/* p, falling */
	double length[FIT_COLUMNS_MAX]; /* of the columns before they were made unit */
};

/* Of a with its columns made unit; a column of zeros stays one. SIM_ENOMEM, SIM_ERANGE. */
SIM_MUST_CHECK int fit_svd_init(struct fit_svd *d, const gsl_matrix *a, struct sim_error *err);
void fit_svd_fini(struct fit_svd *d);

/* The largest condition index; INFINITY for a singular system. */
double fit_svd_condition(const struct fit_svd *d);

/* The columns that the smallest singular value mixes up: two at least; returns how many. */
size_t fit_svd_mixed(const struct fit_svd *d, bool *is_mixed);

/*
 * The condition of the two columns that are most alike, made unit, taken alone; which they are.
 * Several dependencies at once share their singular vectors, and pairs among them show here.
 */
double fit_svd_pair(const gsl_matrix *a, bool *is_mixed);

/* (A'A)^-1 [j][j] of a as given; INFINITY when the system does not determine column j. */
double fit_svd_variance(const struct fit_svd *d, size_t j);

#endif
