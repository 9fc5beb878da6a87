/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cost/fit_robust.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_sort_vector.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <string.h>

#include "cost/fit_nnls.h"
#include "cost/fit_svd.h"

#define ABSOLUTE_ROUNDS 15u /* of least absolute deviations */
#define ROUNDS_MAX	300u
#define SETTLED		1e-7   /* relative change of a coefficient */
#define TUNING		4.685  /* bisquare: 95 % efficiency */
#define MAD_TO_SIGMA	0.6745 /* of a normal distribution */

struct robust {
	const gsl_matrix *a;
	const gsl_vector *b;
	struct fit_estimate *e;
	struct fit_work work;
	gsl_matrix *wa; /* a and b, each row times the root of its weight */
	gsl_vector *wb;
	gsl_vector *off; /* residuals b - A x */
	gsl_vector *sorted;
};

static int make(struct robust *r, struct sim_error *err)
{
	size_t n = r->a->size1, p = r->a->size2;
	int rc = fit_work_init(&r->work, n, p, err);

	if (rc)
		return rc;
	r->wa = gsl_matrix_alloc(n, p);
	r->wb = gsl_vector_alloc(n);
	r->off = gsl_vector_alloc(n);
	r->sorted = gsl_vector_alloc(n);
	r->e->weight = gsl_vector_alloc(n);
	if (r->wa && r->wb && r->off && r->sorted && r->e->weight)
		return 0;
	return sim_fail_nomem(err);
}

static void drop(struct robust *r)
{
	gsl_matrix_free(r->wa);
	gsl_vector_free(r->wb);
	gsl_vector_free(r->off);
	gsl_vector_free(r->sorted);
	fit_work_fini(&r->work);
}

static void weigh_rows(struct robust *r)
{
	for (size_t i = 0; i < r->a->size1; i++) {
		double root = sqrt(gsl_vector_get(r->e->weight, i));
		gsl_vector_view row = gsl_matrix_row(r->wa, i);
		gsl_vector_const_view from = gsl_matrix_const_row(r->a, i);

		gsl_vector_memcpy(&row.vector, &from.vector);
		gsl_vector_scale(&row.vector, root);
		gsl_vector_set(r->wb, i, root * gsl_vector_get(r->b, i));
	}
}

static size_t count_free(const struct robust *r)
{
	size_t n = 0;

	for (size_t j = 0; j < r->a->size2; j++)
		n += r->e->is_free[j];
	return n;
}

/* Solves with the present weights; residuals and scale follow. */
static int solve(struct robust *r, struct sim_error *err)
{
	struct fit_estimate *e = r->e;
	gsl_vector_const_view x = gsl_vector_const_view_array(e->x, r->a->size2);
	size_t n = r->a->size1, k;
	int rc, status;

	weigh_rows(r);
	rc = fit_nnls(&r->work, r->wa, r->wb, e->x, e->is_free, err);
	if (rc)
		return rc;
	status = gsl_vector_memcpy(r->off, r->b);
	if (!status)
		status = gsl_blas_dgemv(CblasNoTrans, -1.0, r->a, &x.vector, 1.0, r->off);
	for (size_t i = 0; i < n; i++)
		gsl_vector_set(r->sorted, i, fabs(gsl_vector_get(r->off, i)));
	gsl_sort_vector(r->sorted);
	k = count_free(r);
	e->scale = gsl_stats_median_from_sorted_data(gsl_vector_ptr(r->sorted, k), 1, n - k) /
		   MAD_TO_SIGMA;
	e->scale = e->scale > 1.0 ? e->scale : 1.0;
	e->freedom = n - k;
	return fit_work_status(status, "residuals", err);
}

static void weigh_absolute(struct robust *r)
{
	for (size_t i = 0; i < r->off->size; i++) {
		double off = fabs(gsl_vector_get(r->off, i));

		gsl_vector_set(r->e->weight, i, off > 1.0 ? 1.0 / off : 1.0);
	}
}

static int weigh_bisquare(struct robust *r, struct sim_error *err)
{
	gsl_vector_memcpy(r->sorted, r->off);
	gsl_vector_scale(r->sorted, 1.0 / (TUNING * r->e->scale));
	return fit_work_status(gsl_multifit_robust_bisquare->wfun(r->sorted, r->e->weight),
			       "weights", err);
}

