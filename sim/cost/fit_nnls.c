/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cost/fit_nnls.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>

#define ROUNDS_PER_COLUMN 10u
#define TOLERANCE	  1e-10 /* of a slope, for columns of unit length */

struct nnls {
	struct fit_work *w;
	const gsl_matrix *a;
	const gsl_vector *b;
	double *x;
	bool *is_free;
	bool barred[FIT_COLUMNS_MAX]; /* freeing it changed nothing: rounding */
};

/* slope[j]: how fast the squares fall when x[j] leaves where it is. */
static int find_slopes(const struct nnls *s, struct sim_error *err)
{
	gsl_vector_const_view x = gsl_vector_const_view_array(s->x, s->a->size2);
	int status = gsl_vector_memcpy(s->w->left, s->b);

	if (!status)
		status = gsl_blas_dgemv(CblasNoTrans, -1.0, s->a, &x.vector, 1.0, s->w->left);
	if (!status)
		status = gsl_blas_dgemv(CblasTrans, 1.0, s->a, s->w->left, 0.0, s->w->slope);
	return fit_work_status(status, "slopes of the fit", err);
}

/* The column at its bound that promises most; the number of columns when none does. */
static size_t choose(const struct nnls *s)
{
	size_t p = s->a->size2, best = p;
	double most = TOLERANCE * gsl_blas_dnrm2(s->b);

	for (size_t j = 0; j < p; j++)
		if (!s->is_free[j] && !s->barred[j] && gsl_vector_get(s->w->slope, j) > most) {
			most = gsl_vector_get(s->w->slope, j);
			best = j;
		}
	return best;
}

/* The free column that reaches 0 first on the way from x to z, and where; or none. */
static size_t first_at_zero(const struct nnls *s, const double *z, double *part)
{
	size_t p = s->a->size2, first = p;

	*part = 2.0;
	for (size_t j = 0; j < p; j++)
		if (s->is_free[j] && z[j] <= 0.0 && s->x[j] < *part * (s->x[j] - z[j])) {
			*part = s->x[j] / (s->x[j] - z[j]);
			first = j;
		}
	return first;
}

/* From x towards z until a free column reaches 0, which is held there; false: none does. */
static bool step_back(struct nnls *s, const double *z)
{
	double part;
	size_t first = first_at_zero(s, z, &part);

	if (first == s->a->size2)
		return false;
	for (size_t j = 0; j < s->a->size2; j++)
		if (s->is_free[j])
			s->x[j] += part * (z[j] - s->x[j]);
	s->x[first] = 0.0;
	s->is_free[first] = false;
	return true;
}

/* Frees column `in`, and settles who else may stay free. */
static int admit(struct nnls *s, size_t in, struct sim_error *err)
{
	double z[FIT_COLUMNS_MAX];
	int rc;

	s->is_free[in] = true;
	rc = fit_work_solve(s->w, s->a, s->b, s->is_free, z, err);
	if (!rc && z[in] <= 0.0) {
		s->is_free[in] = false;
		s->barred[in] = true;
		return 0;
	}
	while (!rc && step_back(s, z))
		rc = fit_work_solve(s->w, s->a, s->b, s->is_free, z, err);
	for (size_t j = 0; j < s->a->size2 && !rc; j++) {
		s->x[j] = z[j];
		s->barred[j] = false;
	}
	return rc;
}

int fit_nnls(struct fit_work *w, const gsl_matrix *a, const gsl_vector *b, double *x,
	     bool *is_free, struct sim_error *err)
{
	struct nnls s = { .w = w, .a = a, .b = b, .x = x, .is_free = is_free };
	size_t p = a->size2;

	for (size_t j = 0; j < p; j++) {
		x[j] = 0.0;
		is_free[j] = false;
	}
	for (size_t i = 0; i < ROUNDS_PER_COLUMN * p; i++) {
		int rc = find_slopes(&s, err);
		size_t in = rc ? p : choose(&s);

		if (rc || in == p)
			return rc;
		rc = admit(&s, in, err);
		if (rc)
			return rc;
	}
	return sim_fail(err, SIM_ERANGE, NULL,
			"the non-negative fit does not come to an end: its columns are nearly "
			"the same");
}
