/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gen.h - synthetic workloads as streams of bare addresses
 *
 * A stream is what one program does at CPL 3: loads and stores (OP_USER), fetches of its code with
 * instruction counts, and the process events (trace/record.h) that say what memory it has. Page tables,
 * faults and everything else of a kernel are sim/guest's to add.
 *
 *     switch to pid 1; map of the code (file 1) and of each array; phase 0 begins
 *     set-up: a store to each page, one after the other; processes are made
 *     phase 0 ends; phase 1 begins; `count` operations; phase 1 ends   (a mix: 1, 2, ... for its parts)
 *     teardown: munmap, exit; end, with the number of instructions
 *
 * The records are the same on every machine, for every compiler and library: integers throughout, but for
 * tables whose floating point IEEE 754 fixes to the bit (alias.h). tests/gen.digests holds an XXH64 of
 * each workload's records. (The bytes of a file depend on the release of libzstd too.)
 *
 * Memory: a batch (8192 records, 0.6 MB) and what each workload says; none grows with the length of the
 * stream or with the memory that is accessed, bfs's excepted (graph.c).
 *
 *     spec_open(&spec, "x.json", err); gen_create(&g, &spec, err);
 *     while (!(rc = gen_next(g, &batch))) ...
 */
#ifndef SIM_GEN_GEN_H
#define SIM_GEN_GEN_H

#include "base/err.h"
#include "gen/spec.h"
#include "trace/meta.h"
#include "trace/record.h"

struct gen;

/* Borrows the spec until gen_destroy. SIM_ERANGE: parameters that do not fit each other. */
SIM_MUST_CHECK int gen_create(struct gen **g, const struct spec *s, struct sim_error *err);
void gen_destroy(struct gen *g);

/* What the stream says of itself; `tools` is the caller's. Lives with g. */
const struct trace_meta *gen_meta(const struct gen *g);

/* The next records, as trace_next() gives them with TRACE_DETAIL but for frames; b lives until the next
 * call. SIM_EOF behind the last. */
SIM_MUST_CHECK int gen_next(struct gen *g, struct batch *b);

/* Operations of the measured phases, done and in all. */
void gen_progress(const struct gen *g, uint64_t *done, uint64_t *all);

#endif
