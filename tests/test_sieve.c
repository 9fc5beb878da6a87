/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_sieve.c - what passes trace/sieve.h is what the rule says, and what the tables need
 *
 * Oracle: the rule applied to an array of all records, with the record behind at hand.
 */
#include "config.h"

#include "check.h"

#include <string.h>

#include "base/rng.h"
#include "sample_trace.h"
#include "trace_bytes.h"
#include "vm/profile.h"

/* --- the oracle --- */

static bool wanted(const struct sieve_rule *r, const struct sample_record *x, uint64_t at)
{
	uint64_t gva = x->access.gva.v;
	uint8_t op = x->access.op;
	bool in_window = !r->every ||
			 (at % r->every >= r->offset && at % r->every < r->offset + r->length);

	return (r->kinds & 1u << (op & 3)) && (r->rings & (op & OP_USER ? 2u : 1u)) &&
	       gva >= r->gva_first && gva <= r->gva_last && in_window;
}

static bool is_event(const struct sample_record *x, enum event_kind kind)
{
	return x->what == SAMPLE_EVENT && x->event.kind == kind;
}

/* Walks the output beside what should be in it. */
static void compare(const struct sample_trace *s, const struct sieve_rule *rule,
		    struct trace_bytes *out, const struct sieve_counts *c)
{
	uint64_t pending = 0, kept = 0, events = 0, for_tables = 0, n_in = 0;
	struct sim_error err = { 0 };
	struct trace_reader *r;
	struct batch b = { 0 };
	uint32_t k = 0;

	trace_bytes_open(out, &r);
	for (size_t i = 0; i < s->n; i++) {
		const struct sample_record *x = &s->record[i];
		bool in = x->what == SAMPLE_EVENT ? !(rule->drop_events >> x->event.kind & 1)
						  : wanted(rule, x, i);

		n_in += x->what == SAMPLE_ACCESS;
		if (!in && x->what == SAMPLE_ACCESS && (x->access.op & 3) == OP_STORE &&
		    is_event(x + 1, EVENT_PTW)) {
			in = true;
			for_tables++;
		}
		if (!in) {
			pending += x->what == SAMPLE_ACCESS ? x->access.count : 0;
			continue;
		}
		if (k == b.n) {
			assert_int_equal(trace_next(r, 0, &b, &err), 0);
			k = 0;
		}
		if (x->what == SAMPLE_EVENT) {
			assert_int_equal(b.op[k], OP_EVENT);
			assert_int_equal(b.event[b.gva[k]].kind, x->event.kind);
			events++;
		} else {
			uint64_t count = x->access.count;

			if ((x->access.op & 3) == OP_FETCH) {
				count += pending;
				pending = 0;
			}
			assert_int_equal(b.op[k] & ~OP_CROSS, x->access.op);
			assert_int_equal(b.gva[k], x->access.gva.v);
			assert_int_equal(b.frame[k], x->access.frame);
			assert_int_equal(b.count[k], count);
			kept++;
		}
		k++;
	}
	assert_int_equal(k, b.n);
	assert_int_equal(trace_next(r, 0, &b, &err), SIM_EOF);
	trace_bytes_close(out, r);
	assert_int_equal(c->accesses, n_in);
	assert_int_equal(c->out_accesses, kept);
	assert_int_equal(c->out_events, events);
	assert_int_equal(c->for_tables, for_tables);
	assert_int_equal(c->records, s->n);
}

static void random_rule(struct rng *r, size_t n, struct sieve_rule *rule)
{
	*rule = sieve_all;
	if (rng_below(r, 2))
		rule->kinds = (unsigned)rng_below(r, 8);
	if (rng_below(r, 2))
		rule->rings = (unsigned)rng_below(r, 4);
	if (rng_below(r, 2))
		rule->gva_first = rng_next(r) >> rng_below(r, 60);
	if (rng_below(r, 2))
		rule->gva_last = rule->gva_first + (rng_next(r) >> rng_below(r, 60));
	if (rule->gva_last < rule->gva_first)
		rule->gva_last = UINT64_MAX;
	for (enum event_kind k = EVENT_END; k < EVENT_KIND_COUNT; k++)
		if (sieve_can_drop(k) && !rng_below(r, 4))
			rule->drop_events |= (uint64_t)1 << k;
	if (rng_below(r, 2))
		return;
	rule->every = 1 + rng_below(r, n);
	rule->offset = rng_below(r, rule->every);
	rule->length = 1 + rng_below(r, rule->every - rule->offset);
}

