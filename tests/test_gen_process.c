/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_gen_process.c - workloads of processes and mappings: every event balanced, every store where it may be */
#include "check.h"

#include <stdbool.h>
#include <string.h>

#include "gen_stream.h"

#define PAGE	   4096u
#define PIDS_MAX   512u
#define MAPS_MAX   600u
#define PAGES_MAX  8192u
#define TOKEN_FILE 2u

struct mapping {
	uint32_t pid;
	uint64_t gva, bytes, flags, offset;
};

/* A guest that keeps books: what processes there are, what each has mapped, who runs. */
struct books {
	struct gen_stream s;
	struct mapping map[MAPS_MAX];
	size_t n_maps;
	uint8_t alive[PIDS_MAX];
	uint32_t pid, phase, in_phase;
	uint64_t n[EVENT_KIND_COUNT];
	uint64_t instructions, end, records;
};

static void start(struct books *b, const char *text)
{
	struct sim_error err = { 0 };

	memset(b, 0, sizeof(*b));
	b->alive[1] = 1;
	if (gen_stream_open(&b->s, text, &err))
		fail_msg("%s: %s", err.where, err.text);
}

static const struct mapping *mapping_of(const struct books *b, uint32_t pid, uint64_t gva)
{
	for (size_t i = 0; i < b->n_maps; i++)
		if (b->map[i].pid == pid && gva >= b->map[i].gva &&
		    gva - b->map[i].gva < b->map[i].bytes)
			return &b->map[i];
	return NULL;
}

static void drop_maps(struct books *b, uint32_t pid)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n_maps; i++)
		if (b->map[i].pid != pid)
			b->map[n++] = b->map[i];
	b->n_maps = n;
}

static void add_map(struct books *b, const struct event *e)
{
	for (size_t i = 0; i < b->n_maps; i++)
		assert_true(b->map[i].pid != e->pid ||
			    e->gva >= b->map[i].gva + b->map[i].bytes ||
			    b->map[i].gva >= e->gva + e->value);
	assert_true(b->n_maps < MAPS_MAX && e->value && e->value % PAGE == 0 &&
		    e->gva % PAGE == 0);
	b->map[b->n_maps++] = (struct mapping){ e->pid, e->gva, e->value, e->n, e->gpa };
}

static void remove_map(struct books *b, const struct event *e)
{
	const struct mapping *m = mapping_of(b, e->pid, e->gva);

	assert_non_null(m);
	assert_true(m->gva == e->gva && m->bytes == e->value);
	b->map[m - b->map] = b->map[--b->n_maps];
}

static void fork_maps(struct books *b, const struct event *e)
{
	size_t n = b->n_maps;

	assert_true(e->n < PIDS_MAX && !b->alive[e->n]);
	b->alive[e->n] = 1;
	for (size_t i = 0; i < n; i++)
		if (b->map[i].pid == e->pid) {
			assert_true(b->n_maps < MAPS_MAX);
			b->map[b->n_maps] = b->map[i];
			b->map[b->n_maps++].pid = e->n;
		}
}

static void take_event(struct books *b, const struct event *e)
{
	b->n[e->kind]++;
	if (e->kind >= EVENT_MAP)
		assert_true(e->pid < PIDS_MAX && b->alive[e->pid]);
	if (e->kind == EVENT_MAP)
		add_map(b, e);
	if (e->kind == EVENT_UNMAP)
		remove_map(b, e);
	if (e->kind == EVENT_FORK)
		fork_maps(b, e);
	if (e->kind == EVENT_EXEC || e->kind == EVENT_EXIT)
		drop_maps(b, e->pid);
	if (e->kind == EVENT_EXIT)
		b->alive[e->pid] = 0;
	if (e->kind == EVENT_SWITCH)
		b->pid = e->pid;
	if (e->kind == EVENT_PHASE) {
		assert_true(b->in_phase == e->value);
		b->in_phase = !e->value;
		b->phase = e->n;
	}
	if (e->kind == EVENT_END)
		b->end = e->value;
}

static void take_access(struct books *b, const struct gen_record *r)
{
	const struct mapping *m = mapping_of(b, b->pid, r->gva);
	unsigned kind = r->op & OP_KIND;

	if (!m || !b->alive[b->pid])
		fail_msg("record %llu: pid %u has nothing at 0x%llx",
			 (unsigned long long)b->records, b->pid, (unsigned long long)r->gva);
	assert_true(m->flags & (kind == OP_FETCH   ? MAPPING_EXEC
				: kind == OP_STORE ? MAPPING_WRITE
						   : MAPPING_READ));
	b->instructions += r->count;
}

/* The next record, kept in the books; 0 at the end, where they must balance. */
static int next(struct books *b, struct gen_record *r)
{
	if (gen_stream_next(&b->s, r)) {
		assert_int_equal(b->n[EVENT_END], 1);
		assert_int_equal(b->end, b->instructions);
		gen_stream_close(&b->s);
		return 0;
	}
	assert_int_equal(b->n[EVENT_END], 0);
	if (!b->records++)
		assert_true(r->event && r->event->kind == EVENT_SWITCH && r->event->pid == 1);
	if (r->event)
		take_event(b, r->event);
	else
		take_access(b, r);
	return 1;
}

