/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hugetlb mappings (Linux, mm/hugetlb.c): pages of 2 MiB and 1 GiB from pools that are set aside at the start. A shared
 * mapping, or one of a file, shows pages that all its owners share; a private one copies them when they are written.
 */
#include <inttypes.h>

#include "base/alloc.h"
#include "guest/fault.h"

bool hugetlb_is(const struct guest_os *g, uint64_t gfn)
{
	return g->frames.frame[gfn].use == FRAME_RESERVED;
}

/* A pool is a list of first frames; those in use are behind n_hugetlb. */
static int take(struct guest_os *g, unsigned level, uint64_t *gfn, struct sim_error *err)
{
	unsigned which = level - LEVEL_2M;

	if (!g->n_hugetlb[which])
		return sim_fail(
			err, SIM_ERANGE, NULL,
			"no hugetlb page of %s is left: in Linux, SIGBUS; raise hugepages_%s",
			which ? "1G" : "2M", which ? "1G" : "2M");
	*gfn = g->hugetlb[which][--g->n_hugetlb[which]];
	return 0;
}

void hugetlb_put(struct guest_os *g, uint64_t gfn)
{
	struct frame *f = &g->frames.frame[gfn];
	unsigned which = f->order == FRAMES_ORDER_2M ? 0 : 1;

	if (--f->mapcount)
		return;
	if (f->flags & FRAME_IS_CACHED)
		map_del(&g->cache, f->owner);
	f->flags = 0;
	g->hugetlb[which][g->n_hugetlb[which]++] = gfn;
}

/* clear_huge_page(), copy_user_huge_page(): an access for each small page. */
static int fill(struct guest_os *g, uint64_t from, uint64_t to, unsigned level,
		struct sim_error *err)
{
	int rc = 0;

	for (uint64_t i = 0; !rc && i < level_frames(level); i++) {
		if (from)
			rc = emit_kernel(g, OP_LOAD, (from + i) << PAGE_SHIFT, err);
		if (!rc)
			rc = emit_kernel(g, OP_STORE, (to + i) << PAGE_SHIFT, err);
	}
	return rc;
}

/* The page that a mapping of a file shows at gva; *is_new: it is to be filled. */
static int find_page(struct guest_os *g, const struct fault *f, uint64_t *gfn, bool *is_new,
		     struct sim_error *err)
{
	uint64_t start = f->gva & ~(level_bytes(aspace_level(f->v)) - 1);
	uint64_t key =
		files_key(f->v->file, f->v->pgoff + ((start - f->v->start) >> PAGE_SHIFT));
	bool is_file = f->v->flags & MAPPING_FILE;
	int rc;

	*is_new = !is_file || !map_get(&g->cache, key, gfn);
	if (!*is_new)
		return 0;
	rc = take(g, aspace_level(f->v), gfn, err);
	if (rc || !is_file)
		return rc;
	g->frames.frame[*gfn].owner = key;
	g->frames.frame[*gfn].flags = FRAME_IS_CACHED;
	return map_put(&g->cache, key, *gfn) ? sim_fail_nomem(err) : 0;
}

static int set_entry(struct guest_os *g, const struct fault *f, uint64_t gfn,
		     struct sim_error *err)
{
	unsigned level = aspace_level(f->v);
	uint64_t entry = gfn << PAGE_SHIFT | fault_prot(f->v) | PTE_PS, table;
	int rc = gpt_make(g, f->p->root, f->gva, level, &table, err);

	if ((f->v->flags & MAPPING_WRITE) &&
	    (f->a.kind == ACCESS_STORE || (f->v->flags & MAPPING_SHARED)))
		entry = fault_writable(f->v, entry);
	f->v->has_anon |= !(f->v->flags & MAPPING_SHARED);
	return rc ? rc : gpt_store(g, table, level_index(f->gva, level), entry, err);
}

static int missing(struct guest_os *g, const struct fault *f, struct sim_error *err)
{
	bool is_new;
	uint64_t gfn;
	int rc = find_page(g, f, &gfn, &is_new, err);

	if (rc)
		return rc;
	g->frames.frame[gfn].mapcount++;
	if (is_new)
		rc = fill(g, 0, gfn, aspace_level(f->v), err);
	return rc ? rc : set_entry(g, f, gfn, err);
}

/* hugetlb_wp() */
static int write_to(struct guest_os *g, const struct fault *f, struct sim_error *err)
{
	unsigned level = aspace_level(f->v);
	uint64_t from = pte_frame(f->w.value, level),
		 start = f->gva & ~(level_bytes(level) - 1), to;
	const struct frame *page = &g->frames.frame[from];
	int rc;

	if ((f->v->flags & MAPPING_SHARED) ||
	    (page->mapcount == 1 && !(page->flags & FRAME_IS_CACHED))) {
		g->counts.pf_reuse++;
		return gpt_store(g, f->w.table, f->w.index, fault_writable(f->v, f->w.value),
				 err);
	}
	g->counts.pf_cow++;
	rc = take(g, level, &to, err);
	if (rc)
		return rc;
	g->frames.frame[to].mapcount++;
	rc = fill(g, from, to, level, err);
	if (!rc)
		rc = gpt_store(g, f->w.table, f->w.index, 0, err);
	if (!rc)
		rc = tlbflush_range(g, f->p, start, start + level_bytes(level),
				    level_shift(level), err);
	hugetlb_put(g, from);
	return rc ? rc : set_entry(g, f, to, err);
}

int hugetlb_fault(struct guest_os *g, struct fault *f, struct sim_error *err)
{
	if (f->w.is_present)
		return write_to(g, f, err);
	g->counts.pf_hugetlb++;
	return missing(g, f, err);
}

int hugetlb_boot(struct guest_os *g, unsigned level, uint64_t n, struct sim_error *err)
{
	uint64_t frames = level_frames(level), at = g->frames.n / frames * frames;
	unsigned which = level - LEVEL_2M;

	g->hugetlb[which] = sim_calloc(n, sizeof(uint64_t));
	if (!g->hugetlb[which])
		return sim_fail_nomem(err);
	while (g->n_hugetlb[which] < n && at >= frames) {
		at -= frames;
		if (!frames_is_free(&g->frames, at, frames))
			continue;
		(void)!frames_take(&g->frames, at, frames, FRAME_RESERVED);
		g->frames.frame[at].order = (uint8_t)(level_shift(level) - PAGE_SHIFT);
		g->hugetlb[which][g->n_hugetlb[which]++] = at;
	}
	if (g->n_hugetlb[which] == n)
		return 0;
	return sim_fail(err, SIM_ERANGE, NULL,
			"memory has room for %zu hugetlb pages of %s, not for %" PRIu64,
			g->n_hugetlb[which], which ? "1G" : "2M", n);
}
