/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/frame_code.h"

static void learn(struct frame_code *c, uint64_t page, uint64_t frame)
{
	c->place[page % FRAME_PLACES] = (struct frame_place){ page, frame };
}

int frame_code_init(struct frame_code *c)
{
	*c = (struct frame_code){ .place = sim_calloc(FRAME_PLACES, sizeof(*c->place)) };
	if (!c->place)
		return SIM_ENOMEM;
	frame_code_reset(c);
	return 0;
}

void frame_code_fini(struct frame_code *c)
{
	sim_free(c->place);
	c->place = NULL;
}

void frame_code_reset(struct frame_code *c)
{
	memset(c->place, 0xff, FRAME_PLACES * sizeof(*c->place));
	c->miss = (struct frame_place){ 0, FRAME_NONE };
	c->next = 0;
}

int frame_put(struct frame_code *c, struct bytes *b, uint32_t index, gva_t gva, uint64_t frame)
{
	uint64_t page = gva.v >> PAGE_SHIFT, guess = frame_guess(c, page);

	learn(c, page, frame);
	if (frame == guess)
		return 0;
	if (bytes_reserve(b, 2 * LEB_MAX))
		return SIM_ENOMEM;
	leb_put(b, index - c->next);
	leb_put(b, zigzag(frame - guess));
	c->next = index + 1;
	c->miss = (struct frame_place){ page, frame };
	return 0;
}

static bool cursor_load(struct frame_cursor *k, uint64_t next)
{
	uint64_t gap, z;

	k->done = k->p == k->end;
	if (k->done)
		return true;
	if (!leb_get(&k->p, k->end, &gap) || !leb_get(&k->p, k->end, &z))
		return false;
	k->at = next + gap;
	k->difference = unzigzag(z);
	return true;
}

bool frame_cursor_init(struct frame_cursor *k, const uint8_t *p, size_t n)
{
	*k = (struct frame_cursor){ .p = p, .end = p + n };
	return cursor_load(k, 0);
}

bool frame_get(struct frame_code *c, struct frame_cursor *k, uint32_t index, gva_t gva,
	       uint64_t *frame)
{
	uint64_t page = gva.v >> PAGE_SHIFT;

	*frame = frame_guess(c, page);
	if (k->done || k->at > index) {
		learn(c, page, *frame);
		return true;
	}
	if (k->at < index || !k->difference)
		return false;
	*frame += k->difference;
	c->miss = (struct frame_place){ page, *frame };
	learn(c, page, *frame);
	return cursor_load(k, (uint64_t)index + 1);
}
