/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vm/cutter.h"

#include <inttypes.h>

#include "base/addr.h"
#include "base/alloc.h"
#include "vm/piece.h"

enum wish { WISH_NONE, WISH_BEGIN, WISH_END };

struct cutter {
	struct stream_state state;
	struct trace_meta meta; /* texts are the caller's */
	struct cut_rule rule;
	struct cutter_sink sink;
	uint64_t at;	  /* position of the next record */
	uint64_t counted; /* instructions before it */

	enum wish wish;	 /* waits for a record that a piece can begin with */
	uint64_t asked;	 /* where it was made */
	bool phase_over; /* the record before ended a phase that was wanted */
	bool is_done;

	struct trace_writer *w; /* NULL: between pieces */
	struct cut_piece piece;
	uint64_t base;	  /* `counted` when the piece began */
	bool has_content; /* more than the kinds of a prologue */
	struct map freed; /* tables let go within the piece */
};

int cutter_create(struct cutter **out, const struct trace_meta *meta,
		  const struct cut_rule *rule, const struct cutter_sink *sink,
		  struct sim_error *err)
{
	struct cutter *c;
	int rc;

	if (rule->kind <= CUT_INSTRUCTIONS && rule->from >= rule->to)
		return sim_fail(err, SIM_ERANGE, NULL,
				"nothing lies from %" PRIu64 " to before %" PRIu64, rule->from,
				rule->to);
	if ((rule->kind == SPLIT_RECORDS || rule->kind == SPLIT_INSTRUCTIONS) && !rule->from)
		return sim_fail(err, SIM_ERANGE, NULL, "pieces of size 0");
	c = sim_calloc(1, sizeof(*c));
	if (!c)
		return sim_fail_nomem(err);
	c->meta = *meta;
	c->rule = *rule;
	c->sink = *sink;
	map_init(&c->freed);
	rc = stream_state_init(&c->state, meta,
			       STREAM_PROCESSES | (meta->has_tables ? STREAM_TABLES : 0), err);
	if (rc)
		cutter_destroy(c);
	else
		*out = c;
	return rc;
}

void cutter_destroy(struct cutter *c)
{
	if (!c)
		return;
	trace_writer_abort(c->w);
	stream_state_fini(&c->state);
	map_fini(&c->freed);
	sim_free(c);
}

void cutter_skipped(struct cutter *c, uint64_t records)
{
	c->at += records;
}

/* --- what the rule wants before a record --- */

/* e: NULL for an access; count: instructions of a fetch. */
typedef enum wish wisher(struct cutter *c, const struct event *e, uint64_t count);

static enum wish wish_records(struct cutter *c, const struct event *e, uint64_t count)
{
	(void)e;
	(void)count;
	return c->at == c->rule.from ? WISH_BEGIN : c->at == c->rule.to ? WISH_END : WISH_NONE;
}

static enum wish wish_instructions(struct cutter *c, const struct event *e, uint64_t count)
{
	uint64_t now = c->counted + count;

	(void)e;
	if (now >= c->rule.to)
		return WISH_END;
	return now >= c->rule.from && !c->w ? WISH_BEGIN : WISH_NONE;
}

static bool is_phase(const struct event *e, uint64_t value)
{
	return e && e->kind == EVENT_PHASE && e->value == value;
}

static enum wish wish_phase(struct cutter *c, const struct event *e, uint64_t count)
{
	enum wish wish = c->phase_over ? WISH_END : WISH_NONE;

	(void)count;
	c->phase_over = c->w && is_phase(e, 1) && e->n == c->rule.from;
	return !c->w && is_phase(e, 0) && e->n == c->rule.from ? WISH_BEGIN : wish;
}

static enum wish wish_tag(struct cutter *c, const struct event *e, uint64_t count)
{
	(void)count;
	if (!e || e->kind != EVENT_TAG)
		return WISH_NONE;
	return c->w ? WISH_END : e->value == c->rule.from ? WISH_BEGIN : WISH_NONE;
}

