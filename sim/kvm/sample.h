/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sample.h - repeated measurements of one time, and what is told of them: median and spread, never a mean
 */
#ifndef SIM_KVM_SAMPLE_H
#define SIM_KVM_SAMPLE_H

#include <stdint.h>

#include "base/err.h"

#define SAMPLE_MAX 31

/* All zero: none. */
struct sample {
	uint64_t ns[SAMPLE_MAX]; /* ascending */
	unsigned n;
};

struct sample_summary {
	uint64_t min, low, median, high; /* low and high: quartiles */
};

/* Keeps them in order; more than SAMPLE_MAX are not taken. */
void sample_add(struct sample *s, uint64_t ns);

/* What lies between two of them is interpolated, rounded down. All 0 without a sample. */
struct sample_summary sample_summary(const struct sample *s);

#endif
