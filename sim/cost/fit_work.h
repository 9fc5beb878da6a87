/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fit_work.h - least squares by GSL, with its errors made ours
 *
 * The systems here are A x = b with n rows, p columns, n > p, and columns of comparable length.
 * GSL reports through return values (its handler, which ends the program, is switched off), and
 * gives NULL when memory runs out.
 */
#ifndef SIM_COST_FIT_WORK_H
#define SIM_COST_FIT_WORK_H

#include <gsl/gsl_matrix.h>
#include <gsl/gsl_multifit.h>
#include <gsl/gsl_vector.h>
#include <stdbool.h>

#include "base/counters.h"
#include "base/err.h"

#define FIT_COLUMNS_MAX ((size_t)COUNTER_COUNT)

/* Room for one system's solutions. */
struct fit_work {
	gsl_multifit_linear_workspace *ls;
	gsl_matrix *part;  /* n x p: chosen columns, side by side */
	gsl_matrix *cov;   /* p x p */
	gsl_vector *z;	   /* p: a solution of the chosen columns, side by side */
	gsl_vector *slope; /* p */
	gsl_vector *left;  /* n: b - A x */
};

/* SIM_ENOMEM; SIM_ERANGE unless n > p > 0 and p fits. */
SIM_MUST_CHECK int fit_work_init(struct fit_work *w, size_t n, size_t p, struct sim_error *err);
void fit_work_fini(struct fit_work *w);

/* 0, or the failure that GSL's status means. */
SIM_MUST_CHECK int fit_work_status(int status, const char *what, struct sim_error *err);

/* Puts the chosen columns of a side by side into w->part; returns how many. */
size_t fit_work_choose(struct fit_work *w, const gsl_matrix *a, const bool *chosen);

/* Least squares over the chosen columns, unbounded: z[j] for each, 0 for the others. */
SIM_MUST_CHECK int fit_work_solve(struct fit_work *w, const gsl_matrix *a, const gsl_vector *b,
				  const bool *chosen, double *z, struct sim_error *err);

#endif
