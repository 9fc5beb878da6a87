/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report.h - what was measured, beside what was aimed at and what other tools reach
 *
 * bench/README says where the figures of others come from.
 */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <jansson.h>

#include "mode.h"

struct row {
	enum mode mode;
	const char *stream;
	double rate;   /* million accesses per CPU-second, median of the rounds */
	double target; /* 0: none */
};

struct memory_row {
	const char *stream;
	uint64_t accesses;
	double peak_mib;
};

/* The target that stands for mode and stream, 0 for none. */
double report_target(enum mode mode, const char *stream);

void report_head(void);
void report_row(const struct row *r);
void report_memory(const struct memory_row *r, size_t n);

/* All of it into a file; 0 or -1. */
int report_write(const char *path, const struct row *r, size_t n, const struct memory_row *m,
		 size_t n_memory);

#endif
