/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/sieve.h"

#include <inttypes.h>

#include "base/addr.h"
#include "base/alloc.h"
#include "base/map.h"
#include "base/rng.h"

#define BIT(kind) ((uint64_t)1 << (kind))
#define CAN_DROP                                                                               \
	(BIT(EVENT_INT) | BIT(EVENT_DMA) | BIT(EVENT_PHASE) | BIT(EVENT_TAG) |                 \
	 BIT(EVENT_MAP) | BIT(EVENT_UNMAP) | BIT(EVENT_PROTECT) | BIT(EVENT_FORK) |            \
	 BIT(EVENT_EXEC) | BIT(EVENT_EXIT) | BIT(EVENT_SWITCH) | BIT(EVENT_ADVISE))

#define NO_WINDOW UINT64_MAX

const struct sieve_rule sieve_all = { .kinds = SIEVE_KINDS_ALL,
				      .rings = SIEVE_RINGS_ALL,
				      .gva_last = UINT64_MAX,
				      .rate = SIEVE_HASHES,
				      .page_shift = PAGE_SHIFT };

struct sieve_vcpu {
	uint64_t table; /* frame that CR3 leads to */
	uint32_t pid;
	bool has_pid;
};

/* KVM lets go of a shadow page at the third write in a row (Linux mmu/mmu.c,
 * detect_write_flooding); of one that is a leaf table, the first makes it look again. */
#define LAST_STORES 4u

/* A page that was a table: shadow paging may still keep the old one. */
struct once_table {
	bool is_free; /* and is none now */
	uint64_t n;
	struct trace_access last[LAST_STORES]; /* that did not pass: a ring of n */
};

struct sieve {
	struct sieve_rule rule;
	struct trace_writer *w; /* NULL: counts only */
	struct sieve_counts counts;
	struct sieve_vcpu *v;
	unsigned vcpu;
	struct map number; /* SPACE_NUMBER: frame -> its number */
	struct map place;  /* frame that was a table -> index in once[] */
	struct once_table *once;
	size_t once_cap;
	bool is_here; /* the rule's address space runs */
	bool was_here;
	uint64_t window;  /* marked as begun; NO_WINDOW */
	uint64_t pending; /* instructions of fetches that did not pass */
	bool has_held;	  /* a store that does not pass, unless a page-table write follows */
	struct trace_access held;
};

bool sieve_can_drop(enum event_kind kind)
{
	return CAN_DROP >> kind & 1;
}

const char *sieve_flaw(const struct sieve_rule *r)
{
	if (r->drop_events & ~CAN_DROP)
		return "events that the stream cannot do without would be dropped";
	if (r->gva_first > r->gva_last)
		return "a range of addresses ends before it begins";
	if (r->every && (!r->length || r->length > r->every))
		return "a window must have 1 record at least, and not more than lie between the "
		       "beginnings of two";
	if (r->every && r->offset >= r->every)
		return "the first window must begin before the second one would";
	if (r->rate > SIEVE_HASHES || r->page_shift > 63)
		return "a rate above 1";
	return NULL;
}

/* --- address spaces --- */

static int find_space(struct sieve *s, struct sim_error *err)
{
	const struct sieve_vcpu *v = &s->v[s->vcpu];
	uint64_t number;

	if (s->rule.space_by == SPACE_ANY)
		return 0;
	if (!map_get(&s->number, v->table, &number)) {
		number = s->number.n;
		if (map_put(&s->number, v->table, number))
			return sim_fail_nomem(err);
	}
	s->counts.spaces = s->number.n;
	s->is_here = s->rule.space_by == SPACE_CR3	? v->table == cr3_frame(s->rule.space)
		     : s->rule.space_by == SPACE_NUMBER ? number == s->rule.space
							: v->has_pid && v->pid == s->rule.space;
	s->was_here = s->was_here || s->is_here;
	return 0;
}

static int follow(struct sieve *s, const struct event *e, struct sim_error *err)
{
	struct sieve_vcpu *v = &s->v[s->vcpu];

	if (e->kind == EVENT_VCPU) {
		s->vcpu = e->vcpu;
	} else if (e->kind == EVENT_CR3) {
		v->table = cr3_frame(e->value);
	} else if (e->kind == EVENT_SWITCH) {
		v->pid = e->pid;
		v->has_pid = true;
	} else {
		return 0;
	}
	return find_space(s, err);
}

/* --- the rule --- */

static bool in_window(const struct sieve *s, uint64_t at)
{
	const struct sieve_rule *r = &s->rule;

	return !r->every ||
	       (at % r->every >= r->offset && at % r->every - r->offset < r->length);
}

static bool in_sample(const struct sieve_rule *r, uint64_t gva)
{
	return r->rate == SIEVE_HASHES ||
	       rng_mix((gva >> r->page_shift) ^ rng_mix(r->seed)) % SIEVE_HASHES < r->rate;
}

