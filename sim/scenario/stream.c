/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/stream.h"

#include <string.h>

#include "base/alloc.h"

#define SIZE_8 (3u << OP_SIZE_SHIFT)

void stream_fini(struct stream *s)
{
	sim_free(s->op);
	sim_free(s->gva);
	sim_free(s->word);
	sim_free(s->event);
	*s = (struct stream){ .n = 0 };
}

static int add(struct stream *s, unsigned op, uint64_t slot, struct sim_error *err)
{
	if (sim_grow((void **)&s->op, &s->cap_op, s->n, sizeof(*s->op)) ||
	    sim_grow((void **)&s->gva, &s->cap_gva, s->n, sizeof(*s->gva)))
		return sim_fail_nomem(err);
	s->op[s->n] = (uint8_t)op;
	s->gva[s->n++] = slot;
	return 0;
}

int stream_access(struct stream *s, unsigned kind, uint64_t gva, struct sim_error *err)
{
	int rc = add(s, kind | SIZE_8 | OP_USER, gva, err);

	if (!rc && kind == OP_LOAD)
		s->n_load++;
	else if (!rc)
		s->n_store++;
	return rc;
}

int stream_event(struct stream *s, const struct event *e, struct sim_error *err)
{
	if (sim_grow((void **)&s->event, &s->cap_event, s->n_event, sizeof(*s->event)))
		return sim_fail_nomem(err);
	s->event[s->n_event] = *e;
	return add(s, OP_EVENT, s->n_event++, err);
}

int stream_table(struct stream *s, uint64_t gfn, unsigned level, const uint64_t words[512],
		 struct sim_error *err)
{
	struct event e = { .kind = EVENT_PTPAGE,
			   .level = (uint8_t)level,
			   .gpa = gfn << 12,
			   .words = (uint32_t)s->n_word };

	for (unsigned i = 0; i < 512; i++) {
		if (sim_grow((void **)&s->word, &s->cap_word, s->n_word, sizeof(*s->word)))
			return sim_fail_nomem(err);
		s->word[s->n_word++] = words[i];
	}
	return stream_event(s, &e, err);
}

struct batch stream_batch(const struct stream *s)
{
	return (struct batch){ .n = (uint32_t)s->n,
			       .op = s->op,
			       .gva = s->gva,
			       .event = s->event,
			       .word = s->word,
			       .first = s->first,
			       .n_load = s->n_load,
			       .n_store = s->n_store,
			       .n_event = (uint32_t)s->n_event };
}

void stream_clear(struct stream *s)
{
	s->first += s->n;
	s->n = s->n_word = s->n_event = 0;
	s->n_load = s->n_store = 0;
}
