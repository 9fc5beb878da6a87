/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fit_columns.h - the system of a fit: which prices are its columns, and its rows
 */
#ifndef SIM_COST_FIT_COLUMNS_H
#define SIM_COST_FIT_COLUMNS_H

#include "cost/fit.h"
#include "cost/fit_work.h"

struct fit_system {
	gsl_matrix *a; /* rows divided by their standard error, columns of unit length */
	gsl_vector *b;
	double length[FIT_COLUMNS_MAX]; /* of the columns before */
};

/* Every price, each a column of its own, but those that no point has. */
void fit_columns_begin(struct fit *f, const struct fit_data *d, const struct cost_params *base);

/* Merges the columns that are mixed into one. */
void fit_columns_merge(struct fit *f, const bool *is_mixed);

/* Takes the column out: its prices are the base's, with that fate. */
void fit_columns_settle(struct fit *f, size_t column, enum fit_fate fate);

static inline bool fit_columns_has(const struct fit_price *p)
{
	return p->fate == FIT_FITTED || p->fate == FIT_MERGED;
}

/* The system of the columns there are now. SIM_ENOMEM. */
SIM_MUST_CHECK int fit_system_create(struct fit_system *s, const struct fit *f,
				     const struct fit_data *d, struct sim_error *err);
void fit_system_destroy(struct fit_system *s);

#endif
