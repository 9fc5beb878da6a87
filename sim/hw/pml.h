/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pml.h - page-modification logging: the pages whose D bit in EPT one processor has set
 *
 * The VMM hands out the buffer and empties it when it likes, at each exit as a rule. A full buffer
 * lets the processor set no A or D bit: it exits, and the access is still to be made (Intel SDM
 * vol. 3C "Page-Modification Logging").
 */
#ifndef SIM_HW_PML_H
#define SIM_HW_PML_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"

#define PML_ENTRIES 512

struct pml {
	unsigned n; /* the next to be written; the processor itself counts from 511 down */
	gfn_t gfn[PML_ENTRIES];
};

static inline bool pml_is_full(const struct pml *p)
{
	return p->n == PML_ENTRIES;
}

static inline void pml_add(struct pml *p, gfn_t gfn)
{
	p->gfn[p->n++] = gfn;
}

#endif
