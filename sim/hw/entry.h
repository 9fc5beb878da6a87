/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * entry.h - one table entry as the walker reads it, over the table formats
 *
 * Every function takes the format as an argument that is constant where the walker is
 * instantiated, so each use folds to a few instructions.
 *
 *             present        reserved             accessed  dirty
 *     x86     P              pte_reserved         bit 5     bit 6
 *     NPT     P              the same, NXE on     bit 5     bit 6
 *     EPT     any of R W X   W or X without R     bit 8     bit 9
 *
 * Execute-only EPT entries are not modelled: they count as misconfigured, as on processors
 * without that capability.
 */
#ifndef SIM_HW_ENTRY_H
#define SIM_HW_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "x86/perm.h"
#include "x86/ptformat.h"

enum entry_says { ENTRY_TABLE, ENTRY_LEAF, ENTRY_ABSENT, ENTRY_RESERVED };

static SIM_ALWAYS_INLINE enum entry_says entry_says(enum pt_kind kind, uint64_t pte,
						    unsigned level, const struct paging *mode)
{
	if (!(pte & (kind == PT_EPT ? EPT_RWX : PTE_P)))
		return ENTRY_ABSENT;
	if (kind == PT_EPT ? !(pte & EPT_R) : pte_reserved(pte, level, mode))
		return ENTRY_RESERVED;
	return pte_is_leaf(pte, level) ? ENTRY_LEAF : ENTRY_TABLE;
}

/* PERM_* that the entry grants; EPT knows no user and supervisor. */
static SIM_ALWAYS_INLINE unsigned entry_perm(enum pt_kind kind, uint64_t pte,
					     const struct paging *mode)
{
	if (kind != PT_EPT)
		return perm_of_pte(pte, mode);
	return PERM_U | (pte & EPT_W ? PERM_W : 0) | (pte & EPT_X ? PERM_X : 0);
}

static SIM_ALWAYS_INLINE uint64_t entry_accessed(enum pt_kind kind)
{
	return kind == PT_EPT ? EPT_A : PTE_A;
}

static SIM_ALWAYS_INLINE uint64_t entry_dirty(enum pt_kind kind)
{
	return kind == PT_EPT ? EPT_D : PTE_D;
}

#endif
