/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Host backing: sizes, layouts, population, frames of the VMM's own. */
#include "tests/check.h"

#include <string.h>

#include "base/rng.h"
#include "mem/host.h"

#define MIB	 ((uint64_t)1 << 20)
#define GIB	 ((uint64_t)1 << 30)
#define PAGES(b) ((b) >> PAGE_SHIFT)

static struct host *make(unsigned level, bool prepopulated, enum host_layout layout,
			 uint64_t seed)
{
	struct host_config cfg = { level, prepopulated, layout, seed };
	struct sim_error err = { 0 };
	struct host *h;

	assert_int_equal(host_create(&h, &cfg, &err), 0);
	return h;
}

static hva_t map(struct host *h, uint64_t bytes, uint64_t gpa)
{
	struct sim_error err = { 0 };
	hva_t hva;

	assert_int_equal(host_mmap(h, bytes, gpa_make(gpa), &hva, &err), 0);
	return hva;
}

static struct host_mapping at(struct host *h, hva_t base, uint64_t page)
{
	return host_lookup(h, hva_make(base.v + page * PAGE_BYTES));
}

static void contiguous(void **unused)
{
	struct host *h = make(LEVEL_4K, true, HOST_CONTIGUOUS, 0);
	hva_t a = map(h, 3 * MIB, 0x5000), b = map(h, MIB, 0);
	uint64_t first = at(h, a, 0).hfn.v;

	(void)unused;
	assert_int_equal(a.v & 0x3fffffff, 0x5000);
	assert_int_equal(first & 0x3ffff, 5);
	for (uint64_t i = 0; i < PAGES(3 * MIB); i++) {
		assert_int_equal(at(h, a, i).hfn.v, first + i);
		assert_int_equal(at(h, a, i).level, LEVEL_4K);
		assert_true(at(h, a, i).writable);
	}
	assert_false(at(h, a, PAGES(3 * MIB)).present);
	assert_true(at(h, b, 0).hfn.v >= first + PAGES(3 * MIB));
	host_destroy(h);
}

/* Every layout gives each page a frame of its own, and huge units stay whole and aligned. */
static void is_bijection(unsigned level, enum host_layout layout, uint64_t bytes, uint64_t gpa)
{
	struct host *h = make(level, true, layout, 42);
	hva_t a = map(h, bytes, gpa);
	uint64_t lowest = UINT64_MAX, n = PAGES(bytes), frames = level_frames(level);
	uint8_t *seen = calloc(4 * n + 4 * frames, 1);

	assert_non_null(seen);
	for (uint64_t i = 0; i < n; i++)
		lowest = at(h, a, i).hfn.v < lowest ? at(h, a, i).hfn.v : lowest;
	for (uint64_t i = 0; i < n; i++) {
		struct host_mapping m = at(h, a, i);
		uint64_t page = (a.v >> PAGE_SHIFT) + i;

		assert_true(m.hfn.v - lowest < 4 * n + 4 * frames);
		assert_int_equal(seen[m.hfn.v - lowest]++, 0);
		if (m.level > LEVEL_4K)
			assert_int_equal(m.hfn.v % frames, page % frames);
	}
	free(seen);
	host_destroy(h);
}

static void layouts(void **unused)
{
	(void)unused;
	for (enum host_layout l = HOST_CONTIGUOUS; l <= HOST_FRAGMENTED; l++) {
		is_bijection(LEVEL_4K, l, 5 * MIB, 0);
		is_bijection(LEVEL_4K, l, 0x7000, 0x1000);
		is_bijection(LEVEL_2M, l, 64 * MIB, 0);
		is_bijection(LEVEL_2M, l, 9 * MIB, MIB); /* head and tail of 4K pages */
		is_bijection(LEVEL_1G, l, 3072 * MIB, 0);
		is_bijection(LEVEL_1G, l, 256 * MIB, 0);
	}
}

