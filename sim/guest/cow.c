/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes to pages that are mapped without the right to write (Linux, mm/memory.c, do_wp_page()). */
#include "guest/fault.h"

/* wp_page_reuse() */
static int reuse(struct guest_os *g, const struct fault *f, struct sim_error *err)
{
	return gpt_store(g, f->w.table, f->w.index, fault_writable(f->v, f->w.value), err);
}

/* wp_page_copy(): the old entry goes and is flushed before the new one comes. */
static int copy(struct guest_os *g, const struct fault *f, struct sim_error *err)
{
	uint64_t gva = f->gva & ~(PAGE_BYTES - 1), from = pte_frame(f->w.value, LEVEL_4K), gfn,
		 entry;
	bool is_zero = fault_is_zero_page(g, f->w.value);
	int rc = fault_anon_page(g, f, is_zero ? FILL_ZERO : from, &gfn, err);

	if (rc)
		return rc;
	/* Reclaim may have had it meanwhile: then the access faults again (pte_same()). */
	if (gpt_entry(g, f->w.table, f->w.index) != f->w.value) {
		zap_put_page(g, gfn);
		return 0;
	}
	entry = fault_writable(f->v, gfn << PAGE_SHIFT | fault_prot(f->v));
	rc = gpt_store(g, f->w.table, f->w.index, 0, err);
	if (!rc)
		rc = tlbflush_range(g, f->p, gva, gva + PAGE_BYTES, PAGE_SHIFT, err);
	if (!rc)
		rc = gpt_store(g, f->w.table, f->w.index, entry, err);
	if (!is_zero)
		zap_put_page(g, from);
	return rc;
}

int fault_cow(struct guest_os *g, struct fault *f, struct sim_error *err)
{
	struct frame *page;
	int rc;

	if (f->w.level > LEVEL_4K) {
		bool done = false;

		rc = thp_wp(g, f, &done, err);
		if (rc || done)
			return rc;
		gpt_find(g, f->p->root, f->gva, &f->w);
	}
	page = &g->frames.frame[pte_frame(f->w.value, LEVEL_4K)];
	if (f->v->flags & MAPPING_SHARED) {
		g->counts.pf_mkwrite++;
		return reuse(g, f, err);
	}
	if (page->use == FRAME_ANON && page->mapcount == 1) {
		g->counts.pf_reuse++;
		page->flags |= FRAME_IS_EXCLUSIVE;
		return reuse(g, f, err);
	}
	g->counts.pf_cow++;
	return copy(g, f, err);
}
