/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Transparent huge pages (Linux, mm/huge_memory.c). A huge page is 512 frames in a row, each with its own count of owners:
 * what is unmapped of one is free at once, where Linux splits it when memory is short. For each huge entry a table is
 * kept (pgtable_trans_huge_deposit()), so that a split cannot fail.
 */
#include <assert.h>

#include "base/alloc.h"
#include "guest/fault.h"

#define HUGE_BYTES level_bytes(LEVEL_2M)

bool thp_is_zero(const struct guest_os *g, uint64_t entry)
{
	return g->huge_zero_gfn && (entry & PTE_PS) &&
	       pte_frame(entry, LEVEL_2M) == g->huge_zero_gfn;
}

/* hugepage_vma_check(): anonymous private memory that policy or advice lets have huge pages; stacks, too, but exec's first
 * one, which is smaller (vma_is_temporary_stack()). */
static bool is_allowed(const struct guest_os *g, const struct vma *v)
{
	if ((v->flags & (MAPPING_FILE | MAPPING_SHARED | MAPPING_HUGETLB)) ||
	    v->advice == ADVICE_NOHUGEPAGE)
		return false;
	return g->cfg.thp == GUEST_THP_ALWAYS ||
	       (g->cfg.thp == GUEST_THP_MADVISE && v->advice == ADVICE_HUGEPAGE);
}

bool thp_fits(const struct guest_os *g, const struct vma *v, uint64_t gva)
{
	uint64_t start = gva & ~(HUGE_BYTES - 1);

	return is_allowed(g, v) && start >= v->start && start + HUGE_BYTES <= v->end;
}

int thp_deposit(struct guest_os *g, struct process *p, struct sim_error *err)
{
	uint64_t gfn;
	int rc = page_alloc(g, 0, FRAME_TABLE, &gfn, err);

	if (rc)
		return rc;
	if (sim_grow((void **)&p->deposit, &p->deposit_cap, p->n_deposit, sizeof(*p->deposit)))
		return sim_fail_nomem(err);
	p->deposit[p->n_deposit++] = gfn;
	return emit_kernel(g, OP_STORE, gfn << PAGE_SHIFT, err);
}

uint64_t thp_take_deposit(struct process *p)
{
	assert(p->n_deposit);
	return p->deposit[--p->n_deposit];
}

void thp_withdraw(struct guest_os *g, struct process *p)
{
	frames_free(&g->frames, thp_take_deposit(p));
}

/* --- faults --- */

void thp_own(struct guest_os *g, uint64_t gfn, uint64_t gva)
{
	for (uint64_t i = 0; i < FRAMES_HUGE; i++) {
		struct frame *f = &g->frames.frame[gfn + i];

		f->owner = (gva >> PAGE_SHIFT) + i;
		f->mapcount = 1;
		f->flags = FRAME_IS_EXCLUSIVE;
		reclaim_list_page(g, gfn + i);
	}
}

/* The kernel clears or fills a huge page: one store for each of its small ones. */
int thp_fill(struct guest_os *g, uint64_t gfn, struct sim_error *err)
{
	int rc = 0;

	for (uint64_t i = 0; !rc && i < FRAMES_HUGE; i++)
		rc = emit_kernel(g, OP_STORE, (gfn + i) << PAGE_SHIFT, err);
	return rc;
}

static int zero_page(struct guest_os *g, uint64_t *gfn, struct sim_error *err)
{
	*gfn = g->huge_zero_gfn;
	if (*gfn || !page_try(g, FRAMES_ORDER_2M, FRAME_KERNEL, gfn))
		return 0;
	g->huge_zero_gfn = *gfn;
	return thp_fill(g, *gfn, err);
}

static int map_huge(struct guest_os *g, const struct fault *f, uint64_t entry,
		    struct sim_error *err)
{
	uint64_t table;
	int rc;

	g->no_reclaim++;
	rc = thp_deposit(g, f->p, err);
	if (!rc)
		rc = gpt_make(g, f->p->root, f->gva, LEVEL_2M, &table, err);
	g->no_reclaim--;
	return rc ? rc
		  : gpt_store(g, table, level_index(f->gva, LEVEL_2M), entry | PTE_PS, err);
}

