/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gen/popularity.h"

int popularity_init(struct popularity *p, uint64_t n, unsigned exponent,
		    enum popularity_order order, uint64_t seed, struct sim_error *err)
{
	*p = (struct popularity){ .n = n, .order = order };
	rng_permutation_init(&p->place, n, seed);
	return exponent ? zipf_init(&p->zipf, n, exponent, err) : 0;
}

void popularity_fini(struct popularity *p)
{
	zipf_fini(&p->zipf);
}
