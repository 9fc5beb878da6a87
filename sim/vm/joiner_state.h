/* SPDX-License-Identifier: GPL-3.0-or-later */
/* join_state.h - private to join.c and joiner_tables.c */
#ifndef SIM_VM_JOINER_STATE_H
#define SIM_VM_JOINER_STATE_H

#include "vm/joiner.h"
#include "vm/piece.h"
#include "vm/stream_state.h"

struct joiner {
	struct trace_writer *w; /* borrowed */
	struct stream_state s;	/* where the joined stream is */
	struct stream_state t;	/* where a later one begins, while is_leading */
	bool is_leading;
	struct pages once; /* last contents of pages that were tables */
	bool has_frames;
	uint64_t counted; /* by fetches of the present stream */
	uint64_t tail;	  /* instructions that no fetch has counted yet */
	struct join_counts counts;
};

/* Writes an event and follows it. */
SIM_MUST_CHECK int joiner_event(struct joiner *j, const struct event *e, const uint64_t *words,
				struct sim_error *err);

/* Makes j->s have the tables of j->t, but for those that are to go; *n counts entries written. */
SIM_MUST_CHECK int joiner_tables(struct joiner *j, uint64_t *n, struct sim_error *err);

/* Those go. */
SIM_MUST_CHECK int joiner_free_tables(struct joiner *j, struct sim_error *err);

#endif
