/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * alias.h - draws from a table of weights, by Walker's alias method as GSL builds it
 *
 * gsl_ran_discrete_preproc() adds, subtracts, multiplies and divides doubles, never a product and a
 * sum in one expression: IEEE 754 fixes every bit of its table, whatever compiler and machine. (It
 * has to be double arithmetic: not the x87's.) Chances are cut to 32 bits once; from there on all is
 * integers, and the random numbers are base/rng.h's.
 *
 * Memory: 8 bytes a weight, 40 more while it is built.
 */
#ifndef SIM_GEN_ALIAS_H
#define SIM_GEN_ALIAS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rng.h"

struct alias_cell {
	uint32_t keep;	/* of 2^32: the chance that the cell drawn is the answer */
	uint32_t other; /* else this one is */
};

struct alias {
	uint32_t n;
	struct alias_cell *cell;
};

/* n weights, none negative, their sum above 0. SIM_ENOMEM. */
SIM_MUST_CHECK int alias_init(struct alias *a, const double *weight, uint32_t n,
			      struct sim_error *err);
void alias_fini(struct alias *a);

static inline uint32_t alias_draw(const struct alias *a, struct rng *r)
{
	uint64_t x = rng_next(r);
	uint32_t i = (uint32_t)((x >> 32) * a->n >> 32);

	return (uint32_t)x < a->cell[i].keep ? i : a->cell[i].other;
}

#endif
