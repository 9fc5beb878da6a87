/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * chisq.h - Pearson's chi-square test of counts, for programs linked with GSL
 *
 * Seeds are fixed: a test that passes once passes always. Cells that expect fewer than 5 are put together
 * with their neighbours.
 */
#ifndef TESTS_CHISQ_H
#define TESTS_CHISQ_H

#include <gsl/gsl_cdf.h>
#include <stddef.h>
#include <stdint.h>

#define CHISQ_FEW      5.0
#define CHISQ_UNLIKELY 1e-4

/* The chance of counts that lie further from the weights than these; *cells, when wanted: after joining. */
static inline double chisq_chance(const uint64_t *count, const double *weight, size_t n,
				  size_t *cells)
{
	double total = 0, all = 0, sum = 0, want = 0, got = 0;
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		total += (double)count[i];
		all += weight[i];
	}
	for (size_t i = 0; i < n; i++) {
		want += weight[i] / all * total;
		got += (double)count[i];
		if (want < CHISQ_FEW)
			continue;
		sum += (got - want) * (got - want) / want;
		used++;
		want = got = 0;
	}
	if (got > 0 || want > 0) {
		sum += want > 0 ? (got - want) * (got - want) / (want < 1 ? 1 : want) : 1e9;
		used++;
	}
	if (cells)
		*cells = used;
	return used > 1 ? gsl_cdf_chisq_Q(sum, (double)(used - 1)) : 1;
}

#endif
