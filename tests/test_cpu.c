/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_cpu.c - a cpu's TLB levels, the engine's filter, the caches */
#include "check.h"

#include <string.h>

#include "base/rng.h"
#include "hw/cpu_parts.h"

static const struct paging mode = { .levels = 4, .wp = true, .nxe = true, .pge = true };
static const struct access load = { ACCESS_LOAD, true }, store = { ACCESS_STORE, true },
			   fetch = { ACCESS_FETCH, true };

struct world {
	struct counters n;
	struct cpu *c;
};

static struct machine small(void)
{
	struct machine m = { .vendor = VENDOR_INTEL };

	m.l1d[0] = (struct tlb_geometry){ { 8, 2, ASSOC_LRU }, HOLDS(LEVEL_4K) };
	m.l1d[1] = (struct tlb_geometry){ { 4, 4, ASSOC_LRU }, HOLDS(LEVEL_2M) };
	m.l1i[0] = (struct tlb_geometry){ { 8, 4, ASSOC_LRU }, HOLDS(LEVEL_4K) };
	m.stlb[0] = (struct tlb_geometry){ { 24, 6, ASSOC_LRU },
					   HOLDS(LEVEL_4K) | HOLDS(LEVEL_2M) };
	return m;
}

static void open_world(struct world *w, const struct machine *m)
{
	memset(w, 0, sizeof(*w));
	assert_int_equal(cpu_create(&w->c, m, 1, &w->n, NULL), 0);
}

static struct translation page(uint64_t frame, unsigned level)
{
	return (struct translation){
		.frame = frame, .level = (uint8_t)level, .perm = PERM_ALL, .dirty = true
	};
}

static bool look(struct world *w, uint64_t vpn, struct access a, struct translation *t)
{
	struct translation mine;

	return cpu_tlb_lookup(w->c, gva_make(vpn << PAGE_SHIFT), a, &mode, t ? t : &mine);
}

static void fill(struct world *w, uint64_t vpn, struct access a, struct translation t)
{
	cpu_tlb_fill(w->c, gva_make(vpn << PAGE_SHIFT), a, &t);
}

/* --- levels --- */

static void a_walk_fills_both_levels(void **state)
{
	struct machine m = small();
	struct translation t;
	struct world w;

	(void)state;
	open_world(&w, &m);
	assert_false(look(&w, 5, load, NULL));
	assert_int_equal(w.n.l1d_tlb_misses, 1);
	assert_int_equal(w.n.stlb_misses, 1);
	fill(&w, 5, load, page(55, LEVEL_4K));
	assert_true(look(&w, 5, load, &t));
	assert_int_equal(t.frame, 55);
	assert_int_equal(w.n.l1d_tlb_misses, 1);
	assert_true(look(&w, 5, fetch, &t)); /* the second level serves code too */
	assert_int_equal(w.n.l1i_tlb_misses, 1);
	assert_int_equal(w.n.stlb_hits, 1);
	assert_true(look(&w, 5, fetch, &t)); /* and has refilled the first */
	assert_int_equal(w.n.l1i_tlb_misses, 1);
	cpu_destroy(w.c);
}

static void levels_evict_on_their_own(void **state)
{
	struct machine m = small();
	struct world w;

	(void)state;
	open_world(&w, &m);
	for (uint64_t i = 0; i < 3; i++) { /* one set of two in the first level */
		assert_false(look(&w, 4 * i, load, NULL));
		fill(&w, 4 * i, load, page(i, LEVEL_4K));
	}
	assert_true(look(&w, 0, load, NULL));
	assert_int_equal(w.n.stlb_hits, 1);
	for (uint64_t i = 3; i < 9; i++) { /* page 0 is touched in the first level only */
		assert_true(look(&w, 0, load, NULL));
		fill(&w, 4 * i, load, page(i, LEVEL_4K));
	}
	assert_true(look(&w, 0, load, NULL));
	assert_int_equal(w.n.stlb_hits, 1);	/* never left the first level */
	assert_false(look(&w, 0, fetch, NULL)); /* but the second: hits above do not touch it */
	cpu_destroy(w.c);
}

static void sizes_without_an_array_become_pieces(void **state)
{
	struct machine m = small();
	struct translation t;
	struct world w;

	(void)state;
	open_world(&w, &m);
	fill(&w, 0x40123, load, page(0x80000, LEVEL_1G)); /* no 1G anywhere: a 2M piece */
	assert_true(look(&w, 0x40001, load, &t));
	assert_int_equal(t.level, LEVEL_2M);
	assert_int_equal(t.frame, 0x80000);
	assert_int_equal(w.n.l1d_tlb_misses, 0);
	assert_false(look(&w, 0x40200, load, NULL));
	assert_true(look(&w, 0x40123, fetch, &t)); /* 4K only on the code side */
	assert_int_equal(w.n.stlb_hits, 1);
	assert_true(look(&w, 0x40123, fetch, &t));
	assert_int_equal(t.level, LEVEL_4K);
	assert_int_equal(t.frame, 0x80123);
	cpu_destroy(w.c);
}

