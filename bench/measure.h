/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * measure.h - CPU time, medians, and the peak memory of a piece of work
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stddef.h>

/* CPU time of this process so far, user and system. */
double measure_seconds(void);

/* Sorts v. */
double measure_median(double *v, size_t n);

/* Does `work` in a child process: what it returned (0..255; 255 also when it died), and its peak
 * resident memory. The child begins as large as this process is. */
int measure_child(int (*work)(void *arg), void *arg, double *peak_mib);

#endif
