/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mem/memslot.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"

void memslots_init(struct memslots *s)
{
	*s = (struct memslots){ 0 };
}

void memslots_fini(struct memslots *s)
{
	for (size_t i = 0; i < s->n; i++)
		sim_free(s->slot[i].dirty);
	sim_free(s->slot);
	memslots_init(s);
}

/* Index of the first slot that ends above gfn. */
static size_t position(const struct memslots *s, gfn_t gfn)
{
	size_t i = 0;

	while (i < s->n && s->slot[i].base.v + s->slot[i].n_frames <= gfn.v)
		i++;
	return i;
}

/* The smallest id that no slot bears. */
static unsigned free_id(const struct memslots *s)
{
	unsigned id = 0;

	for (size_t i = 0; i < s->n; i++)
		if (s->slot[i].id == id) {
			id++;
			i = (size_t)-1;
		}
	return id;
}

static int check(const struct memslots *s, const struct memslot *wanted, size_t at,
		 struct sim_error *err)
{
	uint64_t end = wanted->base.v + wanted->n_frames;

	if (!wanted->n_frames || (wanted->hva.v & (PAGE_BYTES - 1)) || end < wanted->base.v)
		return sim_fail(
			err, SIM_ERANGE, NULL,
			"a memory slot needs a page-aligned address and at least one page");
	if (s->n == MEMSLOT_MAX)
		return sim_fail(err, SIM_ERANGE, NULL, "more than %d memory slots",
				MEMSLOT_MAX);
	if (at < s->n && s->slot[at].base.v < end)
		return sim_fail(err, SIM_ERANGE, NULL,
				"memory slot at gfn 0x%" PRIx64
				" overlaps the one at 0x%" PRIx64,
				wanted->base.v, s->slot[at].base.v);
	return 0;
}

int memslots_add(struct memslots *s, const struct memslot *wanted, struct sim_error *err)
{
	size_t at = position(s, wanted->base);
	int rc = check(s, wanted, at, err);

	if (rc)
		return rc;
	if (sim_grow((void **)&s->slot, &s->cap, s->n, sizeof(*s->slot)))
		return sim_fail_nomem(err);
	memmove(s->slot + at + 1, s->slot + at, (s->n - at) * sizeof(*s->slot));
	s->slot[at] = *wanted;
	s->slot[at].id = UINT32_MAX; /* not yet a bearer of an id */
	s->slot[at].dirty = NULL;
	s->n++;
	s->slot[at].id = free_id(s);
	s->generation++;
	return 0;
}

/* The slot that starts at base; NULL when there is none. */
static struct memslot *starting_at(const struct memslots *s, gfn_t base, struct sim_error *err)
{
	size_t at = position(s, base);

	if (at < s->n && gfn_eq(s->slot[at].base, base))
		return &s->slot[at];
	sim_fail(err, SIM_ERANGE, NULL, "no memory slot starts at gfn 0x%" PRIx64, base.v);
	return NULL;
}

int memslots_del(struct memslots *s, gfn_t base, struct sim_error *err)
{
	struct memslot *slot = starting_at(s, base, err);

	if (!slot)
		return SIM_ERANGE;
	sim_free(slot->dirty);
	s->n--;
	memmove(slot, slot + 1, (s->n - (size_t)(slot - s->slot)) * sizeof(*slot));
	s->generation++;
	return 0;
}

int memslots_log_on(struct memslots *s, gfn_t base, struct sim_error *err)
{
	struct memslot *slot = starting_at(s, base, err);

	if (!slot)
		return SIM_ERANGE;
	if (slot->dirty)
		return sim_fail(err, SIM_ERANGE, NULL,
				"the memory slot at gfn 0x%" PRIx64 " is logged already",
				base.v);
	slot->dirty = sim_calloc((slot->n_frames + 63) / 64, sizeof(*slot->dirty));
	if (!slot->dirty)
		return sim_fail_nomem(err);
	s->generation++;
	return 0;
}

int memslots_log_off(struct memslots *s, gfn_t base, struct sim_error *err)
{
	struct memslot *slot = starting_at(s, base, err);

	if (!slot)
		return SIM_ERANGE;
	if (!slot->dirty)
		return sim_fail(err, SIM_ERANGE, NULL,
				"the memory slot at gfn 0x%" PRIx64 " is not logged", base.v);
	sim_free(slot->dirty);
	slot->dirty = NULL;
	s->generation++;
	return 0;
}

void memslot_clear_dirty(const struct memslot *s)
{
	memset(s->dirty, 0, (s->n_frames + 63) / 64 * sizeof(*s->dirty));
}

struct gfn_range memslots_range(const struct memslots *s, size_t i, hva_t hva, uint64_t n)
{
	const struct memslot *slot = &s->slot[i];
	uint64_t first = hva.v >> PAGE_SHIFT, begin = slot->hva.v >> PAGE_SHIFT;
	uint64_t from = first > begin ? first : begin;
	uint64_t end = begin + slot->n_frames < first + n ? begin + slot->n_frames : first + n;

	if (end <= from)
		return (struct gfn_range){ .n = 0 };
	return (struct gfn_range){ gfn_make(slot->base.v + (from - begin)), end - from };
}

const struct memslot *memslots_find(const struct memslots *s, gfn_t gfn)
{
	size_t i = position(s, gfn);

	return i < s->n && s->slot[i].base.v <= gfn.v ? &s->slot[i] : NULL;
}