static bool is_settled(const double *x, const double *was, size_t p)
{
	for (size_t j = 0; j < p; j++)
		if (fabs(x[j] - was[j]) > SETTLED * (fabs(x[j]) + fabs(was[j])))
			return false;
	return true;
}

static int iterate(struct robust *r, struct sim_error *err)
{
	double was[FIT_COLUMNS_MAX];
	size_t p = r->a->size2;
	int rc;

	gsl_vector_set_all(r->e->weight, 1.0);
	rc = solve(r, err);
	for (unsigned i = 0; i < ABSOLUTE_ROUNDS && !rc; i++) {
		weigh_absolute(r);
		rc = solve(r, err);
	}
	for (unsigned i = 0; i < ROUNDS_MAX && !rc; i++) {
		memcpy(was, r->e->x, p * sizeof(was[0]));
		rc = weigh_bisquare(r, err);
		if (!rc)
			rc = solve(r, err);
		if (!rc && is_settled(r->e->x, was, p))
			return 0;
	}
	if (rc)
		return rc;
	return sim_fail(err, SIM_ERANGE, NULL,
			"the fit does not settle: the points contradict each other");
}

/* Variance of one row that the M-estimator works with; *mean: of its weights. */
static double row_variance(const struct robust *r, double *mean)
{
	double squares = 0.0, slopes = 0.0, slopes2 = 0.0, n = (double)r->off->size;
	double k = n - (double)r->e->freedom, slope, correction;

	*mean = 0.0;
	for (size_t i = 0; i < r->off->size; i++) {
		double u = gsl_vector_get(r->off, i) / r->e->scale, v = u / TUNING;
		double in = v * v < 1.0 ? 1.0 - v * v : 0.0;
		double d = in * (1.0 - 5.0 * v * v); /* derivative of u in^2 */

		squares += u * u * in * in * in * in;
		slopes += d;
		slopes2 += d * d;
		*mean += gsl_vector_get(r->e->weight, i) / n;
	}
	slope = slopes / n;
	correction = 1.0 + k / n * (slopes2 / n - slope * slope) / (slope * slope);
	return correction * correction * r->e->scale * r->e->scale * squares /
	       ((double)r->e->freedom * slope * slope);
}

/* Standard errors of the coefficients whose column is chosen. */
static int find_errors(struct robust *r, const bool *chosen, const bool *wanted,
		       struct sim_error *err)
{
	size_t k = fit_work_choose(&r->work, r->wa, chosen), next = 0;
	gsl_matrix_view part = gsl_matrix_submatrix(r->work.part, 0, 0, r->a->size1, k);
	double mean, v = row_variance(r, &mean);
	struct fit_svd d;
	int rc = fit_svd_init(&d, &part.matrix, err);

	if (rc)
		return rc;
	for (size_t j = 0; j < r->a->size2; j++) {
		if (wanted[j])
			r->e->error[j] = sqrt(v * mean * fit_svd_variance(&d, next));
		next += chosen[j];
	}
	fit_svd_fini(&d);
	return 0;
}

/* Of those held at 0, one after the other, then of the free ones together. */
static int find_all_errors(struct robust *r, struct sim_error *err)
{
	bool chosen[FIT_COLUMNS_MAX], wanted[FIT_COLUMNS_MAX];
	size_t p = r->a->size2;
	int rc = 0;

	memcpy(chosen, r->e->is_free, sizeof(chosen));
	for (size_t j = 0; j < p && !rc; j++) {
		if (r->e->is_free[j])
			continue;
		memset(wanted, 0, sizeof(wanted));
		chosen[j] = wanted[j] = true;
		rc = find_errors(r, chosen, wanted, err);
		chosen[j] = false;
	}
	if (!rc && count_free(r))
		rc = find_errors(r, r->e->is_free, r->e->is_free, err);
	return rc;
}

int fit_robust(const gsl_matrix *a, const gsl_vector *b, struct fit_estimate *e,
	       struct sim_error *err)
{
	struct robust r = { .a = a, .b = b, .e = e };
	int rc;

	memset(e, 0, sizeof(*e));
	rc = make(&r, err);
	if (!rc)
		rc = iterate(&r, err);
	if (!rc)
		rc = find_all_errors(&r, err);
	drop(&r);
	if (rc)
		fit_estimate_fini(e);
	return rc;
}

void fit_estimate_fini(struct fit_estimate *e)
{
	gsl_vector_free(e->weight);
	e->weight = NULL;
}
