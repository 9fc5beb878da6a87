/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * table_survey.h - what a guest's page tables are like: sizes of leaves, tables, contiguity, sharing
 *
 * Several roots are looked at one after the other. A table that an earlier root has too (Linux's kernel half), or this one
 * at several places of one level and half, counts once, and so does what it maps.
 *
 *     run        leaves contiguous in GVA and in GPA with the same rights, whatever their size
 *     2M in place   an aligned 2 MiB of GVA in 512 leaves of 4K with the same rights, which could be one leaf as it lies
 *     2M moved      the same, when its pages were moved together first
 */
#ifndef SIM_SNAPSHOT_TABLE_SURVEY_H
#define SIM_SNAPSHOT_TABLE_SURVEY_H

#include "base/map.h"
#include "snapshot/roots.h"
#include "snapshot/table_runs.h"

enum table_half { TABLE_HALF_USER, TABLE_HALF_KERNEL, TABLE_HALF_COUNT };

/* Bin i: runs of 2^i to 2^(i+1)-1 pages of 4 KiB. */
#define TABLE_SURVEY_BINS 40

struct table_half_survey {
	uint64_t leaf[LEVEL_1G + 1]; /* [level] */
	uint64_t bytes;
	uint64_t accessed, dirty; /* leaves */
	uint64_t device;	  /* leaves to what is no memory of the snapshot's */
	uint64_t runs, bin_runs[TABLE_SURVEY_BINS], bin_pages[TABLE_SURVEY_BINS];
	uint64_t in_place_2m, moved_2m;
};

/* Guest frames of memory that are mapped: how, and how often. */
struct table_sharing {
	uint64_t mapped;	/* at all */
	uint64_t user, kernel;	/* by a half */
	uint64_t both;		/* by both */
	uint64_t user_twice;	/* at several places of one user half */
	uint64_t kernel_twice;	/* at several places of kernel halves */
	uint64_t several_roots; /* by the user halves of several roots */
};

struct table_survey {
	struct table_half_survey half[TABLE_HALF_COUNT];
	uint64_t tables[LEVEL_MAX + 1]; /* [level], distinct pages */
	struct table_sharing sharing;
};

/* SIM_ENOMEM and what a walk gives. */
SIM_MUST_CHECK int table_survey_run(struct table_survey *t, struct snapshot *s,
				    const struct roots *roots, unsigned levels,
				    struct sim_error *err);

/*
 * Tables met so far; for whoever walks several roots and wants each table once. A table that is met again at the same
 * level of the same half is left out with all below it, whether another root has it too, or this one at several places
 * (KASAN's shadow, a root that maps itself): so a walk is never longer than the tables are many, times their levels.
 */
struct table_seen {
	struct map place; /* gfn, level and half of each */
};

/* Notes a table. *is_new: its page was not met before; *is_again: met at this level and half. SIM_ENOMEM. */
SIM_MUST_CHECK int table_seen_add(struct table_seen *t, const struct table_page *p,
				  bool *is_new, bool *is_again, struct sim_error *err);

#endif
