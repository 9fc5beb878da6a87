/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The page cache. A file's pages come as if a device had read them ahead of the fault: without waiting, told by an
 * EVENT_DMA; a page keeps its frame until memory is short. Shared anonymous memory is a file of the guest's own, gone with
 * its last mapping.
 */
#include <assert.h>
#include <inttypes.h>

#include "base/alloc.h"
#include "guest/fault.h"

uint64_t files_key(uint64_t file, uint64_t pgoff)
{
	assert(file < (uint64_t)1 << 32 && pgoff < FILES_MAX_PAGES);
	return file << 32 | pgoff;
}

/* The size of its pages is a property of a file, for as long as it exists (fs/hugetlbfs). */
static int check_level(struct guest_os *g, const struct vma *v, struct sim_error *err)
{
	uint64_t level = aspace_level(v), before;

	if (!map_get(&g->file_level, v->file, &before))
		return map_put(&g->file_level, v->file, level) ? sim_fail_nomem(err) : 0;
	if (before == level)
		return 0;
	return sim_fail(err, SIM_EFORMAT, NULL,
			"file %" PRIu64 " is mapped with pages of %" PRIu64
			" KiB, and was with pages of %" PRIu64
			" KiB: a file has one size of page",
			v->file, level_bytes((unsigned)level) >> 10,
			level_bytes((unsigned)before) >> 10);
}

int files_check(struct guest_os *g, const struct vma *v, struct sim_error *err)
{
	if (v->pgoff + ((v->end - v->start) >> PAGE_SHIFT) > FILES_MAX_PAGES)
		return sim_fail(err, SIM_EFORMAT, NULL,
				"a mapping of a file, or shared, reaches beyond 16 TiB of it, "
				"which is as far as the guest OS goes");
	return v->flags & MAPPING_FILE ? check_level(g, v, err) : 0;
}

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
	reclaim_list_page(g, *gfn); /* filemap_add_folio(): mapped or not */
	if (v->file >= FILES_OWN)
		return add_own(g, &g->own_file[v->file - FILES_OWN], *gfn, err);
	return emit_dma(g, *gfn, err);
}

static int push(struct file_list *l, size_t file, struct sim_error *err)
{
	if (sim_grow((void **)&l->file, &l->cap, l->n, sizeof(*l->file)))
		return sim_fail_nomem(err);
	l->file[l->n++] = file;
	return 0;
}

/* Room for every file in the list of those that are free, so that collecting cannot fail. */
int files_make(struct guest_os *g, enum file_kind kind, uint64_t *file, struct sim_error *err)
{
	struct file_list *l = &g->file_free;

	if (l->n) {
		*file = FILES_OWN + l->file[--l->n];
		g->own_file[*file - FILES_OWN].kind = kind;
		return 0;
	}
	if (sim_grow((void **)&g->own_file, &g->own_file_cap, g->n_own_file,
		     sizeof(*g->own_file)) ||
	    sim_grow((void **)&l->file, &l->cap, g->n_own_file, sizeof(*l->file)))
		return sim_fail_nomem(err);
	*file = FILES_OWN + g->n_own_file;
	g->own_file[g->n_own_file++] = (struct file_pages){ .kind = kind };
	return 0;
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

static struct file_pages *own_file_of(const struct guest_os *g, const struct vma *v)
{
	return (v->flags & MAPPING_FILE) && v->file >= FILES_OWN
		       ? &g->own_file[v->file - FILES_OWN]
		       : NULL;
}

int files_leave(struct guest_os *g, const struct aspace *a, uint64_t start, uint64_t end,
		struct sim_error *err)
{
	int rc = 0;

	for (size_t i = aspace_find(a, start); !rc && i < a->n && a->vma[i].start < end; i++) {
		struct file_pages *f = own_file_of(g, &a->vma[i]);

		if (!f || f->is_left)
			continue;
		f->is_left = true;
		rc = push(&g->file_left, a->vma[i].file - FILES_OWN, err);
	}
	return rc;
}

static void drop_all(struct guest_os *g, size_t file)
{
	struct file_pages *f = &g->own_file[file];

	for (size_t i = 0; i < f->n; i++)
		if (has_page(g, FILES_OWN + file, f->gfn[i]))
			files_drop(g, f->gfn[i]);
	f->n = 0;
	g->file_free.file[g->file_free.n++] = file;
}

void files_collect(struct guest_os *g)
{
	struct file_list *l = &g->file_left;

	for (size_t i = 0; l->n && i < g->n_process; i++)
		for (size_t v = 0; v < g->process[i]->mm.n; v++) {
			struct file_pages *f = own_file_of(g, &g->process[i]->mm.vma[v]);

			if (f)
				f->is_left = false;
		}
	for (size_t i = 0; i < l->n; i++) {
		if (g->own_file[l->file[i]].is_left)
			drop_all(g, l->file[i]);
		g->own_file[l->file[i]].is_left = false;
	}
	l->n = 0;
}

void files_fini(struct guest_os *g)
{
	for (size_t i = 0; i < g->n_own_file; i++)
		sim_free(g->own_file[i].gfn);
	sim_free(g->own_file);
	sim_free(g->file_left.file);
	sim_free(g->file_free.file);
	map_fini(&g->file_level);
	map_fini(&g->cache);
}
