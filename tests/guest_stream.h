/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * guest_stream.h - streams for the guest OS model, written by hand, and what came out of them
 */
#ifndef TESTS_GUEST_STREAM_H
#define TESTS_GUEST_STREAM_H

#include <stddef.h>

#include "guest/guest.h"

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

#define USER_LOAD  ((uint8_t)(OP_LOAD | OP_USER | 3u << OP_SIZE_SHIFT))
#define USER_STORE ((uint8_t)(OP_STORE | OP_USER | 3u << OP_SIZE_SHIFT))
#define USER_FETCH ((uint8_t)(OP_FETCH | OP_USER))
#define ANON	   (MAPPING_READ | MAPPING_WRITE)
#define HERE	   ((uint64_t)0x40000000) /* starts a GiB: tables are its own */

/* All zero: empty. */
struct guest_stream {
	uint8_t *op;
	uint64_t *gva, *frame, *count, *word;
	struct event *event;
	size_t n, n_event, n_word;
};

void stream_fini(struct guest_stream *s);
void stream_access(struct guest_stream *s, uint8_t op, uint64_t gva);
void stream_event(struct guest_stream *s, const struct event *e);
/* The same of another stream, with its words. */
void stream_event_words(struct guest_stream *s, const struct event *e, const uint64_t *word);
void stream_map(struct guest_stream *s, uint32_t pid, uint64_t gva, uint64_t bytes,
		uint32_t flags);
void stream_call(struct guest_stream *s, enum event_kind kind, uint32_t pid, uint64_t gva,
		 uint64_t bytes);
/* EVENT_PROTECT, EVENT_ADVISE: n of [gva, gva + bytes). */
void stream_call_n(struct guest_stream *s, enum event_kind kind, uint32_t pid,
		   const uint64_t range[2], uint32_t n);
void stream_fork(struct guest_stream *s, uint32_t pid, uint32_t child);
/* Process 1, with `bytes` at HERE. */
struct guest_stream stream_begin(uint64_t bytes, uint32_t flags);
/* One access to each of n pages. */
void stream_touch(struct guest_stream *s, uint8_t op, uint64_t gva, uint64_t n);

/* What a run gave. */
struct guest_run {
	struct guest_stream out;
	struct trace_meta meta;		      /* names are "" */
	struct guest_os_counts before, after; /* before the first record; after the last */
	struct guest_os_captured captured;
	uint64_t n_event[EVENT_KIND_COUNT];
};

/* Runs the model over `in`, `cut` records a batch (0: all in one). 0, or the model's error; run_fini either way. */
int run_guest(struct guest_run *r, const struct guest_stream *in,
	      const struct guest_os_config *cfg, size_t cut, struct sim_error *err);
void run_fini(struct guest_run *r);
/* The same, asserts that it goes well, and that vm/verify finds nothing wrong with what came out. */
void run_checked(struct guest_run *r, const struct guest_stream *in,
		 const struct guest_os_config *cfg);
/* 256 MiB, no huge pages, no PCIDs; what is mapped nowhere is an error. */
struct guest_os_config run_plain(void);
/* The same of a stream that is needed no more. */
void run_last(struct guest_run *r, struct guest_stream *in, const struct guest_os_config *cfg);
/* Asserts that vm/verify finds nothing wrong. */
void run_verify(const struct guest_run *r);
/* The model refuses a stream that is needed no more, and says `text`. */
void run_fails(struct guest_stream *in, const struct guest_os_config *cfg, int code,
	       const char *text);
/* Events of a kind in the output: the i-th, the last; NULL: there is none. */
const struct event *run_event(const struct guest_run *r, enum event_kind kind, unsigned i);
const struct event *run_last_event(const struct guest_run *r, enum event_kind kind);
/* The output from record `at`, at most max records. */
struct batch run_batch(const struct guest_run *r, size_t at, size_t max);

#endif
