/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * perm.h - may this access use this mapping? Pure functions, no state.
 *
 * A mapping's rights are the AND of R/W and U/S and the OR of XD over all levels (Intel SDM
 * vol. 3A "Access rights", "Page-fault exceptions"). Not modelled: protection keys, shadow
 * stacks, EFLAGS.AC (a stream does not carry it, so a supervisor access to a user page is taken
 * as one that SMAP allows: see doc/validity.md).
 */
#ifndef SIM_X86_PERM_H
#define SIM_X86_PERM_H

#include <stdbool.h>
#include <stdint.h>

#include "x86/ptformat.h"
#include "x86/regs.h"

enum access_kind { ACCESS_LOAD = 0, ACCESS_STORE = 1, ACCESS_FETCH = 2 };

struct access {
	enum access_kind kind;
	bool user; /* CPL 3 */
};

/* Rights of a translation; the order of bits is private to this header. */
#define PERM_W	 1u
#define PERM_U	 2u
#define PERM_X	 4u
#define PERM_ALL (PERM_W | PERM_U | PERM_X)

/* #PF error code bits. */
#define PFEC_P	  1u
#define PFEC_W	  2u
#define PFEC_U	  4u
#define PFEC_RSVD 8u
#define PFEC_I	  16u

/* Rights that one x86 entry grants. */
static inline unsigned perm_of_pte(uint64_t pte, const struct paging *m)
{
	return (pte & PTE_W ? PERM_W : 0) | (pte & PTE_U ? PERM_U : 0) |
	       (!(m->nxe && (pte & PTE_NX)) ? PERM_X : 0);
}

/* True when a mapping with rights `perm` allows the access. */
static inline bool perm_allows(unsigned perm, struct access a, const struct paging *m)
{
	if (a.user)
		return (perm & PERM_U) && (a.kind != ACCESS_STORE || (perm & PERM_W)) &&
		       (a.kind != ACCESS_FETCH || (perm & PERM_X));
	switch (a.kind) {
	case ACCESS_LOAD:
		return true;
	case ACCESS_STORE:
		return (perm & PERM_W) || !m->wp;
	case ACCESS_FETCH:
		return (perm & PERM_X) && !(m->smep && (perm & PERM_U));
	}
	return false;
}

/* The #PF error code of an access; `why` holds PFEC_P and PFEC_RSVD as found by the walk. */
static inline unsigned perm_error_code(struct access a, const struct paging *m, unsigned why)
{
	return why | (a.kind == ACCESS_STORE ? PFEC_W : 0) | (a.user ? PFEC_U : 0) |
	       (a.kind == ACCESS_FETCH && (m->nxe || m->smep) ? PFEC_I : 0);
}

/*
 * Bits that must be 0 in a present entry of `level`, for a machine with 48 physical address
 * bits: PS at levels 4 and 5, low address bits of large leaves, XD while EFER.NXE is 0.
 */
static inline bool pte_reserved(uint64_t pte, unsigned level, const struct paging *m)
{
	uint64_t bad = PTE_RSVD_HIGH | (m->nxe ? 0 : PTE_NX);

	if (level >= 4)
		bad |= PTE_PS;
	else if (level > 1 && (pte & PTE_PS))
		bad |= (((uint64_t)1 << (12 + 9 * (level - 1))) - 1) & ~(uint64_t)0x1fff;
	return pte & bad;
}

#endif
