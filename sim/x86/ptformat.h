/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ptformat.h - bits of page-table entries: x86-64 (also shadow and NPT tables) and EPT
 *
 * Source: Intel SDM vol. 3A "4-level paging and 5-level paging", vol. 3C "The extended page
 * table mechanism (EPT)"; AMD64 APM vol. 2 "Nested paging" (NPT uses the x86-64 format and
 * walks as a user access).
 */
#ifndef SIM_X86_PTFORMAT_H
#define SIM_X86_PTFORMAT_H

#include <stdbool.h>
#include <stdint.h>

#define PTE_P  ((uint64_t)1 << 0)
#define PTE_W  ((uint64_t)1 << 1)
#define PTE_U  ((uint64_t)1 << 2)
#define PTE_A  ((uint64_t)1 << 5)
#define PTE_D  ((uint64_t)1 << 6)
#define PTE_PS ((uint64_t)1 << 7) /* levels 2 and 3: a leaf */
#define PTE_G  ((uint64_t)1 << 8)
#define PTE_NX ((uint64_t)1 << 63)
/* physical addresses have 48 bits here (mem/pages.h) */
#define PTE_RSVD_HIGH ((uint64_t)15 << 48)
/* KVM's mark of a device in shadow and NPT tables: a reserved bit, so the access faults */
#define PTE_MMIO   ((uint64_t)1 << 51)
#define PTE_ADDR   0x000ffffffffff000u
#define PTE_PAT_2M ((uint64_t)1 << 12) /* in a 2M or 1G leaf; not part of the address */

#define EPT_R	  ((uint64_t)1 << 0)
#define EPT_W	  ((uint64_t)1 << 1)
#define EPT_X	  ((uint64_t)1 << 2)
#define EPT_RWX	  (EPT_R | EPT_W | EPT_X)
#define EPT_MT_WB ((uint64_t)6 << 3)
#define EPT_PS	  ((uint64_t)1 << 7)
#define EPT_A	  ((uint64_t)1 << 8)
#define EPT_D	  ((uint64_t)1 << 9)
#define EPT_MISCONFIG                                                                          \
	((uint64_t)6) /* W and X without R: what KVM writes into an MMIO entry                 \
		       */

enum pt_kind { PT_X86, PT_EPT, PT_NPT };

static inline bool pte_is_leaf(uint64_t pte, unsigned level)
{
	return level == 1 || (level <= 3 && (pte & PTE_PS));
}

/* First 4 KiB frame that a leaf of `level` maps, or the frame of the next table. */
static inline uint64_t pte_frame(uint64_t pte, unsigned leaf_level)
{
	uint64_t low = ((uint64_t)1 << (9 * (leaf_level - 1))) - 1;

	return ((pte & PTE_ADDR) >> 12) & ~low;
}

#endif
