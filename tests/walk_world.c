/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include "walk_world.h"

#define HOST_TABLES 0x1000u

const struct world_shape world_plain = { 4, 1, 4, 1 };
const struct paging world_mode = { .levels = 4, .wp = true, .nxe = true, .pge = true };
const struct access world_load = { ACCESS_LOAD, true }, world_store = { ACCESS_STORE, true },
		    world_fetch = { ACCESS_FETCH, true };

struct machine world_bare(void)
{
	struct machine m = { .vendor = VENDOR_INTEL };

	m.l1d[0] = (struct tlb_geometry){ { 4, 4, ASSOC_LRU }, HOLDS(LEVEL_4K) };
	m.l1i[0] = m.l1d[0];
	return m;
}

struct machine world_cached(void)
{
	struct machine m = world_bare();

	for (unsigned level = 2; level <= LEVEL_MAX; level++)
		m.pwc[level] = m.host_pwc[level] = (struct assoc_geometry){ 4, 4, ASSOC_LRU };
	m.ntlb = (struct assoc_geometry){ 16, 4, ASSOC_LRU };
	return m;
}

/* Leaves for every guest frame below 512, or the one large page around them. */
static void map_host(struct world *w, unsigned level)
{
	for (uint64_t gfn = 0; gfn < (level == 1 ? 512 : 1); gfn++)
		tables_map(&w->host, gfn << PAGE_SHIFT, level, TABLES_BASE + gfn,
			   tables_all(w->host.t.kind));
}

void world_open(struct world *w, struct machine m, enum pt_kind host_kind,
		struct world_shape shape)
{
	*w = (struct world){ .m = m };
	tables_open(&w->guest, PT_X86, shape.guest, WORLD_TABLES);
	tables_open(&w->host, host_kind, shape.host, HOST_TABLES);
	tables_map(&w->guest, 0, shape.guest_leaf, shape.guest_leaf == 1 ? WORLD_DATA : 0,
		   tables_all(PT_X86));
	map_host(w, shape.host_leaf);
	assert_int_equal(cpu_create(&w->c, &w->m, 1, &w->n, NULL), 0);
}

void world_close(struct world *w)
{
	cpu_destroy(w->c);
	tables_close(&w->guest);
	tables_close(&w->host);
}

enum walk_status world_two(struct world *w, uint64_t gva, struct access a)
{
	walk_2d(w->c, &w->guest.t, &w->host.t, &world_mode, gva_make(gva), a, &w->r);
	return w->r.status;
}

enum walk_status world_one(struct world *w, uint64_t gva, struct access a)
{
	walk_1d(w->c, &w->guest.t, &world_mode, gva_make(gva), a, &w->r);
	return w->r.status;
}

uint64_t world_refs(const struct world *w)
{
	return w->n.walk_refs_guest + w->n.walk_refs_host;
}
