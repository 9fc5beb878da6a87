/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sample_trace.h - a small random trace with every kind of record, and its bytes as a .snt
 */
#ifndef TESTS_SAMPLE_TRACE_H
#define TESTS_SAMPLE_TRACE_H

#include "base/rng.h"
#include "trace/meta.h"
#include "trace/record.h"
#include "trace/writer.h"

#define SAMPLE_VCPUS 5u

struct sample_record {
	enum { SAMPLE_ACCESS, SAMPLE_EVENT } what;
	struct trace_access access; /* without OP_CROSS */
	struct event event;	    /* without .words */
	uint64_t words_seed;	    /* EVENT_PTPAGE */
};

struct sample_trace {
	struct trace_meta meta;
	struct sample_record *record; /* the last is EVENT_END */
	size_t n;
};

/* n >= EVENT_KIND_COUNT records: every event kind, random accesses of several patterns. */
void sample_trace_init(struct sample_trace *s, uint64_t seed, size_t n);
void sample_trace_fini(struct sample_trace *s);

/* The words of a table page. */
void sample_words(uint64_t seed, uint64_t word[512]);

/* The trace as bytes, blocks of `block` records; free() them. */
uint8_t *sample_trace_bytes(const struct sample_trace *s, uint32_t block, size_t *size);

#endif
