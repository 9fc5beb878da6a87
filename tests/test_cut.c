/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_cut.c - parts of traces replay alone, and joined they are the whole
 *
 * Over the captured traces and the streams of random guests: wherever a part is cut out, its own tables give every
 * access the frame of the capture; records, accesses, instructions and events of consecutive pieces
 * add up; joined, they are the trace again, record by record.
 */
#include "config.h"

#include "check.h"

#include <string.h>
#include <unistd.h>

#include "recording.h"
#include "trace_bytes.h"

#define ALL 0u

static const char *const captured[] = {
	"fork", "gups2m", "gups4k", "hotplug", "pipe", "sqlite"
};

/* --- adding up --- */

/* What pieces hold, without prologues and their own ends. */
struct sums {
	uint64_t records, instructions, access[3][2], event[EVENT_KIND_COUNT];
};

static void add_info(struct sums *s, struct trace_bytes *t)
{
	struct trace_info i;

	trace_bytes_info(t, &i);
	s->records += i.records;
	s->instructions += i.instructions > i.counted ? i.instructions : i.counted;
	for (unsigned k = 0; k < 6; k++)
		s->access[k / 2][k % 2] += i.access[k / 2][k % 2];
	for (unsigned k = 0; k < EVENT_KIND_COUNT; k++)
		s->event[k] += i.event[k];
	trace_info_fini(&i);
}

/* The first `n` records of t, which are events. */
static void take_prologue(struct sums *s, struct trace_bytes *t, uint64_t n)
{
	struct sim_error err = { 0 };
	struct trace_reader *r;
	struct batch b;

	s->records -= n;
	trace_bytes_open(t, &r);
	while (n && !trace_next(r, (uint32_t)n, &b, &err)) {
		for (uint32_t i = 0; i < b.n; i++) {
			assert_int_equal(b.op[i], OP_EVENT);
			s->event[b.event[b.gva[i]].kind]--;
		}
		n -= b.n;
	}
	assert_int_equal(n, 0);
	trace_bytes_close(t, r);
}

static void check_sums(struct pieces *p, struct trace_bytes *whole)
{
	struct sums parts = { 0 }, all = { 0 };

	add_info(&all, whole);
	for (size_t i = 0; i < p->n; i++) {
		add_info(&parts, &p->t[i]);
		take_prologue(&parts, &p->t[i], p->piece[i].prologue);
		assert_int_equal(p->piece[i].last,
				 i + 1 < p->n ? p->piece[i + 1].first : all.records - 1);
		assert_int_equal(p->piece[i].stray_writes, 0);
	}
	parts.records -= p->n - 1;
	parts.event[EVENT_END] -= p->n - 1;
	assert_memory_equal(&parts, &all, sizeof(all));
}

/* --- whole traces in pieces --- */

static void check_pieces(struct trace_bytes *whole, uint64_t size, uint32_t max)
{
	struct cut_rule rule = { .kind = SPLIT_RECORDS, .from = size };
	struct verify_counts counts;
	struct join_counts joined;
	struct trace_bytes again;
	struct pieces p;

	assert_int_equal(pieces_cut(&p, whole, &rule, max), 0);
	check_sums(&p, whole);
	for (size_t i = 0; i < p.n; i++) {
		trace_bytes_verify(&p.t[i], &counts);
		assert_int_equal(counts.ptw_untracked, 0);
	}
	assert_int_equal(trace_bytes_join(&again, p.t, p.n, &joined), 0);
	assert_int_equal(joined.stores, 0);
	assert_int_equal(joined.given, 0);
	assert_int_equal(joined.freed, 0);
	trace_bytes_same(whole, 0, &again);
	trace_bytes_free(&again);
	pieces_free(&p);
}

static void captured_traces(void **state)
{
	struct rng r;

	(void)state;
	rng_seed(&r, test_seed(0x5eed1));
	for (unsigned i = 0; i < sizeof(captured) / sizeof(*captured); i++) {
		struct trace_bytes t;
		uint64_t n;

		trace_bytes_load(&t, captured[i]);
		n = trace_bytes_records(&t);
		check_pieces(&t, n / 5 + 1 + rng_below(&r, n / 5), i % 2 ? ALL : 77777);
		trace_bytes_free(&t);
	}
}

/* The same counters, whatever the technique: the joined stream is the stream. */
static void counters_of_joined(void **state)
{
	static const char *const technique[] = { "native", "ept", "spt" };
	struct cut_rule rule = { .kind = SPLIT_RECORDS, .from = 150000 };
	struct join_counts joined;
	struct trace_bytes t, again;
	struct pieces p;

	(void)state;
	trace_bytes_load(&t, "gups4k");
	assert_int_equal(pieces_cut(&p, &t, &rule, ALL), 0);
	assert_int_equal(p.n, 3);
	assert_int_equal(trace_bytes_join(&again, p.t, p.n, &joined), 0);
	for (unsigned i = 0; i < 3; i++) {
		struct counters a, b, c;

		trace_bytes_replay(&t, technique[i], &a);
		trace_bytes_replay(&again, technique[i], &b);
		assert_memory_equal(&a, &b, sizeof(a));
		trace_bytes_replay(&p.t[1], technique[i], &c); /* alone */
		assert_int_equal(c.loads + c.stores + c.fetches, p.piece[1].accesses);
		assert_int_equal(c.instructions, p.piece[1].instructions);
	}
	trace_bytes_free(&again);
	pieces_free(&p);
	trace_bytes_free(&t);
}

/* --- parts anywhere --- */

