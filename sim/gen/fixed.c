/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gen/fixed.h"

__extension__ typedef unsigned __int128 uint128_t;

#define LN2	   0xb17217f7d1cf79abu /* ln 2 x 2^64, OEIS A002162 */
#define TERMS	   22		       /* of the exponential series: ln2^22 / 22! < 2^-80 */
#define SCALE_STEP 32		       /* bits a step of fixed_double */

static uint64_t mul_high(uint64_t a, uint64_t b)
{
	return (uint64_t)((uint128_t)a * b >> 64);
}

/* One bit of the logarithm a squaring: when the square of a number in [1,2) reaches 2, the bit is 1. */
int64_t fixed_log2(uint64_t x)
{
	unsigned whole = 63;
	uint64_t fraction = 0;

	while (!(x >> 63)) {
		x <<= 1;
		whole--;
	}
	for (unsigned i = 0; i < FIXED_LOG_BITS; i++) {
		x = mul_high(x, x); /* 62 fraction bits */
		fraction = fraction << 1 | x >> 63;
		if (!(x >> 63))
			x <<= 1;
	}
	return (int64_t)((uint64_t)whole << FIXED_LOG_BITS | fraction);
}

/* e^t by its series, t a fraction of 2^64 below ln 2; 63 fraction bits. */
static uint64_t series(uint64_t t)
{
	uint64_t term = (uint64_t)1 << 63, sum = 0;

	for (unsigned k = 1; k <= TERMS && term; k++) {
		sum += term;
		term = mul_high(term, t) / k;
	}
	return sum;
}

struct fixed_power fixed_exp2(int64_t e)
{
	const int64_t one = (int64_t)1 << FIXED_LOG_BITS;
	int64_t whole = e / one, fraction = e % one;

	if (fraction < 0) {
		fraction += one;
		whole--;
	}
	return (struct fixed_power){
		.mantissa = series(mul_high((uint64_t)fraction << (64 - FIXED_LOG_BITS), LN2)),
		.exponent = (int)whole,
	};
}

uint64_t fixed_chance(int64_t e)
{
	struct fixed_power p = fixed_exp2(-e);

	if (p.exponent >= 0)
		return UINT64_MAX;
	return p.exponent <= -64 ? 0 : p.mantissa >> (-1 - p.exponent);
}

double fixed_double(struct fixed_power p)
{
	const double step = (double)((uint64_t)1 << SCALE_STEP);
	double v = (double)p.mantissa;
	int shift = p.exponent - 63;

	for (; shift <= -SCALE_STEP; shift += SCALE_STEP)
		v /= step;
	for (; shift >= SCALE_STEP; shift -= SCALE_STEP)
		v *= step;
	return shift < 0 ? v / (double)((uint64_t)1 << -shift)
			 : v * (double)((uint64_t)1 << shift);
}
