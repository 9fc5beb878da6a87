/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From a frame to the entries that map it, through the mappings that could (Linux: anon_vma and i_mmap, mm/rmap.c). An
 * anonymous page has one address in every process that shares it, for nothing here moves a mapping.
 */
#include "guest/fault.h"

struct search {
	uint64_t gfn;
	rmap_visitor *fn;
	void *arg;
};

static int try_at(struct guest_os *g, const struct search *s, struct process *p, uint64_t gva,
		  struct sim_error *err)
{
	struct rmap_entry e = { .p = p, .gva = gva };
	uint64_t first;

	gpt_find(g, p->root, gva, &e.w);
	if (!e.w.value || swap_is_entry(e.w.value) || (e.w.level > LEVEL_4K && !e.w.is_present))
		return 0;
	first = pte_frame(e.w.value, e.w.level);
	if (s->gfn < first || s->gfn >= first + level_frames(e.w.level))
		return 0;
	return s->fn(g, &e, s->arg, err);
}

static int try_file(struct guest_os *g, const struct search *s, struct process *p,
		    struct sim_error *err)
{
	uint64_t key = g->frames.frame[s->gfn].owner, pgoff = key & 0xffffffff;
	int rc = 0;

	for (size_t i = 0; !rc && i < p->mm.n; i++) {
		const struct vma *v = &p->mm.vma[i];

		if (!(v->flags & MAPPING_FILE) || v->file != key >> 32 || pgoff < v->pgoff ||
		    pgoff - v->pgoff >= (v->end - v->start) >> PAGE_SHIFT)
			continue;
		rc = try_at(g, s, p, v->start + ((pgoff - v->pgoff) << PAGE_SHIFT), err);
	}
	return rc;
}

int rmap_walk(struct guest_os *g, uint64_t gfn, rmap_visitor *fn, void *arg,
	      struct sim_error *err)
{
	struct search s = { gfn, fn, arg };
	int rc = 0;

	for (size_t i = 0; !rc && i < g->n_process; i++)
		rc = g->frames.frame[gfn].use == FRAME_FILE
			     ? try_file(g, &s, g->process[i], err)
			     : try_at(g, &s, g->process[i],
				      g->frames.frame[gfn].owner << PAGE_SHIFT, err);
	return rc;
}