static void any_rule(void **state)
{
	struct rng r;

	(void)state;
	rng_seed(&r, test_seed(0x51e7e));
	for (unsigned i = 0; i < 200; i++) {
		size_t n = EVENT_KIND_COUNT + rng_below(&r, 3000);
		struct sieve_counts c;
		struct sample_trace s;
		struct trace_bytes in, out;
		struct sieve_rule rule;

		sample_trace_init(&s, rng_next(&r), n);
		in.p = (char *)sample_trace_bytes(&s, 500, &in.n);
		random_rule(&r, n, &rule);
		assert_int_equal(
			trace_bytes_sift(&out, &in, &rule, (uint32_t)rng_below(&r, 100), &c),
			0);
		compare(&s, &rule, &out, &c);
		trace_bytes_free(&out);
		trace_bytes_free(&in);
		sample_trace_fini(&s);
	}
}

static void flaws(void **state)
{
	struct sieve_rule r = sieve_all;

	(void)state;
	assert_null(sieve_flaw(&r));
	r.drop_events = (uint64_t)1 << EVENT_PTW;
	assert_non_null(sieve_flaw(&r));
	r = sieve_all;
	r.gva_first = 1;
	r.gva_last = 0;
	assert_non_null(sieve_flaw(&r));
	r = sieve_all;
	r.every = 10;
	assert_non_null(sieve_flaw(&r));
	r.length = 11;
	assert_non_null(sieve_flaw(&r));
	r.length = 10;
	assert_null(sieve_flaw(&r));
	r.offset = 10;
	assert_non_null(sieve_flaw(&r));
}

/* --- captured traces --- */

/* The instructions of all, tables right at each access, and shadow paging agrees with EPT. */
static void check_sifted(struct trace_bytes *in, const struct sieve_rule *rule,
			 struct sieve_counts *c)
{
	struct trace_info was, is;
	struct verify_counts v;
	struct trace_bytes out;

	assert_int_equal(trace_bytes_sift(&out, in, rule, 0, c), 0);
	trace_bytes_info(in, &was);
	trace_bytes_info(&out, &is);
	assert_int_equal(is.instructions, was.instructions);
	assert_int_equal(is.records, c->out_records);
	assert_int_equal(is.event[EVENT_PTW], was.event[EVENT_PTW]);
	assert_int_equal(is.event[EVENT_PTPAGE], was.event[EVENT_PTPAGE]);
	assert_int_equal(is.event[EVENT_CR3], was.event[EVENT_CR3]);
	trace_bytes_verify(&out, &v);
	assert_int_equal(v.equal, c->out_accesses);
	trace_bytes_lockstep(&out);
	trace_info_fini(&was);
	trace_info_fini(&is);
	trace_bytes_free(&out);
}

static void by_cpl(void **state)
{
	struct sieve_rule user = sieve_all, kernel = sieve_all;
	struct sieve_counts u, k;
	struct trace_bytes t;

	(void)state;
	user.rings = 2;
	kernel.rings = 1;
	trace_bytes_load(&t, "fork");
	check_sifted(&t, &user, &u);
	check_sifted(&t, &kernel, &k);
	assert_int_equal(u.out_accesses - u.for_tables + k.out_accesses - k.for_tables,
			 u.accesses);
	assert_true(u.for_tables >= 16930); /* its page-table writes, all by the kernel */
	trace_bytes_free(&t);
}

static unsigned phases(struct trace_bytes *t)
{
	struct trace_info i;
	unsigned n;

	trace_bytes_info(t, &i);
	n = (unsigned)i.event[EVENT_PHASE];
	trace_info_fini(&i);
	return n;
}

static void windows(void **state)
{
	struct sieve_rule rule = sieve_all;
	struct sieve_counts c;
	struct trace_bytes t, out;

	(void)state;
	rule.every = 700000;
	rule.length = 70000;
	rule.offset = 100;
	trace_bytes_load(&t, "fork");
	check_sifted(&t, &rule, &c);
	assert_int_equal(c.windows, 11); /* ceil((7304777 - 100) / 700000) */
	assert_true(c.out_accesses - c.for_tables <= 11 * rule.length);
	assert_true(c.out_accesses - c.for_tables >= 10 * rule.length * 98 / 100);
	assert_int_equal(phases(&t), 0);
	rule.marks = true;
	assert_int_equal(trace_bytes_sift(&out, &t, &rule, 0, &c), 0);
	assert_int_equal(phases(&out), 22);
	trace_bytes_free(&out);
	trace_bytes_free(&t);
}

