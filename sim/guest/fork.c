/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fork and exit (Linux, mm/memory.c copy_page_range(), kernel/fork.c, mm/mmap.c exit_mmap()). */
#include <inttypes.h>

#include "base/alloc.h"
#include "guest/fault.h"

struct copy {
	struct process *parent, *child;
	const struct vma *v;
};

/* The child's entry: no write, not accessed yet (pte_wrprotect(), pte_mkold()). A shared page stays writable.
 * copy_hugetlb_page_range() leaves A. */
static uint64_t child_entry(const struct vma *v, uint64_t entry)
{
	if (!(v->flags & MAPPING_SHARED))
		entry &= ~PTE_W;
	else
		entry &= ~PTE_DIRTY;
	return v->flags & MAPPING_HUGETLB ? entry : entry & ~PTE_A;
}

/* The parent loses the right to write, too (ptep_set_wrprotect()). */
static int protect_parent(struct guest_os *g, const struct copy *c, const struct gpt_walk *w,
			  struct sim_error *err)
{
	if (!(w->value & PTE_W) || (c->v->flags & MAPPING_SHARED))
		return 0;
	return gpt_store(g, w->table, w->index, w->value & ~PTE_W, err);
}

static void share(struct guest_os *g, uint64_t gfn, uint64_t n)
{
	if (hugetlb_is(g, gfn))
		n = 1;
	for (uint64_t i = 0; i < n; i++) {
		g->frames.frame[gfn + i].mapcount++;
		g->frames.frame[gfn + i].flags &= (uint8_t)~FRAME_IS_EXCLUSIVE;
	}
}

static int copy_huge(struct guest_os *g, const struct copy *c, uint64_t gva,
		     struct sim_error *err)
{
	uint64_t table;
	struct gpt_walk w;
	bool is_thp = !(c->v->flags & MAPPING_HUGETLB);
	int rc = is_thp ? thp_deposit(g, c->child, err) : 0;

	gpt_find(g, c->parent->root, gva, &w);
	if (!rc)
		rc = gpt_make(g, c->child->root, gva, w.level, &table, err);
	if (!rc)
		rc = protect_parent(g, c, &w, err);
	if (!thp_is_zero(g, w.value))
		share(g, pte_frame(w.value, w.level), level_frames(w.level));
	return rc ? rc : gpt_store(g, table, w.index, child_entry(c->v, w.value), err);
}

/* copy_present_pte(), copy_nonpresent_pte(). */
static int copy_small(struct guest_os *g, const struct copy *c, uint64_t gva,
		      struct sim_error *err)
{
	uint64_t table;
	struct gpt_walk w;
	int rc = gpt_make(g, c->child->root, gva, LEVEL_4K, &table, err);

	gpt_find(g, c->parent->root, gva, &w);
	if (rc || !w.value)
		return rc;
	if (swap_is_entry(w.value)) {
		swap_get(g, w.value);
		return gpt_store(g, table, w.index, w.value, err);
	}
	rc = protect_parent(g, c, &w, err);
	if (!fault_is_zero_page(g, w.value))
		share(g, pte_frame(w.value, LEVEL_4K), 1);
	return rc ? rc : gpt_store(g, table, w.index, child_entry(c->v, w.value), err);
}

static int copy_mapping(struct guest_os *g, const struct copy *c, struct sim_error *err)
{
	uint64_t gva = c->v->start;
	struct gpt_walk w;
	int rc = 0;

	while (!rc && gva < c->v->end) {
		gpt_find(g, c->parent->root, gva, &w);
		if (w.value && w.level == LEVEL_4K) {
			rc = copy_small(g, c, gva, err);
		} else if (w.value) {
			g->no_reclaim++;
			rc = copy_huge(g, c, gva, err);
			g->no_reclaim--;
		}
		gva = gpt_next(gva, w.level);
	}
	return rc;
}

/* vma_needs_copy(): what faults can fill in again is left out. */
static int copy_all(struct guest_os *g, struct process *p, struct process *child,
		    struct sim_error *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < p->mm.n; i++) {
		struct copy c = { p, child, &p->mm.vma[i] };

		if (c.v->has_anon)
			rc = copy_mapping(g, &c, err);
	}
	return rc ? rc : tlbflush_range(g, p, 0, FLUSH_ALL, PAGE_SHIFT, err);
}

int mm_fork(struct guest_os *g, struct process *p, uint32_t pid, struct sim_error *err)
{
	struct process *child = mm_find(g, pid);
	int rc;

	if (child)
		return sim_fail(err, SIM_ESTATE, NULL,
				"process %" PRIu32 " forks process %" PRIu32
				", which there is already",
				p->pid, pid);
	g->counts.forks++;
	rc = mm_get(g, pid, &child, err);
	if (!rc)
		rc = aspace_copy(&child->mm, &p->mm, err);
	return rc ? rc : copy_all(g, p, child, err);
}

/* exit_mmap() */
int mm_tear_down(struct guest_os *g, struct process *p, struct sim_error *err)
{
	struct gather z;
	uint64_t root = p->root;
	int rc;

	zap_begin(&z, p);
	z.whole_mm = true;
	rc = zap_pages(g, &z, 0, USER_END, err);
	if (!rc)
		rc = files_leave(g, &p->mm, 0, USER_END, err);
	aspace_fini(&p->mm);
	if (!rc)
		rc = zap_tables(g, &z, 0, USER_END, err);
	if (!rc)
		rc = zap_finish(g, &z, err);
	zap_fini(&z);
	files_collect(g);
	return rc ? rc : mm_free_root(g, root, err);
}

int mm_exit(struct guest_os *g, struct process *p, struct sim_error *err)
{
	int rc = mm_tear_down(g, p, err);

	if (!rc)
		mm_remove(g, p);
	return rc;
}
