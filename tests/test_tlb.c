/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_tlb.c - one TLB: page sizes, contexts, what an invalidation drops */
#include "check.h"

#include "hw/tlb.h"

#define PCID(n) context_pcid(n)

static struct translation page(uint64_t frame, unsigned level)
{
	return (struct translation){
		.frame = frame, .level = (uint8_t)level, .perm = PERM_W | PERM_U, .dirty = true
	};
}

static void put(struct tlb *t, uint64_t vpn, uint64_t context, struct translation e)
{
	tlb_insert(t, vpn, context, tlb_pack(&e), e.level);
}

static bool has(const struct tlb *t, uint64_t vpn, uint64_t context, struct translation *e)
{
	struct tlb_place p;

	if (!tlb_find(t, vpn, context, &p))
		return false;
	if (e)
		*e = tlb_unpack(tlb_entry(&p));
	return true;
}

/* 4K and 2M share 1536 x 12, 1G has 16 x 4: Skylake's second level. */
static void open_skylake(struct tlb *t)
{
	static const struct tlb_geometry g[TLB_ARRAYS_MAX] = {
		{ { 1536, 12, ASSOC_LRU }, HOLDS(LEVEL_4K) | HOLDS(LEVEL_2M) },
		{ { 16, 4, ASSOC_LRU }, HOLDS(LEVEL_1G) },
	};

	assert_int_equal(tlb_init(t, g, NULL), 0);
}

static void packing_loses_nothing(void **state)
{
	(void)state;
	for (unsigned bits = 0; bits < 64; bits++) {
		struct translation t = { .frame = 0xfedcba987,
					 .level = (uint8_t)(1 + bits % 3),
					 .perm = (uint8_t)(bits & 7),
					 .dirty = bits & 8,
					 .global = bits & 16,
					 .combined = bits & 32 };
		struct translation u = tlb_unpack(tlb_pack(&t));

		assert_int_equal(u.frame, t.frame);
		assert_int_equal(u.level, t.level);
		assert_int_equal(u.perm, t.perm);
		assert_int_equal(u.dirty, t.dirty);
		assert_int_equal(u.global, t.global);
		assert_int_equal(u.combined, t.combined);
	}
}

static void every_size_is_found(void **state)
{
	struct translation e;
	struct tlb t;

	(void)state;
	open_skylake(&t);
	assert_int_equal(t.holds, HOLDS(1) | HOLDS(2) | HOLDS(3));
	assert_int_equal(t.present, 0);
	put(&t, 0x12345, PCID(0), page(0x111, LEVEL_4K));
	put(&t, 0x40000 + 0x2ff, PCID(0), page(0x40200, LEVEL_2M));
	put(&t, 0x80000, PCID(0), page(0xc0000, LEVEL_1G));
	assert_int_equal(t.present, HOLDS(1) | HOLDS(2) | HOLDS(3));
	assert_true(has(&t, 0x12345, PCID(0), &e));
	assert_int_equal(e.frame, 0x111);
	assert_false(has(&t, 0x12346, PCID(0), NULL));
	assert_true(has(&t, 0x40200, PCID(0), &e)); /* anywhere in the 2M page */
	assert_int_equal(e.level, LEVEL_2M);
	assert_false(has(&t, 0x401ff, PCID(0), NULL));
	assert_false(has(&t, 0x40400, PCID(0), NULL));
	assert_true(has(&t, 0xbffff, PCID(0), &e));
	assert_int_equal(e.level, LEVEL_1G);
	tlb_fini(&t);
}

static void contexts_are_apart_and_globals_are_not(void **state)
{
	struct translation g = page(7, LEVEL_4K);
	struct tlb t;

	(void)state;
	open_skylake(&t);
	put(&t, 1, PCID(3), page(5, LEVEL_4K));
	assert_true(has(&t, 1, PCID(3), NULL));
	assert_false(has(&t, 1, PCID(4), NULL));
	g.global = true;
	put(&t, 2, PCID(3), g);
	assert_true(has(&t, 2, PCID(3), NULL));
	assert_true(has(&t, 2, PCID(4095), NULL));
	tlb_fini(&t);
}

/* Ice Lake: both arrays hold 4K; together they are 256 sets of 8. */
static void two_arrays_of_one_size_add_up(void **state)
{
	static const struct tlb_geometry g[TLB_ARRAYS_MAX] = {
		{ { 1024, 8, ASSOC_LRU }, HOLDS(LEVEL_4K) | HOLDS(LEVEL_2M) },
		{ { 1024, 8, ASSOC_LRU }, HOLDS(LEVEL_4K) | HOLDS(LEVEL_1G) },
	};
	struct tlb t;
	unsigned found = 0;

	(void)state;
	assert_int_equal(tlb_init(&t, g, NULL), 0);
	for (uint64_t vpn = 0; vpn < 2048; vpn++)
		put(&t, vpn, PCID(0), page(vpn, LEVEL_4K));
	for (uint64_t vpn = 0; vpn < 2048; vpn++)
		found += has(&t, vpn, PCID(0), NULL);
	assert_int_equal(found, 2048);
	put(&t, 2048, PCID(0), page(2048, LEVEL_4K)); /* set 0 of 256: evicts 0 */
	assert_false(has(&t, 0, PCID(0), NULL));
	assert_true(has(&t, 128, PCID(0), NULL)); /* the same set number, the other array */
	put(&t, 0, PCID(0), page(0, LEVEL_2M));
	put(&t, 0, PCID(0), page(0, LEVEL_1G));
	assert_int_equal(t.n[LEVEL_2M], 1);
	assert_int_equal(t.n[LEVEL_1G], 1);
	tlb_fini(&t);
}

