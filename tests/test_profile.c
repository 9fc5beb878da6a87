/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_profile.c - what `trace stats` counts, against lists that are searched
 *
 * The oracle keeps every page key it has seen in a list, last used first, and walks the tables for each access.
 */
#include "config.h"

#include "check.h"

#include <string.h>

#include "trace_bytes.h"
#include "vm/profile.h"
#include "vm/stream_walk.h"

static const struct profile_options options = { .interval = 3000,
						.lru = { 1, 3, 16, 64, 100 },
						.n_lru = 5 };

/* --- the oracle --- */

struct key {
	uint64_t space, page;
	unsigned level;
};

struct list {
	struct key *k;
	size_t n;
};

static uint64_t list_touch(struct list *l, struct key key)
{
	size_t i = 0;

	while (i < l->n && memcmp(&l->k[i], &key, sizeof(key)) != 0)
		i++;
	if (i == l->n) {
		l->k = realloc(l->k, ++l->n * sizeof(*l->k));
		assert_non_null(l->k);
		memmove(l->k + 1, l->k, (l->n - 1) * sizeof(*l->k));
		l->k[0] = key;
		return UINT64_MAX;
	}
	memmove(l->k + 1, l->k, i * sizeof(*l->k));
	l->k[0] = key;
	return i;
}

struct oracle_profile {
	struct stream_state state;
	struct list small, leaf, interval;
	struct profile_reuse reuse_4k, reuse_leaf;
	uint64_t pages[100], new_pages[100], ptw[100], faults[100], instructions[100];
	unsigned n;
	uint64_t leaf_pages[4], leaf_touches[4];
};

static void note(struct profile_reuse *r, uint64_t distance)
{
	unsigned bucket = 0;

	r->touches++;
	for (unsigned i = 0; i < options.n_lru; i++)
		r->misses[i] += distance == UINT64_MAX || distance >= options.lru[i];
	if (distance == UINT64_MAX) {
		r->first++;
		return;
	}
	while (distance >> bucket)
		bucket++;
	r->bucket[bucket]++;
}

static void touch(struct oracle_profile *o, uint8_t op, uint64_t gva)
{
	const struct regs *regs = stream_state_regs(&o->state);
	struct paging mode = paging_of(regs);
	struct access a = { (enum access_kind)(op & OP_KIND),
			    (op & OP_USER) && !(op & OP_SYSTEM) };
	struct key key;
	struct guest_walk w;
	uint64_t distance;

	memset(&key, 0, sizeof(key));
	key.space = gva >> 63 ? 0 : regs->cr3 >> 12;
	key.page = gva >> 12;
	distance = list_touch(&o->small, key);
	note(&o->reuse_4k, distance);
	o->new_pages[o->n] += distance == UINT64_MAX;
	o->pages[o->n] += list_touch(&o->interval, key) == UINT64_MAX;
	guest_walk(&o->state.tables, regs->cr3, &mode, gva_make(gva), a, 0, &w);
	assert_int_equal(w.status, GUEST_WALK_OK);
	key.level = w.level;
	key.page = gva >> level_shift(w.level);
	distance = list_touch(&o->leaf, key);
	note(&o->reuse_leaf, distance);
	o->leaf_pages[w.level] += distance == UINT64_MAX;
	o->leaf_touches[w.level]++;
}

static void one_record(struct oracle_profile *o, const struct batch *b, uint32_t i)
{
	uint64_t gva = b->gva[i];

	if ((b->op[i] & OP_KIND) == OP_EVENT) {
		const struct event *e = &b->event[gva];

		o->ptw[o->n] += e->kind == EVENT_PTW;
		o->faults[o->n] += e->kind == EVENT_PF;
		assert_int_equal(stream_state_event(&o->state, e, batch_words(b, e), NULL), 0);
	} else {
		o->instructions[o->n] += b->count[i];
		touch(o, b->op[i], gva);
		if (b->op[i] & OP_CROSS)
			touch(o, b->op[i], (gva | 0xfff) + 1);
	}
	if ((b->first + i + 1) % options.interval)
		return;
	o->n++;
	o->interval.n = 0;
}

static void run_oracle(struct trace_bytes *t, struct oracle_profile *o)
{
	struct sim_error err = { 0 };
	struct trace_reader *r;
	struct batch b;

	memset(o, 0, sizeof(*o));
	trace_bytes_open(t, &r);
	assert_int_equal(stream_state_init(&o->state, trace_meta(r), STREAM_TABLES, &err), 0);
	while (!trace_next(r, 0, &b, &err))
		for (uint32_t i = 0; i < b.n; i++)
			one_record(o, &b, i);
	trace_bytes_close(t, r);
}

static void end_oracle(struct oracle_profile *o)
{
	stream_state_fini(&o->state);
	free(o->small.k);
	free(o->leaf.k);
	free(o->interval.k);
}

