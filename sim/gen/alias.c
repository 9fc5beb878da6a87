/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gen/alias.h"

#include <assert.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_rng.h>

#define RANDOM_MAX 0xffffffffu

int alias_init(struct alias *a, const double *weight, uint32_t n, struct sim_error *err)
{
	assert(n && n >> ALIAS_BITS == 0);
	gsl_set_error_handler_off();
	a->table = gsl_ran_discrete_preproc(n, weight);
	return a->table ? 0 : sim_fail_nomem(err);
}

void alias_fini(struct alias *a)
{
	if (a->table)
		gsl_ran_discrete_free(a->table);
	a->table = NULL;
}

/* --- base/rng.h as a generator of GSL's --- */

static void set(void *state, unsigned long seed)
{
	rng_seed(state, seed);
}

static unsigned long get(void *state)
{
	return (unsigned long)(rng_next(state) >> 32);
}

static double get_double(void *state)
{
	return (double)(rng_next(state) >> 32) / (RANDOM_MAX + 1.0);
}

static const gsl_rng_type generator = {
	.name = "splitmix64",
	.max = RANDOM_MAX,
	.min = 0,
	.size = sizeof(struct rng),
	.set = set,
	.get = get,
	.get_double = get_double,
};

uint32_t alias_draw(const struct alias *a, struct rng *r)
{
	const gsl_rng source = { .type = &generator, .state = r };

	return (uint32_t)gsl_ran_discrete(&source, a->table);
}
