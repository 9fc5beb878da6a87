/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * guest_values.h - an oracle for the guest OS model: what programs see in memory
 *
 * The slowest memory there can be: for each process and page of a window, the value last stored, by the rules of
 * mmap(2), fork(2) and madvise(2) alone: nothing of frames, tables or faults. Beside it, the contents of each frame, as the
 * stream's own accesses make them: the program's stores, the kernel's fills and copies. A load must find in its frame what
 * the rules say.
 */
#ifndef TESTS_GUEST_VALUES_H
#define TESTS_GUEST_VALUES_H

#include "guest_stream.h"

#define WINDOW_GVA   ((uint64_t)0x10000000)
#define WINDOW_PAGES 8192u
#define WINDOW_PIDS  8u /* 1 .. WINDOW_PIDS - 1 */

/* Follows the stream, and asserts on each load. Returns the loads that were compared. */
uint64_t values_check(const struct guest_run *r);

#endif
