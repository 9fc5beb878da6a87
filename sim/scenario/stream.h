/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stream.h - a stream in the making: records gather until they are handed on as a batch
 */
#ifndef SIM_SCENARIO_STREAM_H
#define SIM_SCENARIO_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "trace/record.h"

/* All zero: empty. */
struct stream {
	uint8_t *op;
	uint64_t *gva, *word;
	struct event *event;
	size_t n, n_word, n_event;
	size_t cap_op, cap_gva, cap_word, cap_event;
	uint32_t n_load, n_store;
	uint64_t first; /* position of op[0] */
};

void stream_fini(struct stream *s);

/* An aligned access of 8 bytes at CPL 3; `kind` is OP_LOAD or OP_STORE. */
SIM_MUST_CHECK int stream_access(struct stream *s, unsigned kind, uint64_t gva,
				 struct sim_error *err);
SIM_MUST_CHECK int stream_event(struct stream *s, const struct event *e, struct sim_error *err);

/* EVENT_PTPAGE. */
SIM_MUST_CHECK int stream_table(struct stream *s, uint64_t gfn, unsigned level,
				const uint64_t words[512], struct sim_error *err);

/* What has gathered; lives until the next call. */
struct batch stream_batch(const struct stream *s);

/* It has been handed on. */
void stream_clear(struct stream *s);

#endif
