/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * small_capture.h - a short stream as the capture plugin sends it, with each kind of record
 */
#ifndef TESTS_SMALL_CAPTURE_H
#define TESTS_SMALL_CAPTURE_H

#include "trace/bytes.h"
#include "trace/capture_wire.h"

/* What it becomes, as capture_text() of tests/test_import_capture shows it. */
extern const char small_capture_records[];

/* Units; the buffer grows. */
void small_capture_unit(struct bytes *b, uint64_t a, uint64_t second);
void small_capture_event(struct bytes *b, const uint64_t unit[6]);

/* The header: 16 MiB of RAM, 4-level paging, a text of 9 bytes. */
void small_capture_head(struct bytes *b);

/* END with an instruction count, and the trailer. */
void small_capture_end(struct bytes *b, uint64_t count);

void small_capture(struct bytes *b);

#endif
