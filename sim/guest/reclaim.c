/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory pressure (Linux, mm/vmscan.c): an active and an inactive list of anonymous pages and of files' pages; accessed
 * bits give a page a second chance. It runs when free memory falls below the low watermark, on the spot, and stops at the
 * high one: what kswapd does beside, if it were quick enough.
 */
#include "guest/fault.h"

#define CLUSTER	    32u /* SWAP_CLUSTER_MAX */
#define SWAPPINESS  60u /* vm_swappiness, of 200 */
#define IDLE_ROUNDS 16u /* MAX_RECLAIM_RETRIES */

enum effort { A_LITTLE, EVERYTHING };

static struct frame_list *list_of(struct guest_os *g, uint64_t gfn)
{
	const struct frame *f = &g->frames.frame[gfn];

	bool is_file = f->use == FRAME_FILE || (f->flags & FRAME_IS_LAZYFREE);

	return &g->lru[is_file][!!(f->flags & FRAME_IS_ACTIVE)];
}

void reclaim_list_page(struct guest_os *g, uint64_t gfn)
{
	struct frame *f = &g->frames.frame[gfn];

	if (f->flags & FRAME_IS_LISTED)
		return;
	f->flags |= FRAME_IS_LISTED;
	frames_push(&g->frames, list_of(g, gfn), gfn);
}

void reclaim_unlist_page(struct guest_os *g, uint64_t gfn)
{
	struct frame *f = &g->frames.frame[gfn];

	if (!(f->flags & FRAME_IS_LISTED))
		return;
	frames_unlink(&g->frames, list_of(g, gfn), gfn);
	f->flags &= (uint8_t)~FRAME_IS_LISTED;
}

static void move(struct guest_os *g, uint64_t gfn, unsigned set, unsigned clear)
{
	struct frame *f = &g->frames.frame[gfn];

	reclaim_unlist_page(g, gfn);
	f->flags = (uint8_t)((f->flags | set) & ~clear);
	reclaim_list_page(g, gfn);
}

void reclaim_lazyfree(struct guest_os *g, uint64_t gfn)
{
	move(g, gfn, FRAME_IS_LAZYFREE, FRAME_IS_ACTIVE | FRAME_IS_REFERENCED);
}

/* int_sqrt() */
static uint64_t root_of(uint64_t v)
{
	uint64_t r = 0;

	for (uint64_t bit = (uint64_t)1 << 31; bit; bit >>= 1)
		if ((r + bit) * (r + bit) <= v)
			r += bit;
	return r;
}

/* mm/page_alloc.c, calculate_min_free_kbytes() and __setup_per_zone_wmarks(), watermark_scale_factor 10; what khugepaged
 * asks for on top is left out. */
void reclaim_boot(struct guest_os *g)
{
	uint64_t min_kib = root_of((g->cfg.memory >> 10) * 16), step;

	min_kib = min_kib < 128 ? 128 : min_kib > 262144 ? 262144 : min_kib;
	g->min = min_kib / 4;
	step = g->frames.n_free / 1000;
	step = step > g->min / 4 ? step : g->min / 4;
	g->low = g->min + step;
	g->trigger = g->low;
	g->high = g->low + step;
}

/* --- one page --- */

struct look {
	uint64_t found, young;
	uint64_t huge_gva; /* a huge entry maps it */
	struct process *huge_p;
	bool is_exec;
};

/* folio_referenced_one(): ptep_clear_flush_young(), which on x86 flushes nothing. */
static int clear_young(struct guest_os *g, const struct rmap_entry *e, void *arg,
		       struct sim_error *err)
{
	const struct vma *v = aspace_at(&e->p->mm, e->gva);
	struct look *l = arg;

	l->found++;
	l->is_exec |= v && (v->flags & MAPPING_EXEC);
	if (e->w.level > LEVEL_4K) {
		l->huge_gva = e->gva;
		l->huge_p = e->p;
	}
	if (!(e->w.value & PTE_A))
		return 0;
	l->young++;
	return gpt_store(g, e->w.table, e->w.index, e->w.value & ~PTE_A, err);
}

struct unmapping {
	uint64_t slot; /* entry of the swap slot; 0: none, the page is dropped */
	bool has_slot;
};

/* try_to_unmap_one() */
static int unmap_one(struct guest_os *g, const struct rmap_entry *e, void *arg,
		     struct sim_error *err)
{
	uint64_t gfn = pte_frame(e->w.value, LEVEL_4K);
	struct unmapping *u = arg;
	int rc = gpt_store(g, e->w.table, e->w.index, 0, err);

	if (!rc)
		rc = tlbflush_range(g, e->p, e->gva & ~(PAGE_BYTES - 1),
				    (e->gva & ~(PAGE_BYTES - 1)) + PAGE_BYTES, PAGE_SHIFT, err);
	if (!rc && u->slot) {
		if (u->has_slot)
			swap_get(g, u->slot);
		u->has_slot = true;
		rc = gpt_store(g, e->w.table, e->w.index, u->slot, err);
	}
	g->frames.frame[gfn].mapcount--;
	return rc;
}

static int see_dirty(struct guest_os *g, const struct rmap_entry *e, void *arg,
		     struct sim_error *err)
{
	(void)g;
	(void)err;
	*(bool *)arg |= !!(e->w.value & PTE_D);
	return 0;
}

