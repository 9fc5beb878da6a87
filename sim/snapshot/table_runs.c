/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "snapshot/table_runs.h"

/* The PAT bit of a 4 KiB leaf is where larger ones have PTE_PS. */
#define PAT_4K PTE_PS

static uint64_t attributes(const struct table_leaf *l)
{
	uint64_t pat = l->entry & (l->level == LEVEL_4K ? PAT_4K : PTE_PAT_2M);

	return (l->entry & (PTE_G | TABLE_PWT | TABLE_PCD)) | (pat ? PTE_PAT_2M : 0);
}

struct table_run table_run_of(const struct table_leaf *l)
{
	return (struct table_run){ .gva = l->gva,
				   .gpa = table_leaf_gpa(l),
				   .bytes = level_bytes(l->level),
				   .level = l->level,
				   .rights = l->rights,
				   .attributes = attributes(l),
				   .n = 1,
				   .accessed = (l->entry & PTE_A) != 0,
				   .dirty = (l->entry & PTE_D) != 0 };
}

bool table_run_extend(struct table_run *r, const struct table_leaf *l)
{
	struct table_run one = table_run_of(l);

	if (!r->n || one.level != r->level || one.rights != r->rights ||
	    one.attributes != r->attributes || one.gva.v != r->gva.v + r->bytes ||
	    one.gpa.v != r->gpa.v + r->bytes)
		return false;
	r->bytes += one.bytes;
	r->n++;
	r->accessed += one.accessed;
	r->dirty += one.dirty;
	return true;
}
