/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * popularity.h - which of n things is used next: each as often, or some much more (Zipf)
 */
#ifndef SIM_GEN_POPULARITY_H
#define SIM_GEN_POPULARITY_H

#include <stdint.h>

#include "base/err.h"
#include "base/rng.h"
#include "gen/zipf_rank.h"

/* Whether popular things stand side by side (rank = number) or anywhere. */
enum popularity_order { POPULARITY_SCRAMBLED, POPULARITY_RANKED };

struct popularity {
	uint64_t n;
	enum popularity_order order;
	struct zipf zipf; /* its ranges are NULL: each as often */
	struct rng_permutation place;
};

/* exponent in thousandths; 0: each as often. SIM_ENOMEM. */
SIM_MUST_CHECK int popularity_init(struct popularity *p, uint64_t n, unsigned exponent,
				   enum popularity_order order, uint64_t seed,
				   struct sim_error *err);
void popularity_fini(struct popularity *p);

/* 0..n-1. */
static inline uint64_t popularity_draw(const struct popularity *p, struct rng *r)
{
	uint64_t rank;

	if (!p->zipf.range)
		return rng_below(r, p->n);
	rank = zipf_draw(&p->zipf, r);
	return p->order == POPULARITY_SCRAMBLED ? rng_permuted(&p->place, rank) : rank;
}

#endif
