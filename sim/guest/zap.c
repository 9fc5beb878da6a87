/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pages and tables that go: their entries are cleared first, then the TLB is flushed, then the frames are free (Linux,
 * mm/memory.c zap_pte_range() and free_pgtables(), mm/mmu_gather.c).
 */
#include <assert.h>

#include "base/alloc.h"
#include "guest/fault.h"

/* mm/mmu_gather.c: 8 pages in the gather itself, then 10000/510 batches of 510. */
#define GATHER_MAX (8u + 10000u / 510u * 510u)

void zap_begin(struct gather *z, struct process *p)
{
	*z = (struct gather){ .p = p, .start = FLUSH_ALL, .shift = PAGE_SHIFT };
}

void zap_fini(struct gather *z)
{
	sim_free(z->gfn);
}

void zap_flush_later(struct gather *z, uint64_t gva, unsigned shift)
{
	uint64_t end = gva + ((uint64_t)1 << shift);

	if (z->start == FLUSH_ALL || shift < z->shift)
		z->shift = shift;
	z->start = gva < z->start ? gva : z->start;
	z->end = end > z->end ? end : z->end;
}

/* A table of `level` goes, of which `base` is the first address (include/asm-generic/tlb.h, pte_free_tlb() and so on): the
 * range reaches down to there, in steps as large as what its entry covered, if no smaller entries went. */
static void flush_table_later(struct gather *z, uint64_t base, unsigned level)
{
	unsigned shift = level_shift(level + 1);

	if (z->start == FLUSH_ALL || shift < z->shift)
		z->shift = shift;
	z->start = base < z->start ? base : z->start;
	z->end = base + PAGE_BYTES > z->end ? base + PAGE_BYTES : z->end;
}

static int add(struct gather *z, uint64_t gfn, struct sim_error *err)
{
	if (sim_grow((void **)&z->gfn, &z->cap, z->n, sizeof(*z->gfn)))
		return sim_fail_nomem(err);
	z->gfn[z->n++] = gfn;
	return 0;
}

static int flush_when_full(struct guest_os *g, struct gather *z, struct sim_error *err)
{
	return ++z->n_slot < GATHER_MAX ? 0 : zap_finish(g, z, err);
}

/* An address space that goes is left for the kernel's own tables at its flush, as nobody needs it any more
 * (flush_tlb_func() of a lazy mm). */
static int flush(struct guest_os *g, const struct gather *z, struct sim_error *err)
{
	if (z->whole_mm)
		return g->cpu.loaded == z->p ? tlbflush_switch(g, NULL, err) : 0;
	return z->start == FLUSH_ALL ? 0
				     : tlbflush_range(g, z->p, z->start, z->end, z->shift, err);
}

int zap_finish(struct guest_os *g, struct gather *z, struct sim_error *err)
{
	int rc = flush(g, z, err);

	for (size_t i = 0; i < z->n; i++) {
		if (g->frames.frame[z->gfn[i]].use == FRAME_TABLE)
			gpt_release(g, z->gfn[i]);
		else if (hugetlb_is(g, z->gfn[i]))
			hugetlb_put(g, z->gfn[i]);
		else
			zap_put_page(g, z->gfn[i]);
	}
	z->n = z->n_slot = 0;
	z->start = FLUSH_ALL;
	z->end = 0;
	return rc;
}

void zap_put_page(struct guest_os *g, uint64_t gfn)
{
	struct frame *f = &g->frames.frame[gfn];

	assert(f->mapcount);
	if (!--f->mapcount && f->use == FRAME_ANON)
		page_free(g, gfn);
}

/* --- pages --- */

static int zap_entry(struct guest_os *g, struct gather *z, const struct gpt_walk *w,
		     uint64_t gva, struct sim_error *err)
{
	int rc = gpt_store(g, w->table, w->index, 0, err);

	if (rc)
		return rc;
	if (swap_is_entry(w->value)) {
		swap_put(g, w->value);
		return 0;
	}
	zap_flush_later(z, gva, PAGE_SHIFT);
	if (fault_is_zero_page(g, w->value))
		return 0;
	rc = add(z, pte_frame(w->value, LEVEL_4K), err);
	return rc ? rc : flush_when_full(g, z, err);
}

