/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * khugepaged (Linux, mm/khugepaged.c): now and then looks at some pages of each process, and makes a huge page of 2 MiB that
 * is mapped by small ones, if enough of them are there, one was written and one was used. There is no clock: it runs every
 * khugepaged_scan accesses.
 */
#include "base/alloc.h"
#include "guest/fault.h"

#define MAX_PTES_SHARED 256u /* HPAGE_PMD_NR / 2 */
#define HUGE_BYTES	level_bytes(LEVEL_2M)

/* hpage_collapse_scan_pmd(); max_ptes_swap is 0 here: a swapped page keeps its table. */
static bool is_worth_it(const struct guest_os *g, uint64_t table)
{
	unsigned none = 0, shared = 0;
	bool is_written = false, is_young = false;

	for (unsigned i = 0; i < 512; i++) {
		uint64_t entry = gpt_entry(g, table, i);
		const struct frame *f = &g->frames.frame[pte_frame(entry, LEVEL_4K)];

		if (!entry || fault_is_zero_page(g, entry)) {
			none++;
			continue;
		}
		if (!(entry & PTE_P) || f->use != FRAME_ANON)
			return false;
		shared += f->mapcount > 1;
		is_written |= !!(entry & PTE_W);
		is_young |= !!(entry & PTE_A);
	}
	return none <= g->cfg.khugepaged_max_ptes_none && shared <= MAX_PTES_SHARED &&
	       is_written && is_young;
}

/* __collapse_huge_page_copy(): small pages go into the huge one, and their entries go. */
static int copy_pages(struct guest_os *g, const uint64_t *entry, uint64_t to,
		      struct sim_error *err)
{
	int rc = 0;

	for (unsigned i = 0; !rc && i < 512; i++) {
		uint64_t from = pte_frame(entry[i], LEVEL_4K);
		bool is_page = entry[i] && !fault_is_zero_page(g, entry[i]);

		if (is_page)
			rc = emit_kernel(g, OP_LOAD, from << PAGE_SHIFT, err);
		if (!rc)
			rc = emit_kernel(g, OP_STORE, (to + i) << PAGE_SHIFT, err);
		if (is_page)
			zap_put_page(g, from);
	}
	return rc;
}

/* collapse_huge_page(): the table goes, all is flushed, the huge entry comes; the table is kept for a split. */
static int collapse(struct guest_os *g, struct process *p, struct vma *v,
		    const struct gpt_walk *w, uint64_t gva, struct sim_error *err)
{
	uint64_t below = pte_frame(w->value, LEVEL_4K), entry[512], to;
	int rc;

	if (!page_try(g, FRAMES_ORDER_2M, FRAME_ANON, &to))
		return 0;
	for (unsigned i = 0; i < 512; i++)
		entry[i] = gpt_entry(g, below, i);
	rc = gpt_store(g, w->table, w->index, 0, err);
	if (!rc)
		rc = tlbflush_range(g, p, gva, gva + HUGE_BYTES, PAGE_SHIFT, err);
	if (!rc)
		rc = copy_pages(g, entry, to, err);
	if (!rc)
		rc = gpt_forget(g, below, err);
	gpt_release(g, below);
	thp_own(g, to, gva);
	if (!rc)
		rc = thp_deposit(g, p, err);
	g->counts.thp_collapses++;
	to = fault_writable(v, to << PAGE_SHIFT | fault_prot(v) | PTE_PS);
	return rc ? rc : gpt_store(g, w->table, w->index, to, err);
}

/* One 2 MiB range; *pages is what is left to look at. */
static int scan_range(struct guest_os *g, struct process *p, uint64_t *pages,
		      struct sim_error *err)
{
	struct vma *v = aspace_at(&p->mm, p->scan);
	uint64_t gva = p->scan;
	struct gpt_walk w;

	p->scan += HUGE_BYTES;
	if (!v || !thp_fits(g, v, gva) || !v->has_anon)
		return 0;
	*pages -= *pages < 512 ? *pages : 512;
	gpt_find(g, p->root, gva, &w);
	if (w.level != LEVEL_4K || !is_worth_it(g, w.table))
		return 0;
	gpt_find_table(g, p->root, gva, LEVEL_2M, &w);
	return collapse(g, p, v, &w, gva, err);
}

static int scan_process(struct guest_os *g, struct process *p, uint64_t *pages,
			struct sim_error *err)
{
	int rc = 0;

	while (!rc && *pages) {
		size_t i = aspace_find(&p->mm, p->scan);

		if (i == p->mm.n) {
			p->scan = 0;
			break;
		}
		if (p->scan < p->mm.vma[i].start)
			p->scan = round_up(p->mm.vma[i].start, HUGE_BYTES);
		if (p->scan + HUGE_BYTES > p->mm.vma[i].end) {
			p->scan = round_up(p->mm.vma[i].end, HUGE_BYTES);
			continue;
		}
		rc = scan_range(g, p, pages, err);
	}
	return rc;
}

/* It is a thread of the kernel: it uses the tables of whoever ran. */
int khugepaged_run(struct guest_os *g, struct sim_error *err)
{
	uint64_t pages = g->cfg.khugepaged_pages;
	bool returns = !g->cpu.in_kernel || g->cpu.returns;
	int rc = 0;

	g->next_scan += g->cfg.khugepaged_scan;
	if (g->cfg.thp == GUEST_THP_NEVER || !g->cpu.loaded)
		return 0;
	g->counts.khugepaged_scans++;
	rc = tlbflush_enter(g, ENTRY_OWN, err);
	g->no_reclaim++;
	for (size_t i = 0; !rc && pages && i < g->n_process; i++)
		rc = scan_process(g, g->process[i], &pages, err);
	g->no_reclaim--;
	g->cpu.returns = returns;
	return rc;
}
