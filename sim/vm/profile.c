/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vm/profile.h"

#include <inttypes.h>

#include "base/addr.h"
#include "base/alloc.h"
#include "trace/recency.h"
#include "vm/stream_walk.h"

/* A page's key: 45 bits of address (57 less 12) | 17 of address space, 0 the upper half | 2 of level. */
#define KEY_SPACE_SHIFT 45
#define KEY_LEVEL_SHIFT 62
#define KEY_PAGE	(((uint64_t)1 << KEY_SPACE_SHIFT) - 1)
#define SPACES_MAX	(((size_t)1 << (KEY_LEVEL_SHIFT - KEY_SPACE_SHIFT)) - 1)
#define GVA_SPARE	7 /* 64 less 57 */

struct profile {
	struct profile_options opt;
	struct stream_state state;
	struct stream_walk walk; /* place NULL: no tables */
	struct recency small, leaf;
	struct profile_reuse reuse_4k, reuse_leaf;
	struct profile_totals totals;
	uint64_t counted;

	struct profile_interval now, *interval;
	size_t n_interval, interval_cap;

	struct map space_of; /* id -> index in space[] */
	struct profile_space *space;
	size_t n_space, space_cap;
	size_t here; /* index of the one that runs */
};

/* --- address spaces --- */

static uint64_t space_id(const struct profile *p)
{
	const struct stream_vcpu *v = &p->state.v[p->state.vcpu];

	return p->walk.place ? cr3_frame(v->regs.cr3) : v->pid;
}

static int find_space(struct profile *p, struct sim_error *err)
{
	uint64_t id = space_id(p), at;

	if (map_get(&p->space_of, id, &at)) {
		p->here = at;
		return 0;
	}
	if (p->n_space == SPACES_MAX)
		return sim_fail(err, SIM_ERANGE, NULL, "more than %zu address spaces",
				SPACES_MAX);
	if (sim_grow((void **)&p->space, &p->space_cap, p->n_space, sizeof(*p->space)) ||
	    map_put(&p->space_of, id, p->n_space))
		return sim_fail_nomem(err);
	p->here = p->n_space++;
	p->space[p->here] = (struct profile_space){ .id = id };
	return 0;
}

/* --- life --- */

static int start(struct profile *p, const struct trace_meta *meta, struct sim_error *err)
{
	int rc = stream_state_init(&p->state, meta, meta->has_tables ? STREAM_TABLES : 0, err);

	if (!rc && meta->has_tables)
		rc = stream_walk_init(&p->walk, &p->state, err);
	return rc ? rc : find_space(p, err);
}

int profile_create(struct profile **out, const struct trace_meta *meta,
		   const struct profile_options *opt, struct sim_error *err)
{
	struct profile *p;
	int rc;

	if (!opt->interval || opt->n_lru > PROFILE_LRU_MAX)
		return sim_fail(err, SIM_ERANGE, NULL,
				"an interval of nothing, or more than %u LRU sizes",
				PROFILE_LRU_MAX);
	p = sim_calloc(1, sizeof(*p));
	if (!p)
		return sim_fail_nomem(err);
	p->opt = *opt;
	recency_init(&p->small);
	recency_init(&p->leaf);
	map_init(&p->space_of);
	rc = start(p, meta, err);
	if (rc)
		profile_destroy(p);
	else
		*out = p;
	return rc;
}

void profile_destroy(struct profile *p)
{
	if (!p)
		return;
	stream_walk_fini(&p->walk);
	stream_state_fini(&p->state);
	recency_fini(&p->small);
	recency_fini(&p->leaf);
	map_fini(&p->space_of);
	sim_free(p->interval);
	sim_free(p->space);
	sim_free(p);
}

/* --- touches --- */

static unsigned bucket_of(uint64_t distance)
{
	return distance ? 64u - (unsigned)__builtin_clzll(distance) : 0;
}

static void note_distance(const struct profile *p, struct profile_reuse *r, uint64_t distance)
{
	r->touches++;
	if (distance == RECENCY_FIRST)
		r->first++;
	else
		r->bucket[bucket_of(distance)]++;
	if (!distance)
		return;
	for (unsigned i = 0; i < p->opt.n_lru; i++)
		r->misses[i] += distance >= p->opt.lru[i];
}

static int fail_touch(int rc, struct sim_error *err)
{
	if (rc == SIM_ENOMEM)
		return sim_fail_nomem(err);
	return sim_fail(err, rc, NULL, "more than 2^30 different pages");
}

static int touch_4k(struct profile *p, uint64_t space, uint64_t gva, struct sim_error *err)
{
	uint64_t distance, key = (gva >> PAGE_SHIFT & KEY_PAGE) | space << KEY_SPACE_SHIFT;
	uint32_t epoch = (uint32_t)p->n_interval + 1;
	struct recency_page *page;
	int rc = recency_touch(&p->small, key, &page, &distance);

	if (SIM_UNLIKELY(rc))
		return fail_touch(rc, err);
	note_distance(p, &p->reuse_4k, distance);
	if (page->epoch != epoch) {
		page->epoch = epoch;
		p->now.pages++;
	}
	if (SIM_LIKELY(distance != RECENCY_FIRST))
		return 0;
	p->now.new_pages++;
	if (space)
		p->space[space - 1].pages++;
	else
		p->totals.upper_pages++;
	return 0;
}

static int touch_leaf(struct profile *p, uint64_t space, uint8_t op, uint64_t gva,
		      struct sim_error *err)
{
	struct guest_walk w;
	const struct stream_known *k = stream_walk_access(&p->walk, op, gva, &w);
	struct recency_page *page;
	uint64_t key, distance;
	int rc;