static enum wish wish_each_records(struct cutter *c, const struct event *e, uint64_t count)
{
	(void)e;
	(void)count;
	return c->at % c->rule.from ? WISH_NONE : WISH_BEGIN;
}

/* rule.to is the next border. */
static enum wish wish_each_instructions(struct cutter *c, const struct event *e, uint64_t count)
{
	uint64_t now = c->counted + count;

	(void)e;
	if (!c->at)
		c->rule.to = c->rule.from;
	if (c->at && now < c->rule.to)
		return WISH_NONE;
	if (c->at)
		c->rule.to = (now / c->rule.from + 1) * c->rule.from;
	return WISH_BEGIN;
}

static enum wish wish_phases(struct cutter *c, const struct event *e, uint64_t count)
{
	bool border = !c->at || c->phase_over || is_phase(e, 0);

	(void)count;
	c->phase_over = is_phase(e, 1);
	return border ? WISH_BEGIN : WISH_NONE;
}

static enum wish wish_tags(struct cutter *c, const struct event *e, uint64_t count)
{
	(void)count;
	return !c->at || (e && e->kind == EVENT_TAG) ? WISH_BEGIN : WISH_NONE;
}

static wisher *const wishers[] = {
	[CUT_RECORDS] = wish_records,
	[CUT_INSTRUCTIONS] = wish_instructions,
	[CUT_PHASE] = wish_phase,
	[CUT_TAG] = wish_tag,
	[SPLIT_RECORDS] = wish_each_records,
	[SPLIT_INSTRUCTIONS] = wish_each_instructions,
	[SPLIT_PHASES] = wish_phases,
	[SPLIT_TAGS] = wish_tags,
};

/* --- pieces --- */

/* `instructions`: of the piece. */
static int close_piece(struct cutter *c, uint64_t asked, uint64_t instructions,
		       struct sim_error *err)
{
	struct event end = { .kind = EVENT_END, .value = instructions };
	struct trace_writer *w = c->w;
	int rc = trace_writer_event(w, &end, NULL, err);

	if (rc)
		return rc;
	c->w = NULL;
	c->piece.records++;
	c->piece.last = c->at;
	c->piece.last_asked = asked;
	c->piece.instructions = instructions;
	rc = trace_writer_close(w, err);
	if (!rc)
		rc = c->sink.done(c->sink.arg, &c->piece, err);
	c->piece.index++;
	return rc;
}

static int open_piece(struct cutter *c, struct sim_error *err)
{
	struct trace_meta meta = c->meta;
	int rc;

	c->piece = (struct cut_piece){ .index = c->piece.index,
				       .first = c->at,
				       .first_asked = c->asked };
	c->base = c->counted;
	c->has_content = false;
	map_fini(&c->freed);
	map_init(&c->freed);
	piece_meta(&c->state, &meta);
	rc = c->sink.open(c->sink.arg, &c->piece, &meta, &c->w, err);
	if (!rc)
		rc = piece_begin(&c->state, c->w, &c->piece.prologue, err);
	c->piece.records = c->piece.prologue;
	return rc;
}

/* At a record that a piece can begin with. */
static int grant(struct cutter *c, struct sim_error *err)
{
	enum wish wish = c->wish;
	int rc = 0;

	c->wish = WISH_NONE;
	if (c->w && wish == WISH_BEGIN && !c->has_content)
		return 0; /* nothing but tables so far: they belong to what follows */
	if (c->w)
		rc = close_piece(c, c->asked, c->counted - c->base, err);
	if (!rc && wish == WISH_END) {
		c->is_done = true;
		return SIM_EOF;
	}
	return rc ? rc : open_piece(c, err);
}

/* --- records --- */

/* A page-table write that a replay of the piece alone could not place. */
static bool is_stray(const struct cutter *c, const struct event *e)
{
	uint64_t gfn = e->gpa >> PAGE_SHIFT;

	return e->kind == EVENT_PTW && c->piece.first && !stream_state_table(&c->state, gfn) &&
	       !map_get(&c->freed, gfn, NULL);
}

