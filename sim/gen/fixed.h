/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fixed.h - logarithm and power in integers, the same on every machine
 *
 * pow(), exp() and log() differ in the last bit from one libm to the next; a stream that hangs on
 * one of them is another stream elsewhere. These are integer arithmetic throughout: their error
 * (below 2^-40) is the same error everywhere, and far below what a distribution shows.
 *
 * Logarithms are to base 2 with FIXED_LOG_BITS fraction bits. A `struct fixed_power` is
 * mantissa x 2^(exponent - 63), mantissa with bit 63 set.
 */
#ifndef SIM_GEN_FIXED_H
#define SIM_GEN_FIXED_H

#include <stdint.h>

#define FIXED_LOG_BITS 44
#define FIXED_ONE      1000 /* exponents of distributions are in thousandths */

struct fixed_power {
	uint64_t mantissa;
	int exponent;
};

/* log2 of x, x > 0. */
int64_t fixed_log2(uint64_t x);

/* 2^e; |e| below 2^14, with FIXED_LOG_BITS fraction bits. */
struct fixed_power fixed_exp2(int64_t e);

/* 2^-e for e >= 0 as a fraction of 2^64, at most 2^64 - 1: what a 64-bit random number is below with that
 * probability. */
uint64_t fixed_chance(int64_t e);

/* The number nearest to p; exact scaling, one rounding that IEEE 754 fixes. */
double fixed_double(struct fixed_power p);

#endif
