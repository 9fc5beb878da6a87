/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The output. A run is what the guest does between two doorbells; what the VMM does stands between runs:
 *
 *     between | touches, records ..., touch, doorbell | between | touches, records ...
 *             '------------------ run ----------------'
 *
 * Where a run ends depends on the records alone: the caller gets whole runs, the rest waits for more input.
 */
#include <string.h>

#include "base/alloc.h"
#include "vm/normalise_state.h"

/* One word of the buffer says that a run ends. */
#define RUN_WORDS (PAYLOAD_WORDS - 1)

#define LOAD_8	((uint8_t)(OP_LOAD | OP_USER | 3u << OP_SIZE_SHIFT))
#define STORE_4 ((uint8_t)(OP_STORE | OP_USER | 2u << OP_SIZE_SHIFT))

void normalise_out_fini(struct normalise_out *o)
{
	sim_free(o->op);
	sim_free(o->gva);
	sim_free(o->event);
	sim_free(o->word);
}

static int put(struct normalise_out *o, uint8_t op, uint64_t gva, struct sim_error *err)
{
	if (sim_grow((void **)&o->op, &o->op_cap, o->end.op, sizeof(*o->op)) ||
	    sim_grow((void **)&o->gva, &o->gva_cap, o->end.op, sizeof(*o->gva)))
		return sim_fail_nomem(err);
	o->op[o->end.op] = op;
	o->gva[o->end.op++] = gva;
	return 0;
}

int normalise_put_access(struct normaliser *n, uint8_t op, uint64_t gva, struct sim_error *err)
{
	n->out.accesses++;
	return put(&n->out, op, gva, err);
}

int normalise_put_event(struct normaliser *n, const struct event *e, struct sim_error *err)
{
	struct normalise_out *o = &n->out;

	if (sim_grow((void **)&o->event, &o->event_cap, o->end.event, sizeof(*o->event)))
		return sim_fail_nomem(err);
	o->event[o->end.event] = *e;
	return put(o, OP_EVENT, o->end.event++, err);
}

int normalise_put_touch(struct normaliser *n, enum payload_page page, struct sim_error *err)
{
	return normalise_put_access(n, LOAD_8, payload_gva(page), err);
}

/* --- runs --- */

static int begin_run(struct normaliser *n, struct sim_error *err)
{
	struct normalise_out *o = &n->out;
	int rc = normalise_check_root(n, n->cr3, err);

	for (unsigned page = 0; !rc && !o->has_begun && page < PAYLOAD_MAPPED; page++)
		rc = normalise_put_touch(n, (enum payload_page)page, err);
	if (!rc)
		rc = normalise_put_touch(n, PAYLOAD_CODE, err);
	if (!rc)
		rc = normalise_put_touch(n, PAYLOAD_RECORDS, err);
	o->is_open = o->has_begun = true;
	o->words = o->units = 0;
	return rc;
}

int normalise_ring(struct normaliser *n, struct sim_error *err)
{
	struct normalise_out *o = &n->out;
	int rc;

	if (!o->is_open)
		return 0;
	rc = normalise_put_touch(n, PAYLOAD_CODE, err);
	if (!rc)
		rc = normalise_put_access(n, STORE_4, payload_gva(PAYLOAD_DOORBELL), err);
	o->is_open = false;
	o->whole = o->end;
	return rc;
}

int normalise_reserve(struct normaliser *n, unsigned words, struct sim_error *err)
{
	struct normalise_out *o = &n->out;
	int rc = 0;

	if (o->words + words > RUN_WORDS || (n->opt.batch && o->units >= n->opt.batch))
		rc = normalise_ring(n, err);
	if (!rc && !o->is_open)
		rc = begin_run(n, err);
	o->words += words;
	o->units++;
	return rc;
}

static int put_words(struct normalise_out *o, const uint64_t *words, struct sim_error *err)
{
	while (o->word_cap < o->end.word + 512)
		if (sim_grow((void **)&o->word, &o->word_cap, o->word_cap, sizeof(*o->word)))
			return sim_fail_nomem(err);
	memcpy(o->word + o->end.word, words, PAGE_BYTES);
	o->end.word += 512;
	return 0;
}

int normalise_between(struct normaliser *n, const struct event *e, const uint64_t *words,
		      struct sim_error *err)
{
	struct normalise_out *o = &n->out;
	struct event own = *e;
	int rc = normalise_ring(n, err);

	own.words = (uint32_t)o->end.word;
	if (!rc && words)
		rc = put_words(o, words, err);
	if (!rc)
		rc = normalise_put_event(n, &own, err);
	o->whole = o->end;
	return rc;
}

/* --- the caller --- */

static void move_events(struct normalise_out *o)
{
	uint32_t left = o->end.event - o->given.event;

	memmove(o->event, o->event + o->given.event, left * sizeof(*o->event));
	for (uint32_t i = 0; i < left; i++)
		o->event[i].words -= (uint32_t)o->given.word;
	for (uint32_t i = 0; i < o->end.op - o->given.op; i++)
		if ((o->op[i] & OP_KIND) == OP_EVENT)
			o->gva[i] -= o->given.event;
}

static void move_back(struct out_mark *m, const struct out_mark *by)
{
	m->op -= by->op;
	m->event -= by->event;
	m->word -= by->word;
}

void normalise_out_forget(struct normalise_out *o)
{
	uint32_t left = o->end.op - o->given.op;

	if (!o->given.op)
		return;
	memmove(o->op, o->op + o->given.op, left * sizeof(*o->op));
	memmove(o->gva, o->gva + o->given.op, left * sizeof(*o->gva));
	if (o->given.event)
		move_events(o);
	if (o->given.word)
		memmove(o->word, o->word + o->given.word,
			(o->end.word - o->given.word) * sizeof(*o->word));
	o->first += o->given.op;
	move_back(&o->end, &o->given);
	move_back(&o->whole, &o->given);
	o->given = (struct out_mark){ 0 };
}

void normalise_out_give(struct normalise_out *o, struct batch *b)
{
	*b = (struct batch){ .n = o->whole.op,
			     .op = o->op,
			     .gva = o->gva,
			     .event = o->event,
			     .word = o->word,
			     .first = o->first,
			     .n_event = o->whole.event };
	for (uint32_t i = 0; i < b->n; i++) {
		b->n_load += (o->op[i] & OP_KIND) == OP_LOAD;
		b->n_store += (o->op[i] & OP_KIND) == OP_STORE;
	}
	b->instructions = b->n_load + b->n_store;
	o->given = o->whole;
}
