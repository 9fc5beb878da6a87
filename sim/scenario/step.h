/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * step.h - one step of a scenario, as its file says it
 */
#ifndef SIM_SCENARIO_STEP_H
#define SIM_SCENARIO_STEP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"

#define STEP_UNSET UINT64_MAX

enum step_kind {
	STEP_LOAD,
	STEP_STORE,
	STEP_STORE_ENTRIES, /* new values for the guest's table entries */
	STEP_UNLINK,	    /* an entry that leads to a table is cleared, the table let go */
	STEP_SPLIT,	    /* a 2M leaf becomes a table of 4K leaves */
	STEP_INVLPG,
	STEP_CR3,
	STEP_FAULT, /* #PF; its handler stores an entry; the access again */
	STEP_DISCARD,
	STEP_MOVE,
	STEP_LOG_ON,
	STEP_LOG_OFF,
	STEP_LOG_GET,
	STEP_SLOT_ADD,
	STEP_SLOT_DEL,
	STEP_QUOTA,
	STEP_REPEAT,
	STEP_KIND_COUNT
};

enum step_order { ORDER_UP, ORDER_DOWN, ORDER_SCATTERED };

struct step_list {
	struct step *step;
	size_t n;
};

/* A number that the file does not give is STEP_UNSET, unless a default is named here. */
struct step {
	enum step_kind kind;
	char *where; /* "x.json:$.steps[2].load" */
	uint64_t gva;
	uint64_t pages;	 /* 1; how many times the step is made, `stride` apart */
	uint64_t stride; /* the size of a page of `level` */
	uint64_t order;	 /* of enum step_order */
	uint64_t level;	 /* 1; of the entry */
	uint64_t table;	 /* load, store: of the table that maps gva, through its alias */
	uint64_t space;	 /* whose tables */
	uint64_t flags;	 /* PTE bits; 0: not present */
	uint64_t gpa, bytes, alias;
	uint64_t n; /* quota: shadow pages; repeat: times */
	bool write, read_only;
	struct step_list body; /* repeat */
};

/* Reads an array of steps; `n_spaces`: those there are. Freed by step_list_fini, after a failure too. */
SIM_MUST_CHECK int step_list_read(struct step_list *l, const struct jnode *n, unsigned n_spaces,
				  struct sim_error *err);
void step_list_fini(struct step_list *l);

/* The i-th of the n pages in an order: a permutation of 0..n-1. */
uint64_t step_nth(enum step_order order, uint64_t i, uint64_t n);

#endif
