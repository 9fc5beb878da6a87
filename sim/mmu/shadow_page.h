/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shadow_page.h - one page of the tables that the hardware walks under shadow paging
 *
 * A shadow page is 512 entries. It is known by (gfn, role): the guest table it mirrors (indirect), or the
 * first frame it maps linearly (direct), and the circumstances under which its entries are valid. Source:
 * Linux 6.1 Documentation/virt/kvm/x86/mmu.rst, arch/x86/include/asm/kvm_host.h.
 */
#ifndef SIM_MMU_SHADOW_PAGE_H
#define SIM_MMU_SHADOW_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "mmu/rmap.h"
#include "x86/perm.h"

/*
 * A role in one word:  bits 0-3 level   bit 4 direct   bits 5-7 rights (PERM_*) of the entries
 * above and, the same for all pages of a root, bits 8-.. the mode: CR0.WP, EFER.NXE, SMEP
 * without WP, SMAP without WP.
 */
#define ROLE_LEVEL	 15u
#define ROLE_DIRECT	 (1u << 4)
#define ROLE_PERM_SHIFT	 5
#define ROLE_PERM	 (7u << ROLE_PERM_SHIFT)
#define ROLE_WP		 (1u << 8)
#define ROLE_NXE	 (1u << 9)
#define ROLE_SMEP_NOT_WP (1u << 10)
#define ROLE_SMAP_NOT_WP (1u << 11)

static inline unsigned role_level(uint32_t role)
{
	return role & ROLE_LEVEL;
}

static inline unsigned role_perm(uint32_t role)
{
	return (role & ROLE_PERM) >> ROLE_PERM_SHIFT;
}

/* Bits of a shadow entry that the hardware ignores. */
#define SPTE_HOST_WRITABLE ((uint64_t)1 << 9)  /* the host lets us write the page */
#define SPTE_MMU_WRITABLE  ((uint64_t)1 << 10) /* writable as far as shadowing is concerned */
#define SPTE_GEN_SHIFT	   52 /* MMIO entries: low bits of the slots' generation */
#define SPTE_GEN	   ((uint64_t)0x3ff << SPTE_GEN_SHIFT)

struct shadow_page {
	struct shadow_page *newer, *older; /* active list; `older` also chains zapped pages */
	struct shadow_page *same_gfn;	   /* next page of the same gfn */
	gfn_t gfn;
	hfn_t hfn; /* where the hardware finds it */
	uint64_t *spt;
	uint32_t role;
	bool is_invalid; /* zapped, perhaps still somebody's root */
	bool is_unsync;
	uint8_t valid_gen;
	unsigned n_writes; /* emulated writes since its last use: flood detection */
	unsigned root_count;
	unsigned n_unsync_children;
	uint64_t unsync_child[8]; /* bitmap */
	struct sptep *parent;	  /* entries that point here */
	size_t n_parent, cap_parent;
	gfn_t mapped[512];   /* gfn of each installed leaf */
	uint8_t access[512]; /* rights the guest gave it when it was made */
};

/* Where an iteration over the shadow of a gva stands. */
struct shadow_walk {
	struct shadow_page *page;
	unsigned level, index;
};

static inline bool spte_is_mmio(uint64_t spte)
{
	return spte & PTE_MMIO;
}

static inline bool spte_is_present(uint64_t spte)
{
	return (spte & PTE_P) && !spte_is_mmio(spte);
}

/* KVM's is_last_spte: says nothing about presence at level 1. */
static inline bool spte_is_last(uint64_t spte, unsigned level)
{
	return level == LEVEL_4K || (spte & PTE_PS);
}

#endif