static void a_size_the_second_level_lacks_lives_in_the_first(void **state)
{
	struct machine m = small();
	struct world w;

	(void)state;
	m.stlb[0].holds = HOLDS(LEVEL_4K);
	open_world(&w, &m);
	for (uint64_t i = 0; i < 5; i++)
		fill(&w, i << 9, load, page(i << 9, LEVEL_2M));
	assert_int_equal(w.c->l2[CPU_DATA]->present, 0);
	assert_true(look(&w, 4 << 9, load, NULL));
	assert_false(look(&w, 0, load, NULL)); /* evicted: 4 entries */
	cpu_destroy(w.c);
}

static void amd_has_a_second_level_for_code(void **state)
{
	struct machine m = small();
	struct world w;

	(void)state;
	m.stlb_i[0] = (struct tlb_geometry){ { 16, 4, ASSOC_LRU }, HOLDS(LEVEL_4K) };
	open_world(&w, &m);
	fill(&w, 5, load, page(55, LEVEL_4K));
	assert_false(look(&w, 5, fetch, NULL));
	cpu_destroy(w.c);
}

static void what_forbids_is_walked_again(void **state)
{
	struct machine m = small();
	struct translation clean = page(7, LEVEL_4K);
	struct world w;

	(void)state;
	open_world(&w, &m);
	clean.dirty = false;
	fill(&w, 7, load, clean);
	fill(&w, 7, fetch, page(7, LEVEL_2M)); /* an older mapping of another size */
	assert_true(look(&w, 7, load, NULL));
	assert_false(look(&w, 7, store, NULL));
	assert_int_equal(w.n.tlb_rewalks, 1);
	assert_int_equal(w.n.l1d_tlb_misses, 0);
	assert_false(look(&w, 7, load, NULL)); /* dropped from both levels, in every size */
	assert_int_equal(w.n.stlb_misses, 1);
	fill(&w, 7, store, page(7, LEVEL_4K));
	assert_true(look(&w, 7, store, NULL));
	cpu_destroy(w.c);
}

static void what_forbids_in_the_second_level_too(void **state)
{
	struct machine m = small();
	struct translation code = page(7, LEVEL_4K);
	struct world w;

	(void)state;
	open_world(&w, &m);
	code.perm = PERM_U | PERM_X;
	fill(&w, 7, fetch, code);
	assert_false(look(&w, 7, store, NULL));
	assert_int_equal(w.n.stlb_hits, 1);
	assert_int_equal(w.n.tlb_rewalks, 1);
	assert_true(look(&w, 7, fetch, NULL)); /* the code side keeps its own */
	assert_int_equal(w.n.l1d_tlb_misses,
			 w.n.stlb_hits + w.n.stlb_misses - w.n.l1i_tlb_misses);
	cpu_destroy(w.c);
}

/* --- caches --- */

static void full_caches_see_data(void **state)
{
	struct machine m = small();
	struct world w;

	(void)state;
	m.pte_cache = PTE_CACHE_FULL;
	m.l1 = (struct cache_geometry){ 1024, 2 };
	m.l2 = (struct cache_geometry){ 4096, 4 };
	m.l3 = (struct cache_geometry){ 6 * 1024, 6 }; /* 16 sets of 6 */
	open_world(&w, &m);
	cpu_data_ref(w.c, 0x1000);
	cpu_table_ref(w.c, 0x1038); /* the same line */
	cpu_table_ref(w.c, 0x1040);
	cpu_settle(w.c);
	assert_int_equal(w.n.walk_refs_l1, 1);
	assert_int_equal(w.n.walk_refs_mem, 1);
	assert_int_equal(w.n.data_refs_mem, 1);
	cpu_data_ref(w.c, 0x1010);
	cpu_settle(w.c);
	assert_int_equal(w.n.data_refs_l1, 1);
	cpu_data_ref(w.c, 0x1000 + 512); /* two more lines of 0x1000's set in L1 */
	cpu_data_ref(w.c, 0x1000 + 1024);
	cpu_table_ref(w.c, 0x1000);
	cpu_settle(w.c);
	assert_int_equal(w.n.walk_refs_l2, 1);
	cpu_table_ref(w.c, 0x1000);
	cpu_settle(w.c);
	assert_int_equal(w.n.walk_refs_l1, 2);
	for (unsigned i = 1; i <= 5; i++) /* push it out of L2, not of L3 */
		cpu_data_ref(w.c, 0x1000 + i * 1024);
	cpu_table_ref(w.c, 0x1000);
	cpu_settle(w.c);
	assert_int_equal(w.n.walk_refs_l3, 1);
	assert_int_equal(w.n.data_refs_mem, 1 + 2 + 4); /* once each: i = 1 was here before */
	assert_int_equal(w.n.data_refs_l1 + w.n.data_refs_l2, 2);
	cpu_destroy(w.c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_walk_fills_both_levels),
		cmocka_unit_test(levels_evict_on_their_own),
		cmocka_unit_test(sizes_without_an_array_become_pieces),
		cmocka_unit_test(a_size_the_second_level_lacks_lives_in_the_first),
		cmocka_unit_test(amd_has_a_second_level_for_code),
		cmocka_unit_test(what_forbids_is_walked_again),
		cmocka_unit_test(what_forbids_in_the_second_level_too),
		cmocka_unit_test(full_caches_see_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
