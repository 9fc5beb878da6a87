/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gen/alias.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>

#include "base/alloc.h"

#define CHANCE_ONE 4294967296.0 /* 2^32 */

/* A cell that is always kept names itself, so that 2^32 - 1 of 2^32 is as good. */
static struct alias_cell cell_of(const gsl_ran_discrete_t *table, uint32_t i)
{
	double keep = table->F[i] * CHANCE_ONE;

	if (keep >= CHANCE_ONE)
		return (struct alias_cell){ UINT32_MAX, i };
	return (struct alias_cell){ (uint32_t)keep, (uint32_t)table->A[i] };
}

int alias_init(struct alias *a, const double *weight, uint32_t n, struct sim_error *err)
{
	gsl_ran_discrete_t *table;

	*a = (struct alias){ .n = n, .cell = sim_calloc(n, sizeof(*a->cell)) };
	if (!a->cell)
		return sim_fail_nomem(err);
	gsl_set_error_handler_off();
	table = gsl_ran_discrete_preproc(n, weight);
	if (!table) {
		alias_fini(a);
		return sim_fail_nomem(err);
	}
	for (uint32_t i = 0; i < n; i++)
		a->cell[i] = cell_of(table, i);
	gsl_ran_discrete_free(table);
	return 0;
}

void alias_fini(struct alias *a)
{
	sim_free(a->cell);
	a->cell = NULL;
}
