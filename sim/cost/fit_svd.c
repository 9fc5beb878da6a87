/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cost/fit_svd.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <math.h>

#define SINGULAR   1e-12 /* of the largest singular value: zero but for rounding */
#define HALF_SHARE 0.5
#define LEAST_PART 0.1 /* of the largest component of a singular vector */

static void make_unit(struct fit_svd *d, gsl_matrix *u)
{
	for (size_t j = 0; j < u->size2; j++) {
		gsl_vector_view column = gsl_matrix_column(u, j);

		d->length[j] = gsl_blas_dnrm2(&column.vector);
		if (d->length[j] > 0.0)
			gsl_vector_scale(&column.vector, 1.0 / d->length[j]);
	}
}

int fit_svd_init(struct fit_svd *d, const gsl_matrix *a, struct sim_error *err)
{
	gsl_matrix *u = gsl_matrix_alloc(a->size1, a->size2);
	int status = GSL_ENOMEM, rc;

	d->v = gsl_matrix_alloc(a->size2, a->size2);
	d->s = gsl_vector_alloc(a->size2);
	if (u && d->v && d->s) {
		gsl_matrix_memcpy(u, a);
		make_unit(d, u);
		status = gsl_linalg_SV_decomp_jacobi(u, d->v, d->s);
	}
	gsl_matrix_free(u);
	rc = fit_work_status(status, "singular values", err);
	if (rc)
		fit_svd_fini(d);
	return rc;
}

void fit_svd_fini(struct fit_svd *d)
{
	gsl_matrix_free(d->v);
	gsl_vector_free(d->s);
	d->v = NULL;
	d->s = NULL;
}

static bool is_singular(const struct fit_svd *d, size_t k)
{
	return !(gsl_vector_get(d->s, k) > SINGULAR * gsl_vector_get(d->s, 0));
}

double fit_svd_condition(const struct fit_svd *d)
{
	size_t last = d->s->size - 1;

	if (is_singular(d, last))
		return (double)INFINITY;
	return gsl_vector_get(d->s, 0) / gsl_vector_get(d->s, last);
}

/* What singular value k adds to the variance of column j, both made unit. */
static double share(const struct fit_svd *d, size_t j, size_t k)
{
	double least = SINGULAR * gsl_vector_get(d->s, 0);
	double s = gsl_vector_get(d->s, k), v = gsl_matrix_get(d->v, j, k);

	s = s > least ? s : least;
	return v * v / (s * s);
}

static double variance(const struct fit_svd *d, size_t j)
{
	double sum = 0.0;

	for (size_t k = 0; k < d->s->size; k++)
		sum += share(d, j, k);
	return sum;
}

static double part(const struct fit_svd *d, size_t j)
{
	return fabs(gsl_matrix_get(d->v, j, d->s->size - 1));
}

/* The column outside the set with the largest part in the smallest singular value. */
static size_t largest_part(const struct fit_svd *d, const bool *is_mixed)
{
	size_t best = d->s->size;
	double most = -1.0;

	for (size_t j = 0; j < d->s->size; j++)
		if (!is_mixed[j] && part(d, j) > most) {
			most = part(d, j);
			best = j;
		}
	return best;
}

size_t fit_svd_mixed(const struct fit_svd *d, bool *is_mixed)
{
	static const bool none[FIT_COLUMNS_MAX];
	size_t p = d->s->size, n = 0;
	double least = LEAST_PART * part(d, largest_part(d, none));

	for (size_t j = 0; j < p; j++) {
		is_mixed[j] =
			part(d, j) > least && share(d, j, p - 1) > HALF_SHARE * variance(d, j);
		n += is_mixed[j];
	}
	for (; n < 2 && n < p; n++)
		is_mixed[largest_part(d, is_mixed)] = true;
	return n;
}

/* Of two unit columns with that cosine between them. */
static double pair_condition(double cosine)
{
	double left = 1.0 - cosine;

	return left > SINGULAR ? sqrt((1.0 + cosine) / left) : (double)INFINITY;
}

static double cosine_of(const gsl_matrix *a, size_t j, size_t k)
{
	gsl_vector_const_view x = gsl_matrix_const_column(a, j);
	gsl_vector_const_view y = gsl_matrix_const_column(a, k);
	double lengths = gsl_blas_dnrm2(&x.vector) * gsl_blas_dnrm2(&y.vector), product = 0.0;

	gsl_blas_ddot(&x.vector, &y.vector, &product);
	return lengths > 0.0 ? fabs(product) / lengths : 0.0;
}

double fit_svd_pair(const gsl_matrix *a, bool *is_mixed)
{
	double most = -1.0;
	size_t one = 0, two = 0;

	for (size_t j = 0; j < a->size2; j++)
		for (size_t k = j + 1; k < a->size2; k++)
			if (cosine_of(a, j, k) > most) {
				most = cosine_of(a, j, k);
				one = j;
				two = k;
			}
	for (size_t j = 0; j < a->size2; j++)
		is_mixed[j] = j == one || j == two;
	return pair_condition(most);
}

double fit_svd_variance(const struct fit_svd *d, size_t j)
{
	double length = d->length[j];

	for (size_t k = 0; k < d->s->size; k++)
		if (is_singular(d, k) && fabs(gsl_matrix_get(d->v, j, k)) > 1e-6)
			return (double)INFINITY;
	return length > 0.0 ? variance(d, j) / (length * length) : (double)INFINITY;
}
