/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/block_reader.h"

#include <assert.h>

#include "trace/event_code.h"
#include "trace/reader.h"

#define BATCH_DEFAULT 4096u
#define BATCH_MAX     65536u

static const char out_of_memory[] = "out of memory";

static const char *nomem_set(int *nomem)
{
	*nomem = 1;
	return out_of_memory;
}

int block_reader_init(struct block_reader *k, unsigned n_vcpu, unsigned flags)
{
	*k = (struct block_reader){ .n_vcpu = n_vcpu, .flags = flags };
	k->zstd = ZSTD_createDCtx();
	if (!k->zstd || ((flags & TRACE_DETAIL) && frame_code_init(&k->frames)))
		return SIM_ENOMEM;
	return 0;
}

void block_reader_fini(struct block_reader *k)
{
	ZSTD_freeDCtx(k->zstd);
	bytes_fini(&k->stored);
	for (unsigned i = 0; i < SNT_SECTIONS; i++)
		bytes_fini(&k->unpacked[i]);
	sim_free(k->event);
	sim_free(k->word);
	frame_code_fini(&k->frames);
	sim_free(k->gva);
	sim_free(k->frame_out);
	sim_free(k->count_out);
}

/* --- unpacking --- */

static const char *unpack(struct block_reader *k, unsigned i, uint8_t *from, int *nomem)
{
	size_t raw = k->head.section[i].raw, stored = k->head.section[i].stored, n;
	struct bytes *b = &k->unpacked[i];

	k->column[i] = (struct column){ from, raw };
	if (stored == raw)
		return NULL;
	b->n = 0;
	if (bytes_reserve(b, raw + COLUMN_PADDING))
		return nomem_set(nomem);
	n = ZSTD_decompressDCtx(k->zstd, b->p, raw, from, stored);
	if (ZSTD_isError(n))
		return ZSTD_getErrorName(n);
	if (n != raw)
		return "a section unpacks to fewer bytes than it should";
	memset(b->p + raw, 0, COLUMN_PADDING);
	k->column[i].p = b->p;
	return NULL;
}

static const char *unpack_all(struct block_reader *k, int *nomem)
{
	uint8_t *from = k->stored.p;
	const char *flaw;

	memset(from + format_block_payload(&k->head), 0, COLUMN_PADDING);
	for (unsigned i = 0; i < SNT_SECTIONS; i++) {
		if (i != SNT_FRAMES || (k->flags & TRACE_DETAIL)) {
			flaw = unpack(k, i, from, nomem);
			if (flaw)
				return flaw;
		}
		from += k->head.section[i].stored;
	}
	return NULL;
}

/* --- checks --- */

static const char *check_columns(struct block_reader *k)
{
	const struct column *ops = &k->column[SNT_OPS];

	if (ops->n != k->head.records || !access_ops_valid(ops->p, ops->n))
		return "the op column does not hold a valid op byte for each record";
	k->total = access_count(ops->p, ops->n);
	if (k->total.event != k->head.events)
		return "the op column and the header differ in the number of events";
	if (k->total.load + k->total.store != k->column[SNT_SLOTS].n)
		return "the slot column does not have a byte for each load and store";
	return NULL;
}

static const char *grow(struct block_reader *k, int *nomem)
{
	size_t words = (size_t)k->head.pages * TABLE_WORDS;
	void *p;

	if (k->head.events > k->event_cap) {
		p = sim_realloc(k->event, k->head.events, sizeof(*k->event));
		if (!p)
			return nomem_set(nomem);
		k->event = p;
		k->event_cap = k->head.events;
	}
	if (words > k->word_cap) {
		p = sim_realloc(k->word, words, sizeof(*k->word));
		if (!p)
			return nomem_set(nomem);
		k->word = p;
		k->word_cap = words;
	}
	return NULL;
}

/* All events of the block at once: they are few. */
static const char *read_events(struct block_reader *k)
{
	const struct column *b = &k->column[SNT_EVENTS], *w = &k->column[SNT_WORDS];
	const uint8_t *p = b->p, *end = p + b->n, *word = w->p, *word_end = word + w->n;
	struct event_code code = { 0 };
	uint32_t pages = 0;

	for (uint32_t i = 0; i < k->head.events; i++) {
		struct event *e = &k->event[i];
		const char *flaw = event_get(&code, &p, end, k->n_vcpu, e);

		if (flaw)
			return flaw;
		if (e->kind == EVENT_END && i + 1 < k->head.events)
			return "records after the end";
		if (e->kind != EVENT_PTPAGE)
			continue;
		e->words = pages * TABLE_WORDS;
		if (pages++ == k->head.pages ||
		    !event_words_get(&word, word_end, k->word + e->words))
			return "the contents of a table page are not well formed";
	}
	if (p != end || word != word_end || pages != k->head.pages)
		return "the event columns hold more than the events";
	if (block_reader_ends(k) && k->column[SNT_OPS].p[k->head.records - 1] != OP_EVENT)
		return "records after the end";
	return NULL;
}