static int note_freed(struct cutter *c, const struct event *e, struct sim_error *err)
{
	uint64_t gfn = e->gpa >> PAGE_SHIFT;

	if (!c->w || e->kind != EVENT_PTFREE || !stream_state_table(&c->state, gfn) ||
	    !map_put(&c->freed, gfn, 0))
		return 0;
	return sim_fail_nomem(err);
}

static int take_end(struct cutter *c, const struct event *e, struct sim_error *err)
{
	uint64_t all = e->value > c->counted ? e->value : c->counted;

	if (!c->w)
		return 0;
	return close_piece(c, c->at, all - c->base, err);
}

static int take_event(struct cutter *c, const struct event *e, const uint64_t *words,
		      struct sim_error *err)
{
	int rc;

	if (e->kind == EVENT_END)
		return take_end(c, e, err);
	rc = note_freed(c, e, err);
	if (!rc && c->w && is_stray(c, e)) {
		c->piece.stray_writes++;
	} else if (!rc && c->w) {
		c->piece.records++;
		c->has_content = c->has_content || !piece_is_prologue(e->kind);
		rc = trace_writer_event(c->w, e, words, err);
	}
	return rc ? rc : stream_state_event(&c->state, e, words, err);
}

static int take_access(struct cutter *c, const struct batch *b, uint32_t i,
		       struct sim_error *err)
{
	c->counted += b->count[i];
	if (!c->w)
		return 0;
	c->piece.records++;
	c->piece.accesses++;
	c->has_content = true;
	return trace_writer_record(c->w, b, i, err);
}

static int one_record(struct cutter *c, const struct batch *b, uint32_t i,
		      struct sim_error *err)
{
	const struct event *e = (b->op[i] & OP_KIND) == OP_EVENT ? &b->event[b->gva[i]] : NULL;
	enum wish wish = wishers[c->rule.kind](c, e, e ? 0 : b->count[i]);
	int rc = 0;

	if (wish && c->wish == WISH_BEGIN && wish == WISH_END && !c->w) {
		c->is_done = true; /* over before it could begin */
		return SIM_EOF;
	}
	if (wish && c->wish != wish) {
		c->wish = wish;
		c->asked = c->at;
	}
	if (c->wish && (!c->at || piece_can_begin(b, i)))
		rc = grant(c, err);
	if (rc)
		return rc;
	rc = e ? take_event(c, e, batch_words(b, e), err) : take_access(c, b, i, err);
	c->at++;
	return rc;
}

int cutter_add(struct cutter *c, const struct batch *b, struct sim_error *err)
{
	for (uint32_t i = 0; i < b->n; i++) {
		int rc = one_record(c, b, i, err);

		if (rc < 0)
			sim_error_where(err, "record %" PRIu64, b->first + i);
		if (rc)
			return rc;
	}
	return 0;
}

/* --- the end --- */

static const char *const wanted[] = {
	[CUT_RECORDS] = "record",
	[CUT_INSTRUCTIONS] = "instruction",
	[CUT_PHASE] = "phase",
	[CUT_TAG] = "tag",
};

int cutter_finish(struct cutter *c, struct sim_error *err)
{
	if (c->piece.index)
		return 0;
	if (c->rule.kind > CUT_KINDS)
		return sim_fail(err, SIM_ERANGE, NULL, "the trace holds nothing");
	if (c->wish)
		return sim_fail(err, SIM_ERANGE, NULL,
				"nothing is left: no part can begin from record %" PRIu64
				" to record %" PRIu64
				", among tables and what is written to them",
				c->asked, c->at);
	return sim_fail(err, SIM_ERANGE, NULL,
			"there is no %s %" PRIu64 ": the trace has %" PRIu64
			" records and %" PRIu64 " instructions",
			wanted[c->rule.kind], c->rule.from, c->at, c->counted);
}
