/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_walk_cached.c - what the page walker caches, and what it may skip then */
#include "check.h"

#include "walk_world.h"

static void a_cached_pde_leaves_one_reference(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, world_cached(), PT_EPT, world_plain);
	tables_map(&w.guest, PAGE_BYTES, 1, WORLD_DATA + 1, tables_all(PT_X86));
	assert_int_equal(world_one(&w, 0, world_load), WALK_OK);
	assert_int_equal(w.n.walk_refs_guest, 4);
	assert_int_equal(world_one(&w, PAGE_BYTES, world_load), WALK_OK);
	assert_int_equal(w.n.walk_refs_guest, 5);
	assert_int_equal(w.n.pwc_hits_pde, 1);
	world_close(&w);
}

static void each_level_is_cached(void **state)
{
	static const struct world_shape deep = { 5, 1, 5, 1 };
	static const unsigned shift[] = { 21, 30, 39, 48 };
	struct world w;

	(void)state;
	world_open(&w, world_cached(), PT_EPT, deep);
	for (unsigned i = 0; i < 4; i++)
		tables_map(&w.guest, (uint64_t)1 << shift[i], 1, WORLD_DATA,
			   tables_all(PT_X86));
	assert_int_equal(world_one(&w, 0, world_load), WALK_OK);
	for (unsigned i = 0; i < 4; i++) {
		w.n.walk_refs_guest = 0;
		assert_int_equal(world_one(&w, (uint64_t)1 << shift[i], world_load), WALK_OK);
		assert_int_equal(w.n.walk_refs_guest, 2 + i);
	}
	assert_int_equal(w.n.pwc_hits_pdpte, 1);
	assert_int_equal(w.n.pwc_hits_pml4e, 1);
	assert_int_equal(w.n.pwc_hits_pml5e, 1);
	assert_int_equal(w.n.pwc_hits_pde, 0);
	world_close(&w);
}

/* A combined entry skips the guest levels above and their nested translations. */
static void combined_entries_skip_both_dimensions(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, world_cached(), PT_EPT, world_plain);
	tables_map(&w.guest, PAGE_BYTES, 1, WORLD_DATA + 1, tables_all(PT_X86));
	assert_int_equal(world_two(&w, 0, world_load), WALK_OK);
	assert_int_equal(w.n.walk_refs_guest, 4);
	assert_int_equal(w.n.walk_refs_host, 4 + 1 + 1 + 1 + 1); /* PDE of EPT cached */
	assert_int_equal(w.n.ntlb_misses, 4);
	assert_int_equal(w.n.host_pwc_hits, 4);
	assert_int_equal(world_two(&w, PAGE_BYTES, world_load), WALK_OK);
	assert_int_equal(w.n.walk_refs_guest, 5);
	assert_int_equal(w.n.walk_refs_host, 9); /* the data's only */
	assert_int_equal(w.n.ntlb_hits, 0);
	assert_int_equal(w.r.t.frame, TABLES_BASE + WORLD_DATA + 1);
	world_close(&w);
}

static void nested_tlb_holds_guest_table_pages(void **state)
{
	struct machine m = world_bare();
	struct world w;

	(void)state;
	m.ntlb = (struct assoc_geometry){ 16, 4, ASSOC_LRU };
	world_open(&w, m, PT_EPT, world_plain);
	assert_int_equal(world_two(&w, 0, world_load), WALK_OK);
	assert_int_equal(world_refs(&w), 24);
	assert_int_equal(w.n.ntlb_misses, 4);
	assert_int_equal(world_two(&w, 0, world_load), WALK_OK);
	assert_int_equal(w.n.ntlb_hits, 4);
	assert_int_equal(world_refs(&w), 24 + 4 + 4); /* the data's page is translated anew */
	world_close(&w);
}

static void nested_tlb_holds_large_host_pages(void **state)
{
	static const struct world_shape large = { 4, 1, 4, 2 };
	struct machine m = world_bare();
	struct world w;

	(void)state;
	m.ntlb = (struct assoc_geometry){ 16, 4, ASSOC_LRU };
	world_open(&w, m, PT_EPT, large);
	assert_int_equal(world_two(&w, 0, world_load), WALK_OK);
	assert_int_equal(w.n.ntlb_misses, 1); /* all four tables lie in one 2M page */
	assert_int_equal(w.n.ntlb_hits, 3);
	assert_int_equal(w.r.t.frame, TABLES_BASE + WORLD_DATA);
	world_close(&w);
}