static void scattered_by_seed(void **unused)
{
	struct host *a = make(LEVEL_4K, true, HOST_FRAGMENTED, 1);
	struct host *b = make(LEVEL_4K, true, HOST_FRAGMENTED, 1);
	struct host *c = make(LEVEL_4K, true, HOST_FRAGMENTED, 2);
	hva_t va = map(a, 4 * MIB, 0), vb = map(b, 4 * MIB, 0), vc = map(c, 4 * MIB, 0);
	unsigned same = 0, in_order = 0;

	(void)unused;
	for (uint64_t i = 0; i < PAGES(4 * MIB); i++) {
		assert_int_equal(at(a, va, i).hfn.v, at(b, vb, i).hfn.v);
		same += at(a, va, i).hfn.v == at(c, vc, i).hfn.v;
		in_order += i && at(a, va, i).hfn.v == at(a, va, i - 1).hfn.v + 1;
	}
	assert_true(same < 32);
	assert_true(in_order < 32);
	host_destroy(a);
	host_destroy(b);
	host_destroy(c);
}

static void sizes(void **unused)
{
	struct host *h = make(LEVEL_2M, true, HOST_CONTIGUOUS, 0);
	hva_t a = map(h, 5 * MIB, MIB); /* 1M of 4K, two units of 2M */

	(void)unused;
	assert_int_equal(at(h, a, 0).level, LEVEL_4K);
	assert_int_equal(at(h, a, PAGES(MIB)).level, LEVEL_2M);
	assert_int_equal(at(h, a, PAGES(5 * MIB) - 1).level, LEVEL_2M);
	host_destroy(h);
	h = make(LEVEL_1G, true, HOST_CONTIGUOUS, 0);
	a = map(h, 256 * MIB, 0);
	assert_int_equal(at(h, a, 0).level, LEVEL_1G);
	host_destroy(h);
}

static struct host_mapping touch(struct host *h, hva_t a, uint64_t page, bool write, bool *zero)
{
	struct sim_error err = { 0 };
	struct host_mapping m;

	assert_int_equal(
		host_touch(h, hva_make(a.v + page * PAGE_BYTES), write, &m, zero, &err), 0);
	return m;
}

static void on_demand(void **unused)
{
	struct host *h = make(LEVEL_4K, false, HOST_CONTIGUOUS, 0);
	hva_t a = map(h, MIB, 0);
	struct host_mapping m;
	bool zero;

	(void)unused;
	assert_false(at(h, a, 3).present);
	m = touch(h, a, 3, false, &zero); /* read: the zero page, shared */
	assert_true(m.present && !m.writable && !zero);
	assert_int_equal(m.hfn.v, touch(h, a, 4, false, &zero).hfn.v);
	assert_int_equal(host_faults(h), 2);
	m = touch(h, a, 3, true, &zero); /* write: a page of its own */
	assert_true(m.present && m.writable && zero);
	assert_int_not_equal(m.hfn.v, at(h, a, 4).hfn.v);
	assert_int_equal(host_cow_faults(h), 1);
	touch(h, a, 3, true, &zero);
	assert_false(zero);
	touch(h, a, 5, true, &zero);
	assert_false(zero);
	assert_int_equal(host_faults(h), 3);
	assert_int_equal(host_discard(h, hva_make(a.v + 3 * PAGE_BYTES), 1, NULL), 0);
	assert_false(at(h, a, 3).present);
	host_destroy(h);
}

static void huge_on_demand(void **unused)
{
	struct host *h = make(LEVEL_2M, false, HOST_CONTIGUOUS, 0);
	hva_t a = map(h, 4 * MIB, 0);
	bool zero;

	(void)unused;
	touch(h, a, 7, false, &zero); /* read: the huge zero page */
	assert_true(at(h, a, 0).present && !at(h, a, 511).writable && !zero);
	assert_int_equal(at(h, a, 511).level, LEVEL_2M);
	assert_false(at(h, a, 512).present);
	assert_int_equal(touch(h, a, 519, false, &zero).hfn.v, at(h, a, 7).hfn.v);
	assert_int_equal(host_faults(h), 2);
	touch(h, a, 3, true, &zero); /* write: all of it */
	assert_true(zero && at(h, a, 511).writable);
	assert_int_not_equal(at(h, a, 519).hfn.v, at(h, a, 7).hfn.v);
	assert_int_equal(host_cow_faults(h), 1);
	host_destroy(h);
}

