/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * out.h - the batch that a workload writes its records into
 *
 * A step of a workload makes at most OUT_STEP_MAX records; the runner (gen.h) calls it while there is
 * room for that many, so that nothing here can fail.
 *
 * Instructions: a workload says how many each piece of its work takes (out_work). A fetch of the code
 * that runs is made when other code begins, before a phase mark, and at least every
 * OUT_FETCH_INSTRUCTIONS; it counts the instructions since the fetch before, as doc/trace-format.md
 * wants it.
 */
#ifndef SIM_GEN_OUT_H
#define SIM_GEN_OUT_H

#include <assert.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "trace/record.h"

#define OUT_RECORDS	       8192u
#define OUT_STEP_MAX	       768u
#define OUT_FETCH_INSTRUCTIONS 4096u

struct out {
	uint8_t *op;
	uint64_t *gva, *count;
	struct event *event;
	struct batch b; /* n and the tallies of what is in it; instructions of its fetches */

	uint32_t pid, next_pid;
	gva_t code; /* of the last fetch */
	gva_t next; /* free address space */
	uint64_t position, instructions, untold;
};

SIM_MUST_CHECK int out_init(struct out *o, struct sim_error *err);
void out_fini(struct out *o);

/* Empties the batch for the records that follow. */
void out_begin(struct out *o);

/* What is in it, until the next out_begin. */
struct batch out_batch(const struct out *o);

static inline uint32_t out_room(const struct out *o)
{
	return OUT_RECORDS - o->b.n;
}

/* A load or store at CPL 3 of 2^size_log bytes, aligned; kind is OP_LOAD or OP_STORE. */
static inline void out_access(struct out *o, unsigned kind, gva_t gva, unsigned size_log)
{
	uint32_t i = o->b.n++;

	assert(i < OUT_RECORDS && !(gva.v & (((uint64_t)1 << size_log) - 1)));
	o->op[i] = (uint8_t)(kind | size_log << OP_SIZE_SHIFT | OP_USER);
	o->gva[i] = gva.v;
	o->count[i] = 0;
	o->b.n_load += kind == OP_LOAD;
	o->b.n_store += kind == OP_STORE;
}

static inline void out_load(struct out *o, gva_t gva)
{
	out_access(o, OP_LOAD, gva, 3);
}

static inline void out_store(struct out *o, gva_t gva)
{
	out_access(o, OP_STORE, gva, 3);
}

/* Instructions of the code that runs. */
static inline void out_work(struct out *o, uint64_t instructions)
{
	o->untold += instructions;
}

/* The code that runs from here on: a process and an address of it. Switches and fetches if need be. */
void out_run(struct out *o, uint32_t pid, gva_t code);

/* Tells of the instructions so far with a fetch of the code that runs. */
void out_tell(struct out *o);

void out_event(struct out *o, const struct event *e);

/* --- what happens to processes --- */

/* An address for `bytes` of memory that nobody has, on a border of 1 GiB, followed by a gap. */
gva_t out_reserve(struct out *o, uint64_t bytes);

void out_map(struct out *o, uint32_t pid, gva_t gva, uint64_t bytes, uint32_t flags);
void out_map_file(struct out *o, uint32_t pid, gva_t gva, uint64_t bytes, uint32_t flags,
		  uint64_t offset);
void out_unmap(struct out *o, uint32_t pid, gva_t gva, uint64_t bytes);
void out_advise(struct out *o, uint32_t pid, gva_t gva, uint64_t bytes, uint32_t advice);
uint32_t out_fork(struct out *o, uint32_t parent);
void out_exec(struct out *o, uint32_t pid);
void out_exit(struct out *o, uint32_t pid);
void out_phase(struct out *o, uint32_t phase, uint64_t is_end);
void out_end(struct out *o);

#endif