static bool passes(const struct sieve *s, uint8_t op, uint64_t gva, uint64_t at)
{
	const struct sieve_rule *r = &s->rule;

	return (r->kinds >> (op & OP_KIND) & 1) && (r->rings >> (op & OP_USER ? 1 : 0) & 1) &&
	       gva >= r->gva_first && gva <= r->gva_last && s->is_here && in_window(s, at) &&
	       in_sample(r, gva);
}

/* --- writing --- */

static int put_access(struct sieve *s, const struct trace_access *a, struct sim_error *err)
{
	s->counts.out_records++;
	s->counts.out_accesses++;
	return s->w ? trace_writer_access(s->w, a, err) : 0;
}

static int put_event(struct sieve *s, const struct event *e, const uint64_t *words,
		     struct sim_error *err)
{
	s->counts.out_records++;
	s->counts.out_events++;
	return s->w ? trace_writer_event(s->w, e, words, err) : 0;
}

static int put_mark(struct sieve *s, uint64_t window, uint64_t end, struct sim_error *err)
{
	struct event e = { .kind = EVENT_PHASE, .n = (uint32_t)window, .value = end };

	if (window > UINT32_MAX)
		return sim_fail(err, SIM_ERANGE, NULL,
				"more windows than a phase's number can tell apart");
	return put_event(s, &e, NULL, err);
}

/* Marks the border of a window before the record at `at`. */
static int mark(struct sieve *s, uint64_t at, struct sim_error *err)
{
	uint64_t now = in_window(s, at) ? at / s->rule.every : NO_WINDOW;
	int rc = 0;

	if (now == s->window)
		return 0;
	if (s->window != NO_WINDOW && s->rule.marks)
		rc = put_mark(s, s->window, 1, err);
	s->window = now;
	if (now == NO_WINDOW || rc)
		return rc;
	s->counts.windows++;
	return s->rule.marks ? put_mark(s, now, 0, err) : 0;
}

/* --- stores that tables need --- */

/* The stores that write page tables pass. */
static int release(struct sieve *s, const struct event *next, struct sim_error *err)
{
	if (!s->has_held)
		return 0;
	s->has_held = false;
	if (!next || next->kind != EVENT_PTW)
		return 0;
	s->counts.for_tables++;
	return put_access(s, &s->held, err);
}

/* --- pages that were tables --- */

/* A store that does not pass, to a page that was a table. */
static void note_store(struct sieve *s, const struct trace_access *a)
{
	struct once_table *t;
	uint64_t at;

	if ((a->op & OP_USER) || a->frame == FRAME_NONE || !s->place.n ||
	    !map_get(&s->place, a->frame, &at))
		return;
	t = &s->once[at];
	if (t->is_free)
		t->last[t->n++ % LAST_STORES] = *a;
}

static int table_freed(struct sieve *s, uint64_t frame, struct sim_error *err)
{
	uint64_t at;

	if (!map_get(&s->place, frame, &at)) {
		at = s->place.n;
		if (sim_grow((void **)&s->once, &s->once_cap, at, sizeof(*s->once)) ||
		    map_put(&s->place, frame, at))
			return sim_fail_nomem(err);
	}
	s->once[at] = (struct once_table){ .is_free = true };
	return 0;
}

/* It is one again: the last stores to it pass, late. */
static int table_given(struct sieve *s, uint64_t frame, struct sim_error *err)
{
	struct once_table *t;
	uint64_t at;
	int rc = 0;

	if (!map_get(&s->place, frame, &at))
		return 0;
	t = &s->once[at];
	for (uint64_t i = t->n < LAST_STORES ? 0 : t->n - LAST_STORES; !rc && i < t->n; i++) {
		s->counts.for_tables++;
		rc = put_access(s, &t->last[i % LAST_STORES], err);
	}
	*t = (struct once_table){ 0 };
	return rc;
}

static int follow_table(struct sieve *s, const struct event *e, struct sim_error *err)
{
	if (e->kind == EVENT_PTPAGE)
		return table_given(s, e->gpa >> PAGE_SHIFT, err);
	if (e->kind ==
	    EVENT_CR3) /* to a root that is given behind it: too late to store through it */
		return table_given(s, cr3_frame(e->value), err);
	return e->kind == EVENT_PTFREE ? table_freed(s, e->gpa >> PAGE_SHIFT, err) : 0;
}

/* --- records --- */

static void hold(struct sieve *s, const struct trace_access *a)
{
	s->has_held = (a->op & OP_KIND) == OP_STORE;
	if (!s->has_held)
		return;
	s->held = *a;
	note_store(s, a);
}

