/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * joiner.h - streams of one guest one after the other, as one stream that replays
 *
 * What a later stream begins with (its metadata, and the events in front of its first record that vm/piece.h
 * calls a prologue) says where it begins. Of that, only what differs from where the stream before ended is written:
 *
 *  - a table that was none: ptpage; one that is none any more: ptfree
 *  - entries that differ: the stores that somebody must have made in between. They are made up: by the
 *    supervisor, through a mapping that the guest has of the table, each with its ptw; for a page that
 *    was a table before, stores without. A VMM that watches the table sees them.
 *  - behind those: a flush of all of a vCPU's translations (CR4.PGE off and on, else MOV CR3)
 *  - registers; processes: exit, or exec and each map; switch; the current vCPU
 *
 * Pieces of one stream that follow each other (vm/cutter.h) differ in nothing: joined, they are that
 * stream, record by record.
 *
 * Whether a part may be missing, and whether two traces are of one guest, is for the caller to judge
 * by the counts and by what the traces say of themselves: tables of two guests with one kernel are nearly the same.
 *
 * Refused: other RAM, vCPUs, paging; one with tables or frames and one without; a table whose
 * entries differ and that nothing maps for writing.
 *
 * Instructions behind the last fetch of a stream are counted by the first fetch of the next.
 * Memory: twice the state of a stream; 4 KiB for each page that was a table and is none.
 */
#ifndef SIM_VM_JOINER_H
#define SIM_VM_JOINER_H

#include <stdint.h>

#include "base/err.h"
#include "trace/meta.h"
#include "trace/record.h"
#include "trace/writer.h"

struct join_counts {
	uint64_t records; /* written */
	uint64_t given;	  /* ptpage where streams meet */
	uint64_t freed;	  /* ptfree there */
	uint64_t stores;  /* made up */
	uint64_t
		repeated; /* tables of a later prologue that were the same: not written again */
	uint64_t instructions;
};

struct joiner;

/* w: made with the metadata of the first stream, whose batches come next; borrowed. */
SIM_MUST_CHECK int joiner_create(struct joiner **j, const struct trace_meta *first,
				 struct trace_writer *w, struct sim_error *err);
void joiner_destroy(struct joiner *j);

/* Another stream begins. SIM_ERANGE when it does not fit. */
SIM_MUST_CHECK int joiner_next(struct joiner *j, const struct trace_meta *meta,
			       struct sim_error *err);

/* Adds a batch of a reader opened with TRACE_DETAIL. */
SIM_MUST_CHECK int joiner_add(struct joiner *j, const struct batch *b, struct sim_error *err);

/* Writes the end record; the writer is then to be closed. */
SIM_MUST_CHECK int joiner_finish(struct joiner *j, struct sim_error *err);

const struct join_counts *joiner_counts(const struct joiner *j);

#endif
