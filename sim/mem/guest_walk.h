/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * guest_walk.h - software walk of a guest's page tables, as a VMM does it (no hardware caches,
 * no cost)
 *
 * What KVM's guest walker yields (Linux arch/x86/kvm/mmu/paging_tmpl.h): the table and entry of
 * each level, the rights gathered on the way, the leaf. With GUEST_WALK_SET_AD it also sets A
 * on every entry used and D on the leaf of a store, only when the access is allowed.
 */
#ifndef SIM_MEM_GUEST_WALK_H
#define SIM_MEM_GUEST_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "mem/pages.h"
#include "x86/perm.h"

enum guest_walk_status {
	GUEST_WALK_OK,
	GUEST_WALK_FAULT,   /* not present, reserved bits or rights: error_code */
	GUEST_WALK_UNKNOWN, /* a table on the way has no known contents: table_gfn[level] */
};

struct guest_walk {
	enum guest_walk_status status;
	unsigned error_code;
	unsigned top_level, level;	/* of the walk; of the leaf, or where it ended */
	gfn_t table_gfn[LEVEL_MAX + 1]; /* [level] */
	uint64_t entry[LEVEL_MAX + 1];	/* as read, with A/D as they now are */
	uint8_t perm[LEVEL_MAX + 1];	/* rights of the entries above and including [level] */
	unsigned written;		/* bit l: the entry of level l got A or D */
	gfn_t gfn;			/* of the access (GUEST_WALK_OK) */
};

#define GUEST_WALK_SET_AD 1u

void guest_walk(struct pages *guest, uint64_t cr3, const struct paging *mode, gva_t gva,
		struct access a, unsigned flags, struct guest_walk *w);

#endif
