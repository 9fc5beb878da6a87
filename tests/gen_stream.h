/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gen_stream.h - generated streams for tests: from a text, a record at a time
 */
#ifndef TESTS_GEN_STREAM_H
#define TESTS_GEN_STREAM_H

#include <stdint.h>

#include "base/err.h"
#include "gen/gen.h"

struct gen_stream {
	struct spec spec;
	struct gen *g;
	struct batch b;
	uint32_t at;
};

/* One record, whatever it is. */
struct gen_record {
	uint8_t op;
	uint64_t gva, count;
	const struct event *event; /* NULL: an access */
};

/* From the JSON text of a spec. */
SIM_MUST_CHECK int gen_stream_open(struct gen_stream *s, const char *text,
				   struct sim_error *err);
void gen_stream_close(struct gen_stream *s);

/* 0, or SIM_EOF. r->event lives until the next call. */
int gen_stream_next(struct gen_stream *s, struct gen_record *r);

#endif
