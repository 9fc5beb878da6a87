/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an emulated write to a mirrored guest table does to its shadow (Linux mmu/mmu.c,
 * kvm_mmu_pte_write). */
#include "mmu/spt.h"

#define FLOOD                                                                                  \
	3 /* writes without a use in between that tell a page is no page table any more        \
	   */

/* Only upper tables can be flooded: a leaf table becomes unsync instead. */
static bool is_flooded(struct shadow_page *p)
{
	return role_level(p->role) > LEVEL_4K && ++p->n_writes >= FLOOD;
}

/* A write that is not one of whole entries says the same; one byte at an entry's start is
 * Linux's clear_bit(). */
static bool is_misaligned(gpa_t gpa, unsigned bytes)
{
	unsigned offset = (unsigned)gpa.v & 0xfff;

	if (!(offset & 7) && bytes == 1)
		return false;
	return ((offset ^ (offset + bytes - 1)) & ~7u) || bytes < 4;
}

void spt_emulated_write(struct mmu *m, gpa_t gpa, unsigned bytes)
{
	struct spt *s = spt_of(m);
	struct shadow_page *p, *zapped = NULL;
	bool flush = false;

	if (!s->n_indirect)
		return;
	m->c->mmu_pte_write++;
	if (bytes == 4) { /* half of an entry: taken as the whole */
		gpa.v &= ~(uint64_t)7;
		bytes = 8;
	}
	for (p = spt_first_mirror(s, gpa_to_gfn(gpa)); p; p = spt_mirror(s, p->same_gfn)) {
		unsigned index = (unsigned)(gpa.v >> 3) & 511;

		if (is_misaligned(gpa, bytes) || is_flooded(p)) {
			spt_prepare_zap(m, p, &zapped); /* stays in memory, points on */
			m->c->mmu_flooded++;
			continue;
		}
		flush |= spte_is_present(p->spt[index]);
		spt_zap_entry(m, (struct sptep){ p, index });
		if (role_level(p->role) > LEVEL_4K)
			m->c->mmu_pde_zapped++;
	}
	spt_flush_or_zap(m, &zapped, flush);
}
