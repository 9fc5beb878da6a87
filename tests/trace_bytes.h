/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trace_bytes.h - traces in memory, and what cuts, joins, sifts and replays them
 *
 * Whatever goes wrong fails the test, but for what returns a code.
 */
#ifndef TESTS_TRACE_BYTES_H
#define TESTS_TRACE_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/counters.h"
#include "trace/info.h"
#include "trace/reader.h"
#include "trace/sieve.h"
#include "trace/writer.h"
#include "vm/cutter.h"
#include "vm/joiner.h"
#include "vm/verify.h"
#include "vm/vm.h"

struct trace_bytes {
	char *p;
	size_t n;
	FILE *f; /* while it is written or read */
};

/* traces/NAME.snt of the source tree. */
void trace_bytes_load(struct trace_bytes *t, const char *name);
void trace_bytes_free(struct trace_bytes *t);

void trace_bytes_open(struct trace_bytes *t, struct trace_reader **r);
void trace_bytes_close(struct trace_bytes *t, struct trace_reader *r);

struct trace_writer *trace_bytes_create(struct trace_bytes *t, const struct trace_meta *meta);
/* Closes the writer. */
void trace_bytes_done(struct trace_bytes *t, struct trace_writer *w);

uint64_t trace_bytes_records(struct trace_bytes *t);

struct pieces {
	struct trace_bytes *t;
	struct cut_piece *piece;
	size_t n;
};

/* Takes a trace apart, fed in batches of `max`; 0 or SIM_E*. */
int pieces_cut(struct pieces *p, struct trace_bytes *in, const struct cut_rule *rule,
	       uint32_t max);
void pieces_free(struct pieces *p);

/* 0 or SIM_E*. */
int trace_bytes_join(struct trace_bytes *out, struct trace_bytes *list, size_t n,
		     struct join_counts *counts);

int trace_bytes_sift(struct trace_bytes *out, struct trace_bytes *in,
		     const struct sieve_rule *rule, uint32_t max, struct sieve_counts *counts);

/* Asserts that it agrees with itself. */
void trace_bytes_verify(struct trace_bytes *t, struct verify_counts *counts);

void trace_bytes_info(struct trace_bytes *t, struct trace_info *info);

/* Asserts that both hold the same records, `skip_a` of a first left out. END's value may be larger in b. */
void trace_bytes_same(struct trace_bytes *a, uint64_t skip_a, struct trace_bytes *b);

/* A small machine that has everything that the trace may need. */
struct vm *trace_bytes_vm(const struct trace_meta *meta, const char *technique);

/* Replays it; asserts that nothing is refused. */
void trace_bytes_replay(struct trace_bytes *t, const char *technique, struct counters *c);

/* Replays it under EPT and shadow paging side by side and asserts that each access ends at the
 * same place. */
void trace_bytes_lockstep(struct trace_bytes *t);

#endif
