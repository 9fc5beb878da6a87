/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vm/stream_walk.h"

#include "base/alloc.h"

static int set_mode(struct stream_walk *w, const char *what, struct sim_error *err)
{
	w->mode = paging_of(stream_state_regs(w->state));
	if (!w->mode.levels)
		return sim_fail(err, SIM_ERANGE, NULL, "%s 64-bit paging", what);
	return 0;
}

int stream_walk_init(struct stream_walk *w, struct stream_state *s, struct sim_error *err)
{
	*w = (struct stream_walk){ .state = s, .epoch = 1 };
	w->place = sim_calloc(STREAM_WALK_PLACES, sizeof(*w->place));
	if (!w->place)
		return sim_fail_nomem(err);
	return set_mode(w, "the trace does not start in", err);
}

void stream_walk_fini(struct stream_walk *w)
{
	sim_free(w->place);
	*w = (struct stream_walk){ 0 };
}

int stream_walk_event(struct stream_walk *w, struct sim_error *err)
{
	w->epoch++; /* whatever it was: nothing known outlives an event */
	return set_mode(w, "the guest leaves", err);
}

void stream_walk_now(struct stream_walk *w, uint64_t gva, struct access a, struct guest_walk *g)
{
	guest_walk(&w->state->tables, stream_state_regs(w->state)->cr3, &w->mode, gva_make(gva),
		   a, 0, g);
}

const struct stream_known *stream_walk_miss(struct stream_walk *w, uint8_t op, uint64_t gva,
					    struct stream_known *k, struct guest_walk *g)
{
	struct access a = {
		.kind = (enum access_kind)(op & OP_KIND),
		.user = (op & OP_USER) && !(op & OP_SYSTEM),
	};

	k->epoch = 0;
	stream_walk_now(w, gva, a, g);
	if (g->status != GUEST_WALK_OK)
		return NULL;
	k->epoch = w->epoch;
	k->frame = g->gfn.v;
	k->level = g->level;
	return k;
}
