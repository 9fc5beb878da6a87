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

int memslots_add(struct memslots *s, gfn_t base, uint64_t n_frames, hva_t hva,
		 struct sim_error *err)
{
	size_t at = position(s, base);

	if (!n_frames || (hva.v & (PAGE_BYTES - 1)) || base.v + n_frames < base.v)
		return sim_fail(
			err, SIM_ERANGE, NULL,
			"a memory slot needs a page-aligned address and at least one page");
	if (s->n == MEMSLOT_MAX)
		return sim_fail(err, SIM_ERANGE, NULL, "more than %d memory slots",
				MEMSLOT_MAX);
	if (at < s->n && s->slot[at].base.v < base.v + n_frames)
		return sim_fail(err, SIM_ERANGE, NULL,
				"memory slot at gfn 0x%" PRIx64
				" overlaps the one at 0x%" PRIx64,
				base.v, s->slot[at].base.v);
	if (sim_grow((void **)&s->slot, &s->cap, s->n, sizeof(*s->slot)))
		return sim_fail_nomem(err);
	memmove(s->slot + at + 1, s->slot + at, (s->n - at) * sizeof(*s->slot));
	s->slot[at].id = UINT32_MAX; /* not yet a bearer of an id */
	s->n++;
	s->slot[at] = (struct memslot){
		.id = free_id(s), .base = base, .n_frames = n_frames, .hva = hva
	};
	s->generation++;
	return 0;
}

int memslots_del(struct memslots *s, gfn_t base, struct sim_error *err)
{
	size_t at = position(s, base);

	if (at == s->n || s->slot[at].base.v != base.v)
		return sim_fail(err, SIM_ERANGE, NULL,
				"no memory slot starts at gfn 0x%" PRIx64, base.v);
	s->n--;
	memmove(s->slot + at, s->slot + at + 1, (s->n - at) * sizeof(*s->slot));
	s->generation++;
	return 0;
}

const struct memslot *memslots_find(const struct memslots *s, gfn_t gfn)
{
	size_t i = position(s, gfn);

	return i < s->n && s->slot[i].base.v <= gfn.v ? &s->slot[i] : NULL;
}
