/* SPDX-License-Identifier: GPL-3.0-or-later */
/* normal.h - normally distributed numbers for tests: Box and Muller's method on base/rng.h */
#ifndef TESTS_NORMAL_H
#define TESTS_NORMAL_H

#include <math.h>

#include "base/rng.h"

/* Uniform, 0 < u < 1. */
static inline double uniform(struct rng *r)
{
	return ((double)(rng_next(r) >> 11) + 0.5) / 9007199254740992.0;
}

static inline double normal(struct rng *r)
{
	double radius = sqrt(-2.0 * log(uniform(r)));

	return radius * cos(6.283185307179586 * uniform(r));
}

#endif
