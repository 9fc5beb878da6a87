/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * verify.h - does a trace agree with itself?
 *
 * Rebuilds the guest's page tables from the stream alone, translates each access with a
 * software walk, as the tables stand at that moment, and compares with the frame that the
 * capture recorded. Permissions count too. Each #PF of the stream must be what the walk of its
 * address and error code gives. Of an access across a page border the first page is checked: its
 * frame is the one recorded. No TLB: an access through a stale translation would be a mismatch.
 */
#ifndef SIM_VM_VERIFY_H
#define SIM_VM_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "trace/meta.h"
#include "trace/record.h"

#define VERIFY_EXAMPLES 8

struct verify_counts {
	uint64_t equal, mismatch;
	uint64_t missing_table; /* the walk met a table that the stream never gave */
	uint64_t fault;		/* not present or not permitted */
	uint64_t implicit;	/* at CPL 3 to a supervisor page: the processor's own access */
	uint64_t no_frame;	/* translated, nothing recorded to compare with */
	uint64_t device;	/* translated to a frame that is not RAM */
	uint64_t leaf[4];	/* [level]: translated by a leaf of 4K, 2M, 1G */
	uint64_t pf_inconsistent;
	uint64_t ptw_untracked;	     /* page-table writes to no table that the stream gave */
	uint64_t invlpg_after_write; /* INVLPG whose entry is among the last 4096 written */
};

/* An access that failed. */
struct verify_example {
	uint64_t record;
	uint8_t op;
	uint64_t gva, recorded;
	enum { VERIFY_WALKED, VERIFY_FAULT, VERIFY_MISSING_TABLE } what;
	uint64_t walked; /* VERIFY_WALKED */
};

struct verify;

/* SIM_EUNSUP for a trace without page tables. */
SIM_MUST_CHECK int verify_create(struct verify **v, const struct trace_meta *meta,
				 struct sim_error *err);
void verify_destroy(struct verify *v);

/* Adds a batch of a reader opened with TRACE_DETAIL. */
SIM_MUST_CHECK int verify_add(struct verify *v, const struct batch *b, struct sim_error *err);

const struct verify_counts *verify_counts(const struct verify *v);

/* True when nothing contradicts: no mismatch, missing table, fault or inconsistent #PF. */
bool verify_passed(const struct verify *v);

/* The first accesses that failed; at most VERIFY_EXAMPLES. */
unsigned verify_examples(const struct verify *v, const struct verify_example **list);

/* "record 2: user fetch at 0x400000: recorded frame 0x80, the tables give a page fault" */
void verify_example_text(const struct verify_example *e, char *text, size_t size);

/* The i-th count under its name; false when there are no more. */
bool verify_line(const struct verify *v, unsigned i, const char **key, const char **meaning,
		 uint64_t *value);

#endif