	if (!k) {
		p->totals.untranslated++;
		return 0;
	}
	key = (gva & (((uint64_t)1 << (64 - GVA_SPARE)) - 1)) >> level_shift(k->level);
	key |= space << KEY_SPACE_SHIFT | (uint64_t)k->level << KEY_LEVEL_SHIFT;
	rc = recency_touch(&p->leaf, key, &page, &distance);
	if (SIM_UNLIKELY(rc))
		return fail_touch(rc, err);
	note_distance(p, &p->reuse_leaf, distance);
	p->totals.leaf_touches[k->level]++;
	p->totals.leaf_pages[k->level] += distance == RECENCY_FIRST;
	return 0;
}

static int touch(struct profile *p, uint8_t op, uint64_t gva, struct sim_error *err)
{
	uint64_t space = gva >> 63 ? 0 : p->here + 1;
	int rc;

	if (SIM_UNLIKELY((uint64_t)((int64_t)(gva << GVA_SPARE) >> GVA_SPARE) != gva))
		return sim_fail(err, SIM_ERANGE, NULL,
				"gva 0x%" PRIx64
				" is none that a processor has (57 bits, sign-extended)",
				gva);
	rc = touch_4k(p, space, gva, err);
	if (!rc && p->walk.place)
		rc = touch_leaf(p, space, op, gva, err);
	return rc;
}

static int add_access(struct profile *p, uint8_t op, uint64_t gva, uint64_t count,
		      struct sim_error *err)
{
	struct profile_space *s = &p->space[p->here];
	int rc = touch(p, (uint8_t)(op & ~OP_CROSS), gva, err);

	if (!rc && SIM_UNLIKELY(op & OP_CROSS))
		rc = touch(p, (uint8_t)(op & ~OP_CROSS), (gva | (PAGE_BYTES - 1)) + 1, err);
	p->now.accesses++;
	s->accesses++;
	s->user += (op & OP_USER) != 0;
	p->counted += count;
	p->now.instructions += count;
	s->instructions += count;
	return rc;
}

/* --- events --- */

static int add_event(struct profile *p, const struct event *e, const uint64_t *words,
		     struct sim_error *err)
{
	int rc = stream_state_event(&p->state, e, words, err);

	p->totals.event[e->kind]++;
	p->now.ptw += e->kind == EVENT_PTW;
	p->now.cr3 += e->kind == EVENT_CR3;
	p->now.invalidations += e->kind == EVENT_INVLPG || e->kind == EVENT_INVPCID;
	p->now.faults += e->kind == EVENT_PF;
	if (e->kind == EVENT_END)
		p->totals.instructions = e->value;
	if (!rc && p->walk.place)
		rc = stream_walk_event(&p->walk, err);
	if (!rc && (e->kind == EVENT_CR3 || e->kind == EVENT_SWITCH || e->kind == EVENT_VCPU))
		rc = find_space(p, err);
	if (e->kind == (p->walk.place ? EVENT_CR3 : EVENT_SWITCH))
		p->space[p->here].loads_of_cr3++;
	return rc;
}

/* --- intervals --- */

static int end_interval(struct profile *p, struct sim_error *err)
{
	if (sim_grow((void **)&p->interval, &p->interval_cap, p->n_interval,
		     sizeof(*p->interval)))
		return sim_fail_nomem(err);
	p->totals.records += p->now.records;
	p->totals.accesses += p->now.accesses;
	p->interval[p->n_interval++] = p->now;
	p->now = (struct profile_interval){ .first = p->totals.records };
	return 0;
}

static bool is_interval_over(const struct profile *p)
{
	return (p->opt.unit == PROFILE_RECORDS ? p->now.records : p->now.instructions) >=
	       p->opt.interval;
}

int profile_add(struct profile *p, const struct batch *b, struct sim_error *err)
{
	int rc = 0;

	for (uint32_t i = 0; !rc && i < b->n; i++) {
		if ((b->op[i] & OP_KIND) == OP_EVENT) {
			const struct event *e = &b->event[b->gva[i]];

			rc = add_event(p, e, batch_words(b, e), err);
		} else {
			rc = add_access(p, b->op[i], b->gva[i], b->count[i], err);
		}
		p->now.records++;
		if (!rc && SIM_UNLIKELY(is_interval_over(p)))
			rc = end_interval(p, err);
		if (SIM_UNLIKELY(rc))
			sim_error_where(err, "record %" PRIu64, b->first + i);
	}
	return rc;
}

int profile_finish(struct profile *p, struct sim_error *err)
{
	if (p->totals.instructions < p->counted)
		p->totals.instructions = p->counted;
	return p->now.records ? end_interval(p, err) : 0;
}

/* --- results --- */

const struct profile_totals *profile_totals(const struct profile *p)
{
	return &p->totals;
}

const struct profile_reuse *profile_reuse_4k(const struct profile *p)
{
	return &p->reuse_4k;
}

const struct profile_reuse *profile_reuse_leaf(const struct profile *p)
{
	return p->walk.place ? &p->reuse_leaf : NULL;
}

size_t profile_intervals(const struct profile *p, const struct profile_interval **list)
{
	*list = p->interval;
	return p->n_interval;
}

size_t profile_spaces(const struct profile *p, const struct profile_space **list)
{
	*list = p->space;
	return p->n_space;
}

bool profile_has_tables(const struct profile *p)
{
	return p->walk.place != NULL;
}
