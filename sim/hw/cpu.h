/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu.h - one logical processor's translation hardware: TLBs, paging-structure caches, nested
 * TLB, caches
 *
 * A technique (mmu/) owns the tables and fills; the cpu owns what is cached. Contexts are the
 * tags: on Intel (VPID, PCID), on AMD the ASID. EP4TA is not a tag here: a lane has one
 * guest-physical space.
 *
 * A cpu runs one- or two-dimensional translation at a time, as one VMCS does; entries of either
 * are told apart only by invalidations.
 *
 * Page sizes that no array of a side's first and second level holds are installed as the piece
 * of the largest size that one does (a 1G page on a processor without 1G entries becomes the 2M
 * piece around the access); a size that only one level holds lives there alone, the first level
 * then taking the piece it can hold.
 *
 * First and second level are neither inclusive nor exclusive: a walk fills both, a second-level
 * hit refills the first, an eviction or a hit in one leaves the other alone (Tatar et al.,
 * "TLB;DR: Enhancing TLB-based attacks with TLB desynchronized reverse engineering", USENIX
 * Security 2022).
 *
 * Caching rules: Intel SDM vol. 3C "Caching translation information" (VMX) and vol. 3A of the
 * same title.
 *
 * The engine's filter (vm/filter.h) skips accesses whose entry is the most recent of its set in
 * the first level and allows them: looking such a one up would change nothing. What takes an
 * entry away or that place from it is either an access to another page of the same set, which
 * the engine sees, or raises cpu_epoch().
 */
#ifndef SIM_HW_CPU_H
#define SIM_HW_CPU_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/counters.h"
#include "base/err.h"
#include "hw/machine.h"
#include "hw/pml.h"
#include "x86/perm.h"

/* A finished translation, as a TLB entry holds it. */
struct translation {
	uint64_t frame; /* first 4 KiB frame of the mapped page, in the final address space */
	uint8_t level;	/* its size */
	uint8_t page_level; /* size of the page software sees, of which this may be a piece */
	uint8_t perm;	    /* PERM_* */
	bool dirty; /* the leaf's D bit (and EPT's, if it has one) is set: stores need no walk
		     */
	bool global;
	bool combined; /* made by a two-dimensional walk */
};

struct cpu; /* opaque outside hw/ */

/* `vpid`: tag of this guest; 0 when the VMM does not use VPIDs (then VM exits flush:
 * cpu_vm_exit). */
SIM_MUST_CHECK int cpu_create(struct cpu **c, const struct machine *m, uint16_t vpid,
			      struct counters *counters, struct sim_error *err);
void cpu_destroy(struct cpu *c);

/* Page-modification logging into p, the caller's; NULL, as at first: off. */
void cpu_set_pml(struct cpu *c, struct pml *p);

/* The PCID that untagged lookups mean from now on (0 without PCID). */
void cpu_set_pcid(struct cpu *c, uint16_t pcid);

/*
 * Looks the page of `gva` up in L1, then in the second level (which refills L1), counts, and
 * returns true when an entry allows the access at once: rights suffice and, for a store, dirty
 * is set. An entry that is there but does not allow it is dropped and counted in tlb_rewalks:
 * the caller walks.
 */
bool cpu_tlb_lookup(struct cpu *c, gva_t gva, struct access a, const struct paging *mode,
		    struct translation *t);

/*
 * Installs a walk's result in L1 (data or code by a.kind) and the second level. The last
 * cpu_tlb_lookup of that address and kind failed, and nothing was filled for it since.
 */
void cpu_tlb_fill(struct cpu *c, gva_t gva, struct access a, const struct translation *t);

/* Two accesses that are to come (ahead.h); no effect on the model. */
void cpu_look_ahead(struct cpu *c, gva_t near, gva_t far);

/* A data access to hpa under PTE_CACHE_FULL; no effect otherwise. */
void cpu_data_ref(struct cpu *c, uint64_t hpa);

/* Brings the counters walk_refs_l1 to data_refs_mem up to date; without it they lag behind. */
void cpu_settle(struct cpu *c);

/*
 * Invalidations; facts: SDM's tables of what each operation must invalidate. Those that
 * software asks for count in tlb_invalidations; what a #PF or an EPT violation drops by itself
 * does not.
 */
void cpu_invlpg(struct cpu *c, gva_t gva); /* current PCID + globals, all PSC of the PCID */
void cpu_flush_pcid(struct cpu *c,
		    uint16_t pcid);	  /* MOV CR3 bit 63 = 0; INVPCID 1: non-global */
void cpu_flush_all_pcids(struct cpu *c);  /* CR4.PGE change, INVPCID 2: globals too */
void cpu_flush_non_global(struct cpu *c); /* INVPCID 3 */
void cpu_invpcid_addr(struct cpu *c, gva_t gva, uint16_t pcid); /* INVPCID 0: non-global */
void cpu_pf_delivered(struct cpu *c, gva_t gva); /* #PF: that page's TLB and PSC entries */
void cpu_ept_violation(struct cpu *c, gva_t gva,
		       gpa_t gpa); /* that linear address, that guest-physical one */
void cpu_invvpid_addr(struct cpu *c, gva_t gva); /* INVVPID 0; guest-physical mappings stay */
void cpu_invvpid(struct cpu *c);		 /* INVVPID 1 */
void cpu_invvpid_keep_globals(struct cpu *c);	 /* INVVPID 3 */
void cpu_invept(struct cpu *c); /* INVEPT 1 and 2: combined and guest-physical, not linear */
void cpu_flush_asid(struct cpu *c);	    /* AMD: everything of this guest */
void cpu_invlpga(struct cpu *c, gva_t gva); /* AMD: one page of this guest, globals too */
void cpu_vm_exit(struct cpu *c);	    /* exit and entry; flushes when vpid is 0 */

/* Grows with every operation that may remove an entry otherwise than by filling its set. */
static inline uint64_t cpu_epoch(const struct cpu *c)
{
	return *(const uint64_t *)(const void *)c;
}

#endif