static struct profile *run_profile(struct trace_bytes *t, const struct profile_options *opt,
				   uint32_t max)
{
	struct sim_error err = { 0 };
	struct trace_reader *r;
	struct profile *p;
	struct batch b;

	trace_bytes_open(t, &r);
	assert_int_equal(profile_create(&p, trace_meta(r), opt, &err), 0);
	while (!trace_next(r, max, &b, &err))
		assert_int_equal(profile_add(p, &b, &err), 0);
	assert_int_equal(profile_finish(p, &err), 0);
	trace_bytes_close(t, r);
	return p;
}

/* A part of a trace where processes, faults and page-table writes are. */
static void part_of(const char *name, uint64_t from, uint64_t n, struct trace_bytes *part)
{
	struct cut_rule rule = { CUT_RECORDS, from, from + n };
	struct trace_bytes t;
	struct pieces p;

	trace_bytes_load(&t, name);
	assert_int_equal(pieces_cut(&p, &t, &rule, 0), 0);
	*part = p.t[0];
	free(p.t);
	free(p.piece);
	trace_bytes_free(&t);
}

static void compare(struct trace_bytes *t, uint32_t max)
{
	const struct profile_interval *v;
	const struct profile_totals *totals;
	static struct oracle_profile o;
	struct profile *p = run_profile(t, &options, max);
	size_t n = profile_intervals(p, &v);

	run_oracle(t, &o);
	assert_memory_equal(profile_reuse_4k(p), &o.reuse_4k, sizeof(o.reuse_4k));
	assert_memory_equal(profile_reuse_leaf(p), &o.reuse_leaf, sizeof(o.reuse_leaf));
	assert_in_range(n, o.n, o.n + 1);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(v[i].first, i * options.interval);
		assert_int_equal(v[i].pages, o.pages[i]);
		assert_int_equal(v[i].new_pages, o.new_pages[i]);
		assert_int_equal(v[i].ptw, o.ptw[i]);
		assert_int_equal(v[i].faults, o.faults[i]);
		assert_int_equal(v[i].instructions, o.instructions[i]);
	}
	totals = profile_totals(p);
	assert_memory_equal(totals->leaf_pages, o.leaf_pages, sizeof(o.leaf_pages));
	assert_memory_equal(totals->leaf_touches, o.leaf_touches, sizeof(o.leaf_touches));
	assert_int_equal(totals->untranslated, 0);
	end_oracle(&o);
	profile_destroy(p);
}

static void like_lists(void **state)
{
	static const struct {
		const char *name;
		uint64_t from;
	} part[] = { { "fork", 4100000 }, { "fork", 6600000 }, { "gups2m", 100 },
		     { "gups4k", 5000 },  { "sqlite", 0 },     { "pipe", 9000000 } };

	(void)state;
	for (unsigned i = 0; i < sizeof(part) / sizeof(*part); i++) {
		struct trace_bytes t;

		part_of(part[i].name, part[i].from, 25000, &t);
		compare(&t, i % 2 ? 0 : 99);
		trace_bytes_free(&t);
	}
}

/* Parts of a whole add up, and agree with what others count. */
static void sums(void **state)
{
	struct profile_options opt = { .interval = 1000000, .unit = PROFILE_INSTRUCTIONS };
	const struct profile_interval *v;
	const struct profile_space *s;
	const struct profile_totals *t;
	struct profile_interval sum = { 0 };
	struct profile_space all = { 0 };
	struct verify_counts counts;
	struct trace_bytes trace;
	struct trace_info info;
	struct profile *p;
	size_t n;

	(void)state;
	trace_bytes_load(&trace, "fork");
	p = run_profile(&trace, &opt, 0);
	trace_bytes_info(&trace, &info);
	trace_bytes_verify(&trace, &counts);
	n = profile_intervals(p, &v);
	for (size_t i = 0; i < n; i++) {
		if (i + 1 < n)
			assert_in_range(v[i].instructions, 1000000, 1001000);
		assert_int_equal(v[i].first, sum.records);
		sum.records += v[i].records;
		sum.accesses += v[i].accesses;
		sum.instructions += v[i].instructions;
		sum.new_pages += v[i].new_pages;
		sum.ptw += v[i].ptw;
		sum.cr3 += v[i].cr3;
		sum.invalidations += v[i].invalidations;
		sum.faults += v[i].faults;
	}
	n = profile_spaces(p, &s);
	for (size_t i = 0; i < n; i++) {
		all.accesses += s[i].accesses;
		all.user += s[i].user;
		all.instructions += s[i].instructions;
		all.loads_of_cr3 += s[i].loads_of_cr3;
		all.pages += s[i].pages;
	}
	t = profile_totals(p);
	assert_int_equal(sum.records, info.records);
	assert_int_equal(t->records, info.records);
	assert_int_equal(sum.accesses, counts.equal);
	assert_int_equal(all.accesses, counts.equal);
	assert_int_equal(sum.instructions, info.counted);
	assert_int_equal(all.instructions, info.counted);
	assert_int_equal(t->instructions, info.instructions);
	assert_int_equal(sum.ptw, info.event[EVENT_PTW]);
	assert_int_equal(sum.cr3, info.event[EVENT_CR3]);
	assert_int_equal(all.loads_of_cr3, info.event[EVENT_CR3]);
	assert_int_equal(sum.invalidations, info.event[EVENT_INVLPG]);
	assert_int_equal(sum.faults, info.event[EVENT_PF]);
	assert_int_equal(n, info.cr3_values);
	assert_int_equal(sum.new_pages, profile_reuse_4k(p)->first);
	assert_int_equal(all.pages + t->upper_pages, sum.new_pages);
	assert_int_equal(all.user, info.access[0][1] + info.access[1][1] + info.access[2][1]);
	assert_int_equal(t->leaf_touches[LEVEL_4K] + t->leaf_touches[LEVEL_2M],
			 counts.leaf[LEVEL_4K] + counts.leaf[LEVEL_2M] + info.cross);
	trace_info_fini(&info);
	profile_destroy(p);
	trace_bytes_free(&trace);
}