/* What is not there neither goes nor moves, and stays whole. */
static void absent_stays(void **unused)
{
	struct host *h = make(LEVEL_2M, false, HOST_CONTIGUOUS, 0);
	hva_t a = map(h, 4 * MIB, 0);
	bool zero;

	(void)unused;
	assert_int_equal(host_discard(h, hva_make(a.v + PAGE_BYTES), 4, NULL), 0);
	assert_int_equal(host_move(h, hva_make(a.v + 8 * PAGE_BYTES), 1000, NULL), 0);
	assert_false(at(h, a, 9).present || at(h, a, 600).present);
	touch(h, a, 7, true, &zero);
	assert_true(at(h, a, 1).writable);
	assert_int_equal(at(h, a, 1).level, LEVEL_2M);
	host_destroy(h);
}

/* A huge page that loses a part is 512 small ones from then on; a whole one stays huge. */
static void huge_in_parts(void **unused)
{
	struct host *h = make(LEVEL_2M, true, HOST_FRAGMENTED, 3);
	hva_t a = map(h, 6 * MIB, 0);
	uint64_t first = at(h, a, 0).hfn.v, second = at(h, a, 512).hfn.v;
	struct hva_range r = host_invalidated(h, hva_make(a.v + 9 * PAGE_BYTES), 1);

	(void)unused;
	assert_true(hva_eq(r.first, a));
	assert_int_equal(r.n, 512);
	assert_int_equal(host_discard(h, hva_make(a.v + 9 * PAGE_BYTES), 1, NULL), 0);
	assert_false(at(h, a, 9).present);
	assert_int_equal(at(h, a, 8).level, LEVEL_4K);
	assert_int_equal(at(h, a, 8).hfn.v, first + 8);
	assert_int_equal(host_invalidated(h, hva_make(a.v + 9 * PAGE_BYTES), 1).n, 1);
	assert_int_equal(host_move(h, hva_make(a.v + 512 * PAGE_BYTES), 513, NULL), 0);
	assert_int_equal(at(h, a, 600).level, LEVEL_2M);
	assert_int_not_equal(at(h, a, 512).hfn.v, second);
	assert_int_equal(at(h, a, 600).hfn.v, at(h, a, 512).hfn.v + 88);
	assert_int_equal(at(h, a, 512).hfn.v % 512, 0);
	assert_int_equal(at(h, a, 1024).level, LEVEL_4K);
	assert_int_equal(at(h, a, 1026).hfn.v, at(h, a, 1025).hfn.v + 1);
	assert_int_not_equal(at(h, a, 1024).hfn.v + 1, at(h, a, 1025).hfn.v);
	assert_int_equal(host_discard(h, hva_make(a.v + 1535 * PAGE_BYTES), 2, NULL),
			 SIM_ESTATE);
	host_destroy(h);
}

static void table_frames(void **unused)
{
	struct host *h = make(LEVEL_4K, true, HOST_CONTIGUOUS, 0);
	struct sim_error err = { 0 };
	hfn_t a, b, c;

	(void)unused;
	assert_int_equal(host_frame_get(h, &a, &err), 0);
	assert_int_equal(host_frame_get(h, &b, &err), 0);
	assert_int_not_equal(a.v, b.v);
	host_frame_put(h, a);
	assert_int_equal(host_frame_get(h, &c, &err), 0);
	assert_int_equal(a.v, c.v);
	host_destroy(h);
}

static void refusals(void **unused)
{
	struct host_config cfg = { .page_level = 4 };
	struct sim_error err = { 0 };
	struct host_mapping m;
	struct host *h;
	hva_t hva;
	bool zero;

	(void)unused;
	assert_int_equal(host_create(&h, &cfg, &err), SIM_ERANGE);
	h = make(LEVEL_4K, true, HOST_CONTIGUOUS, 0);
	assert_int_equal(host_mmap(h, 0, gpa_make(0), &hva, NULL), SIM_ERANGE);
	assert_int_equal(host_mmap(h, UINT64_MAX, gpa_make(0), &hva, NULL), SIM_ERANGE);
	assert_int_equal(host_touch(h, hva_make(0x1000), true, &m, &zero, NULL), SIM_ESTATE);
	host_destroy(h);
}

