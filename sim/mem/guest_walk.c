/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mem/guest_walk.h"

static void fault(struct guest_walk *w, struct access a, const struct paging *mode,
		  unsigned why)
{
	w->status = GUEST_WALK_FAULT;
	w->error_code = perm_error_code(a, mode, why);
}

/* Down to the leaf; false when the walk ended before it. */
static bool descend(struct pages *guest, uint64_t cr3, const struct paging *mode, gva_t gva,
		    struct access a, struct guest_walk *w)
{
	uint64_t frame = cr3_frame(cr3);
	unsigned perm = PERM_ALL;

	for (w->level = mode->levels;; w->level--) {
		const uint64_t *page = pages_get(guest, frame);
		uint64_t pte;

		w->table_gfn[w->level] = gfn_make(frame);
		if (!page) {
			w->status = GUEST_WALK_UNKNOWN;
			return false;
		}
		pte = w->entry[w->level] = page[level_index(gva.v, w->level)];
		if (!(pte & PTE_P)) {
			fault(w, a, mode, 0);
			return false;
		}
		if (pte_reserved(pte, w->level, mode)) {
			fault(w, a, mode, PFEC_P | PFEC_RSVD);
			return false;
		}
		perm &= perm_of_pte(pte, mode);
		w->perm[w->level] = (uint8_t)perm;
		if (pte_is_leaf(pte, w->level))
			return true;
		frame = pte_frame(pte, 1);
	}
}

static void set_bits(struct pages *guest, gva_t gva, struct access a, struct guest_walk *w)
{
	for (unsigned l = w->top_level; l >= w->level; l--) {
		uint64_t *page = pages_get(guest, w->table_gfn[l].v);
		uint64_t bits = PTE_A;

		if (l == w->level && a.kind == ACCESS_STORE)
			bits |= PTE_D;
		if (bits & ~w->entry[l])
			w->written |= 1u << l;
		page[level_index(gva.v, l)] |= bits;
		w->entry[l] |= bits;
	}
}

void guest_walk(struct pages *guest, uint64_t cr3, const struct paging *mode, gva_t gva,
		struct access a, unsigned flags, struct guest_walk *w)
{
	uint64_t offset;

	w->status = GUEST_WALK_OK;
	w->error_code = 0;
	w->written = 0;
	w->top_level = mode->levels;
	if (!descend(guest, cr3, mode, gva, a, w))
		return;
	if (!perm_allows(w->perm[w->level], a, mode)) {
		fault(w, a, mode, PFEC_P);
		return;
	}
	if (flags & GUEST_WALK_SET_AD)
		set_bits(guest, gva, a, w);
	offset = (gva.v >> PAGE_SHIFT) & (level_frames(w->level) - 1);
	w->gfn = gfn_make(pte_frame(w->entry[w->level], w->level) + offset);
}
