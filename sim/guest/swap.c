/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Swap slots, and pages that come back from them (Linux, mm/swapfile.c, do_swap_page()). An entry without P holds the
 * slot; how Linux packs it is not modelled. There is no swap cache: a page is in a slot or in memory.
 */
#include "base/alloc.h"
#include "guest/fault.h"

#define SLOT_SHIFT                                                                             \
	14 /* arch/x86/include/asm/pgtable_64.h: SWP_OFFSET_SHIFT; below it, and bit 9, nothing is set */
#define SLOT_MARK ((uint64_t)1 << 9)

static uint64_t slot_of(uint64_t entry)
{
	return entry >> SLOT_SHIFT;
}

int swap_boot(struct guest_os *g, struct sim_error *err)
{
	g->n_swap = g->cfg.swap >> PAGE_SHIFT;
	g->swap_count = sim_calloc(g->n_swap, sizeof(*g->swap_count));
	return g->swap_count ? 0 : sim_fail_nomem(err);
}

void swap_get(struct guest_os *g, uint64_t entry)
{
	g->swap_count[slot_of(entry)]++;
}

void swap_put(struct guest_os *g, uint64_t entry)
{
	if (!--g->swap_count[slot_of(entry)])
		g->swap_used--;
}

uint64_t swap_make(struct guest_os *g)
{
	if (g->swap_used == g->n_swap)
		return 0;
	while (g->swap_count[g->swap_next])
		g->swap_next = (g->swap_next + 1) % g->n_swap;
	g->swap_count[g->swap_next] = 1;
	g->swap_used++;
	return g->swap_next << SLOT_SHIFT | SLOT_MARK;
}

int swap_in(struct guest_os *g, struct fault *f, struct sim_error *err)
{
	uint64_t gfn, entry;
	struct gpt_walk w;
	int rc = fault_anon_page(g, f, FRAME_NONE, &gfn, err);

	if (rc)
		return rc;
	gpt_find(g, f->p->root, f->gva, &w);
	entry = gfn << PAGE_SHIFT | fault_prot(f->v);
	if (f->a.kind == ACCESS_STORE)
		entry = fault_writable(f->v, entry);
	g->counts.pf_swap++;
	g->counts.swap_in++;
	swap_put(g, w.value);
	return gpt_store(g, w.table, w.index, entry, err);
}
