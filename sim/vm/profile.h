/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * profile.h - how a stream uses memory: working set, reuse distances, leaf sizes, rates of events
 *
 * A touch is an access's use of a page; one that crosses into the next page touches both.
 *
 * Pages        are told apart by address and address space. The upper half of the addresses is one
 *              space for all; the lower one is that of the table that CR3 leads to, or, in a stream
 *              without tables, of the process that runs (EVENT_SWITCH). Two CR3 values of one
 *              process (KPTI) are two spaces.
 * 4K           every address by its page of 4 KiB, whatever maps it.
 * leaf         with tables: by the page that really maps it, 4K, 2M or 1G. What the tables do not
 *              translate is counted apart.
 * Reuse        distances in other pages touched in between (trace/recency.h), exact; in buckets of powers of two, and as
 *              misses of fully associative LRUs of any sizes asked for.
 * Working set  different pages of 4K in each interval, and those never touched before.
 *
 * Memory: that of two LRU stacks, some 100 bytes for each page ever touched; 80 an interval, 64 an address
 * space; the tables. It does not grow with the number of accesses.
 * Errors: SIM_ERANGE for addresses that no processor has (57 bits, sign-extended), more than
 * 131071 address spaces or 2^30 pages.
 */
#ifndef SIM_VM_PROFILE_H
#define SIM_VM_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "trace/meta.h"
#include "trace/record.h"

#define PROFILE_LRU_MAX 16u
#define PROFILE_BUCKETS 33u /* distances are below 2^32 */

enum profile_unit { PROFILE_RECORDS, PROFILE_INSTRUCTIONS };

struct profile_options {
	uint64_t interval; /* > 0 */
	enum profile_unit unit;
	uint64_t lru[PROFILE_LRU_MAX]; /* entries */
	unsigned n_lru;
};

/* Of one page granularity. */
struct profile_reuse {
	uint64_t touches, first;	  /* first: of pages not touched before */
	uint64_t bucket[PROFILE_BUCKETS]; /* [0]: distance 0; [k]: 2^(k-1) to 2^k - 1 */
	uint64_t misses
		[PROFILE_LRU_MAX]; /* of an LRU of lru[i] entries, first touches included */
};

struct profile_interval {
	uint64_t first; /* record */
	uint64_t records, instructions, accesses;
	uint64_t pages, new_pages; /* touched, of 4K */
	uint64_t ptw, cr3, invalidations, faults;
};

struct profile_space {
	uint64_t id; /* guest frame of its root table, or pid */
	uint64_t accesses, user, instructions;
	uint64_t loads_of_cr3; /* or switches to it */
	uint64_t pages;	       /* of 4K, lower half */
};

struct profile_totals {
	uint64_t records, accesses;
	uint64_t instructions; /* as the end record says, at least those counted */
	uint64_t event[EVENT_KIND_COUNT];
	uint64_t leaf_touches[4], leaf_pages[4]; /* [level], with tables */
	uint64_t untranslated;			 /* touches */
	uint64_t upper_pages;			 /* of 4K, upper half */
};

struct profile;

SIM_MUST_CHECK int profile_create(struct profile **p, const struct trace_meta *meta,
				  const struct profile_options *opt, struct sim_error *err);
void profile_destroy(struct profile *p);

/* Adds a batch of a reader opened with TRACE_DETAIL. */
SIM_MUST_CHECK int profile_add(struct profile *p, const struct batch *b, struct sim_error *err);

/* After the last batch: ends the interval under way. */
SIM_MUST_CHECK int profile_finish(struct profile *p, struct sim_error *err);

const struct profile_totals *profile_totals(const struct profile *p);
const struct profile_reuse *profile_reuse_4k(const struct profile *p);
/* NULL: no tables. */
const struct profile_reuse *profile_reuse_leaf(const struct profile *p);
size_t profile_intervals(const struct profile *p, const struct profile_interval **list);
/* In the order of their first use. */
size_t profile_spaces(const struct profile *p, const struct profile_space **list);
/* Are spaces known by table, not by process? */
bool profile_has_tables(const struct profile *p);

#endif
