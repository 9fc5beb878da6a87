/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "normal_stream.h"

#include "array.h"

#include <string.h>

#include "base/addr.h"

void stream_init(struct stream *s)
{
	*s = (struct stream){ .n = 0 };
}

void stream_fini(struct stream *s)
{
	free(s->op);
	free(s->gva);
	free(s->event);
	free(s->word);
}

void stream_access(struct stream *s, uint8_t op, uint64_t gva)
{
	s->op = array_grow(s->op, s->n, sizeof(*s->op));
	s->gva = array_grow(s->gva, s->n, sizeof(*s->gva));
	s->op[s->n] = op;
	s->gva[s->n++] = gva;
}

void stream_event(struct stream *s, const struct event *e, const uint64_t *words)
{
	s->event = array_grow(s->event, s->n_event, sizeof(*s->event));
	s->event[s->n_event] = *e;
	if (words)
		s->event[s->n_event].words = array_add_words(&s->word, &s->n_word, words);
	stream_access(s, OP_EVENT, s->n_event++);
}

void stream_add(struct stream *s, const struct batch *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		const struct event *e;

		if ((b->op[i] & OP_KIND) != OP_EVENT) {
			stream_access(s, b->op[i], b->gva[i]);
			continue;
		}
		e = &b->event[b->gva[i]];
		stream_event(s, e, e->kind == EVENT_PTPAGE ? b->word + e->words : NULL);
	}
}

void stream_from_recording(struct stream *s, const struct recording *rec)
{
	stream_init(s);
	guest_meta(&rec->guest, &s->meta);
	for (size_t i = 0; i < rec->n; i++) {
		const struct recorded *one = &rec->r[i];

		if ((one->op & OP_KIND) != OP_EVENT)
			stream_access(s, one->op, one->gva);
		else
			stream_event(s, &one->event,
				     one->event.kind == EVENT_PTPAGE ? rec->word + one->words
								     : NULL);
	}
}

bool stream_batch(const struct stream *s, size_t at, uint32_t max, struct batch *b)
{
	size_t left = s->n - at;

	*b = (struct batch){ .n = (uint32_t)(left < max ? left : max),
			     .op = s->op + at,
			     .gva = s->gva + at,
			     .event = s->event,
			     .word = s->word,
			     .first = at };
	return left;
}

const struct event *stream_event_at(const struct stream *s, size_t i)
{
	return (s->op[i] & OP_KIND) == OP_EVENT ? &s->event[s->gva[i]] : NULL;
}

/* What the batch says of itself. */
static void check_counts(const struct batch *b, uint64_t first)
{
	uint32_t n[4] = { 0 };

	for (uint32_t i = 0; i < b->n; i++)
		n[b->op[i] & OP_KIND]++;
	assert_int_equal(b->first, first);
	assert_int_equal(b->n_load, n[OP_LOAD]);
	assert_int_equal(b->n_store, n[OP_STORE]);
	assert_int_equal(b->n_event, n[OP_EVENT]);
	assert_int_equal(b->n_fetch + b->n_cross, 0);
	assert_int_equal(b->instructions, n[OP_LOAD] + n[OP_STORE]);
}

int stream_normalise(const struct stream *in, const struct normalise_options *o, uint32_t max,
		     struct stream *out, struct sim_error *err)
{
	struct batch b, made;
	struct normaliser *n;
	size_t at = 0;
	bool more;
	int rc;

	stream_init(out);
	rc = normaliser_create(&n, &in->meta, o, err);
	if (rc)
		return rc;
	do {
		more = stream_batch(in, at, max, &b);
		rc = normalise(n, more ? &b : NULL, &made, err);
		if (!rc)
			check_counts(&made, out->n);
		if (!rc)
			stream_add(out, &made);
		at += b.n;
	} while (!rc && more);
	out->meta = *normaliser_meta(n);
	out->meta.name = out->meta.origin = out->meta.tools = "";
	normaliser_destroy(n);
	return rc;
}
