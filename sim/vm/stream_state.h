/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stream_state.h - what a stream has said up to a position: registers, RAM, tables, processes
 *
 * Models:      the state that the events of doc/trace-format.md change. Whatever of a stream is looked
 *              at from its middle on starts from one of these: a part of it (vm/piece.h), a walk of its
 *              tables (vm/stream_walk.h).
 * Not modelled: what a processor or a VMM remembers; data.
 * Ownership:   stream_state_init copies what it needs of the metadata.
 * Memory:      4 KiB and some 50 bytes for each page that is a table now; 40 bytes a mapping.
 * Errors:      SIM_ERANGE, SIM_ESTATE for events that cannot be, SIM_ENOMEM; position added by callers.
 */
#ifndef SIM_VM_STREAM_STATE_H
#define SIM_VM_STREAM_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/map.h"
#include "mem/pages.h"
#include "trace/mappings.h"
#include "trace/meta.h"
#include "trace/record.h"

#define STREAM_TABLES	 1u /* keep page tables */
#define STREAM_PROCESSES 2u /* keep what processes have mapped */

struct stream_vcpu {
	struct regs regs;
	uint32_t pid; /* of the last EVENT_SWITCH */
	bool has_pid;
};

/* A table by its place in the list of those that there are. */
struct stream_table {
	uint64_t gfn;
	uint8_t level;
};

struct stream_state {
	unsigned keeps; /* STREAM_* */
	unsigned n_vcpu, vcpu;
	struct stream_vcpu *v;
	struct trace_meta ram; /* only its RAM: what there was first, then what was plugged */
	unsigned n_first;      /* ranges of the former */

	struct pages tables;
	struct map place; /* gfn -> index in table[] */
	struct stream_table *table;
	size_t n_table, table_cap;
	struct mappings processes;
};

SIM_MUST_CHECK int stream_state_init(struct stream_state *s, const struct trace_meta *meta,
				     unsigned keeps, struct sim_error *err);
/* Harmless when zeroed. */
void stream_state_fini(struct stream_state *s);

/* words: of EVENT_PTPAGE. */
SIM_MUST_CHECK int stream_state_event(struct stream_state *s, const struct event *e,
				      const uint64_t *words, struct sim_error *err);

static inline const struct regs *stream_state_regs(const struct stream_state *s)
{
	return &s->v[s->vcpu].regs;
}

/* NULL: no table now. */
const struct stream_table *stream_state_table(const struct stream_state *s, uint64_t gfn);

/* The gfns of all tables, ascending, as many as s->n_table; the caller frees. NULL: out of memory. */
SIM_MUST_CHECK uint64_t *stream_state_list(const struct stream_state *s);

#endif