static const char *rewind_cursors(struct block_reader *k)
{
	const struct column *d = &k->column[SNT_DELTAS], *c = &k->column[SNT_COUNTS];
	const struct column *f = &k->column[SNT_FRAMES];

	k->at = k->at_event = 0;
	k->vcpu = k->head.vcpu;
	k->access = (struct access_cursor){
		.at = { k->column[SNT_OPS].p, k->column[SNT_SLOTS].p, d->p, d->p + d->n },
	};
	k->count = c->p;
	k->count_end = c->p + c->n;
	if (!(k->flags & TRACE_DETAIL))
		return NULL;
	frame_code_reset(&k->frames);
	return frame_cursor_init(&k->frame, f->p, f->n) ? NULL
							: "the frame column is not well formed";
}

const char *block_reader_load(struct block_reader *k, int *nomem)
{
	const char *flaw;

	if (k->head.vcpu >= k->n_vcpu)
		return "it starts on a vCPU that the metadata does not have";
	if ((flaw = unpack_all(k, nomem)) || (flaw = check_columns(k)) ||
	    (flaw = grow(k, nomem)) || (flaw = read_events(k)))
		return flaw;
	return rewind_cursors(k);
}

/* --- batches --- */

static const char *batch_reserve(struct block_reader *k, uint32_t n, int *nomem)
{
	uint64_t **const array[] = { &k->gva, &k->frame_out, &k->count_out };
	unsigned n_array = k->flags & TRACE_DETAIL ? 3 : 1;

	if (n <= k->batch_cap)
		return NULL;
	for (unsigned i = 0; i < n_array; i++) {
		uint64_t *p = sim_realloc(*array[i], n, sizeof(*p));

		if (!p)
			return nomem_set(nomem);
		*array[i] = p;
	}
	k->batch_cap = n;
	return NULL;
}

/* Sums the counts of `fetches` fetches. */
static bool sum_counts(struct block_reader *k, uint32_t fetches, uint64_t *sum)
{
	for (*sum = 0; fetches; fetches--) {
		uint64_t v;

		if (!leb_get(&k->count, k->count_end, &v))
			return false;
		*sum += v;
	}
	return true;
}

static bool spread_counts(struct block_reader *k, const struct batch *b, const uint8_t *count)
{
	for (uint32_t i = 0; i < b->n; i++) {
		k->count_out[i] = 0;
		if ((b->op[i] & OP_KIND) == OP_FETCH &&
		    !leb_get(&count, k->count_end, &k->count_out[i]))
			return false;
	}
	return true;
}

static bool get_frames(struct block_reader *k, const struct batch *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		k->frame_out[i] = FRAME_NONE;
		if ((b->op[i] & OP_KIND) != OP_EVENT &&
		    !frame_get(&k->frames, &k->frame, k->at + i, gva_make(b->gva[i]),
			       &k->frame_out[i]))
			return false;
	}
	return true;
}

/* At the end of a block each column must be used up. */
static bool used_up(const struct block_reader *k)
{
	return k->at < k->head.records ||
	       (k->access.at.delta == k->access.at.delta_end && k->count == k->count_end &&
		(!(k->flags & TRACE_DETAIL) || k->frame.done));
}

static void follow_vcpu(struct block_reader *k, const struct batch *b)
{
	for (uint32_t i = 0; i < b->n_event; i++)
		if (b->event[i].kind == EVENT_VCPU)
			k->vcpu = b->event[i].vcpu;
}

static const char *batch_fill(struct block_reader *k, struct batch *b)
{
	const uint8_t *count = k->count;
	struct access_count n;

	b->op = k->access.at.op;
	b->gva = k->gva;
	if (!access_get(&k->access, k->gva, b->n))
		return "the delta column is not well formed";
	n = access_count(b->op, b->n);
	b->n_load = n.load;
	b->n_store = n.store;
	b->n_fetch = n.fetch;
	b->n_cross = n.cross;
	b->n_event = n.event;
	b->event = k->event ? k->event + k->at_event : NULL;
	b->word = k->word;
	if (!sum_counts(k, n.fetch, &b->instructions))
		return "the instruction counts are not well formed";
	if (!(k->flags & TRACE_DETAIL))
		return NULL;
	b->frame = k->frame_out;
	b->count = k->count_out;
	if (!spread_counts(k, b, count))
		return "the instruction counts are not well formed";
	return get_frames(k, b) ? NULL : "the frame column is not well formed";
}

const char *block_reader_batch(struct block_reader *k, uint32_t max, struct batch *b,
			       int *nomem)
{
	uint32_t left = k->head.records - k->at;
	const char *flaw;

	if (!max)
		max = BATCH_DEFAULT;
	if (max > BATCH_MAX)
		max = BATCH_MAX;
	*b = (struct batch){ .n = left < max ? left : max, .first = k->head.first + k->at };
	if ((flaw = batch_reserve(k, b->n, nomem)) || (flaw = batch_fill(k, b)))
		return flaw;
	k->at += b->n;
	k->at_event += b->n_event;
	follow_vcpu(k, b);
	return used_up(k) ? NULL : "its columns hold more than its records";
}
