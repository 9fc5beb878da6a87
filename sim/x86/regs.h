/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * regs.h - control registers as far as paging cares, and the paging mode they mean
 *
 * Source: Intel SDM vol. 3A "Control registers", "Process-context identifiers (PCIDs)".
 */
#ifndef SIM_X86_REGS_H
#define SIM_X86_REGS_H

#include <stdbool.h>
#include <stdint.h>

#define CR0_WP	  ((uint64_t)1 << 16)
#define CR0_PG	  ((uint64_t)1 << 31)
#define CR4_PAE	  ((uint64_t)1 << 5)
#define CR4_PGE	  ((uint64_t)1 << 7)
#define CR4_LA57  ((uint64_t)1 << 12)
#define CR4_PCIDE ((uint64_t)1 << 17)
#define CR4_SMEP  ((uint64_t)1 << 20)
#define CR4_SMAP  ((uint64_t)1 << 21)
#define EFER_LME  ((uint64_t)1 << 8)
#define EFER_LMA  ((uint64_t)1 << 10)
#define EFER_NXE  ((uint64_t)1 << 11)
#define CR3_NOFLUSH                                                                            \
	((uint64_t)1 << 63) /* MOV to CR3 with CR4.PCIDE: keep this PCID's entries */

struct regs {
	uint64_t cr0, cr3, cr4, efer;
};

/* What the walker needs, derived once per register write. */
struct paging {
	uint8_t levels; /* 4 or 5 */
	bool wp, nxe, smep, smap, pge, pcide;
};

/* The mode that r means; levels 0 when it is not 64-bit paging (this model covers nothing
 * else). */
static inline struct paging paging_of(const struct regs *r)
{
	bool on = (r->cr0 & CR0_PG) && (r->cr4 & CR4_PAE) && (r->efer & EFER_LMA);

	return (struct paging){
		.levels = (uint8_t)(!on			? 0
				    : r->cr4 & CR4_LA57 ? 5
							: 4),
		.wp = r->cr0 & CR0_WP,
		.nxe = r->efer & EFER_NXE,
		.smep = r->cr4 & CR4_SMEP,
		.smap = r->cr4 & CR4_SMAP,
		.pge = r->cr4 & CR4_PGE,
		.pcide = r->cr4 & CR4_PCIDE,
	};
}

static inline uint64_t cr3_frame(uint64_t cr3)
{
	return (cr3 & 0x000ffffffffff000u) >> 12;
}

static inline uint16_t cr3_pcid(uint64_t cr3, const struct paging *p)
{
	return p->pcide ? (uint16_t)(cr3 & 0xfff) : 0;
}

#endif
