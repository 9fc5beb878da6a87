/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "snapshot/roots.h"

#include "base/alloc.h"
#include "snapshot/table_walk.h"
#include "trace/bytes.h"

#define LOWER_ENTRIES (TABLE_ENTRIES / 2)
#define A_AND_D	      (PTE_A | PTE_D)
#define USER_TABLE    (PTE_P | PTE_W | PTE_U) /* _PAGE_TABLE of Linux, A and D aside */

int roots_add(struct roots *r, uint64_t cr3, struct sim_error *err)
{
	for (size_t i = 0; i < r->n; i++)
		if (cr3_frame(r->cr3[i]) == cr3_frame(cr3))
			return 0;
	if (sim_grow((void **)&r->cr3, &r->cap, r->n, sizeof(*r->cr3)))
		return sim_fail_nomem(err);
	r->cr3[r->n++] = cr3;
	return 0;
}

void roots_fini(struct roots *r)
{
	sim_free(r->cr3);
	*r = (struct roots){ .cr3 = NULL };
}

static void decode(const uint8_t bytes[PAGE_BYTES], uint64_t entry[TABLE_ENTRIES])
{
	for (unsigned i = 0; i < TABLE_ENTRIES; i++)
		entry[i] = le_get(&bytes[i * sizeof(*entry)], sizeof(*entry));
}

/* Whether an entry of the lower half may be a root's. */
static bool is_user_table(const struct snapshot *s, uint64_t entry)
{
	if (!entry)
		return true;
	return (entry & USER_TABLE) == USER_TABLE && !(entry & PTE_PS) &&
	       snapshot_find(s, gpa_make(entry & PTE_ADDR));
}

static bool is_root(const struct snapshot *s, const uint64_t like[TABLE_ENTRIES],
		    const uint64_t entry[TABLE_ENTRIES])
{
	for (unsigned i = LOWER_ENTRIES; i < TABLE_ENTRIES; i++)
		if ((entry[i] ^ like[i]) & ~A_AND_D)
			return false;
	for (unsigned i = 0; i < LOWER_ENTRIES; i++)
		if (!is_user_table(s, entry[i]))
			return false;
	return true;
}

static bool has_upper_half(const uint64_t entry[TABLE_ENTRIES])
{
	for (unsigned i = LOWER_ENTRIES; i < TABLE_ENTRIES; i++)
		if (entry[i] & PTE_P)
			return true;
	return false;
}

static int look_at(struct roots *r, struct snapshot *s, gpa_t gpa,
		   const uint64_t like[TABLE_ENTRIES], struct sim_error *err)
{
	uint8_t bytes[PAGE_BYTES];
	uint64_t entry[TABLE_ENTRIES];
	int rc = snapshot_read(s, gpa, bytes, sizeof(bytes), err);

	if (rc)
		return rc;
	decode(bytes, entry);
	return is_root(s, like, entry) ? roots_add(r, gpa.v, err) : 0;
}

/* Pages that the file lacks are zero, hence no root with an upper half. */
static int look_in(struct roots *r, struct snapshot *s, const struct snapshot_range *g,
		   const uint64_t like[TABLE_ENTRIES], struct sim_error *err)
{
	const uint64_t first = g->offset >> PAGE_SHIFT, end = first + (g->bytes >> PAGE_SHIFT);
	uint64_t i = snapshot_next_held(s, g->block, first);
	int rc = 0;

	for (; i < end && !rc; i = snapshot_next_held(s, g->block, i + 1))
		rc = look_at(r, s, gpa_make(g->gpa.v + ((i - first) << PAGE_SHIFT)), like, err);
	return rc;
}

int roots_find(struct roots *r, struct snapshot *s, uint64_t cr3, struct sim_error *err)
{
	uint8_t bytes[PAGE_BYTES];
	uint64_t like[TABLE_ENTRIES];
	gpa_t root = gpa_make(cr3_frame(cr3) << PAGE_SHIFT);
	int rc = snapshot_read(s, root, bytes, sizeof(bytes), err);

	if (rc)
		return rc;
	decode(bytes, like);
	if (!has_upper_half(like))
		return sim_fail(err, SIM_EUNSUP, s->file.name,
				"the table of the CR3 has no kernel half to look for");
	for (size_t i = 0; i < s->n_range && !rc; i++)
		rc = s->range[i].is_rom ? 0 : look_in(r, s, &s->range[i], like, err);
	return rc;
}