/* Nothing is cached from an absent entry; accessed entries above it may be. */
static void a_fault_caches_what_was_accessed_above(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, world_cached(), PT_EPT, world_plain);
	*tables_entry(&w.guest, 0, 1) = 0;
	*tables_entry(&w.guest, 0, 3) &= ~PTE_A;
	assert_int_equal(world_one(&w, 0, world_load), WALK_FAULT);
	w.n.walk_refs_guest = 0;
	assert_int_equal(world_one(&w, 0, world_load), WALK_FAULT);
	assert_int_equal(w.n.pwc_hits_pml4e, 1); /* not the PDPTE: its A is clear */
	assert_int_equal(w.n.walk_refs_guest, 3);
	*tables_entry(&w.guest, 0, 3) |= PTE_A;
	assert_int_equal(world_one(&w, 0, world_load), WALK_FAULT);
	assert_int_equal(world_one(&w, 0, world_load), WALK_FAULT);
	assert_int_equal(w.n.pwc_hits_pde, 1);
	tables_map(&w.guest, 0, 1, WORLD_DATA,
		   tables_all(PT_X86)); /* absent to present needs no invalidation */
	assert_int_equal(world_one(&w, 0, world_load), WALK_OK);
	world_close(&w);
}

static void pcids_do_not_share_entries(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, world_cached(), PT_EPT, world_plain);
	assert_int_equal(world_two(&w, 0, world_load), WALK_OK);
	cpu_set_pcid(w.c, 7);
	assert_int_equal(world_two(&w, 0, world_load), WALK_OK);
	assert_int_equal(w.n.pwc_hits_pde, 0);
	cpu_set_pcid(w.c, 0);
	assert_int_equal(world_two(&w, 0, world_load), WALK_OK);
	assert_int_equal(w.n.pwc_hits_pde, 1);
	world_close(&w);
}

/* Rights of the levels that a cached entry skips still count. */
static void cached_entries_carry_rights(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, world_cached(), PT_EPT, world_plain);
	*tables_entry(&w.guest, 0, 4) &= ~PTE_W;
	assert_int_equal(world_two(&w, 0, world_load), WALK_OK);
	assert_int_equal(world_two(&w, 0, world_store), WALK_FAULT);
	assert_int_equal(w.n.pwc_hits_pde, 1);
	*tables_entry(&w.guest, 0, 4) |= PTE_W; /* a stale right, as the architecture allows */
	assert_int_equal(world_two(&w, 0, world_store), WALK_FAULT);
	cpu_pf_delivered(w.c, gva_make(0)); /* a #PF drops them */
	assert_int_equal(world_two(&w, 0, world_store), WALK_OK);
	world_close(&w);
}

static void references_are_priced_by_the_caches(void **state)
{
	struct machine m = world_bare();
	struct world w;

	(void)state;
	m.pte_cache = PTE_CACHE_TABLES;
	m.l1 = (struct cache_geometry){ 64, 1 }; /* one line */
	m.l2 = (struct cache_geometry){ 4096, 8 };
	world_open(&w, m, PT_EPT, world_plain);
	assert_int_equal(world_one(&w, 0, world_load), WALK_OK);
	cpu_settle(w.c);
	assert_int_equal(w.n.walk_refs_mem, 4);
	assert_int_equal(world_one(&w, 0, world_load), WALK_OK);
	cpu_settle(w.c);
	assert_int_equal(w.n.walk_refs_l2, 4);
	assert_int_equal(w.n.walk_refs_l1, 0);
	cpu_data_ref(w.c, 0x1000); /* without effect: tables only */
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cached_pde_leaves_one_reference),
		cmocka_unit_test(each_level_is_cached),
		cmocka_unit_test(combined_entries_skip_both_dimensions),
		cmocka_unit_test(nested_tlb_holds_guest_table_pages),
		cmocka_unit_test(nested_tlb_holds_large_host_pages),
		cmocka_unit_test(a_fault_caches_what_was_accessed_above),
		cmocka_unit_test(pcids_do_not_share_entries),
		cmocka_unit_test(cached_entries_carry_rights),
		cmocka_unit_test(references_are_priced_by_the_caches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