/* Shared anonymous memory that is not mapped has no slot of its own here. */
static bool is_stuck(const struct guest_os *g, uint64_t gfn)
{
	const struct frame *f = &g->frames.frame[gfn];
	uint64_t file = f->owner >> 32;

	return f->use == FRAME_FILE && file >= FILES_OWN &&
	       g->own_file[file - FILES_OWN].kind == FILE_MEMORY;
}

static int drop_file_page(struct guest_os *g, uint64_t gfn, struct sim_error *err)
{
	struct unmapping u = { 0 };
	int rc = rmap_walk(g, gfn, unmap_one, &u, err);

	if (rc)
		return rc;
	g->counts.reclaimed_file++;
	files_drop(g, gfn);
	return 0;
}

/* A page given free is dropped if it is still clean; others need a slot. */
static int drop_anon_page(struct guest_os *g, uint64_t gfn, struct sim_error *err)
{
	struct frame *f = &g->frames.frame[gfn];
	struct unmapping u = { 0 };
	bool is_dirty = !(f->flags & FRAME_IS_LAZYFREE);
	int rc = is_dirty ? 0 : rmap_walk(g, gfn, see_dirty, &is_dirty, err);

	if (!rc && is_dirty) {
		u.slot = swap_make(g);
		if (!u.slot) {
			move(g, gfn, FRAME_IS_ACTIVE, FRAME_IS_LAZYFREE);
			return 0;
		}
		g->counts.swap_out++;
	}
	if (!rc)
		rc = rmap_walk(g, gfn, unmap_one, &u, err);
	if (!rc)
		page_free(g, gfn);
	return rc;
}

/* folio_check_references(): an anonymous page that was used is active again; a file's on the second time, or code. */
static int consider(struct guest_os *g, uint64_t gfn, struct sim_error *err)
{
	struct frame *f = &g->frames.frame[gfn];
	struct look l = { 0 };
	int rc = rmap_walk(g, gfn, clear_young, &l, err);

	g->counts.reclaim_scanned++;
	if (rc)
		return rc;
	if (l.huge_p) {
		move(g, gfn, 0, 0);
		return thp_split(g, l.huge_p, l.huge_gva, err);
	}
	if (l.found != f->mapcount || is_stuck(g, gfn)) {
		move(g, gfn, 0, 0);
		return 0;
	}
	if (l.young) {
		bool again = f->flags & FRAME_IS_REFERENCED || l.young > 1 || l.is_exec;

		move(g, gfn,
		     FRAME_IS_REFERENCED |
			     (f->use == FRAME_ANON || again ? FRAME_IS_ACTIVE : 0),
		     0);
		return 0;
	}
	return f->use == FRAME_FILE ? drop_file_page(g, gfn, err) : drop_anon_page(g, gfn, err);
}

/* --- lists --- */

static int shrink_inactive(struct guest_os *g, unsigned file, uint64_t n, struct sim_error *err)
{
	struct frame_list *l = &g->lru[file][0];
	int rc = 0;

	while (!rc && n-- && l->tail)
		rc = consider(g, l->tail, err);
	return rc;
}

/* shrink_active_list(): all but used code goes to the inactive list. */
static int shrink_active(struct guest_os *g, unsigned file, struct sim_error *err)
{
	struct frame_list *l = &g->lru[file][1];
	uint64_t gib = (l->n + g->lru[file][0].n) >> 18, ratio = gib ? root_of(10 * gib) : 1;
	int rc = 0;

	for (unsigned i = 0; !rc && i < CLUSTER && l->tail && g->lru[file][0].n * ratio < l->n;
	     i++) {
		struct look look = { 0 };
		uint64_t gfn = l->tail;

		rc = rmap_walk(g, gfn, clear_young, &look, err);
		g->counts.reclaim_scanned++;
		if (file && look.young && look.is_exec)
			move(g, gfn, 0, 0);
		else
			move(g, gfn, 0, FRAME_IS_ACTIVE | FRAME_IS_REFERENCED);
	}
	return rc;
}

/* get_scan_count(): by swappiness alone, as if both kinds cost the same; without swap, files only. */
static int round_once(struct guest_os *g, enum effort effort, struct sim_error *err)
{
	bool has_swap = g->swap_used < g->n_swap;
	uint64_t n_anon = has_swap ? CLUSTER * SWAPPINESS / 200 : 0, n_file = CLUSTER - n_anon;
	int rc = shrink_active(g, 1, err);

	if (!rc)
		rc = shrink_inactive(g, 1, effort == EVERYTHING ? g->lru[1][0].n : n_file, err);
	if (rc || !has_swap)
		return rc;
	rc = shrink_active(g, 0, err);
	return rc ? rc
		  : shrink_inactive(g, 0, effort == EVERYTHING ? g->lru[0][0].n : n_anon, err);
}

/* Rounds that free nothing end it, as kswapd gives up: it tries again when half of what is free now is gone, or when there
 * is nothing left. */
int reclaim_run(struct guest_os *g, struct sim_error *err)
{
	unsigned idle = 0;
	int rc = 0;

	g->no_reclaim++;
	while (!rc && g->frames.n_free < g->high && idle < IDLE_ROUNDS) {
		uint64_t before = g->frames.n_free;

		rc = round_once(g, idle > IDLE_ROUNDS - 4 ? EVERYTHING : A_LITTLE, err);
		idle = g->frames.n_free > before ? 0 : idle + 1;
	}
	g->trigger = idle < IDLE_ROUNDS ? g->low : g->frames.n_free / 2;
	g->no_reclaim--;
	return rc;
}
