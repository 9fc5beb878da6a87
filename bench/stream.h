/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stream.h - a pattern as a .snt file that every technique can replay
 *
 * Guest RAM is 2 GiB; the upper half is mapped at one place of the guest's address space in 4 KiB
 * pages, with tables in the lower half. The stream gives the tables first, then 8-byte loads by
 * CPL 3, one for each address of the pattern.
 */
#ifndef BENCH_STREAM_H
#define BENCH_STREAM_H

#include "base/err.h"
#include "pattern.h"

/* Writes the stream unless a file of that name says that it is the very same. */
SIM_MUST_CHECK int stream_make(const char *path, enum pattern kind, size_t n,
			       struct sim_error *err);

#endif
