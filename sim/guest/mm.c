/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Processes: their roots, and their mappings as system calls change them. */
#include <assert.h>
#include <inttypes.h>

#include "base/alloc.h"
#include "guest/fault.h"

struct process *mm_find(const struct guest_os *g, uint32_t pid)
{
	for (size_t i = 0; i < g->n_process; i++)
		if (g->process[i]->pid == pid)
			return g->process[i];
	return NULL;
}

int mm_new_root(struct guest_os *g, struct process *p, struct sim_error *err)
{
	uint64_t root;
	int rc = page_alloc(g, g->cfg.kpti, FRAME_TABLE, &root, err);

	for (unsigned i = 0; !rc && i <= g->cfg.kpti; i++)
		rc = gpt_adopt(g, root + i, ROOT_LEVEL, err);
	if (rc)
		return rc;
	kernel_copy(g, root);
	p->root = root;
	p->ctx_id = ++g->last_ctx_id;
	p->tlb_gen = 1;
	return 0;
}

int mm_free_root(struct guest_os *g, uint64_t root, struct sim_error *err)
{
	int rc = 0;

	for (unsigned i = 0; !rc && i <= g->cfg.kpti; i++) {
		rc = gpt_forget(g, root + i, err);
		gpt_release(g, root + i);
	}
	return rc;
}

static void free_process(struct process *p)
{
	aspace_fini(&p->mm);
	sim_free(p->deposit);
	sim_free(p);
}

void mm_remove(struct guest_os *g, struct process *p)
{
	size_t i = 0;

	while (g->process[i] != p)
		i++;
	for (g->n_process--; i < g->n_process; i++)
		g->process[i] = g->process[i + 1];
	if (g->current == p)
		g->current = NULL;
	for (unsigned page = 0; page < 1u << STACK_ORDER; page++)
		frames_free(&g->frames, p->stack + page);
	free_process(p);
}

void mm_fini(struct guest_os *g)
{
	for (size_t i = 0; i < g->n_process; i++)
		free_process(g->process[i]);
	sim_free(g->process);
}

int mm_get(struct guest_os *g, uint32_t pid, struct process **out, struct sim_error *err)
{
	struct process *p = mm_find(g, pid);
	int rc;

	*out = p;
	if (p)
		return 0;
	if (sim_grow((void **)&g->process, &g->process_cap, g->n_process,
		     sizeof(struct process *)))
		return sim_fail_nomem(err);
	p = sim_calloc(1, sizeof(*p));
	if (!p)
		return sim_fail_nomem(err);
	p->pid = pid;
	rc = page_alloc(g, STACK_ORDER, FRAME_KERNEL, &p->stack, err);
	if (!rc)
		rc = mm_new_root(g, p, err);
	if (rc) {
		free_process(p);
		return rc;
	}
	g->process[g->n_process++] = p;
	*out = p;
	return 0;
}

/* --- munmap, mmap --- */

static bool cuts_hugetlb(const struct process *p, uint64_t at)
{
	const struct vma *v = aspace_at(&p->mm, at);

	return v && at % level_bytes(aspace_level(v));
}

int mm_check_hugetlb(const struct process *p, uint64_t start, uint64_t end,
		     struct sim_error *err)
{
	if (!cuts_hugetlb(p, start) && !cuts_hugetlb(p, end))
		return 0;
	return sim_fail(err, SIM_ERANGE, NULL,
			"0x%" PRIx64 " to 0x%" PRIx64
			" has a part of a hugetlb page: in Linux, EINVAL",
			start, end);
}

int mm_split(struct guest_os *g, struct process *p, uint64_t at, struct sim_error *err)
{
	const struct vma *v = aspace_at(&p->mm, at);
	struct gpt_walk w;
	int rc = 0;

	if (!v || v->start == at)
		return 0;
	gpt_find(g, p->root, at, &w);
	if (w.value && w.level == LEVEL_2M && at % level_bytes(LEVEL_2M))
		rc = thp_split(g, p, at, err);
	return rc ? rc : aspace_split(&p->mm, at, err);
}

/* What unmapping needs beside the range itself: whole tables that no mapping is left in (Linux, free_pgtables()). */
int mm_unmap(struct guest_os *g, struct process *p, uint64_t start, uint64_t end,
	     struct sim_error *err)
{
	struct gather z;
	int rc;

	if (!aspace_overlaps(&p->mm, start, end))
		return 0;
	zap_begin(&z, p);
	rc = mm_check_hugetlb(p, start, end, err);
	if (!rc)
		rc = mm_split(g, p, start, err);
	if (!rc)
		rc = mm_split(g, p, end, err);
	if (!rc)
		rc = zap_pages(g, &z, start, end, err);
	if (!rc)
		rc = files_leave(g, &p->mm, start, end, err);
	if (!rc) {
		aspace_remove(&p->mm, start, end);
		rc = zap_tables(g, &z, start, end, err);
	}
	if (!rc)
		rc = zap_finish(g, &z, err);
	zap_fini(&z);
	files_collect(g);
	return rc;
}

int mm_map(struct guest_os *g, struct process *p, const struct vma *v, struct sim_error *err)
{
	struct vma own = *v;
	int rc;

	if (exec_is_stack(p, v))
		return exec_place_stack(g, p, v, err);
	rc = mm_unmap(g, p, v->start, v->end, err);
	if (!rc && (v->flags & (MAPPING_FILE | MAPPING_SHARED)) == MAPPING_SHARED) {
		own.flags |= MAPPING_FILE;
		rc = files_make(g, FILE_MEMORY, &own.file, err);
	}
	return rc ? rc : aspace_insert(&p->mm, &own, err);
}
