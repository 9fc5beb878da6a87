/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * info_tlb.h - a walk as text, byte for byte as the monitor of QEMU prints "info tlb" and "info mem"
 *
 *     info tlb   a line for each leaf: GVA, GPA, and NX G PS D A PCD PWT U W of the leaf's own entry
 *     info mem   a line for each stretch with the same rights of all levels: start, end, size, u r w
 *
 * Under 5-level paging QEMU 7.2 prints nothing for info mem (and takes half a minute); here it follows the same rules.
 *
 * Source: QEMU 7.2 target/i386/monitor.c; checked against the text of a real one.
 */
#ifndef SIM_SNAPSHOT_INFO_TLB_H
#define SIM_SNAPSHOT_INFO_TLB_H

#include "base/text.h"
#include "snapshot/table_walk.h"

void info_tlb_leaf(const struct table_leaf *l, struct text *t);

struct info_mem {
	unsigned levels;
	uint64_t start, end; /* of the stretch so far, without sign extension */
	uint64_t rights;     /* PTE_P, PTE_W, PTE_U; 0: no stretch */
};

/* Leaves in their order, then the end. */
void info_mem_leaf(struct info_mem *m, const struct table_leaf *l, struct text *t);
void info_mem_end(struct info_mem *m, struct text *t);

#endif