/* do_huge_pmd_anonymous_page() */
int thp_fault(struct guest_os *g, struct fault *f, bool *done, struct sim_error *err)
{
	uint64_t gva = f->gva & ~(HUGE_BYTES - 1), gfn = 0;
	int rc;

	if (f->w.level < LEVEL_2M || f->w.value || !thp_fits(g, f->v, f->gva))
		return 0;
	f->v->has_anon = true; /* anon_vma_prepare() */
	if (f->a.kind != ACCESS_STORE && g->cfg.thp_zero_page) {
		rc = zero_page(g, &gfn, err);
		*done = gfn;
		g->counts.pf_thp_zero += *done;
		g->counts.thp_fallback += !*done;
		return rc || !gfn ? rc
				  : map_huge(g, f, gfn << PAGE_SHIFT | fault_prot(f->v), err);
	}
	if (!page_try(g, FRAMES_ORDER_2M, FRAME_ANON, &gfn)) {
		g->counts.thp_fallback++;
		return 0;
	}
	*done = true;
	g->counts.pf_thp++;
	thp_own(g, gfn, gva);
	rc = thp_fill(g, gfn, err);
	return rc ? rc
		  : map_huge(g, f, fault_writable(f->v, gfn << PAGE_SHIFT | fault_prot(f->v)),
			     err);
}

static bool is_ours_alone(const struct guest_os *g, uint64_t gfn)
{
	for (uint64_t i = 0; i < FRAMES_HUGE; i++)
		if (g->frames.frame[gfn + i].mapcount != 1)
			return false;
	return true;
}

/* do_huge_pmd_wp_page(): the page is ours alone, or is split and copied piece by piece. */
int thp_wp(struct guest_os *g, struct fault *f, bool *done, struct sim_error *err)
{
	uint64_t gfn = pte_frame(f->w.value, LEVEL_2M);

	if (thp_is_zero(g, f->w.value) || !is_ours_alone(g, gfn))
		return thp_split(g, f->p, f->gva, err);
	*done = true;
	g->counts.pf_reuse++;
	for (uint64_t i = 0; i < FRAMES_HUGE; i++)
		g->frames.frame[gfn + i].flags |= FRAME_IS_EXCLUSIVE;
	return gpt_store(g, f->w.table, f->w.index, fault_writable(f->v, f->w.value), err);
}

/* --- splits --- */

/* __split_huge_zero_page_pmd(), __split_huge_pmd_locked(): the small entries have the huge one's rights and bits. */
static void small_entries(const struct guest_os *g, uint64_t huge, struct table *t)
{
	uint64_t gfn = pte_frame(huge, LEVEL_2M), flags = huge & ~(PTE_ADDR | PTE_PS);

	for (uint64_t i = 0; i < 512; i++)
		t->word[i] = thp_is_zero(g, huge) ? g->zero_gfn << PAGE_SHIFT |
							    (flags & ~PTE_DIRTY) | PTE_SPECIAL
						  : (gfn + i) << PAGE_SHIFT | flags;
	t->used = 512;
}

/* The huge entry loses P and is flushed (pmdp_invalidate(), which flushes 512 small pages: more than the ceiling), then
 * the table takes its place. */
int thp_split(struct guest_os *g, struct process *p, uint64_t gva, struct sim_error *err)
{
	uint64_t start = gva & ~(HUGE_BYTES - 1), table;
	struct gpt_walk w;
	int rc;

	gpt_find(g, p->root, gva, &w);
	assert(w.level == LEVEL_2M && (w.value & PTE_PS));
	g->counts.thp_splits++;
	rc = gpt_store(g, w.table, w.index, thp_is_zero(g, w.value) ? 0 : w.value & ~PTE_P,
		       err);
	if (!rc)
		rc = tlbflush_range(g, p, start, start + HUGE_BYTES, PAGE_SHIFT, err);
	if (rc)
		return rc;
	table = thp_take_deposit(p);
	rc = gpt_adopt(g, table, LEVEL_4K, err);
	if (rc)
		return rc;
	small_entries(g, w.value, g->table[table]);
	return gpt_store(g, w.table, w.index, table << PAGE_SHIFT | TABLE_USER, err);
}
