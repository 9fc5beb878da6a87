/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * normal_stream.h - a stream in memory, and what vm/normalise.h makes of it
 */
#ifndef TESTS_NORMAL_STREAM_H
#define TESTS_NORMAL_STREAM_H

#include <stddef.h>

#include "recording.h"
#include "vm/normalise.h"

/* Records; event.words of EVENT_PTPAGE is an index in word[]. */
struct stream {
	struct trace_meta meta;
	uint8_t *op;
	uint64_t *gva; /* of an event: its index */
	struct event *event;
	uint64_t *word;
	size_t n, n_event, n_word;
};

void stream_init(struct stream *s);
void stream_fini(struct stream *s);

void stream_access(struct stream *s, uint8_t op, uint64_t gva);
/* words: 512 of EVENT_PTPAGE, else NULL. */
void stream_event(struct stream *s, const struct event *e, const uint64_t *words);
/* Records of a batch. */
void stream_add(struct stream *s, const struct batch *b);
/* What a random guest did. */
void stream_from_recording(struct stream *s, const struct recording *rec);

/* Records from `at` on, at most max, as a batch; false at the end. */
bool stream_batch(const struct stream *s, size_t at, uint32_t max, struct batch *b);

/* The event that record i is, or NULL. */
const struct event *stream_event_at(const struct stream *s, size_t i);

/* Normalises the whole, fed in batches of at most max; `out` is made. 0 or SIM_E*. */
int stream_normalise(const struct stream *in, const struct normalise_options *o, uint32_t max,
		     struct stream *out, struct sim_error *err);

#endif
