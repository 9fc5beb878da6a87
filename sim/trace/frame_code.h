/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * frame_code.h - the guest frames of accesses, as exceptions from a guess that both sides make
 *
 * The guess for virtual page v: what the last access to v had, if v is what its place (v modulo
 * 65536) in a direct-mapped table holds; else the frame as far from the last exception's frame
 * as v is from its page; else, before the first exception, none. A block starts with an empty
 * table. A trace without frames has no exceptions.
 */
#ifndef SIM_TRACE_FRAME_CODE_H
#define SIM_TRACE_FRAME_CODE_H

#include "base/addr.h"
#include "base/err.h"
#include "trace/bytes.h"
#include "trace/record.h"

#define FRAME_PLACES 65536u

struct frame_place {
	uint64_t page, frame;
};

struct frame_code {
	struct frame_place *place; /* FRAME_PLACES */
	struct frame_place miss;   /* the last exception */
	uint32_t next;		   /* record after the last exception */
};

SIM_MUST_CHECK int frame_code_init(struct frame_code *c);
void frame_code_fini(struct frame_code *c);

/* To the start of a block. */
void frame_code_reset(struct frame_code *c);

static inline uint64_t frame_guess(const struct frame_code *c, uint64_t page)
{
	const struct frame_place *at = &c->place[page % FRAME_PLACES];

	if (at->page == page)
		return at->frame;
	return c->miss.frame == FRAME_NONE ? FRAME_NONE : c->miss.frame + (page - c->miss.page);
}

/* Learns from a record, the index-th of its block; an exception is appended to b. 0 or
 * SIM_ENOMEM. */
SIM_MUST_CHECK int frame_put(struct frame_code *c, struct bytes *b, uint32_t index, gva_t gva,
			     uint64_t frame);

/*
 * Where a reader stands in the exceptions.
 */
struct frame_cursor {
	const uint8_t *p, *end;
	uint64_t at, difference; /* the exception to come: its record, frame minus guess */
	bool done;		 /* none to come */
};

/* Both false when the bytes are not well formed. */
SIM_MUST_CHECK bool frame_cursor_init(struct frame_cursor *k, const uint8_t *p, size_t n);

/* The frame of record `index`, asked for every access of the block in turn. */
SIM_MUST_CHECK bool frame_get(struct frame_code *c, struct frame_cursor *k, uint32_t index,
			      gva_t gva, uint64_t *frame);

#endif