/* --- mappings of their own kind --- */

static hva_t map_as(struct host *h, enum host_memory memory, unsigned level, uint64_t bytes)
{
	const struct host_map_config cfg = { .bytes = bytes,
					     .page_level = level,
					     .memory = memory };
	hva_t hva;

	assert_int_equal(host_map(h, &cfg, &hva, NULL), 0);
	return hva;
}

static void shared(void **unused)
{
	struct host *h = make(LEVEL_4K, false, HOST_CONTIGUOUS, 0);
	hva_t a = map_as(h, HOST_SHARED, LEVEL_4K, MIB);
	struct host_mapping m;
	bool zero;

	(void)unused;
	assert_false(at(h, a, 3).present);
	m = touch(h, a, 3, false, &zero); /* a read: the page itself */
	assert_true(m.present && m.writable && !zero);
	assert_int_not_equal(m.hfn.v, touch(h, a, 4, false, &zero).hfn.v);
	assert_int_equal(touch(h, a, 3, true, &zero).hfn.v, m.hfn.v);
	assert_false(zero);
	assert_int_equal(host_faults(h), 2);
	assert_int_equal(host_cow_faults(h), 0);
	a = map_as(h, HOST_SHARED, LEVEL_2M, 4 * MIB);
	m = touch(h, a, 5, false, &zero);
	assert_true(m.writable && m.level == LEVEL_2M);
	host_destroy(h);
}

static void file_private(enum host_layout layout)
{
	struct host *h = make(LEVEL_2M, false, layout, 7);
	hva_t a = map_as(h, HOST_FILE_PRIVATE, LEVEL_4K, 4 * MIB), b = map(h, 4 * MIB, 0);
	struct host_mapping m, other, own;
	bool zero;

	m = touch(h, a, 3, false, &zero); /* a read: the file's page */
	assert_true(m.present && !m.writable && !zero && m.level == LEVEL_4K);
	other = touch(h, a, 4, false, &zero);
	assert_int_not_equal(m.hfn.v, other.hfn.v);
	own = touch(h, a, 3, true, &zero); /* a write: a copy */
	assert_true(own.writable && zero);
	assert_int_not_equal(own.hfn.v, m.hfn.v);
	assert_int_equal(host_cow_faults(h), 1);
	own = touch(h, a, 5, true, &zero);
	assert_true(own.writable && !zero);
	assert_int_equal(host_faults(h), 3);
	assert_int_equal(host_discard(h, hva_make(a.v + 3 * PAGE_BYTES), 1, NULL), 0);
	assert_int_equal(touch(h, a, 3, false, &zero).hfn.v, m.hfn.v); /* still the file's */
	for (uint64_t i = 0; i < PAGES(4 * MIB); i++) { /* no frame is another's */
		m = touch(h, a, i, false, &zero);
		assert_true(m.hfn.v < touch(h, b, 0, true, &zero).hfn.v);
		assert_true(m.writable || m.hfn.v != own.hfn.v);
	}
	host_destroy(h);
}

static void files(void **unused)
{
	(void)unused;
	file_private(HOST_CONTIGUOUS);
	file_private(HOST_FRAGMENTED);
}

static void hugetlb(void **unused)
{
	struct host *h = make(LEVEL_4K, false, HOST_CONTIGUOUS, 0);
	struct host_map_config cfg = { .bytes = 3 * MIB,
				       .like = gpa_make(MIB),
				       .page_level = LEVEL_2M,
				       .memory = HOST_HUGETLB };
	struct host_mapping m;
	bool zero;
	hva_t a;

	(void)unused;
	assert_int_equal(host_map(h, &cfg, &a, NULL), 0);
	assert_int_equal(a.v % GIB, MIB);
	m = touch(h, a, 0, false, &zero);
	assert_true(m.writable && m.level == LEVEL_2M); /* whole pages hang over */
	assert_int_equal(m.hfn.v % 512, 256);
	assert_true(at(h, a, 255).present && !at(h, a, 256).present);
	assert_int_equal(host_discard(h, a, 1, NULL), SIM_ERANGE); /* never split */
	assert_int_equal(host_move(h, hva_make(a.v - MIB), 512, NULL), 0);
	assert_int_equal(host_invalidated(h, a, 1).n, 512);
	assert_int_not_equal(at(h, a, 0).hfn.v, m.hfn.v);
	assert_int_equal(host_munmap(h, hva_make(a.v - MIB), NULL), SIM_ESTATE);
	assert_int_equal(host_munmap(h, a, NULL), 0);
	host_destroy(h);
}

