/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tables.h"

#include "check.h"

void tables_open(struct tables *t, enum pt_kind kind, unsigned levels, uint64_t first_free)
{
	pages_init(&t->pages);
	t->next_free = first_free;
	t->t = (struct walk_table){ .kind = kind,
				    .pages = &t->pages,
				    .root = t->next_free++,
				    .levels = levels,
				    .ad = true };
	assert_non_null(pages_make(&t->pages, t->t.root));
}

void tables_close(struct tables *t)
{
	pages_fini(&t->pages);
}

uint64_t tables_all(enum pt_kind kind)
{
	return kind == PT_EPT ? EPT_RWX | EPT_MT_WB | EPT_A | EPT_D
			      : PTE_P | PTE_W | PTE_U | PTE_A | PTE_D;
}

static uint64_t table_bits(enum pt_kind kind)
{
	return kind == PT_EPT ? EPT_RWX | EPT_A : PTE_P | PTE_W | PTE_U | PTE_A;
}

uint64_t *tables_entry(struct tables *t, uint64_t a, unsigned level)
{
	uint64_t frame = t->t.root, *page;

	for (unsigned l = t->t.levels;; l--) {
		uint64_t *e;

		page = pages_make(&t->pages, frame);
		assert_non_null(page);
		e = &page[level_index(a, l)];
		if (l == level)
			return e;
		if (!*e)
			*e = t->next_free++ << PAGE_SHIFT | table_bits(t->t.kind);
		frame = pte_frame(*e, 1);
	}
}

void tables_map(struct tables *t, uint64_t a, unsigned level, uint64_t frame, uint64_t bits)
{
	*tables_entry(t, a, level) = frame << PAGE_SHIFT | bits | (level > 1 ? PTE_PS : 0);
}