static void check_part(struct trace_bytes *whole, const struct cut_rule *rule,
		       uint64_t expect_first)
{
	struct verify_counts counts;
	struct pieces p;
	int rc = pieces_cut(&p, whole, rule, ALL);

	if (rc == SIM_ERANGE) { /* nothing but tables there */
		pieces_free(&p);
		return;
	}
	assert_int_equal(rc, 0);
	assert_int_equal(p.n, 1);
	assert_true(p.piece[0].first >= expect_first);
	trace_bytes_verify(&p.t[0], &counts);
	assert_int_equal(counts.equal + counts.no_frame, p.piece[0].accesses);
	assert_int_equal(counts.ptw_untracked, 0);
	pieces_free(&p);
}

static void parts_of_captured(void **state)
{
	struct rng r;

	(void)state;
	rng_seed(&r, test_seed(0x5eed2));
	for (unsigned i = 0; i < sizeof(captured) / sizeof(*captured); i++) {
		struct trace_bytes t;
		uint64_t n;

		trace_bytes_load(&t, captured[i]);
		n = trace_bytes_records(&t);
		for (unsigned k = 0; k < 6; k++) {
			uint64_t from = rng_below(&r, n);
			struct cut_rule rule = { CUT_RECORDS, from,
						 from + 1 + rng_below(&r, 100000) };

			check_part(&t, &rule, from);
		}
		trace_bytes_free(&t);
	}
}

/* --- random guests --- */

#define PATH "test_cut.snt"

static void random_trace(struct trace_bytes *t, struct rng *r)
{
	struct guest_config cfg = { .levels = 4 + (unsigned)rng_below(r, 2),
				    .n_vcpu = 1 + (unsigned)rng_below(r, 3),
				    .pcid = rng_below(r, 2),
				    .fine_direct_map = rng_below(r, 2) };
	struct recording rec;
	FILE *f;

	recording_make(&rec, &cfg, r, (unsigned)rng_below(r, GUEST_TEMPERS), 1500);
	recording_write(&rec, PATH);
	recording_fini(&rec);
	f = fopen(PATH, "rb");
	assert_non_null(f);
	*t = (struct trace_bytes){ .p = malloc(1 << 22) };
	assert_non_null(t->p);
	t->n = fread(t->p, 1, 1 << 22, f);
	assert_true(t->n < 1 << 22);
	fclose(f);
	assert_int_equal(unlink(PATH), 0);
}

static void replay_pieces(struct pieces *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct counters c;

		trace_bytes_replay(&p->t[i], "native", &c);
		trace_bytes_replay(&p->t[i], "ept", &c);
		trace_bytes_replay(&p->t[i], "spt", &c);
		assert_int_equal(c.loads + c.stores + c.fetches, p->piece[i].accesses);
	}
}

static void random_guests(void **state)
{
	struct rng r;

	(void)state;
	rng_seed(&r, test_seed(0x5eed3));
	for (unsigned i = 0; i < 40; i++) {
		struct cut_rule rule = { .kind = SPLIT_RECORDS };
		struct join_counts joined;
		struct verify_counts counts;
		struct trace_bytes t, again;
		struct pieces p;

		random_trace(&t, &r);
		rule.from = 1 + rng_below(&r, 1500);
		assert_int_equal(pieces_cut(&p, &t, &rule, 1 + (uint32_t)rng_below(&r, 99)), 0);
		check_sums(&p, &t);
		replay_pieces(&p);
		for (size_t k = 0; k < p.n; k++)
			trace_bytes_verify(&p.t[k], &counts);
		assert_int_equal(trace_bytes_join(&again, p.t, p.n, &joined), 0);
		trace_bytes_same(&t, 0, &again);
		trace_bytes_free(&again);
		pieces_free(&p);
		trace_bytes_free(&t);
	}
}

/* --- gaps --- */

/* The stores of the part that is missing are made up: shadow paging must see the tables change. */
static void gap(void **state)
{
	struct cut_rule rule = { .kind = SPLIT_RECORDS, .from = 900000 };
	struct verify_counts counts;
	struct join_counts joined;
	struct trace_bytes t, list[3], out;
	struct pieces p;

	(void)state;
	trace_bytes_load(&t, "fork");
	assert_int_equal(pieces_cut(&p, &t, &rule, ALL), 0);
	list[0] = p.t[1];
	list[1] = p.t[6];
	list[2] = p.t[3];
	assert_int_equal(trace_bytes_join(&out, list, 3, &joined), 0);
	assert_true(joined.stores > 100);
	assert_true(joined.given > 10);
	assert_true(joined.repeated > 100);
	trace_bytes_verify(&out, &counts);
	assert_int_equal(counts.equal, p.piece[1].accesses + p.piece[6].accesses +
					       p.piece[3].accesses + joined.stores);
	trace_bytes_lockstep(&out);
	trace_bytes_free(&out);
	pieces_free(&p);
	trace_bytes_free(&t);
}

static void does_not_fit(void **state)
{
	struct trace_bytes list[2], out;
	struct join_counts joined;

	(void)state;
	trace_bytes_load(&list[0], "gups4k");
	trace_bytes_load(&list[1], "hotplug"); /* no frames */
	assert_int_equal(trace_bytes_join(&out, list, 2, &joined), SIM_ERANGE);
	trace_bytes_free(&list[0]);
	trace_bytes_free(&list[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(captured_traces),
		cmocka_unit_test(counters_of_joined),
		cmocka_unit_test(parts_of_captured),
		cmocka_unit_test(random_guests),
		cmocka_unit_test(gap),
		cmocka_unit_test(does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