static void given_address(void **unused)
{
	struct host *h = make(LEVEL_4K, true, HOST_CONTIGUOUS, 0);
	struct host_map_config cfg = { .bytes = 2 * MIB,
				       .hva = hva_make(0x5555deadb000),
				       .page_level = LEVEL_4K,
				       .prepopulated = true };
	hva_t first = map(h, MIB, 0), a, b;

	(void)unused;
	assert_int_equal(host_map(h, &cfg, &a, NULL), 0);
	assert_true(hva_eq(a, cfg.hva));
	assert_int_equal(at(h, a, 0).hfn.v & 0x3ffff, (a.v >> PAGE_SHIFT) & 0x3ffff);
	assert_true(at(h, a, 511).present && !at(h, a, 512).present);
	assert_int_equal(host_map(h, &cfg, &b, NULL), SIM_ESTATE);
	cfg.hva.v -= 2 * MIB - PAGE_BYTES;
	assert_int_equal(host_map(h, &cfg, &b, NULL), SIM_ESTATE);
	cfg.hva.v -= PAGE_BYTES;
	assert_int_equal(host_map(h, &cfg, &b, NULL), 0);
	cfg.hva =
		hva_make(first.v + 2 * GIB + 5 * PAGE_BYTES); /* where the host would go next */
	assert_int_equal(host_map(h, &cfg, &b, NULL), 0);
	a = map(h, 4 * GIB, 0);
	assert_true(at(h, a, 0).present && at(h, first, 0).present && at(h, b, 0).present);
	assert_true(a.v >= b.v + 2 * MIB || a.v + 4 * GIB <= b.v);
	host_destroy(h);
}

/* What was taken away is gone, and what comes has frames and pages of its own. */
static void unmapping(void **unused)
{
	struct host *h = make(LEVEL_2M, true, HOST_FRAGMENTED, 5);
	struct host_map_config again = { .bytes = 4 * MIB, .page_level = LEVEL_2M };
	hva_t a = map(h, 4 * MIB, 0), b = map(h, 4 * MIB, 0), c;
	uint64_t gone[2], kept = at(h, b, 7).hfn.v;
	bool zero;

	(void)unused;
	assert_int_equal(host_move(h, a, 3, NULL), 0);
	assert_int_equal(host_move(h, hva_make(a.v + 2 * MIB), 512, NULL), 0);
	gone[0] = at(h, a, 0).hfn.v;
	gone[1] = at(h, a, 512).hfn.v;
	assert_int_equal(host_munmap(h, hva_make(a.v + PAGE_BYTES), NULL), SIM_ESTATE);
	assert_int_equal(host_munmap(h, a, NULL), 0);
	assert_int_equal(host_munmap(h, a, NULL), SIM_ESTATE);
	assert_false(at(h, a, 0).present);
	assert_int_equal(at(h, b, 7).hfn.v, kept);
	again.hva = a; /* the address again: nothing of the old pages is left */
	assert_int_equal(host_map(h, &again, &c, NULL), 0);
	assert_false(at(h, c, 0).present);
	touch(h, c, 0, true, &zero);
	touch(h, c, 512, true, &zero);
	assert_int_equal(at(h, c, 0).level, LEVEL_2M);
	for (unsigned i = 0; i < 2; i++) {
		assert_true(at(h, c, 0).hfn.v / 512 != gone[i] / 512);
		assert_true(at(h, c, 512).hfn.v / 512 != gone[i] / 512);
	}
	host_destroy(h);
}

