/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The output: one batch, which grows until the caller has it. */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "guest/gpt.h"

void emit_fini(struct emit *o)
{
	sim_free(o->op);
	sim_free(o->gva);
	sim_free(o->frame);
	sim_free(o->count);
	sim_free(o->event);
	sim_free(o->word);
}

void emit_forget(struct emit *o)
{
	o->first += o->n;
	o->n = o->n_event = o->n_word = 0;
}

void emit_give(const struct emit *o, struct batch *b)
{
	*b = (struct batch){ .n = (uint32_t)o->n,
			     .op = o->op,
			     .gva = o->gva,
			     .frame = o->frame,
			     .count = o->count,
			     .event = o->event,
			     .word = o->word,
			     .first = o->first,
			     .n_event = (uint32_t)o->n_event };
	for (uint32_t i = 0; i < b->n; i++) {
		unsigned kind = o->op[i] & OP_KIND;

		b->n_load += kind == OP_LOAD;
		b->n_store += kind == OP_STORE;
		b->n_fetch += kind == OP_FETCH;
		b->n_cross += !!(o->op[i] & OP_CROSS);
		b->instructions += kind == OP_FETCH ? o->count[i] : 0;
	}
}

int emit_access(struct guest_os *g, uint8_t op, uint64_t gva, uint64_t frame, uint64_t count,
		struct sim_error *err)
{
	struct emit *o = &g->out;

	if (sim_grow((void **)&o->op, &o->op_cap, o->n, sizeof(*o->op)) ||
	    sim_grow((void **)&o->gva, &o->gva_cap, o->n, sizeof(*o->gva)) ||
	    sim_grow((void **)&o->frame, &o->frame_cap, o->n, sizeof(*o->frame)) ||
	    sim_grow((void **)&o->count, &o->count_cap, o->n, sizeof(*o->count)))
		return sim_fail_nomem(err);
	o->op[o->n] = op;
	o->gva[o->n] = gva;
	o->frame[o->n] = frame;
	o->count[o->n++] = count;
	return 0;
}

static int put_words(struct emit *o, const uint64_t *words, struct sim_error *err)
{
	while (o->word_cap < o->n_word + 512)
		if (sim_grow((void **)&o->word, &o->word_cap, o->word_cap, sizeof(*o->word)))
			return sim_fail_nomem(err);
	memcpy(o->word + o->n_word, words, PAGE_BYTES);
	o->n_word += 512;
	return 0;
}

int emit_event(struct guest_os *g, const struct event *e, const uint64_t *words,
	       struct sim_error *err)
{
	struct emit *o = &g->out;
	int rc;

	if (sim_grow((void **)&o->event, &o->event_cap, o->n_event, sizeof(*o->event)))
		return sim_fail_nomem(err);
	o->event[o->n_event] = *e;
	o->event[o->n_event].words = words ? (uint32_t)o->n_word : 0;
	rc = words ? put_words(o, words, err) : 0;
	return rc ? rc : emit_access(g, OP_EVENT, o->n_event++, FRAME_NONE, 0, err);
}

int emit_kernel(struct guest_os *g, unsigned kind, uint64_t gpa, struct sim_error *err)
{
	assert(!g->cfg.kpti || g->cpu.in_kernel);
	g->counts.kernel_accesses++;
	return emit_access(g, (uint8_t)(kind | 3u << OP_SIZE_SHIFT), DIRECT_MAP + gpa,
			   gpa >> PAGE_SHIFT, 0, err);
}

int emit_dma(struct guest_os *g, uint64_t gfn, struct sim_error *err)
{
	struct event e = { .kind = EVENT_DMA, .gpa = gfn << PAGE_SHIFT, .n = PAGE_BYTES };

	return emit_event(g, &e, NULL, err);
}