/* --- without tables --- */

static const struct trace_meta bare = { .n_vcpu = 1 };

static void put(struct trace_writer *w, uint64_t gva)
{
	struct trace_access a = { .op = OP_LOAD | 3u << OP_SIZE_SHIFT,
				  .gva = gva_make(gva),
				  .frame = FRAME_NONE };

	assert_int_equal(trace_writer_access(w, &a, NULL), 0);
}

static void run_pid(struct trace_writer *w, uint32_t pid)
{
	struct event e = { .kind = EVENT_SWITCH, .pid = pid };

	assert_int_equal(trace_writer_event(w, &e, NULL, NULL), 0);
}

static void end(struct trace_bytes *t, struct trace_writer *w)
{
	struct event e = { .kind = EVENT_END };

	assert_int_equal(trace_writer_event(w, &e, NULL, NULL), 0);
	trace_bytes_done(t, w);
}

/* Two processes use one address: two pages in the lower half, one in the upper. */
static void processes(void **state)
{
	struct profile_options opt = { .interval = 100 };
	const struct profile_space *s;
	struct trace_bytes t;
	struct trace_writer *w = trace_bytes_create(&t, &bare);
	struct profile *p;

	(void)state;
	run_pid(w, 7);
	put(w, 0x1000);
	put(w, 0xffff800000001000);
	run_pid(w, 8);
	put(w, 0x1ffc); /* reaches into the next page */
	put(w, 0xffff800000001000);
	run_pid(w, 7);
	put(w, 0x1000);
	end(&t, w);
	p = run_profile(&t, &opt, 0);
	assert_null(profile_reuse_leaf(p));
	assert_false(profile_has_tables(p));
	assert_int_equal(profile_reuse_4k(p)->touches, 6);
	assert_int_equal(profile_reuse_4k(p)->first, 4);
	assert_int_equal(profile_reuse_4k(p)->bucket[2], 2); /* 2 and 3 others in between */
	assert_int_equal(profile_reuse_4k(p)->bucket[0], 0);
	assert_int_equal(profile_totals(p)->upper_pages, 1);
	assert_int_equal(profile_spaces(p, &s), 3); /* before the first switch: 0 */
	assert_int_equal(s[1].id, 7);
	assert_int_equal(s[1].accesses, 3);
	assert_int_equal(s[1].pages, 1);
	assert_int_equal(s[1].loads_of_cr3, 2);
	assert_int_equal(s[2].pages, 2);
	profile_destroy(p);
	trace_bytes_free(&t);
}

static void no_address(void **state)
{
	struct profile_options opt = { .interval = 100 };
	struct sim_error err = { 0 };
	struct trace_bytes t;
	struct trace_writer *w = trace_bytes_create(&t, &bare);
	struct trace_reader *r;
	struct profile *p;
	struct batch b;

	(void)state;
	put(w, (uint64_t)1 << 57);
	end(&t, w);
	trace_bytes_open(&t, &r);
	assert_int_equal(profile_create(&p, trace_meta(r), &opt, &err), 0);
	assert_int_equal(trace_next(r, 0, &b, &err), 0);
	assert_int_equal(profile_add(p, &b, &err), SIM_ERANGE);
	assert_string_equal(err.where, "record 0");
	profile_destroy(p);
	trace_bytes_close(&t, r);
	trace_bytes_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(like_lists),
		cmocka_unit_test(sums),
		cmocka_unit_test(processes),
		cmocka_unit_test(no_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
