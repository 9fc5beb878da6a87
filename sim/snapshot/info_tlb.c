/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "snapshot/info_tlb.h"

#include <inttypes.h>

#include "snapshot/table_runs.h"

#define ADDRESS "%016" PRIx64

void info_tlb_leaf(const struct table_leaf *l, struct text *t)
{
	static const struct {
		uint64_t bit;
		char c;
	} flag[] = {
		{ PTE_NX, 'X' },    { PTE_G, 'G' }, { PTE_PS, 'P' },
		{ PTE_D, 'D' },	    { PTE_A, 'A' }, { TABLE_PCD, 'C' },
		{ TABLE_PWT, 'T' }, { PTE_U, 'U' }, { PTE_W, 'W' },
	};
	char set[sizeof(flag) / sizeof(*flag) + 1] = { 0 };

	for (unsigned i = 0; i < sizeof(flag) / sizeof(*flag); i++)
		set[i] = l->entry & flag[i].bit ? flag[i].c : '-';
	text_add(t, ADDRESS ": " ADDRESS " %s\n", l->gva.v, table_leaf_gpa(l).v, set);
}

static uint64_t mask(const struct info_mem *m)
{
	return ((uint64_t)1 << (PAGE_SHIFT + 9 * m->levels)) - 1;
}

/* Sizes too are printed like addresses there. */
static uint64_t extended(const struct info_mem *m, uint64_t v)
{
	uint64_t low = mask(m);

	return v & (low ^ low >> 1) ? v | ~low : v;
}

static void close_stretch(struct info_mem *m, struct text *t)
{
	if (m->rights)
		text_add(t, ADDRESS "-" ADDRESS " " ADDRESS " %cr%c\n", extended(m, m->start),
			 extended(m, m->end), extended(m, m->end - m->start),
			 m->rights & PTE_U ? 'u' : '-', m->rights & PTE_W ? 'w' : '-');
	m->rights = 0;
}

void info_mem_leaf(struct info_mem *m, const struct table_leaf *l, struct text *t)
{
	uint64_t rights = PTE_P | (l->rights & (PTE_W | PTE_U));
	uint64_t gva = l->gva.v & mask(m);

	if (rights != m->rights || gva != m->end) {
		close_stretch(m, t);
		m->start = gva;
		m->rights = rights;
	}
	m->end = gva + level_bytes(l->level);
}

void info_mem_end(struct info_mem *m, struct text *t)
{
	close_stretch(m, t);
}