/* A part of the pages, all accesses to each. */
static void pages(void **state)
{
	struct sieve_rule rule = sieve_all;
	struct trace_bytes t, out;
	struct sieve_counts c;
	struct trace_reader *r;
	struct batch b;
	uint64_t was[2] = { 0 };

	(void)state;
	rule.rate = SIEVE_HASHES / 8;
	trace_bytes_load(&t, "gups4k");
	check_sifted(&t, &rule, &c);
	/* 16384 pages at 1/8: 2048, standard deviation 42; each has 24 accesses */
	assert_in_range(c.out_accesses, 403164 / 8 * 85 / 100, 403164 / 8 * 115 / 100);
	assert_int_equal(trace_bytes_sift(&out, &t, &rule, 0, &c), 0);
	for (unsigned pass = 0; pass < 2; pass++) { /* of the page of the first access kept */
		struct trace_bytes *x = pass ? &t : &out;
		uint64_t page = 0;

		trace_bytes_open(&out, &r);
		while (!page && !trace_next(r, 1, &b, NULL))
			if ((b.op[0] & OP_KIND) != OP_EVENT)
				page = b.gva[0] >> 12;
		trace_bytes_close(&out, r);
		trace_bytes_open(x, &r);
		while (!trace_next(r, 1, &b, NULL))
			was[pass] += (b.op[0] & OP_KIND) != OP_EVENT && b.gva[0] >> 12 == page;
		trace_bytes_close(x, r);
	}
	assert_true(was[0] > 0);
	assert_int_equal(was[0], was[1]);
	trace_bytes_free(&out);
	trace_bytes_free(&t);
}

/* Each address space has what vm/profile.h counts there. */
static void spaces(void **state)
{
	struct profile_options opt = { .interval = 1u << 30 };
	const struct profile_space *list;
	struct sieve_rule rule = sieve_all;
	struct sim_error err = { 0 };
	struct sieve_counts c;
	struct trace_bytes t, out;
	struct trace_reader *r;
	struct profile *p;
	struct batch b;
	size_t n;

	(void)state;
	trace_bytes_load(&t, "fork");
	trace_bytes_open(&t, &r);
	assert_int_equal(profile_create(&p, trace_meta(r), &opt, &err), 0);
	while (!trace_next(r, 0, &b, &err))
		assert_int_equal(profile_add(p, &b, &err), 0);
	trace_bytes_close(&t, r);
	n = profile_spaces(p, &list);
	assert_int_equal(n, 7);
	for (size_t i = 0; i < n; i += 3) {
		rule.space_by = SPACE_NUMBER;
		rule.space = i;
		assert_int_equal(trace_bytes_sift(&out, &t, &rule, 0, &c), 0);
		assert_int_equal(c.out_accesses - c.for_tables, list[i].accesses);
		trace_bytes_free(&out);
		rule.space_by = SPACE_CR3;
		rule.space = list[i].id << 12 | 5;
		assert_int_equal(trace_bytes_sift(&out, &t, &rule, 0, &c), 0);
		assert_int_equal(c.out_accesses - c.for_tables, list[i].accesses);
		trace_bytes_free(&out);
	}
	rule.space = 0x1234000;
	assert_int_equal(trace_bytes_sift(&out, &t, &rule, 0, &c), SIM_ERANGE);
	rule.space_by = SPACE_NUMBER;
	rule.space = n;
	assert_int_equal(trace_bytes_sift(&out, &t, &rule, 0, &c), SIM_ERANGE);
	rule.space_by = SPACE_PID;
	assert_int_equal(trace_bytes_sift(&out, &t, &rule, 0, &c), SIM_ERANGE);
	profile_destroy(p);
	trace_bytes_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_rule), cmocka_unit_test(flaws), cmocka_unit_test(by_cpl),
		cmocka_unit_test(windows),  cmocka_unit_test(pages), cmocka_unit_test(spaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
