/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The page cache. A file's pages are there from the start, as after a first run of the program: a page gets its frame when
 * it is first mapped, and keeps it until memory is short. Shared anonymous memory is a file of the guest's own, gone with
 * its last mapping.
 */
#include "base/alloc.h"
#include "guest/os.h"

static int add_own(struct guest_os *g, uint64_t file, uint64_t gfn, struct sim_error *err)
{
	struct file_pages *f = &g->own_file[file - FILES_OWN];

	if (sim_grow((void **)&f->gfn, &f->cap, f->n, sizeof(*f->gfn)))
		return sim_fail_nomem(err);
	f->gfn[f->n++] = gfn;
	return emit_kernel(g, OP_STORE, gfn << PAGE_SHIFT, err);
}

int files_page(struct guest_os *g, const struct vma *v, uint64_t gva, uint64_t *gfn,
	       struct sim_error *err)
{
	uint64_t key = files_key(v->file, v->pgoff + ((gva - v->start) >> PAGE_SHIFT));
	int rc;

	if (map_get(&g->cache, key, gfn))
		return 0;
	rc = memory_alloc(g, 0, FRAME_FILE, gfn, err);
	if (rc)
		return rc;
	g->frames.frame[*gfn].owner = key;
	if (map_put(&g->cache, key, *gfn))
		return sim_fail_nomem(err);
	return v->file >= FILES_OWN ? add_own(g, v->file, *gfn, err) : 0;
}

int files_make(struct guest_os *g, uint64_t *file, struct sim_error *err)
{
	if (sim_grow((void **)&g->own_file, &g->own_file_cap, g->n_own_file,
		     sizeof(*g->own_file)))
		return sim_fail_nomem(err);
	*file = FILES_OWN + g->n_own_file;
	g->own_file[g->n_own_file++] = (struct file_pages){ 0 };
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

void files_collect(struct guest_os *g)
{
	for (size_t i = 0; i < g->n_own_file; i++) {
		struct file_pages *f = &g->own_file[i];

		if (f->is_gone || is_mapped(g, FILES_OWN + i))
			continue;
		f->is_gone = true;
		for (size_t page = 0; page < f->n; page++) {
			map_del(&g->cache, g->frames.frame[f->gfn[page]].owner);
			frames_free(&g->frames, f->gfn[page]);
		}
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
