/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cost/fit_work.h"

#include <gsl/gsl_errno.h>

int fit_work_status(int status, const char *what, struct sim_error *err)
{
	if (status == GSL_SUCCESS)
		return 0;
	if (status == GSL_ENOMEM)
		return sim_fail_nomem(err);
	return sim_fail(err, SIM_ERANGE, NULL, "%s: %s", what, gsl_strerror(status));
}

int fit_work_init(struct fit_work *w, size_t n, size_t p, struct sim_error *err)
{
	gsl_set_error_handler_off();
	*w = (struct fit_work){ .ls = NULL };
	if (p < 1 || p > FIT_COLUMNS_MAX || n <= p)
		return sim_fail(
			err, SIM_ERANGE, NULL,
			"%zu measured points cannot tell %zu prices: there must be more "
			"points than prices",
			n, p);
	w->ls = gsl_multifit_linear_alloc(n, p);
	w->part = gsl_matrix_alloc(n, p);
	w->cov = gsl_matrix_alloc(p, p);
	w->z = gsl_vector_alloc(p);
	w->slope = gsl_vector_alloc(p);
	w->left = gsl_vector_alloc(n);
	if (w->ls && w->part && w->cov && w->z && w->slope && w->left)
		return 0;
	fit_work_fini(w);
	return sim_fail_nomem(err);
}

void fit_work_fini(struct fit_work *w)
{
	if (w->ls)
		gsl_multifit_linear_free(w->ls);
	gsl_matrix_free(w->part);
	gsl_matrix_free(w->cov);
	gsl_vector_free(w->z);
	gsl_vector_free(w->slope);
	gsl_vector_free(w->left);
	*w = (struct fit_work){ .ls = NULL };
}

size_t fit_work_choose(struct fit_work *w, const gsl_matrix *a, const bool *chosen)
{
	size_t k = 0;

	for (size_t j = 0; j < a->size2; j++) {
		if (!chosen[j])
			continue;
		for (size_t i = 0; i < a->size1; i++)
			gsl_matrix_set(w->part, i, k, gsl_matrix_get(a, i, j));
		k++;
	}
	return k;
}

int fit_work_solve(struct fit_work *w, const gsl_matrix *a, const gsl_vector *b,
		   const bool *chosen, double *z, struct sim_error *err)
{
	size_t k = fit_work_choose(w, a, chosen), next = 0;
	double chisq;
	int rc = 0;

	if (k) {
		gsl_matrix_view part = gsl_matrix_submatrix(w->part, 0, 0, a->size1, k);
		gsl_matrix_view cov = gsl_matrix_submatrix(w->cov, 0, 0, k, k);
		gsl_vector_view c = gsl_vector_subvector(w->z, 0, k);

		rc = fit_work_status(gsl_multifit_linear(&part.matrix, b, &c.vector,
							 &cov.matrix, &chisq, w->ls),
				     "least squares", err);
	}
	for (size_t j = 0; j < a->size2 && !rc; j++)
		z[j] = chosen[j] ? gsl_vector_get(w->z, next++) : 0.0;
	return rc;
}
