/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/guest.h"

#include <inttypes.h>
#include <stddef.h>

#include "base/addr.h"
#include "base/alloc.h"

static uint64_t *table_at(struct guest *g, uint64_t gfn)
{
	return g->table[gfn - GUEST_TABLE_GFN];
}

int guest_new_table(struct guest *g, unsigned level, uint64_t *gfn, struct sim_error *err)
{
	if (g->n_tables == GUEST_TABLES)
		return sim_fail(err, SIM_ERANGE, NULL, "the guest has %u page tables, no more",
				GUEST_TABLES);
	g->level[g->n_tables] = (uint8_t)level;
	*gfn = GUEST_TABLE_GFN + g->n_tables++;
	return 0;
}

bool guest_points_to_table(uint64_t e, unsigned level)
{
	return (e & PTE_P) && !pte_is_leaf(e, level);
}

static int make_table(struct guest *g, uint64_t gva, unsigned level, uint64_t *e,
		      struct sim_error *err)
{
	uint64_t gfn = 0;
	int rc;

	if (guest_points_to_table(*e, level))
		return 0;
	if (*e)
		return sim_fail(err, SIM_ERANGE, NULL,
				"gva 0x%" PRIx64 " lies in a page mapped at level %u", gva,
				level);
	rc = guest_new_table(g, level - 1, &gfn, err);
	if (!rc)
		*e = gfn << PAGE_SHIFT | GUEST_TABLE_ENTRY;
	return rc;
}

int guest_make_entry(struct guest *g, unsigned space, uint64_t gva, unsigned level,
		     uint64_t **e, struct sim_error *err)
{
	uint64_t gfn = g->root[space];

	for (unsigned l = GUEST_LEVELS;; l--) {
		int rc;

		*e = &table_at(g, gfn)[level_index(gva, l)];
		if (l == level)
			return 0;
		rc = make_table(g, gva, l, *e, err);
		if (rc)
			return rc;
		gfn = pte_frame(**e, 1);
	}
}

uint64_t *guest_entry(struct guest *g, unsigned space, uint64_t gva, unsigned level)
{
	uint64_t gfn = g->root[space];

	for (unsigned l = GUEST_LEVELS;; l--) {
		uint64_t *e = &table_at(g, gfn)[level_index(gva, l)];

		if (l == level)
			return e;
		if (!guest_points_to_table(*e, l))
			return NULL;
		gfn = pte_frame(*e, 1);
	}
}

unsigned guest_lowest(struct guest *g, unsigned space, uint64_t gva, uint64_t **e)
{
	uint64_t gfn = g->root[space];

	for (unsigned l = GUEST_LEVELS;; l--) {
		*e = &table_at(g, gfn)[level_index(gva, l)];
		if (l == 1 || !guest_points_to_table(**e, l))
			return l;
		gfn = pte_frame(**e, 1);
	}
}

uint64_t guest_entry_gpa(const struct guest *g, const uint64_t *e)
{
	return ((uint64_t)GUEST_TABLE_GFN << PAGE_SHIFT) + (uint64_t)(e - &g->table[0][0]) * 8;
}

static int make_space(struct guest *g, unsigned space, struct sim_error *err)
{
	int rc = guest_new_table(g, GUEST_LEVELS, &g->root[space], err);

	for (uint64_t i = 0; !rc && i < GUEST_TABLES; i++) {
		uint64_t *e;

		rc = guest_make_entry(g, space, GUEST_ALIAS + i * PAGE_BYTES, 1, &e, err);
		if (!rc)
			*e = (GUEST_TABLE_GFN + i) << PAGE_SHIFT | GUEST_TABLE_ENTRY | PTE_D;
	}
	return rc;
}

int guest_init(struct guest *g, unsigned n_spaces, struct sim_error *err)
{
	int rc = 0;

	*g = (struct guest){ .n_spaces = n_spaces };
	g->table = sim_calloc(GUEST_TABLES, sizeof(*g->table));
	if (!g->table)
		return sim_fail_nomem(err);
	for (unsigned i = 0; !rc && i < n_spaces; i++)
		rc = make_space(g, i, err);
	return rc;
}

void guest_fini(struct guest *g)
{
	sim_free(g->table);
	g->table = NULL;
}
