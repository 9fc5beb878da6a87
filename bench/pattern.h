/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pattern.h - synthetic address streams of known behaviour, for benchmarks and known-answer tests
 *
 * All over PATTERN_PAGES pages of 4 KiB (1 GiB), the same on every machine.
 *
 *     uniform     pages uniform at random
 *     zipf        rank r with probability proportional to r^-0.99, ranks scattered over the pages;
 *                 known answer, misses of LRU with 1536 entries: 0.5230 fully associative, 0.5266
 *                 as 128 sets of 12 ways
 *     sequential  a step of 8 bytes
 */
#ifndef BENCH_PATTERN_H
#define BENCH_PATTERN_H

#include <stddef.h>
#include <stdint.h>

#define PATTERN_PAGES	 262144u
#define PATTERN_EXPONENT 990 /* thousandths */

enum pattern { PATTERN_UNIFORM, PATTERN_ZIPF, PATTERN_SEQUENTIAL, PATTERN_COUNT };

extern const char *const pattern_names[PATTERN_COUNT];

/* n addresses below 1 GiB into `address`; 0, or -1 when out of memory. */
int pattern_fill(enum pattern kind, uint64_t *address, size_t n, uint64_t seed);

#endif
