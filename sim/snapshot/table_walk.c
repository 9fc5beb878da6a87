/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "snapshot/table_walk.h"

#include <inttypes.h>

#include "trace/bytes.h"

struct walk {
	struct snapshot *s;
	const struct table_walk *w;
	struct sim_error *err;
};

/* Where the walk stands: an entry of a table, and what is above it. */
struct spot {
	gva_t gva; /* of the table's first byte */
	unsigned level;
	uint64_t rights;
	uint64_t frame; /* of the table */
};

struct table_walk table_walk_all(uint64_t cr3, unsigned levels,
				 const struct table_walk_ops *ops, void *arg)
{
	return (struct table_walk){
		.cr3 = cr3, .levels = levels, .to = gva_make(UINT64_MAX), .ops = ops, .arg = arg
	};
}

int table_walk_levels(const struct snapshot *s, const struct snapshot_cpu *c, unsigned *levels,
		      struct sim_error *err)
{
	*levels = paging_of(&c->regs).levels;
	if (*levels)
		return 0;
	return sim_fail(err, SIM_EUNSUP, s->file.name,
			"CPU %u: paging is %s (CR0 0x%" PRIx64 ", CR4 0x%" PRIx64
			", EFER 0x%" PRIx64 "); 4-level and 5-level tables can be walked",
			c->id, snapshot_paging(&c->regs), c->regs.cr0, c->regs.cr4,
			c->regs.efer);
}

/* Bits above the highest that is translated are as that one. */
static uint64_t canonical(uint64_t gva, unsigned levels)
{
	unsigned bits = PAGE_SHIFT + 9 * levels;

	return gva >> (bits - 1) & 1 ? gva | ~(((uint64_t)1 << bits) - 1) : gva;
}

static uint64_t gather(uint64_t above, uint64_t entry)
{
	return (above & entry & (PTE_W | PTE_U)) | ((above | entry) & PTE_NX);
}

static int read_table(struct walk *k, const struct spot *p, uint64_t entry[TABLE_ENTRIES])
{
	uint8_t bytes[PAGE_BYTES];
	gpa_t gpa = gpa_make(p->frame << PAGE_SHIFT);
	int rc;

	if (!snapshot_find(k->s, gpa))
		return sim_fail(k->err, SIM_ERANGE, k->s->file.name,
				"the level-%u table for gva 0x%" PRIx64
				" would be at gpa 0x%" PRIx64
				", which is no memory of this snapshot: CR3 0x%" PRIx64
				" is no root, or --qemu does not say what the machine was",
				p->level, p->gva.v, gpa.v, k->w->cr3);
	rc = snapshot_read(k->s, gpa, bytes, sizeof(bytes), k->err);
	if (rc)
		return rc;
	for (unsigned i = 0; i < TABLE_ENTRIES; i++)
		entry[i] = le_get(&bytes[i * sizeof(*entry)], sizeof(*entry));
	return 0;
}

static int walk_table(struct walk *k, const struct spot *p);

static int walk_entry(struct walk *k, const struct spot *p, gva_t gva, uint64_t entry)
{
	struct spot below = { gva, p->level - 1, gather(p->rights, entry),
			      pte_frame(entry, 1) };
	struct table_leaf leaf = { gva, p->level, entry, below.rights };

	if (!pte_is_leaf(entry, p->level))
		return walk_table(k, &below);
	return k->w->ops->leaf ? k->w->ops->leaf(k->w->arg, &leaf, k->err) : 0;
}

static int walk_table(struct walk *k, const struct spot *p)
{
	uint64_t entry[TABLE_ENTRIES];
	struct table_page page = { gfn_make(p->frame), p->level, p->gva, entry };
	int rc = read_table(k, p, entry);

	if (!rc && k->w->ops->table)
		rc = k->w->ops->table(k->w->arg, &page, k->err);
	if (rc == TABLE_WALK_SKIP)
		return 0;
	for (unsigned i = 0; i < TABLE_ENTRIES && !rc; i++) {
		uint64_t gva = canonical(p->gva.v + i * level_bytes(p->level), k->w->levels);

		if (!(entry[i] & PTE_P) || gva > k->w->to.v ||
		    gva + (level_bytes(p->level) - 1) < k->w->from.v)
			continue;
		rc = walk_entry(k, p, gva_make(gva), entry[i]);
	}
	return rc;
}

int table_walk_run(struct snapshot *s, const struct table_walk *w, struct sim_error *err)
{
	struct walk k = { s, w, err };
	struct spot root = { .level = w->levels,
			     .rights = PTE_W | PTE_U,
			     .frame = cr3_frame(w->cr3) };

	if (!s->is_placed)
		return sim_fail(err, SIM_ESTATE, s->file.name,
				"where the guest sees its memory is not known yet");
	return walk_table(&k, &root);
}
