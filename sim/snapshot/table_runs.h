/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * table_runs.h - leaves that follow each other, as one: contiguous in GVA and in GPA, of one page size, with the same rights
 * and attributes
 *
 * The accessed and dirty bits do not part a run: they are counted.
 */
#ifndef SIM_SNAPSHOT_TABLE_RUNS_H
#define SIM_SNAPSHOT_TABLE_RUNS_H

#include "snapshot/table_walk.h"

/* Bits of an entry that say how a processor treats the page, beside its rights. */
#define TABLE_PWT ((uint64_t)1 << 3)
#define TABLE_PCD ((uint64_t)1 << 4)

struct table_run {
	gva_t gva;
	gpa_t gpa;
	uint64_t bytes;
	unsigned level;
	uint64_t rights; /* as in struct table_leaf */
	uint64_t
		attributes; /* PTE_G, TABLE_PWT, TABLE_PCD; PTE_PAT_2M for the PAT bit of any level */
	uint64_t n;	    /* leaves */
	uint64_t accessed, dirty; /* of them */
};

/* The run of one leaf. */
struct table_run table_run_of(const struct table_leaf *l);

/* Takes the leaf into the run; false when it does not belong there. */
bool table_run_extend(struct table_run *r, const struct table_leaf *l);

#endif
