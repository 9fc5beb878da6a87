/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * event_code.h - events as bytes
 *
 * An event is its kind (one byte) and the fields that its kind has, in the order level, vcpu,
 * n, pid, gva, gpa, value; each is the LEB128 of the zigzag difference to the same field of the
 * last event of the same kind in the block (zero before the first). A gpa that must be aligned
 * is stored shifted right. The words of a table page stand in a column of their own.
 */
#ifndef SIM_TRACE_EVENT_CODE_H
#define SIM_TRACE_EVENT_CODE_H

#include "base/err.h"
#include "trace/bytes.h"
#include "trace/record.h"

#define TABLE_WORDS 512u

struct event_code {
	struct event last[EVENT_KIND_COUNT];
};

/* NULL when every field of e can be written and read back, else what is wrong with it. */
const char *event_flaw(const struct event *e, unsigned n_vcpu);

/* 0 or SIM_ENOMEM. */
SIM_MUST_CHECK int event_put(struct event_code *c, struct bytes *b, const struct event *e);

/* Reads one event at *p, e->words left alone. NULL, or what is wrong with the bytes. */
const char *event_get(struct event_code *c, const uint8_t **p, const uint8_t *end,
		      unsigned n_vcpu, struct event *e);

/* The 512 words of a table page: the count of non-zero ones, then for each the index gap to the
 * one before (minus one) and the difference of values. */
SIM_MUST_CHECK int event_words_put(struct bytes *b, const uint64_t word[TABLE_WORDS]);
bool event_words_get(const uint8_t **p, const uint8_t *end, uint64_t word[TABLE_WORDS]);

#endif
