/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sieve.h - lets some accesses of a stream pass, and all that its tables need
 *
 * An access passes when every part of the rule says so: kind, CPL, address, address space, windows, pages. Whatever
 * the rule:
 *
 *  - events stay, but for those it names of the kinds that change nothing: int, phase, tag, dma and process events
 *  - a store with a page-table write behind it stays with it: shadow paging sees the table change by it
 *  - a page that was a table and becomes one again is written to first: of the supervisor's stores that
 *    did not pass the last four do, there, so that shadow paging lets go of what it may still keep of
 *    the old table. They are known by their frames, in a stream that has frames
 *  - the instructions of a fetch that does not pass are counted by the next one that does, or by
 *    the end record
 *
 * So the result replays, its tables are right at each access, and its instructions are those of the whole.
 *
 * Windows      systematic sampling: of each `every` records, those from `offset` on, `length` of them.
 * Pages        spatial sampling by a hash of the page's number: all accesses to some of the pages
 *              (Waldspurger et al., "Efficient MRC Construction with SHARDS", FAST 2015: a page is in when
 *              its hash modulo 2^24 is below rate x 2^24). A page of an access is that of its first byte.
 *
 * Memory: 34 to 68 bytes for each value of CR3, 200 for each page that was a table.
 */
#ifndef SIM_TRACE_SIEVE_H
#define SIM_TRACE_SIEVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "trace/meta.h"
#include "trace/record.h"
#include "trace/writer.h"

#define SIEVE_HASHES (1u << 24) /* SHARDS' modulus */

#define SIEVE_KINDS_ALL 7u /* bit OP_LOAD, OP_STORE, OP_FETCH */
#define SIEVE_RINGS_ALL 3u /* bit 0: CPL 0 to 2, bit 1: CPL 3 */

enum sieve_space {
	SPACE_ANY,
	SPACE_CR3,    /* CR3 leads to the same table as `space` does */
	SPACE_NUMBER, /* the space-th such table in the stream, from 0 */
	SPACE_PID,    /* the vCPU runs the process `space` (EVENT_SWITCH) */
};

struct sieve_rule {
	unsigned kinds, rings;
	uint64_t gva_first, gva_last;
	enum sieve_space space_by;
	uint64_t space;
	uint64_t drop_events; /* bit per kind */

	uint64_t every, length, offset; /* every = 0: no windows */
	bool marks; /* a phase around each window, in place of the stream's own */

	uint32_t rate;	     /* of SIEVE_HASHES */
	unsigned page_shift; /* of what is hashed */
	uint64_t seed;
};

/* Everything passes. */
extern const struct sieve_rule sieve_all;

/* NULL, or why the rule cannot be. */
const char *sieve_flaw(const struct sieve_rule *r);

/* Can this kind of event be dropped? */
bool sieve_can_drop(enum event_kind kind);

struct sieve_counts {
	uint64_t records, accesses; /* of the stream */
	uint64_t out_records;	    /* written */
	uint64_t out_accesses;	    /* of those, accesses */
	uint64_t for_tables;	    /* of those, stores that the rule would drop */
	uint64_t out_events;	    /* marks and end record included */
	uint64_t windows;	    /* begun */
	uint64_t spaces;	    /* tables that CR3 led to, when the rule asks for one */
	uint64_t instructions;
};

struct sieve;

/* w: borrowed; NULL: counts only. SIM_ERANGE for a rule that cannot be. */
SIM_MUST_CHECK int sieve_create(struct sieve **s, const struct trace_meta *meta,
				const struct sieve_rule *rule, struct trace_writer *w,
				struct sim_error *err);
void sieve_destroy(struct sieve *s);

/* Adds a batch of a reader opened with TRACE_DETAIL. */
SIM_MUST_CHECK int sieve_add(struct sieve *s, const struct batch *b, struct sim_error *err);

/* After the last batch. SIM_ERANGE when the address space or process asked for never ran. */
SIM_MUST_CHECK int sieve_finish(struct sieve *s, struct sim_error *err);

const struct sieve_counts *sieve_counts(const struct sieve *s);

#endif
