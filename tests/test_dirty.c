/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dirty bitmaps against arrays of bool, and the independence of the three clients. */
#include "tests/check.h"

#include <string.h>

#include "base/rng.h"
#include "mem/dirty.h"

#define N_PAGES 1000u

struct model {
	struct dirty_memory d;
	bool page[DIRTY_MEMORY_NUM][N_PAGES];
	struct rng rng;
};

struct range {
	ram_addr_t a;
	uint64_t bytes, first, end; /* pages */
};

/* Often short, sometimes nothing, seldom page-aligned. */
static struct range choose(struct model *m)
{
	uint64_t first = rng_below(&m->rng, N_PAGES);
	uint64_t room = (N_PAGES - first) * PAGE_BYTES;
	uint64_t off = rng_below(&m->rng, 2) ? 0 : rng_below(&m->rng, PAGE_BYTES);
	uint64_t most = rng_below(&m->rng, 2) && room > 0x4000 ? 0x4000 : room;
	uint64_t bytes = rng_below(&m->rng, most - off + 1);

	return (struct range){ ram_addr_make(first * PAGE_BYTES + off), bytes, first,
			       bytes ? first + (off + bytes - 1) / PAGE_BYTES + 1 : first };
}

static uint64_t count(const struct model *m, struct range r, unsigned c)
{
	uint64_t n = 0;

	for (uint64_t i = r.first; i < r.end; i++)
		n += m->page[c][i];
	return n;
}

static void paint(struct model *m, struct range r, unsigned c, bool value)
{
	for (uint64_t i = r.first; i < r.end; i++)
		m->page[c][i] = value;
}

static void do_set(struct model *m, struct range r)
{
	unsigned clients = (unsigned)rng_below(&m->rng, 8);

	dirty_set(&m->d, r.a, r.bytes, clients);
	for (unsigned c = 0; c < DIRTY_MEMORY_NUM; c++)
		if (clients & DIRTY_BIT(c))
			paint(m, r, c, true);
}

static void do_clear(struct model *m, struct range r)
{
	unsigned c = (unsigned)rng_below(&m->rng, DIRTY_MEMORY_NUM);

	assert_int_equal(dirty_test_and_clear(&m->d, r.a, r.bytes, (enum dirty_client)c),
			 count(m, r, c) > 0);
	paint(m, r, c, false);
}

static void do_log(struct model *m, struct range r)
{
	unsigned clients = (unsigned)rng_below(&m->rng, 8);
	uint64_t log[N_PAGES / 64 + 1], n = N_PAGES - r.first, sum = 0;

	for (unsigned i = 0; i < sizeof(log) / sizeof(*log); i++)
		log[i] = rng_below(&m->rng, 4) ? 0 : rng_next(&m->rng);
	n = 1 + rng_below(&m->rng, n);
	for (uint64_t i = 0; i < n; i++)
		if (log[i / 64] >> i % 64 & 1) {
			sum++;
			for (unsigned c = 0; c < DIRTY_MEMORY_NUM; c++)
				m->page[c][r.first + i] |= clients >> c & 1;
		}
	assert_int_equal(
		dirty_set_from_log(&m->d, ram_addr_make(r.first * PAGE_BYTES), log, n, clients),
		sum);
}

static void do_snapshot(struct model *m, struct range r)
{
	unsigned c = (unsigned)rng_below(&m->rng, DIRTY_MEMORY_NUM);
	struct dirty_snapshot *s;

	assert_int_equal(
		dirty_snapshot_and_clear(&m->d, r.a, r.bytes, (enum dirty_client)c, &s, NULL),
		0);
	assert_int_equal(dirty_snapshot_get(s, r.a, r.bytes), count(m, r, c) > 0);
	for (uint64_t i = r.first; i < r.end; i++)
		assert_int_equal(dirty_snapshot_get(s, ram_addr_make(i * PAGE_BYTES + 7), 1),
				 m->page[c][i]);
	paint(m, r, c, false);
	dirty_snapshot_free(s);
}

static void look(const struct model *m, struct range r)
{
	for (unsigned c = 0; c < DIRTY_MEMORY_NUM; c++) {
		enum dirty_client client = (enum dirty_client)c;
		uint64_t n = count(m, r, c);

		assert_int_equal(dirty_count(&m->d, r.a, r.bytes, client), n);
		assert_int_equal(dirty_any(&m->d, r.a, r.bytes, client), n > 0);
		assert_int_equal(dirty_all(&m->d, r.a, r.bytes, client), n == r.end - r.first);
	}
}

static void as_bools(void **unused)
{
	static void (*const op[])(struct model *, struct range) = { do_set, do_clear, do_log,
								    do_snapshot };
	const struct range all = { ram_addr_make(0), N_PAGES * PAGE_BYTES, 0, N_PAGES };
	struct model *m = calloc(1, sizeof(*m));

	(void)unused;
	assert_non_null(m);
	rng_seed(&m->rng, test_seed(0xd1117));
	dirty_init(&m->d);
	assert_int_equal(dirty_extend(&m->d, N_PAGES, NULL), 0);
	for (unsigned step = 0; step < 4000; step++) {
		op[rng_below(&m->rng, 4)](m, choose(m));
		look(m, choose(m));
		look(m, all);
	}
	dirty_fini(&m->d);
	free(m);
}

/* What was there stays when the space grows, and what comes is clean. */
static void extend(void **unused)
{
	struct dirty_memory d;

	(void)unused;
	dirty_init(&d);
	for (uint64_t n = 1; n < 300; n += 7) {
		ram_addr_t whole = ram_addr_make(0);

		assert_int_equal(dirty_extend(&d, n, NULL), 0);
		assert_int_equal(dirty_count(&d, whole, n * PAGE_BYTES, DIRTY_MEMORY_CODE),
				 (n + 6) / 7 - 1);
		assert_int_equal(dirty_extend(&d, n / 2, NULL), 0);
		assert_int_equal(d.n_pages, n);
		dirty_set(&d, ram_addr_make((n - 1) * PAGE_BYTES), 1,
			  DIRTY_BIT(DIRTY_MEMORY_CODE));
	}
	dirty_fini(&d);
}

static void nothing(void **unused)
{
	struct dirty_snapshot *s;
	struct dirty_memory d;
	ram_addr_t a = ram_addr_make(0);

	(void)unused;
	dirty_init(&d);
	dirty_set(&d, a, 0, DIRTY_CLIENTS_ALL);
	assert_false(dirty_any(&d, a, 0, DIRTY_MEMORY_VGA));
	assert_true(dirty_all(&d, a, 0, DIRTY_MEMORY_VGA));
	assert_false(dirty_test_and_clear(&d, a, 0, DIRTY_MEMORY_VGA));
	assert_int_equal(dirty_set_from_log(&d, a, NULL, 0, DIRTY_CLIENTS_ALL), 0);
	assert_int_equal(dirty_snapshot_and_clear(&d, a, 0, DIRTY_MEMORY_VGA, &s, NULL), 0);
	assert_false(dirty_snapshot_get(s, a, 0));
	dirty_snapshot_free(s);
	dirty_fini(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_bools),
		cmocka_unit_test(extend),
		cmocka_unit_test(nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