static int take_access(struct sieve *s, const struct batch *b, uint32_t i,
		       struct sim_error *err)
{
	struct trace_access a = { .op = b->op[i],
				  .gva = gva_make(b->gva[i]),
				  .frame = b->frame[i],
				  .count = b->count[i] };

	s->counts.accesses++;
	s->counts.instructions += a.count;
	if (passes(s, a.op, a.gva.v, b->first + i)) {
		if ((a.op & OP_KIND) == OP_FETCH) {
			a.count += s->pending;
			s->pending = 0;
		}
		return put_access(s, &a, err);
	}
	s->pending += a.count;
	hold(s, &a);
	return 0;
}

static int take_end(struct sieve *s, const struct event *e, struct sim_error *err)
{
	struct event own = *e;
	int rc = 0;

	if (s->window != NO_WINDOW && s->rule.marks)
		rc = put_mark(s, s->window, 1, err);
	if (own.value < s->counts.instructions)
		own.value = s->counts.instructions;
	s->counts.instructions = own.value;
	return rc ? rc : put_event(s, &own, NULL, err);
}

static int take_event(struct sieve *s, const struct event *e, const uint64_t *words,
		      struct sim_error *err)
{
	int rc = follow(s, e, err);

	if (!rc)
		rc = follow_table(s, e, err);
	if (rc || s->rule.drop_events >> e->kind & 1)
		return rc;
	if (e->kind == EVENT_PHASE && s->rule.marks)
		return 0;
	return e->kind == EVENT_END ? take_end(s, e, err) : put_event(s, e, words, err);
}

static int one_record(struct sieve *s, const struct batch *b, uint32_t i, struct sim_error *err)
{
	const struct event *e = (b->op[i] & OP_KIND) == OP_EVENT ? &b->event[b->gva[i]] : NULL;
	int rc = release(s, e, err);

	s->counts.records++;
	if (!rc && s->rule.every && !(e && (e->kind == EVENT_PTW || e->kind == EVENT_END)))
		rc = mark(s, b->first + i, err);
	if (rc)
		return rc;
	return e ? take_event(s, e, batch_words(b, e), err) : take_access(s, b, i, err);
}

int sieve_add(struct sieve *s, const struct batch *b, struct sim_error *err)
{
	for (uint32_t i = 0; i < b->n; i++) {
		int rc = one_record(s, b, i, err);

		if (rc) {
			sim_error_where(err, "record %" PRIu64, b->first + i);
			return rc;
		}
	}
	return 0;
}

int sieve_finish(struct sieve *s, struct sim_error *err)
{
	if (s->was_here)
		return 0;
	switch (s->rule.space_by) {
	case SPACE_ANY:
		break;
	case SPACE_PID:
		return sim_fail(err, SIM_ERANGE, NULL,
				"process %" PRIu64
				" never runs (as the stream's switch events say)",
				s->rule.space);
	case SPACE_CR3:
		return sim_fail(err, SIM_ERANGE, NULL,
				"CR3 never leads to the table at 0x%" PRIx64
				"; it leads to %" PRIu64 " tables",
				cr3_frame(s->rule.space) << PAGE_SHIFT, s->counts.spaces);
	case SPACE_NUMBER:
		return sim_fail(err, SIM_ERANGE, NULL,
				"there is no address space %" PRIu64 ": there are %" PRIu64
				", from 0",
				s->rule.space, s->counts.spaces);
	}
	return 0;
}

const struct sieve_counts *sieve_counts(const struct sieve *s)
{
	return &s->counts;
}

/* --- life --- */

int sieve_create(struct sieve **out, const struct trace_meta *meta,
		 const struct sieve_rule *rule, struct trace_writer *w, struct sim_error *err)
{
	const char *flaw = sieve_flaw(rule);
	struct sieve *s;
	int rc;

	if (flaw)
		return sim_fail(err, SIM_ERANGE, NULL, "%s", flaw);
	s = sim_calloc(1, sizeof(*s));
	if (!s)
		return sim_fail_nomem(err);
	s->rule = *rule;
	s->w = w;
	s->window = NO_WINDOW;
	s->is_here = s->was_here = rule->space_by == SPACE_ANY;
	map_init(&s->number);
	map_init(&s->place);
	s->v = sim_calloc(meta->n_vcpu, sizeof(*s->v));
	rc = s->v ? 0 : sim_fail_nomem(err);
	for (unsigned i = 0; !rc && i < meta->n_vcpu; i++)
		s->v[i].table = cr3_frame(meta->regs.cr3);
	if (!rc)
		rc = find_space(s, err);
	if (rc)
		sieve_destroy(s);
	else
		*out = s;
	return rc;
}

void sieve_destroy(struct sieve *s)
{
	if (!s)
		return;
	map_fini(&s->number);
	map_fini(&s->place);
	sim_free(s->once);
	sim_free(s->v);
	sim_free(s);
}
