/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rng.h - small deterministic random numbers, integers only, the same on every machine
 *
 * SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA
 * 2014). Known answer: seed 0 gives first 0xe220a8397b1dcdaf.
 */
#ifndef SIM_BASE_RNG_H
#define SIM_BASE_RNG_H

#include <stdint.h>

struct rng {
	uint64_t state;
};

/* SplitMix64's finaliser: a bijection of 64 bits that scatters. */
static inline uint64_t rng_mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static inline void rng_seed(struct rng *r, uint64_t seed)
{
	r->state = seed;
}

static inline uint64_t rng_next(struct rng *r)
{
	r->state += 0x9e3779b97f4a7c15u;
	return rng_mix(r->state);
}

/* Uniform in 0..n-1 (n > 0); unbiased by rejection. */
static inline uint64_t rng_below(struct rng *r, uint64_t n)
{
	uint64_t limit = UINT64_MAX - UINT64_MAX % n;
	uint64_t x;

	do
		x = rng_next(r);
	while (x >= limit);
	return x % n;
}

/*
 * A bijection of 0..n-1 that scatters: a Feistel network over the next even power of two, walked
 * until it falls below n.
 */
struct rng_permutation {
	uint64_t n, mask;
	unsigned half; /* bits */
	uint64_t key[4];
};

static inline void rng_permutation_init(struct rng_permutation *p, uint64_t n, uint64_t seed)
{
	*p = (struct rng_permutation){ .n = n, .half = 1 };
	while (p->half < 32 && n > (uint64_t)1 << (2 * p->half))
		p->half++;
	p->mask = ((uint64_t)1 << p->half) - 1;
	for (unsigned round = 0; round < 4; round++)
		p->key[round] = rng_mix(seed + round);
}

/* The place of i (i < n). */
static inline uint64_t rng_permuted(const struct rng_permutation *p, uint64_t i)
{
	do {
		uint64_t left = i >> p->half, right = i & p->mask;

		for (unsigned round = 0; round < 4; round++) {
			uint64_t mixed = left ^ (rng_mix(right ^ p->key[round]) & p->mask);

			left = right;
			right = mixed;
		}
		i = left << p->half | right;
	} while (i >= p->n);
	return i;
}

/* The same for one i. */
static inline uint64_t rng_scatter(uint64_t i, uint64_t n, uint64_t seed)
{
	struct rng_permutation p;

	rng_permutation_init(&p, n, seed);
	return rng_permuted(&p, i);
}

#endif