static bool is_store(const struct gen_record *r)
{
	return !r->event && (r->op & OP_KIND) == OP_STORE;
}

static void mmap_churn(void **state)
{
	static struct books b;
	struct gen_record r;
	uint64_t stores = 0, pages = 0, most = 0, advices = 0;

	(void)state;
	start(&b,
	      "{\"workload\": \"mmap-churn\", \"parameters\": {\"count\": 3000, \"live\": 50, "
	      "\"max\": \"1M\", \"pages\": \"hugepage\"}}");
	while (next(&b, &r)) {
		stores += is_store(&r);
		most = b.n_maps > most ? b.n_maps : most;
		if (!r.event)
			continue;
		if (r.event->kind == EVENT_MAP && !(r.event->n & MAPPING_FILE)) {
			assert_int_equal(stores, pages); /* of all before, each page once */
			assert_true(r.event->value <= 1u << 20);
			pages += r.event->value / PAGE;
		}
		if (r.event->kind == EVENT_ADVISE) {
			assert_int_equal(r.event->n, ADVICE_HUGEPAGE);
			advices++;
		}
	}
	assert_int_equal(b.n[EVENT_MAP], 3000 + 1);
	assert_int_equal(b.n[EVENT_UNMAP], 3000);
	assert_int_equal(advices, 3000);
	assert_int_equal(most, 50 + 1);
	assert_int_equal(b.n_maps, 1); /* the program */
	assert_int_equal(stores, pages);
}

/* Pages that one process stores to between its switch and its exit. */
static void fork_storm(void **state)
{
	static struct books b;
	static uint32_t writer[PAGES_MAX]; /* of a page of the parent's: the last */
	struct gen_record r;
	uint64_t base = 0, by_child = 0, by_parent = 0, together = 0, most = 0;

	(void)state;
	start(&b,
	      "{\"workload\": \"fork-storm\", \"parameters\": {\"count\": 20, \"children\": 3, "
	      "\"bytes\": \"4M\", \"touch\": 25, \"parent\": 10}}");
	while (next(&b, &r)) {
		if (r.event && r.event->kind == EVENT_MAP && !(r.event->n & MAPPING_FILE))
			base = r.event->gva;
		if (r.event && r.event->kind == EVENT_FORK)
			most = ++together > most ? together : most;
		if (r.event && r.event->kind == EVENT_EXIT) {
			assert_int_equal(r.event->pid, b.pid);
			assert_int_equal(by_child, 256);
			by_child = 0;
			together--;
		}
		if (!is_store(&r) || b.phase == 0)
			continue;
		if (b.pid == 1) {
			by_parent++;
			continue;
		}
		assert_true(writer[(r.gva - base) / PAGE] != b.pid);
		writer[(r.gva - base) / PAGE] = b.pid;
		by_child++;
	}
	assert_int_equal(b.n[EVENT_FORK], 20);
	assert_int_equal(b.n[EVENT_EXIT], 20);
	assert_int_equal(most, 3);
	assert_int_equal(by_parent, 7 * 102); /* seven rounds */
	assert_int_equal(b.pid, 20 + 1);      /* the last to run: none after it had to */
}

static void fork_and_exec(void **state)
{
	static struct books b;
	struct gen_record r;
	uint64_t stores = 0;

	(void)state;
	start(&b, "{\"workload\": \"fork-storm\", \"parameters\": {\"count\": 5, \"child\": "
		  "\"exec\", \"image\": \"64K\", \"parent\": 0}}");
	while (next(&b, &r))
		stores += is_store(&r) && b.phase == 1;
	assert_int_equal(b.n[EVENT_EXEC], 5);
	assert_int_equal(b.n[EVENT_EXIT], 5);
	assert_int_equal(b.n[EVENT_MAP], 2 + 5 * 2);
	assert_int_equal(stores, 5 * 16);
}

static void switch_ring(void **state)
{
	static struct books b;
	struct gen_record r;
	uint64_t turns = 0, accesses = 0, stores = 0;
	uint32_t order[6] = { 0 };
	int holds_token = 0;

	(void)state;
	start(&b,
	      "{\"workload\": \"switch-ring\", \"parameters\": {\"processes\": 6, \"count\": "
	      "1000, \"touch\": 40}}");
	while (next(&b, &r)) {
		const struct mapping *m;

		if (r.event || b.phase == 0 || (r.op & OP_KIND) == OP_FETCH)
			continue;
		m = mapping_of(&b, b.pid, r.gva);
		if (!(m->flags & MAPPING_SHARED)) {
			assert_true(holds_token);
			accesses++;
			stores += is_store(&r);
			continue;
		}
		assert_int_equal(MAPPING_FILE_OF(m->offset), TOKEN_FILE);
		assert_int_equal(is_store(&r), holds_token);
		holds_token = !holds_token;
		if (holds_token)
			continue;
		assert_int_equal(accesses, 40);
		accesses = 0;
		assert_true(!order[turns % 6] || order[turns % 6] == b.pid);
		order[turns++ % 6] = b.pid;
	}
	assert_int_equal(turns, 1000);
	assert_int_equal(stores, 1000 * 10);
	assert_int_equal(b.n[EVENT_FORK], 5);
	assert_int_equal(b.n[EVENT_EXEC], 5);
	assert_int_equal(b.n[EVENT_EXIT], 5);
	assert_true(b.n[EVENT_SWITCH] >= 1000 && b.n[EVENT_SWITCH] <= 1020);
	for (unsigned i = 1; i < 6; i++)
		for (unsigned k = 0; k < i; k++)
			assert_true(order[i] != order[k]);
}

