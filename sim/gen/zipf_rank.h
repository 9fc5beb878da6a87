/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * zipf_rank.h - ranks by Zipf's law: rank r of 1..n with probability proportional to r^-s
 *
 * Exact for any n without a table of n weights. Ranks up to 64 are on their own; above, each octave
 * is cut into 64 equal ranges. A range is drawn with the weight of its first rank times its width
 * (alias.h), a rank in it evenly, and that is taken with the chance (rank / first)^-s, above 98 % for
 * s = 1: what is left is the law itself. Logarithms are fixed.h's, so draws are the same everywhere.
 *
 * Memory: 48 bytes a range, at most 2752 ranges whatever n.
 */
#ifndef SIM_GEN_ZIPF_RANK_H
#define SIM_GEN_ZIPF_RANK_H

#include <stdint.h>

#include "base/err.h"
#include "base/rng.h"
#include "gen/alias.h"

#define ZIPF_EXPONENT_MAX 8000 /* thousandths: s = 8 */
#define ZIPF_RANKS_MAX	  ((uint64_t)1 << 48)

struct zipf_range {
	uint64_t first, width;
	int64_t log_first;
	uint64_t sure; /* of 2^64: below it every rank of the range is taken */
};

struct zipf {
	unsigned exponent; /* thousandths */
	uint32_t n_ranges;
	struct zipf_range *range;
	struct alias ranges;
};

/* 1 <= n <= ZIPF_RANKS_MAX, exponent <= ZIPF_EXPONENT_MAX. SIM_ENOMEM. */
SIM_MUST_CHECK int zipf_init(struct zipf *z, uint64_t n, unsigned exponent,
			     struct sim_error *err);
void zipf_fini(struct zipf *z);

/* A rank, 0 the most frequent. */
uint64_t zipf_draw(const struct zipf *z, struct rng *r);

/* The range that a rank (0..n-1, as drawn) is in. */
uint32_t zipf_range_of(uint64_t rank);

/* first^-s of a range: the weight of its first rank beside rank 1's. */
double zipf_weight(const struct zipf *z, uint32_t range);

#endif
