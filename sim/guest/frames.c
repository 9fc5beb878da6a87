/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guest/frames.h"

#include <assert.h>

#include "base/alloc.h"

#define DMA_END	  ((uint64_t)1 << 12) /* 16 MiB */
#define DMA32_END ((uint64_t)1 << 20) /* 4 GiB */
#define LOW	  ((uint64_t)1 << 8)  /* 1 MiB: firmware's */

static unsigned zone_of(uint64_t gfn)
{
	return gfn >= DMA32_END ? 0 : gfn >= DMA_END ? 1 : 2;
}

void frames_push(struct frames *f, struct frame_list *l, uint64_t gfn)
{
	struct frame *own = &f->frame[gfn];

	own->prev = 0;
	own->next = l->head;
	if (l->head)
		f->frame[l->head].prev = (uint32_t)gfn;
	else
		l->tail = (uint32_t)gfn;
	l->head = (uint32_t)gfn;
	l->n++;
}

void frames_unlink(struct frames *f, struct frame_list *l, uint64_t gfn)
{
	struct frame *own = &f->frame[gfn];

	if (own->prev)
		f->frame[own->prev].next = own->next;
	else
		l->head = own->next;
	if (own->next)
		f->frame[own->next].prev = own->prev;
	else
		l->tail = own->prev;
	own->next = own->prev = 0;
	l->n--;
}

static void add_block(struct frames *f, uint64_t gfn, unsigned order)
{
	f->frame[gfn].use = FRAME_FREE;
	f->frame[gfn].order = (uint8_t)order;
	frames_push(f, &f->free[zone_of(gfn)][order], gfn);
}

static void remove_block(struct frames *f, uint64_t gfn)
{
	frames_unlink(f, &f->free[zone_of(gfn)][f->frame[gfn].order], gfn);
}

/* Is gfn the first frame of a free block of that order? Frames inside a free block have FRAME_HOLE. */
static bool is_block(const struct frames *f, uint64_t gfn, unsigned order)
{
	return gfn < f->n && f->frame[gfn].use == FRAME_FREE && f->frame[gfn].order == order;
}

/* From the top down: so the lowest block of a zone comes out first, as Linux's does after its boot. */
static void add_range(struct frames *f, uint64_t from, uint64_t to)
{
	while (to > from) {
		unsigned order = FRAMES_ORDERS - 1;

		while ((to & (((uint64_t)1 << order) - 1)) || to - from < (uint64_t)1 << order)
			order--;
		to -= (uint64_t)1 << order;
		add_block(f, to, order);
		f->n_free += (uint64_t)1 << order;
	}
}

int frames_init(struct frames *f, uint64_t n_ram, struct sim_error *err)
{
	uint64_t low = n_ram < FRAMES_BELOW_HOLE ? n_ram : FRAMES_BELOW_HOLE,
		 high = n_ram - low;

	*f = (struct frames){ .n = high ? FRAMES_ABOVE_HOLE + high : low };
	f->frame = sim_calloc(f->n, sizeof(*f->frame));
	if (!f->frame)
		return sim_fail_nomem(err);
	add_range(f, LOW, low);
	if (high)
		add_range(f, FRAMES_ABOVE_HOLE, f->n);
	return 0;
}

void frames_fini(struct frames *f)
{
	sim_free(f->frame);
	f->frame = NULL;
}

static void mark(struct frames *f, uint64_t gfn, uint64_t n, enum frame_use use)
{
	for (uint64_t i = 0; i < n; i++)
		f->frame[gfn + i] = (struct frame){ .use = (uint8_t)use };
	f->n_use[use] += n;
	f->n_free -= n;
}

/* Halves a free block that is on no list until `order`; keeps the lower part. */
static void split(struct frames *f, uint64_t gfn, unsigned from, unsigned order)
{
	while (from > order) {
		from--;
		add_block(f, gfn + ((uint64_t)1 << from), from);
	}
}

bool frames_alloc(struct frames *f, unsigned order, enum frame_use use, uint64_t *gfn)
{
	for (unsigned zone = 0; zone < FRAMES_ZONES; zone++) {
		for (unsigned o = order; o < FRAMES_ORDERS; o++) {
			if (!f->free[zone][o].head)
				continue;
			*gfn = f->free[zone][o].head;
			remove_block(f, *gfn);
			split(f, *gfn, o, order);
			mark(f, *gfn, (uint64_t)1 << order, use);
			return true;
		}
	}
	return false;
}

/* Makes gfn a free block of order 0 that is on no list. */
static bool carve(struct frames *f, uint64_t gfn)
{
	for (unsigned o = 0; o < FRAMES_ORDERS; o++) {
		uint64_t first = gfn >> o << o;

		if (!is_block(f, first, o))
			continue;
		remove_block(f, first);
		while (o--) {
			uint64_t upper = first + ((uint64_t)1 << o);

			if (gfn >= upper) {
				add_block(f, first, o);
				first = upper;
			} else {
				add_block(f, upper, o);
			}
		}
		f->frame[gfn].use = FRAME_HOLE;
		return true;
	}
	return false;
}

bool frames_is_free(const struct frames *f, uint64_t gfn, uint64_t n)
{
	for (uint64_t at = gfn; at < gfn + n;) {
		unsigned o = 0;

		while (o < FRAMES_ORDERS && !is_block(f, at >> o << o, o))
			o++;
		if (o == FRAMES_ORDERS)
			return false;
		at = ((at >> o) + 1) << o;
	}
	return true;
}

bool frames_take(struct frames *f, uint64_t gfn, uint64_t n, enum frame_use use)
{
	for (uint64_t i = 0; i < n; i++) {
		if (gfn + i >= f->n || !carve(f, gfn + i))
			return false;
		mark(f, gfn + i, 1, use);
	}
	return true;
}

void frames_free(struct frames *f, uint64_t gfn)
{
	unsigned order = 0;

	assert(f->frame[gfn].use > FRAME_FREE);
	f->n_use[f->frame[gfn].use]--;
	f->n_free++;
	f->frame[gfn] = (struct frame){ .use = FRAME_HOLE };
	for (; order < FRAMES_ORDERS - 1; order++) {
		uint64_t buddy = gfn ^ (uint64_t)1 << order;

		if (!is_block(f, buddy, order) || zone_of(buddy) != zone_of(gfn))
			break;
		remove_block(f, buddy);
		f->frame[buddy].use = FRAME_HOLE;
		gfn &= ~((uint64_t)1 << order);
	}
	add_block(f, gfn, order);
}
