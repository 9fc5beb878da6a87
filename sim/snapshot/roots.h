/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * roots.h - the address spaces of a guest: CR3 values that are known, and such as may be
 */
#ifndef SIM_SNAPSHOT_ROOTS_H
#define SIM_SNAPSHOT_ROOTS_H

#include "snapshot/snapshot.h"

/* All zero: none. */
struct roots {
	uint64_t *cr3;
	size_t n, cap;
};

/* Adds one, unless its table is there already. SIM_ENOMEM. */
SIM_MUST_CHECK int roots_add(struct roots *r, uint64_t cr3, struct sim_error *err);
void roots_fini(struct roots *r);

/*
 * Looks for roots that nobody named: pages of memory whose upper half, where Linux keeps the kernel in every address space,
 * has the entries of cr3's table, A and D aside, and whose lower half is of user tables that lie in memory. A page that was a
 * root and has not been used since looks the same; under page-table isolation the user's half of a root is not found. Reads
 * every page that the file has.
 */
SIM_MUST_CHECK int roots_find(struct roots *r, struct snapshot *s, uint64_t cr3,
			      struct sim_error *err);

#endif
