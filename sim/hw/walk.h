/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * walk.h - the hardware page walker: one dimension (native, shadow) or two (EPT, NPT)
 *
 * One walk template over table formats and depths: 4- and 5-level guest tables, 4- and 5-level
 * host tables, leaves 4K/2M/1G in either. Rights are ANDed over all entries of a dimension and
 * then over both, the effective size is the smaller. A/D bits are set as the hardware does: A
 * on every entry used, D on the leaf of a store; under EPT with A/D enabled every access to a
 * guest table entry is a write to EPT's eyes.
 *
 * Closed forms without any cache: one dimension g references; two dimensions (g+1)(h+1)-1.
 */
#ifndef SIM_HW_WALK_H
#define SIM_HW_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "hw/cpu.h"
#include "mem/pages.h"
#include "x86/perm.h"
#include "x86/ptformat.h"

/* One set of tables to walk. */
struct walk_table {
	enum pt_kind kind;   /* PT_X86: guest, native or shadow; PT_EPT, PT_NPT: host tables */
	struct pages *pages; /* contents, by frame number in the table's own address space */
	uint64_t root;	     /* frame of the top table */
	unsigned levels;
	bool ad;     /* the walker sets A and D (x86: always; EPT: EPTP bit 6) */
	bool shadow; /* the VMM's own table in a guest's place: its A and D are not counted */
};

enum walk_status {
	WALK_OK,
	WALK_FAULT, /* #PF for the guest (or, when the table is a shadow table, for the VMM):
		       error_code */
	WALK_VIOLATION, /* two dimensions: the host tables do not allow gpa */
	WALK_MISCONFIG, /* two dimensions: a reserved (MMIO) host entry at gpa */
	WALK_PML_FULL, /* two dimensions: an A or D bit is to be set, but pml.h's buffer is full
			*/
	WALK_UNKNOWN,  /* the walk needs a guest table whose contents the stream never gave:
			   frame in gpa */
};

struct walk_result {
	enum walk_status status;
	unsigned error_code; /* WALK_FAULT */
	gpa_t gpa; /* WALK_OK: of the access; WALK_VIOLATION, WALK_MISCONFIG: what was refused
		    */
	bool in_table; /* the refused access was to a guest table entry, not to the data */
	bool is_write; /* and counted as a write */
	unsigned guest_level; /* WALK_OK: size of the guest's leaf; WALK_FAULT: level of the
				 entry that faulted */
	struct translation t; /* WALK_OK */
};

/*
 * One dimension: walks `table` for the access, through c's paging-structure caches and cache
 * model. Sets A/D. Prices entries at their frame in table's own address space.
 */
void walk_1d(struct cpu *c, const struct walk_table *table, const struct paging *mode,
	     gva_t gva, struct access a, struct walk_result *r);

/* Two dimensions: guest's contents are by gfn, host's by hfn; r->t.frame is an hfn. */
void walk_2d(struct cpu *c, const struct walk_table *guest, const struct walk_table *host,
	     const struct paging *mode, gva_t gva, struct access a, struct walk_result *r);

#endif
