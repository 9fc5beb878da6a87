/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reader.h - reads a .snt stream in batches; never the whole trace in memory
 */
#ifndef SIM_TRACE_READER_H
#define SIM_TRACE_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "trace/record.h"
#include "x86/regs.h"

#define TRACE_RAM_MAX 64

struct trace_ram {
	uint64_t gpa, bytes;
};

/* What the JSON metadata says, checked. */
struct trace_meta {
	struct trace_ram ram[TRACE_RAM_MAX]; /* ascending, no overlap, page aligned */
	unsigned n_ram;
	unsigned n_vcpu;
	struct regs regs; /* at the first record, every vCPU */
	bool has_tables;  /* the stream carries the guest's page tables (what replay needs) */
	const char *json; /* the whole metadata text, owned by the reader */
};

struct trace_reader;

#define TRACE_DETAIL 1u /* fill batch.frame and batch.count */

/* Opens a file, or standard input for "-". The reader keeps at most one block. */
SIM_MUST_CHECK int trace_open(struct trace_reader **r, const char *path, unsigned flags,
			      struct sim_error *err);
void trace_close(struct trace_reader *r);

const struct trace_meta *trace_meta(const struct trace_reader *r);

/*
 * The next batch of at most `max` ops (0: the reader's own choice). 0, SIM_EOF after the last,
 * or an error that names file and byte offset. A stream without its END record or index is an
 * error, not an EOF.
 */
SIM_MUST_CHECK int trace_next(struct trace_reader *r, uint32_t max, struct batch *b,
			      struct sim_error *err);

/* Bytes of the file consumed so far, and its size (0 when not known: a pipe); for a progress
 * bar. */
uint64_t trace_bytes_read(const struct trace_reader *r);
uint64_t trace_bytes_total(const struct trace_reader *r);

#endif