static void mix_in_sequence(void **state)
{
	static struct books b;
	struct gen_record r;
	uint64_t n[4] = { 0 };

	(void)state;
	start(&b,
	      "{\"workload\": \"mix\", \"parts\": ["
	      "{\"workload\": \"gups\", \"parameters\": {\"bytes\": \"1M\", \"count\": 100}},"
	      "{\"workload\": \"pointer-chase\", \"parameters\": {\"bytes\": \"1M\", "
	      "\"count\": 70}},"
	      "{\"workload\": \"gups\", \"parameters\": {\"bytes\": \"1M\", \"count\": 30}}]}");
	while (next(&b, &r))
		if (!r.event && (r.op & OP_KIND) != OP_FETCH) {
			assert_true(b.in_phase && b.phase < 4);
			n[b.phase]++;
		}
	assert_int_equal(n[0], 3 * 256);
	assert_int_equal(n[1], 200);
	assert_int_equal(n[2], 70);
	assert_int_equal(n[3], 60);
	assert_int_equal(b.n[EVENT_PHASE], 8);
}

/* Bursts of ten in turns; when the shorter is done, the longer goes on alone. */
static void mix_in_turns(void **state)
{
	static struct books b;
	struct gen_record r;
	uint64_t n = 0, fetches = 0, last = 0, code[2] = { 0 };

	(void)state;
	start(&b,
	      "{\"workload\": \"mix\", \"parameters\": {\"order\": \"interleaved\", \"burst\": "
	      "10}, \"parts\": ["
	      "{\"workload\": \"pointer-chase\", \"parameters\": {\"bytes\": \"1M\", "
	      "\"count\": 95}},"
	      "{\"workload\": \"pointer-chase\", \"parameters\": {\"bytes\": \"1M\", "
	      "\"count\": 35}}]}");
	while (next(&b, &r)) {
		if (r.event || b.phase != 1)
			continue;
		if ((r.op & OP_KIND) == OP_FETCH) {
			assert_true(r.gva == 0x400000 || r.gva == 0x401000);
			fetches += r.gva != last;
			last = r.gva;
			continue;
		}
		code[last == 0x401000]++;
		/* 10 of one, 10 of the other, up to 30 each; then 5 of the second */
		if (n < 60)
			assert_int_equal(last == 0x401000, n / 10 % 2);
		n++;
	}
	assert_int_equal(code[0], 95);
	assert_int_equal(code[1], 35);
	assert_int_equal(fetches, 9);
	assert_int_equal(b.n[EVENT_PHASE], 4);
}

static void populate_and_pages(void **state)
{
	static const struct {
		const char *pages;
		uint64_t flags, advice, bytes;
	} cases[] = {
		{ "default", 0, 0, 1u << 20 },
		{ "hugepage", 0, ADVICE_HUGEPAGE, 1u << 20 },
		{ "nohugepage", 0, ADVICE_NOHUGEPAGE, 1u << 20 },
		{ "hugetlb-2M", MAPPING_HUGETLB_2M, 0, 2u << 20 },
		{ "hugetlb-1G", MAPPING_HUGETLB_1G, 0, 1u << 30 },
	};
	static struct books b;
	struct gen_record r;
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint64_t advice = 0;
		struct mapping m = { 0 };

		snprintf(
			text, sizeof(text),
			"{\"workload\": \"gups\", \"parameters\": {\"bytes\": \"1M\", \"count\": "
			"1, \"populate\": \"none\", \"pages\": \"%s\"}}",
			cases[i].pages);
		start(&b, text);
		while (next(&b, &r)) {
			if (r.event && r.event->kind == EVENT_ADVISE)
				advice = r.event->n;
			if (r.event && r.event->kind == EVENT_PHASE)
				m = b.map[1];
			assert_false(is_store(&r) && b.phase == 0);
		}
		assert_int_equal(m.flags, cases[i].flags | MAPPING_READ | MAPPING_WRITE);
		assert_int_equal(m.bytes, cases[i].bytes);
		assert_int_equal(m.gva % (1u << 30), 0);
		assert_int_equal(advice, cases[i].advice);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mmap_churn),	      cmocka_unit_test(fork_storm),
		cmocka_unit_test(fork_and_exec),      cmocka_unit_test(switch_ring),
		cmocka_unit_test(mix_in_sequence),    cmocka_unit_test(mix_in_turns),
		cmocka_unit_test(populate_and_pages),
	};

	return cmocka_run_group_tests_name("gen_process", tests, NULL, NULL);
}
