/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * alias.h - draws from a table of weights: GSL's gsl_ran_discrete (Walker's alias method)
 *
 * The same draws on every machine, although GSL computes in doubles:
 *  - its table is made of sums, quotients and products that stand alone, each rounded as IEEE 754 says: no
 *    product is added to in the same expression, so there is nothing for a compiler to contract (the x87's
 *    longer registers excepted, which no 64-bit machine computes doubles in);
 *  - a draw multiplies a random number of 32 bits by the size of the table, of ALIAS_BITS at most: exact in
 *    the 53 bits of a double, whichever way it is compiled; what follows are comparisons.
 * Random numbers are base/rng.h's. tests/test_gen_draw holds the draws against GSL's probabilities.
 *
 * Resolution: 2^-32 of the whole. Memory: 16 bytes a weight, 32 more while the table is built.
 */
#ifndef SIM_GEN_ALIAS_H
#define SIM_GEN_ALIAS_H

#include <gsl/gsl_randist.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rng.h"

#define ALIAS_BITS 20

struct alias {
	gsl_ran_discrete_t *table;
};

/* n weights, none negative, their sum above 0; 1 <= n < 2^ALIAS_BITS. SIM_ENOMEM. */
SIM_MUST_CHECK int alias_init(struct alias *a, const double *weight, uint32_t n,
			      struct sim_error *err);
void alias_fini(struct alias *a);

/* 0..n-1. */
uint32_t alias_draw(const struct alias *a, struct rng *r);

#endif
