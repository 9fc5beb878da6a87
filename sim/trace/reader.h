/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reader.h - reads a .snt stream in batches; never the whole trace in memory
 *
 * Every byte of the file stands under a checksum, and every length is bounded before anything
 * is allocated: a file that was cut, changed or made up gives SIM_EFORMAT with file, byte
 * offset and reason. Memory: one block, unpacked; some 10 MB for captured traces.
 */
#ifndef SIM_TRACE_READER_H
#define SIM_TRACE_READER_H

#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "trace/meta.h"
#include "trace/record.h"

struct trace_reader;

#define TRACE_DETAIL 1u /* fill batch.frame and batch.count */

/* Opens a file, or standard input for "-". The reader keeps at most one block. */
SIM_MUST_CHECK int trace_open(struct trace_reader **r, const char *path, unsigned flags,
			      struct sim_error *err);

/* The same from an open stream, which stays the caller's; `name` stands for it in messages. */
SIM_MUST_CHECK int trace_open_stream(struct trace_reader **r, FILE *f, const char *name,
				     unsigned flags, struct sim_error *err);

/* NULL allowed. */
void trace_close(struct trace_reader *r);

const struct trace_meta *trace_meta(const struct trace_reader *r);

/*
 * The next batch of at most `max` ops (0: the reader's own choice). 0, SIM_EOF after the last,
 * or an error that names file and byte offset. A stream without its END record or index is an
 * error, not an EOF.
 */
SIM_MUST_CHECK int trace_next(struct trace_reader *r, uint32_t max, struct batch *b,
			      struct sim_error *err);

/* Goes to the start of the block that holds record `at` (beyond the last: the last block), by
 * the index; batch.first of the next batch tells where that is, trace_vcpu the vCPU. SIM_EIO
 * when the file is none that can be sought in. */
SIM_MUST_CHECK int trace_seek(struct trace_reader *r, uint64_t at, struct sim_error *err);

/*
 * Before the first batch: passes over blocks that hold no event and end at or before record `at`, by
 * their headers. *skipped: their records. SIM_EIO when the file is none that can be sought in.
 */
SIM_MUST_CHECK int trace_skip_quiet(struct trace_reader *r, uint64_t at, uint64_t *skipped,
				    struct sim_error *err);

/* Records of the whole file, from its footer; the next batch is the one it would have been.
 * SIM_EIO when the file is none that can be sought in. */
SIM_MUST_CHECK int trace_length(struct trace_reader *r, uint64_t *records,
				struct sim_error *err);

/* The vCPU that is current before the first record of the next batch. */
unsigned trace_vcpu(const struct trace_reader *r);

/* Bytes of the file consumed so far, and its size (0 when not known: a pipe); for a progress
 * bar. */
uint64_t trace_bytes_read(const struct trace_reader *r);
uint64_t trace_bytes_total(const struct trace_reader *r);

#endif