/* Many mappings in any order: each look-up finds its own. */
static void many(void **unused)
{
	enum { N = 200 };
	struct host *h = make(LEVEL_4K, true, HOST_CONTIGUOUS, 0);
	uint64_t hfn[N] = { 0 };
	hva_t hva[N];
	struct rng rng;

	(void)unused;
	rng_seed(&rng, test_seed(0x3a9));
	for (unsigned step = 0; step < 2000; step++) {
		unsigned i = (unsigned)rng_below(&rng, N);
		struct host_map_config cfg = { .bytes = PAGE_BYTES + rng_below(&rng, MIB),
					       .hva = hva_make((1 + i) * MIB * 2),
					       .page_level = LEVEL_4K,
					       .prepopulated = true };

		if (hfn[i]) {
			assert_int_equal(at(h, hva[i], 0).hfn.v, hfn[i]);
			assert_int_equal(host_munmap(h, hva[i], NULL), 0);
			assert_false(at(h, hva[i], 0).present);
			hfn[i] = 0;
			continue;
		}
		assert_int_equal(host_map(h, &cfg, &hva[i], NULL), 0);
		hfn[i] = at(h, hva[i], 0).hfn.v;
		for (unsigned k = 0; k < N; k++)
			assert_true(k == i || hfn[k] != hfn[i]);
	}
	host_destroy(h);
}

static void map_refusals(void **unused)
{
	static const struct host_map_config bad[] = {
		{ .page_level = LEVEL_4K },
		{ .bytes = MIB, .page_level = 0 },
		{ .bytes = MIB, .page_level = 4 },
		{ .bytes = MIB, .page_level = LEVEL_4K, .memory = HOST_HUGETLB },
		{ .bytes = MIB, .page_level = LEVEL_2M, .memory = HOST_FILE_PRIVATE },
		{ .bytes = MIB, .page_level = LEVEL_4K, .hva = { 0x1234 } },
	};
	struct host *h = make(LEVEL_4K, true, HOST_CONTIGUOUS, 0);
	hva_t hva;

	(void)unused;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(host_map(h, &bad[i], &hva, NULL), SIM_ERANGE);
	host_destroy(h);
}

/* Plugged and unplugged without end, beside memory that stays. */
static void ranges_come_back(void **state)
{
	static const struct host_config cfg = { .page_level = LEVEL_4K };
	struct host *h;
	hva_t stays, first, second, again;
	hfn_t frame;

	(void)state;
	assert_int_equal(host_create(&h, &cfg, NULL), 0);
	assert_int_equal(host_mmap(h, 64 * MIB, gpa_make(0), &first, NULL), 0);
	assert_int_equal(host_mmap(h, 64 * MIB, gpa_make(0), &stays, NULL), 0);
	frame = host_lookup(h, first).hfn;
	for (unsigned i = 0; i < 40000; i++) {
		assert_int_equal(host_munmap(h, first, NULL), 0);
		assert_int_equal(host_mmap(h, 64 * MIB, gpa_make(0), &again, NULL), 0);
		assert_true(hva_eq(again, first));
	}
	assert_true(hfn_eq(host_lookup(h, again).hfn, frame));
	assert_int_equal(host_munmap(h, first, NULL), 0);
	assert_int_equal(host_mmap(h, 3 * GIB, gpa_make(0), &second, NULL), 0); /* no room */
	assert_true(second.v > stays.v);
	assert_true(host_lookup(h, second).hfn.v > host_lookup(h, stays).hfn.v);
	host_destroy(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contiguous),
		cmocka_unit_test(layouts),
		cmocka_unit_test(scattered_by_seed),
		cmocka_unit_test(sizes),
		cmocka_unit_test(on_demand),
		cmocka_unit_test(huge_on_demand),
		cmocka_unit_test(huge_in_parts),
		cmocka_unit_test(absent_stays),
		cmocka_unit_test(table_frames),
		cmocka_unit_test(refusals),
		cmocka_unit_test(shared),
		cmocka_unit_test(files),
		cmocka_unit_test(hugetlb),
		cmocka_unit_test(given_address),
		cmocka_unit_test(unmapping),
		cmocka_unit_test(many),
		cmocka_unit_test(map_refusals),
		cmocka_unit_test(ranges_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
