/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmu/dirty_ring.h"

#include <inttypes.h>

#include "base/alloc.h"

#define WINDOW 64 /* pages that are watched again at once */

uint32_t dirty_ring_min(uint32_t logged)
{
	uint32_t size = DIRTY_RING_MIN;

	while (size < DIRTY_RING_RESERVED + logged)
		size *= 2;
	return size;
}

int dirty_ring_init(struct dirty_ring *r, uint32_t size, uint32_t logged, struct sim_error *err)
{
	uint32_t min = dirty_ring_min(logged);

	*r = (struct dirty_ring){ .size = size,
				  .soft_limit = size - DIRTY_RING_RESERVED - logged };
	if (size < min || size > DIRTY_RING_MAX || (size & (size - 1)))
		return sim_fail(err, SIM_ERANGE, NULL,
				"a dirty ring has a power of two of %" PRIu32
				" to %d entries, not %" PRIu32,
				min, DIRTY_RING_MAX, size);
	r->entry = sim_calloc(size, sizeof(*r->entry));
	return r->entry ? 0 : sim_fail_nomem(err);
}

void dirty_ring_fini(struct dirty_ring *r)
{
	sim_free(r->entry);
	r->entry = NULL;
}

static struct dirty_gfn *entry_at(const struct dirty_ring *r, uint32_t index)
{
	return &r->entry[index & (r->size - 1)];
}

bool dirty_ring_push(struct dirty_ring *r, unsigned slot, uint64_t offset)
{
	if (r->dirty_index - r->reset_index == r->size) {
		r->is_overrun = true;
		return false;
	}
	*entry_at(r, r->dirty_index++) = (struct dirty_gfn){ slot, offset };
	return true;
}

static const struct memslot *slot_of_id(const struct memslots *slots, unsigned id)
{
	for (size_t i = 0; i < slots->n; i++)
		if (slots->slot[i].id == id)
			return &slots->slot[i];
	return NULL;
}

uint32_t dirty_ring_collect(struct dirty_ring *r, const struct memslots *slots)
{
	uint32_t n = r->dirty_index - r->collect_index;

	for (; r->collect_index != r->dirty_index; r->collect_index++) {
		const struct dirty_gfn *e = entry_at(r, r->collect_index);
		const struct memslot *slot = slot_of_id(slots, e->slot);

		if (slot && e->offset < slot->n_frames)
			memslot_mark_dirty(slot, gfn_make(slot->base.v + e->offset));
	}
	return n;
}

/* Pages of one slot that are near each other. */
struct window {
	unsigned slot;
	uint64_t offset, mask; /* mask 0: nothing yet */
};

/* Takes e into the window, which may move down for it; false: too far off. */
static bool widen(struct window *w, const struct dirty_gfn *e)
{
	uint64_t up = e->offset - w->offset, down = w->offset - e->offset;

	if (!w->mask || e->slot != w->slot)
		return false;
	if (up < WINDOW) {
		w->mask |= (uint64_t)1 << up;
		return true;
	}
	if (down >= WINDOW || w->mask << down >> down != w->mask)
		return false;
	*w = (struct window){ w->slot, e->offset, w->mask << down | 1 };
	return true;
}

uint32_t dirty_ring_reset(struct dirty_ring *r, dirty_ring_watch *watch, void *arg)
{
	uint32_t n = r->collect_index - r->reset_index;
	struct window w = { 0, 0, 0 };

	for (; r->reset_index != r->collect_index; r->reset_index++) {
		const struct dirty_gfn *e = entry_at(r, r->reset_index);

		if (widen(&w, e))
			continue;
		if (w.mask)
			watch(arg, w.slot, w.offset, w.mask);
		w = (struct window){ e->slot, e->offset, 1 };
	}
	if (w.mask)
		watch(arg, w.slot, w.offset, w.mask);
	return n;
}