static void occupancy_is_exact(void **state)
{
	static const struct scope all = { 0, 0, MAPPING_BOTH };
	unsigned found[2] = { 0, 0 };
	struct tlb t;

	(void)state;
	open_skylake(&t);
	for (uint64_t i = 0; i < 4000;
	     i++) /* 4K pages all in set 0, with 2M ones around them */
		put(&t, i << 9, PCID(0), page(i << 9, i % 2 ? LEVEL_4K : LEVEL_2M));
	assert_true(t.n[LEVEL_4K] <= 12 && t.n[LEVEL_4K] > 0);
	assert_true(t.n[LEVEL_4K] + t.n[LEVEL_2M] <= 1536);
	for (uint64_t i = 0; i < 4000; i++)
		found[i % 2] += has(&t, i << 9, PCID(0), NULL);
	assert_int_equal(found[1], t.n[LEVEL_4K]);
	assert_int_equal(found[0], t.n[LEVEL_2M]);
	tlb_drop(&t, &all);
	assert_int_equal(t.n[LEVEL_4K], 0);
	assert_int_equal(t.n[LEVEL_2M], 0);
	assert_int_equal(t.present, 0);
	assert_false(has(&t, 3999 << 9, PCID(0), NULL));
	tlb_fini(&t);
}

static void a_page_is_dropped_in_every_size(void **state)
{
	static const struct scope all = { 0, 0, MAPPING_BOTH };
	struct scope own = { CONTEXT_MASK, PCID(1), MAPPING_LINEAR };
	struct translation c = page(1, LEVEL_4K);
	struct tlb t;

	(void)state;
	open_skylake(&t);
	put(&t, 0x201, PCID(1), page(9, LEVEL_4K));
	put(&t, 0x201, PCID(1), page(0x200, LEVEL_2M));
	put(&t, 0x201, PCID(2), page(0, LEVEL_1G));
	put(&t, 0x202, PCID(1), page(9, LEVEL_4K));
	assert_true(tlb_drop_page(&t, 0x201, &own));
	assert_false(has(&t, 0x201, PCID(1), NULL));
	assert_true(has(&t, 0x202, PCID(1), NULL));
	assert_true(has(&t, 0x201, PCID(2), NULL));
	assert_false(tlb_drop_page(&t, 0x201, &own));
	assert_true(tlb_drop_page(&t, 0x201, &all));
	assert_false(has(&t, 0x201, PCID(2), NULL));
	c.combined = true;
	put(&t, 0x300, PCID(1), c);
	assert_false(tlb_drop_page(&t, 0x300, &own)); /* only linear ones */
	own.kinds = MAPPING_COMBINED;
	assert_true(tlb_drop_page(&t, 0x300, &own));
	tlb_fini(&t);
}

static void pieces_of_large_pages(void **state)
{
	struct translation t = page(0x80000, LEVEL_1G), u;

	(void)state;
	u = tlb_unpack(
		tlb_piece(tlb_pack(&t), 0x40000 + 0x12345, HOLDS(LEVEL_4K) | HOLDS(LEVEL_2M)));
	assert_int_equal(u.level, LEVEL_2M);
	assert_int_equal(u.frame, 0x80000 + 0x12200);
	u = tlb_unpack(tlb_piece(tlb_pack(&t), 0x40000 + 0x12345, HOLDS(LEVEL_4K)));
	assert_int_equal(u.level, LEVEL_4K);
	assert_int_equal(u.frame, 0x80000 + 0x12345);
	assert_int_equal(u.perm, t.perm);
	assert_true(u.dirty);
	u = tlb_unpack(tlb_piece(tlb_pack(&t), 0x40000, HOLDS(LEVEL_4K) | HOLDS(LEVEL_1G)));
	assert_int_equal(u.level, LEVEL_1G);
	assert_int_equal(u.frame, 0x80000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packing_loses_nothing),
		cmocka_unit_test(every_size_is_found),
		cmocka_unit_test(contexts_are_apart_and_globals_are_not),
		cmocka_unit_test(two_arrays_of_one_size_add_up),
		cmocka_unit_test(occupancy_is_exact),
		cmocka_unit_test(a_page_is_dropped_in_every_size),
		cmocka_unit_test(pieces_of_large_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
