/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * writer.h - writes a .snt stream
 *
 * The file appears under its name only when it is whole: until trace_writer_close() succeeds it
 * is `path`.tmp0 (or tmp1 ...) in the same folder, and is removed by trace_writer_abort().
 * After a failed call the writer is good for nothing but abort.
 *
 *     trace_writer_create(&w, "x.snt", &meta, NULL, err)
 *     trace_writer_access(w, &(struct trace_access){ .op = OP_LOAD | 3u << OP_SIZE_SHIFT,
 *                                                    .gva = gva, .frame = FRAME_NONE }, err)
 *     trace_writer_event(w, &(struct event){ .kind = EVENT_END, .value = n }, NULL, err)
 *     trace_writer_close(w, err)      success or not, w is gone
 *
 * Memory: about 100 MB for a block at most; 16 bytes per block of two million records for the
 * index.
 */
#ifndef SIM_TRACE_WRITER_H
#define SIM_TRACE_WRITER_H

#include <stdint.h>
#include <stdio.h>

#include "base/addr.h"
#include "base/err.h"
#include "trace/meta.h"
#include "trace/record.h"

struct trace_writer_options {
	int level; /* zstd's, 1..22; 0: 19, for files that are kept */
	/* Records a block, 1..2^21; 0: 2^21, for small files. Blocks of 2^18 stay in a cache and
	 * are read faster. */
	uint32_t block;
};

struct trace_access {
	uint8_t op; /* as record.h says; OP_CROSS is the writer's to set */
	gva_t gva;
	uint64_t frame; /* of the first byte; FRAME_NONE unless meta.has_frames */
	uint64_t count; /* OP_FETCH: instructions since the fetch before */
};

struct trace_writer;

/* opt may be NULL. SIM_ERANGE for metadata that cannot be, SIM_EIO, SIM_ENOMEM. */
SIM_MUST_CHECK int trace_writer_create(struct trace_writer **w, const char *path,
				       const struct trace_meta *meta,
				       const struct trace_writer_options *opt,
				       struct sim_error *err);

/* The same into an open stream, which stays the caller's; `name` stands for it in messages. */
SIM_MUST_CHECK int trace_writer_create_stream(struct trace_writer **w, FILE *f,
					      const char *name, const struct trace_meta *meta,
					      const struct trace_writer_options *opt,
					      struct sim_error *err);

/* SIM_ERANGE for an access that the format cannot hold. */
SIM_MUST_CHECK int trace_writer_access(struct trace_writer *w, const struct trace_access *a,
				       struct sim_error *err);

/* Loads and stores that it was given so far. */
uint64_t trace_writer_data_accesses(const struct trace_writer *w);

/* words: the 512 entries of an EVENT_PTPAGE, else NULL. EVENT_END must be the last record. */
SIM_MUST_CHECK int trace_writer_event(struct trace_writer *w, const struct event *e,
				      const uint64_t *words, struct sim_error *err);

/* Record i of a batch, as it is. Frames and counts pass when the batch has them. */
SIM_MUST_CHECK int trace_writer_record(struct trace_writer *w, const struct batch *b,
				       uint32_t i, struct sim_error *err);

/* All of a batch; frames and counts too when it has them (TRACE_DETAIL). */
SIM_MUST_CHECK int trace_writer_batch(struct trace_writer *w, const struct batch *b,
				      struct sim_error *err);

/* Writes the rest, the index and the footer, and gives the file its name; on failure as
 * abort. SIM_ESTATE without EVENT_END. */
SIM_MUST_CHECK int trace_writer_close(struct trace_writer *w, struct sim_error *err);

/* Frees w and removes what was written. NULL allowed. */
void trace_writer_abort(struct trace_writer *w);

#endif
