/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * simple_stream.h - what the capture plugin could have written of a guest that has four tables and loads from 64 pages
 */
#ifndef TESTS_SIMPLE_STREAM_H
#define TESTS_SIMPLE_STREAM_H

#include <stdint.h>

#include "trace/bytes.h"

enum simple_stream {
	STREAM_GOOD,
	STREAM_MISMATCH /* one access in the middle */,
	STREAM_NO_TABLE
};

/* The buffer grows. */
void simple_stream(struct bytes *b, enum simple_stream what, uint64_t accesses);

#endif
