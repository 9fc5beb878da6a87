/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stream_walk.h - translates the accesses of a stream by the stream's own tables
 *
 * A software walk (mem/guest_walk.h) of the tables as they now stand, with the rights of the access.
 * What it found is kept in 4096 places by page, kind and privilege, until the next event of whatever
 * kind: so most accesses cost one comparison. No TLB: a translation that is out of date is not used.
 */
#ifndef SIM_VM_STREAM_WALK_H
#define SIM_VM_STREAM_WALK_H

#include <stdint.h>

#include "base/err.h"
#include "mem/guest_walk.h"
#include "vm/stream_state.h"

/* A translation that holds until the next event. */
struct stream_known {
	uint64_t key; /* page, kind, CPL, OP_SYSTEM */
	uint64_t epoch;
	uint64_t frame; /* of the access */
	unsigned level; /* of the leaf */
};

struct stream_walk {
	struct stream_state *state; /* borrowed */
	struct paging mode;	    /* of the current vCPU */
	struct stream_known *place;
	uint64_t epoch;
};

/* SIM_ERANGE unless the state is in 64-bit paging. */
SIM_MUST_CHECK int stream_walk_init(struct stream_walk *w, struct stream_state *s,
				    struct sim_error *err);
/* Harmless when zeroed. */
void stream_walk_fini(struct stream_walk *w);

/* After each event. SIM_ERANGE when the guest has left 64-bit paging. */
SIM_MUST_CHECK int stream_walk_event(struct stream_walk *w, struct sim_error *err);

/* Walks for what `a` says, whatever is known. */
void stream_walk_now(struct stream_walk *w, uint64_t gva, struct access a,
		     struct guest_walk *g);

/* NULL when the tables do not translate it; g then says why. */
const struct stream_known *stream_walk_miss(struct stream_walk *w, uint8_t op, uint64_t gva,
					    struct stream_known *k, struct guest_walk *g);

#define STREAM_WALK_PLACES 4096u

/* The first page of an access; op without OP_CROSS. */
static inline const struct stream_known *stream_walk_access(struct stream_walk *w, uint8_t op,
							    uint64_t gva, struct guest_walk *g)
{
	uint64_t page = gva >> PAGE_SHIFT;
	uint64_t key = page << 8 | (op & (OP_KIND | OP_USER | OP_SYSTEM));
	struct stream_known *k =
		&w->place[(page ^ page >> 12 ^ key << 10) % STREAM_WALK_PLACES];

	if (SIM_LIKELY(k->epoch == w->epoch && k->key == key))
		return k;
	k->key = key;
	return stream_walk_miss(w, op, gva, k, g);
}

#endif
