/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cutter.h - takes a stream apart: one part of it, or all of it in pieces
 *
 * Each piece replays alone (vm/piece.h). A border is moved on to the next record that a piece can begin
 * with, so that a store stays with the page-table writes behind it; borders of neighbours move alike.
 *
 * Instructions are those that the fetches count: a piece's sum is its own, and the end record of the stream keeps what
 * its last fetch does not count. Sums over pieces that follow each other are those of the stream.
 *
 * Memory: the state of the stream (vm/stream_state.h), one writer.
 */
#ifndef SIM_VM_CUTTER_H
#define SIM_VM_CUTTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "trace/meta.h"
#include "trace/record.h"
#include "trace/writer.h"

enum cut_kind {
	CUT_RECORDS,	    /* from .. before to, positions */
	CUT_INSTRUCTIONS,   /* the same, instructions counted so far */
	CUT_PHASE,	    /* the first phase of number `from`, with its marks */
	CUT_TAG,	    /* from the first tag of value `from` to before the next tag */
	CUT_KINDS,	    /* those above give one piece, those below everything in pieces */
	SPLIT_RECORDS,	    /* a piece each `from` records */
	SPLIT_INSTRUCTIONS, /* the same in instructions */
	SPLIT_PHASES,	    /* at each begin and behind each end of a phase */
	SPLIT_TAGS,	    /* at each tag */
};

struct cut_rule {
	enum cut_kind kind;
	uint64_t from, to; /* to: UINT64_MAX for the end */
};

struct cut_piece {
	uint64_t index;	      /* 0 ... */
	uint64_t first, last; /* positions in the stream: its first record, behind its last */
	uint64_t first_asked; /* what the rule said; first is the same or later */
	uint64_t last_asked;  /* the same of last, when the piece was closed */
	uint64_t prologue;    /* records in front of those of the stream */
	uint64_t records, accesses; /* written, prologue and end record included */
	uint64_t instructions;
	uint64_t
		stray_writes; /* page-table writes left out: to pages that are no tables any more */
};

/* Where pieces go. The cutter closes what `open` gives. */
struct cutter_sink {
	void *arg;
	/* meta: name, origin and tools are the stream's; the callee may put others there. */
	int (*open)(void *arg, const struct cut_piece *piece, struct trace_meta *meta,
		    struct trace_writer **w, struct sim_error *err);
	int (*done)(void *arg, const struct cut_piece *piece, struct sim_error *err);
};

struct cutter;

/* SIM_ERANGE for a rule that asks for nothing. meta and sink are borrowed. */
SIM_MUST_CHECK int cutter_create(struct cutter **c, const struct trace_meta *meta,
				 const struct cut_rule *rule, const struct cutter_sink *sink,
				 struct sim_error *err);

/* Aborts a piece that is not closed. NULL allowed. */
void cutter_destroy(struct cutter *c);

/* Adds a batch of a reader opened with TRACE_DETAIL. SIM_EOF when the rest of the stream is not wanted. */
SIM_MUST_CHECK int cutter_add(struct cutter *c, const struct batch *b, struct sim_error *err);

/* At the end of the stream, or after SIM_EOF. SIM_ERANGE when there is no such part. */
SIM_MUST_CHECK int cutter_finish(struct cutter *c, struct sim_error *err);

/* Records that were passed over unread, before the first batch: there is no event among them, and the rule ends before
 * the stream does. */
void cutter_skipped(struct cutter *c, uint64_t records);

#endif
