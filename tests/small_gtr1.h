/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * small_gtr1.h - a GTR1 trace of a few records, every kind among them
 */
#ifndef TESTS_SMALL_GTR1_H
#define TESTS_SMALL_GTR1_H

#include "trace/bytes.h"

#define SMALL_GTR1_RECORDS 15u

/* Appends the header: 16 MiB of RAM, CR3 0x1000. */
void small_gtr1_head(struct bytes *b);

/* The header and SMALL_GTR1_RECORDS records, the last of which is END. */
void small_gtr1(struct bytes *b);

void small_gtr1_le(struct bytes *b, unsigned n, uint64_t v);
void small_gtr1_uv(struct bytes *b, uint64_t v);
void small_gtr1_sv(struct bytes *b, uint64_t difference);

#endif
