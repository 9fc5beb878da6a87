/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * source.h - the bytes of a foreign trace, unpacked on the way when they are packed (codec.h,
 * archive.h)
 *
 * Reads a stream once, forward. Positions in messages are offsets in the unpacked bytes.
 * A read that a signal's handler ended is SIM_EINTR.
 * Memory: two buffers and what the codec asks for, at most 128 MiB.
 */
#ifndef SIM_TRACE_SOURCE_H
#define SIM_TRACE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "trace/archive.h"
#include "trace/codec.h"

struct trace_source {
	FILE *f; /* borrowed */
	char *name;
	uint64_t packed; /* bytes of the file consumed */
	uint64_t base;	 /* offset of buf[0] in the unpacked bytes */
	uint8_t *buf, *raw;
	size_t at, n;		   /* next and end in buf */
	size_t raw_at, raw_n;	   /* the same in raw; packed only */
	const struct codec *codec; /* NULL: not packed */
	void *state;		   /* the codec's */
	struct archive *archive;   /* read instead of f; NULL: f is no archive */
};

SIM_MUST_CHECK int source_init(struct trace_source *s, FILE *f, const char *name,
			       struct sim_error *err);
void source_fini(struct trace_source *s);

static inline uint64_t source_offset(const struct trace_source *s)
{
	return s->base + s->at;
}

/* Fills buf again. SIM_EOF at the end. */
SIM_MUST_CHECK int source_fill(struct trace_source *s, struct sim_error *err);

/* 0 when there is a byte to come, SIM_EOF when there is none. */
SIM_MUST_CHECK static inline int source_more(struct trace_source *s, struct sim_error *err)
{
	return s->at < s->n ? 0 : source_fill(s, err);
}

/* Records that the file ends too early. */
int source_cut(const struct trace_source *s, struct sim_error *err);

/* One byte; SIM_EFORMAT at the end. */
SIM_MUST_CHECK static inline int source_byte(struct trace_source *s, uint8_t *c,
					     struct sim_error *err)
{
	if (SIM_UNLIKELY(s->at == s->n)) {
		int rc = source_fill(s, err);

		if (rc)
			return rc < 0 ? rc : source_cut(s, err);
	}
	*c = s->buf[s->at++];
	return 0;
}

SIM_MUST_CHECK int source_bytes(struct trace_source *s, void *p, size_t n,
				struct sim_error *err);

/* Little-endian integer of n <= 8 bytes. */
SIM_MUST_CHECK int source_le(struct trace_source *s, unsigned n, uint64_t *v,
			     struct sim_error *err);

/* LEB128, unsigned and zigzag. SIM_EFORMAT when longer than 64 bits need. */
SIM_MUST_CHECK int source_leb(struct trace_source *s, uint64_t *v, struct sim_error *err);
SIM_MUST_CHECK int source_zigzag(struct trace_source *s, uint64_t *v, struct sim_error *err);

/* SIM_EFORMAT unless all was read. */
SIM_MUST_CHECK int source_end(struct trace_source *s, struct sim_error *err);

/* Records SIM_EFORMAT at `offset`. */
int source_fail(const struct trace_source *s, uint64_t offset, const char *why,
		struct sim_error *err);

#endif