/* A hugetlb page goes back to its pool; the others are 512 frames, and the table that was kept for them. */
static int zap_huge(struct guest_os *g, struct gather *z, const struct gpt_walk *w,
		    uint64_t gva, struct sim_error *err)
{
	uint64_t gfn = pte_frame(w->value, w->level);
	int rc = gpt_store(g, w->table, w->index, 0, err);

	zap_flush_later(z, gva, level_shift(w->level));
	if (!rc && hugetlb_is(g, gfn)) {
		rc = add(z, gfn, err);
		return rc ? rc : flush_when_full(g, z, err);
	}
	thp_withdraw(g, z->p);
	if (thp_is_zero(g, w->value))
		return rc;
	for (uint64_t i = 0; !rc && i < level_frames(w->level); i++)
		rc = add(z, gfn + i, err);
	return rc ? rc : flush_when_full(g, z, err);
}

/* One step: what stands at gva, up to *next. */
static int zap_at(struct guest_os *g, struct gather *z, uint64_t gva, uint64_t end,
		  uint64_t *next, struct sim_error *err)
{
	struct gpt_walk w;

	gpt_find(g, z->p->root, gva, &w);
	*next = gpt_next(gva, w.level);
	if (!w.value)
		return 0;
	if (w.level == LEVEL_4K)
		return zap_entry(g, z, &w, gva, err);
	if (*next <= end && !(gva & (level_bytes(w.level) - 1)))
		return zap_huge(g, z, &w, gva, err);
	*next = gva;
	return thp_split(g, z->p, gva, err);
}

int zap_pages(struct guest_os *g, struct gather *z, uint64_t start, uint64_t end,
	      struct sim_error *err)
{
	int rc = 0;

	while (!rc && start < end)
		rc = zap_at(g, z, start, end, &start, err);
	return rc;
}

/* --- tables --- */

struct span {
	uint64_t table;
	unsigned level;
	uint64_t base;	     /* first address that the table covers */
	uint64_t start, end; /* what was unmapped */
};

static int zap_span(struct guest_os *g, struct gather *z, const struct span *s,
		    struct sim_error *err);

static int zap_below(struct guest_os *g, struct gather *z, const struct span *s, unsigned index,
		     struct sim_error *err)
{
	uint64_t entry = gpt_entry(g, s->table, index);
	struct span below = { .table = pte_frame(entry, LEVEL_4K),
			      .level = s->level - 1,
			      .base = s->base + index * level_bytes(s->level),
			      .start = s->start,
			      .end = s->end };
	int rc;

	if (!(entry & PTE_P) || pte_is_leaf(entry, s->level))
		return 0;
	rc = below.level > LEVEL_4K ? zap_span(g, z, &below, err) : 0;
	if (rc || aspace_overlaps(&z->p->mm, below.base, below.base + level_bytes(s->level)))
		return rc;
	assert(!g->table[below.table]->used);
	rc = s->level == ROOT_LEVEL ? gpt_store_root(g, s->table, index, 0, err)
				    : gpt_store(g, s->table, index, 0, err);
	if (!rc)
		rc = gpt_forget(g, below.table, err);
	flush_table_later(z, below.base, below.level);
	if (!rc)
		rc = add(z, below.table, err);
	return rc ? rc : flush_when_full(g, z, err);
}

/* Entries of one table, the tables below each first. */
static int zap_span(struct guest_os *g, struct gather *z, const struct span *s,
		    struct sim_error *err)
{
	uint64_t size = level_bytes(s->level), last = s->end - 1;
	unsigned from = s->start > s->base ? level_index(s->start, s->level) : 0;
	unsigned to = last - s->base < 512 * size ? level_index(last, s->level) : 511;
	int rc = 0;

	for (unsigned i = from; !rc && i <= to; i++)
		rc = zap_below(g, z, s, i, err);
	return rc;
}

int zap_tables(struct guest_os *g, struct gather *z, uint64_t start, uint64_t end,
	       struct sim_error *err)
{
	struct span s = {
		.table = z->p->root, .level = ROOT_LEVEL, .start = start, .end = end
	};

	return zap_span(g, z, &s, err);
}
