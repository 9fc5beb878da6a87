/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames on demand, and what is taken at the start. */
#include <inttypes.h>

#include "guest/fault.h"

#define MIB_FRAMES 256u

bool page_try(struct guest_os *g, unsigned order, enum frame_use use, uint64_t *gfn)
{
	if (order == FRAMES_ORDER_2M && g->frames.n_free < g->min + FRAMES_HUGE)
		return false;
	return frames_alloc(&g->frames, order, use, gfn);
}

/* Shared anonymous pages, none of which was ever taken from its file. */
static uint64_t n_shared(const struct guest_os *g)
{
	uint64_t n = 0;

	for (size_t i = 0; i < g->n_own_file; i++)
		n += g->own_file[i].kind == FILE_MEMORY ? g->own_file[i].n : 0;
	return n;
}

static int out_of_memory(const struct guest_os *g, struct sim_error *err)
{
	const uint64_t *n = g->frames.n_use;
	uint64_t shared = n_shared(g);

	return sim_fail(err, SIM_ERANGE, NULL,
			"the guest is out of memory: of %" PRIu64
			" MiB, anonymous pages have %" PRIu64 ", files %" PRIu64
			", shared anonymous ones, which are never swapped here, %" PRIu64
			", page tables %" PRIu64 ", swap has %" PRIu64 " of %" PRIu64
			" MiB left; raise memory%s",
			g->cfg.memory >> 20, n[FRAME_ANON] / MIB_FRAMES,
			(n[FRAME_FILE] - shared) / MIB_FRAMES, shared / MIB_FRAMES,
			n[FRAME_TABLE] / MIB_FRAMES, (g->n_swap - g->swap_used) / MIB_FRAMES,
			g->n_swap / MIB_FRAMES, g->swap_used < g->n_swap ? "" : " or swap");
}

int page_alloc(struct guest_os *g, unsigned order, enum frame_use use, uint64_t *gfn,
	       struct sim_error *err)
{
	int rc = 0;

	if (g->frames.n_free < g->trigger && !g->no_reclaim)
		rc = reclaim_run(g, err);
	if (rc || page_try(g, order, use, gfn))
		return rc;
	if (!g->no_reclaim)
		rc = reclaim_run(g, err);
	if (rc || page_try(g, order, use, gfn))
		return rc;
	return out_of_memory(g, err);
}

void page_free(struct guest_os *g, uint64_t gfn)
{
	reclaim_unlist_page(g, gfn);
	frames_free(&g->frames, gfn);
}

/* One page of its own in a share of the 2 MiB blocks: what unmovable allocations do to a machine that has been up for
 * a while. */
static void fragment(struct guest_os *g)
{
	struct rng r;

	rng_seed(&r, g->cfg.seed);
	for (uint64_t gfn = 0; gfn < g->frames.n; gfn += FRAMES_HUGE) {
		uint64_t at = gfn + rng_below(&r, FRAMES_HUGE);

		if (rng_below(&r, 100) < g->cfg.fragmentation)
			(void)!frames_take(&g->frames, at, 1, FRAME_RESERVED);
	}
}

int page_boot(struct guest_os *g, struct sim_error *err)
{
	int rc = hugetlb_boot(g, LEVEL_1G, g->cfg.hugepages_1g, err);

	if (!rc)
		rc = hugetlb_boot(g, LEVEL_2M, g->cfg.hugepages_2m, err);
	fragment(g);
	return rc;
}
