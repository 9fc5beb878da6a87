/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * table_walk.h - every entry of a guest's page tables, as they lie in a snapshot's memory
 *
 * From a root (CR3) down, ascending by GVA: each table before its entries, each leaf once. Rights are gathered on the
 * way as a processor does: writable and user where every level has it, no-execute where one has it. 4- and 5-level
 * paging; other modes are refused by name. A table that is no memory of the snapshot's is an error: the CR3 is none, or the
 * snapshot is placed wrongly.
 *
 * Source: Intel SDM vol. 3A "4-level paging and 5-level paging".
 */
#ifndef SIM_SNAPSHOT_TABLE_WALK_H
#define SIM_SNAPSHOT_TABLE_WALK_H

#include "snapshot/snapshot.h"
#include "x86/ptformat.h"

#define TABLE_ENTRIES 512u

struct table_page {
	gfn_t gfn;
	unsigned level; /* 1: its entries are 4 KiB leaves */
	gva_t gva;	/* of the first byte it maps */
	const uint64_t *entry;
};

struct table_leaf {
	gva_t gva; /* canonical */
	unsigned level;
	uint64_t entry;	 /* as it is */
	uint64_t rights; /* PTE_W, PTE_U, PTE_NX of all levels together */
};

static inline gpa_t table_leaf_gpa(const struct table_leaf *l)
{
	return gpa_make(pte_frame(l->entry, l->level) << PAGE_SHIFT);
}

/* In the half that Linux gives to user space. */
static inline bool table_gva_is_user(gva_t gva)
{
	return !(gva.v >> 63);
}

/* A result of `table`: what lies below it is left out. */
#define TABLE_WALK_SKIP 1

/* Any other non-zero result ends the walk and is its own; either may be NULL. */
struct table_walk_ops {
	int (*table)(void *arg, const struct table_page *t, struct sim_error *err);
	int (*leaf)(void *arg, const struct table_leaf *l, struct sim_error *err);
};

struct table_walk {
	uint64_t cr3;
	unsigned levels; /* 4 or 5 */
	gva_t from,
		to; /* leaves with a byte in from..to, `to` included; 0 and UINT64_MAX: all */
	const struct table_walk_ops *ops;
	void *arg;
};

/* What stands for all of a root. */
struct table_walk table_walk_all(uint64_t cr3, unsigned levels,
				 const struct table_walk_ops *ops, void *arg);

/* SIM_EUNSUP: the CPU is in no mode that can be walked. */
SIM_MUST_CHECK int table_walk_levels(const struct snapshot *s, const struct snapshot_cpu *c,
				     unsigned *levels, struct sim_error *err);

SIM_MUST_CHECK int table_walk_run(struct snapshot *s, const struct table_walk *w,
				  struct sim_error *err);

#endif
