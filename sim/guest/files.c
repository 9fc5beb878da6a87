/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The page cache. A file's pages come as if a device had read them ahead of the fault: without waiting, told by an
 * EVENT_DMA; a page keeps its frame until memory is short. Shared anonymous memory is a file of the guest's own, gone with
 * its last mapping.
 */
#include "base/alloc.h"
#include "guest/fault.h"

static int add_own(struct guest_os *g, struct file_pages *f, uint64_t gfn,
		   struct sim_error *err)
{
	if (sim_grow((void **)&f->gfn, &f->cap, f->n, sizeof(*f->gfn)))
		return sim_fail_nomem(err);
	f->gfn[f->n++] = gfn;
	return f->kind == FILE_MEMORY ? emit_kernel(g, OP_STORE, gfn << PAGE_SHIFT, err)
				      : emit_dma(g, gfn, err);
}

int files_page(struct guest_os *g, const struct vma *v, uint64_t gva, uint64_t *gfn,
	       struct sim_error *err)
{
	uint64_t key = files_key(v->file, v->pgoff + ((gva - v->start) >> PAGE_SHIFT));
	int rc;

	if (map_get(&g->cache, key, gfn))
		return 0;
	rc = page_alloc(g, 0, FRAME_FILE, gfn, err);
	if (rc)
		return rc;
	g->frames.frame[*gfn].owner = key;
	if (map_put(&g->cache, key, *gfn))
		return sim_fail_nomem(err);
	if (v->file >= FILES_OWN)
		return add_own(g, &g->own_file[v->file - FILES_OWN], *gfn, err);
	return emit_dma(g, *gfn, err);
}

int files_make(struct guest_os *g, enum file_kind kind, uint64_t *file, struct sim_error *err)
{
	if (sim_grow((void **)&g->own_file, &g->own_file_cap, g->n_own_file,
		     sizeof(*g->own_file)))
		return sim_fail_nomem(err);
	*file = FILES_OWN + g->n_own_file;
	g->own_file[g->n_own_file++] = (struct file_pages){ .kind = kind };
	return 0;
}

static bool is_mapped(const struct guest_os *g, uint64_t file)
{
	for (size_t i = 0; i < g->n_process; i++)
		for (size_t v = 0; v < g->process[i]->mm.n; v++)
			if ((g->process[i]->mm.vma[v].flags & MAPPING_FILE) &&
			    g->process[i]->mm.vma[v].file == file)
				return true;
	return false;
}

/* Reclaim may have taken it, and somebody else may have it. */
static bool has_page(const struct guest_os *g, uint64_t file, uint64_t gfn)
{
	const struct frame *f = &g->frames.frame[gfn];

	return f->use == FRAME_FILE && f->owner >> 32 == file;
}

void files_drop(struct guest_os *g, uint64_t gfn)
{
	map_del(&g->cache, g->frames.frame[gfn].owner);
	reclaim_unlist_page(g, gfn);
	frames_free(&g->frames, gfn);
}

void files_collect(struct guest_os *g)
{
	for (size_t i = 0; i < g->n_own_file; i++) {
		struct file_pages *f = &g->own_file[i];

		if (f->is_gone || is_mapped(g, FILES_OWN + i))
			continue;
		f->is_gone = true;
		for (size_t page = 0; page < f->n; page++)
			if (has_page(g, FILES_OWN + i, f->gfn[page]))
				files_drop(g, f->gfn[page]);
		f->n = 0;
	}
}

void files_fini(struct guest_os *g)
{
	for (size_t i = 0; i < g->n_own_file; i++)
		sim_free(g->own_file[i].gfn);
	sim_free(g->own_file);
	map_fini(&g->cache);
}
