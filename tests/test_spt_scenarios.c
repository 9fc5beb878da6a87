/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Shadow paging against numbers that a real KVM gave: each scenario is a workload that was run
 * on a kernel, the expected values are differences of KVM's own statistics around it.
 *
 *   measured   Linux 6.18, KVM with shadow paging (kvm_pvm), own minimal VMM, N = 512 pages
 *   bochs      Linux 6.1, kvm_intel ept=0 under Bochs 2.7 (VMX emulated), N = 256 pages
 *
 * doc/validity.md tells more of both. Counters not named in a row must not have moved, of those
 * that KVM reproduces from run to run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mmu/spt.h"
#include "tests/scenario.h"

/* Mapped by 4K entries with A = D = 1, tables told, code running. */
static struct scenario *make_plain(unsigned n)
{
	struct scenario *s = scenario_make("spt", &scenario_4k, n, SMALL_AD, LEVEL_4K);

	small_start(&s->g);
	return s;
}

/* --- first touches, measured --- */

static void touch_populated(void **unused)
{
	(void)unused;
	for (enum touch how = TOUCH_LOAD; how <= TOUCH_STORE; how++) {
		struct scenario *s = make_plain(512);

		scenario_mark(s);
		scenario_touch(s, 512, 1, how);
		EXPECT(s, { "pf_taken", 64 }, { "pf_fixed", 64 }, { "pages_4k", 512 },
		       { "mmu_cache_miss", 3 });
	}
}

static void touch_again(void **unused)
{
	struct scenario *s = make_plain(512);

	(void)unused;
	scenario_touch(s, 512, 1, TOUCH_LOAD);
	scenario_mark(s);
	scenario_touch(s, 512, 1, TOUCH_LOAD);
	scenario_touch(s, 512, 1, TOUCH_STORE);
	EXPECT(s, { "pf_taken", 0 });
}

static void touch_not_accessed(void **unused)
{
	(void)unused;
	for (enum touch how = TOUCH_LOAD; how <= TOUCH_STORE; how++) {
		struct scenario *s = scenario_make("spt", &scenario_4k, 512, 0, LEVEL_4K);
		uint64_t want = how == TOUCH_STORE ? SMALL_AD : PTE_A;

		small_start(&s->g);
		scenario_mark(s);
		scenario_touch(s, 512, 1, how);
		for (unsigned i = 0; i < 512; i++)
			assert_int_equal(small_entry(&s->g, scenario_pte(s, i)) & SMALL_AD,
					 want);
		EXPECT(s, { "pf_taken", 512 }, { "pf_fixed", 512 }, { "pages_4k", 512 },
		       { "mmu_cache_miss", 3 });
	}
}

static void write_clean_after_read(void **unused)
{
	struct scenario *s = scenario_make("spt", &scenario_4k, 512, 0, LEVEL_4K);

	(void)unused;
	small_start(&s->g);
	scenario_touch(s, 512, 1, TOUCH_LOAD);
	scenario_mark(s);
	scenario_touch(s, 512, 1, TOUCH_STORE);
	EXPECT(s, { "pf_taken", 512 }, { "pf_fixed", 512 });
}

static void touch_unpopulated(void **unused)
{
	(void)unused;
	for (enum touch how = TOUCH_LOAD; how <= TOUCH_STORE; how++) {
		struct scenario *s =
			scenario_make("spt", &scenario_4k_empty, 512, SMALL_AD, LEVEL_4K);

		small_start(&s->g);
		scenario_mark(s);
		scenario_touch(s, 512, 1, how);
		EXPECT(s, { "pf_taken", 512 }, { "pf_fixed", 512 }, { "pages_4k", 512 },
		       { "mmu_cache_miss", 3 }, { "host_faults", 512 });
	}
}

static void write_zero_page(void **unused)
{
	struct scenario *s = scenario_make("spt", &scenario_4k_empty, 512, SMALL_AD, LEVEL_4K);

	(void)unused;
	small_start(&s->g);
	scenario_touch(s, 512, 1, TOUCH_LOAD);
	scenario_mark(s);
	scenario_touch(s, 512, 1, TOUCH_STORE);
	EXPECT(s, { "pf_taken", 1024 }, { "pf_fixed", 512 }, { "tlb_flush", 512 },
	       { "remote_tlb_flush_requests", 512 }, { "host_cow_faults", 512 });
}

static void touch_discarded(void **unused)
{
	struct scenario *s = make_plain(512);

	(void)unused;
	scenario_touch(s, 512, 1, TOUCH_STORE);
	scenario_mark(s);
	scenario_discard(s, 512);
	assert_int_equal(s->before.pages_4k - vm_counters(s->g.vm)->pages_4k, 512);
	scenario_touch(s, 512, 1, TOUCH_STORE);
	EXPECT(s, { "pf_taken", 512 }, { "pf_fixed", 512 }, { "host_faults", 512 });
}

/* --- page sizes, measured --- */

/* The measured phase is the first store to each of 512 pages. */
static void first_stores(struct scenario *s)
{
	small_start(&s->g);
	scenario_mark(s);
	scenario_touch(s, 512, 1, TOUCH_STORE);
}

static void guest_2m_host_4k(void **unused)
{
	struct scenario *s = scenario_make("spt", &scenario_4k, 1, SMALL_AD, LEVEL_2M);

	(void)unused;
	first_stores(s);
	EXPECT(s, { "pf_taken", 64 }, { "pf_fixed", 64 }, { "pages_4k", 512 },
	       { "mmu_cache_miss", 3 });
}

static void guest_2m_host_2m(void **unused)
{
	struct scenario *s = scenario_make("spt", &scenario_2m, 1, SMALL_AD, LEVEL_2M);

	(void)unused;
	first_stores(s);
	EXPECT(s, { "pf_taken", 1 }, { "pf_fixed", 1 }, { "pages_2m", 1 },
	       { "mmu_cache_miss", 2 });
}

static void guest_4k_host_2m(void **unused)
{
	struct scenario *s = scenario_make("spt", &scenario_2m, 512, SMALL_AD, LEVEL_4K);

	(void)unused;
	first_stores(s);
	EXPECT(s, { "pf_taken", 64 }, { "pf_fixed", 64 }, { "pages_4k", 512 },
	       { "mmu_cache_miss", 3 });
}

/* A second gva for the same pages through another part of the same table. */
static void second_mapping(void **unused)
{
	struct scenario *s = scenario_make("spt", &scenario_4k, 8, SMALL_AD, LEVEL_4K);

	(void)unused;
	small_map(&s->g, s->g.cr3, DATA + 64 * PAGE_BYTES, DATA_GFN, SMALL_RW | SMALL_AD, 1);
	small_start(&s->g);
	scenario_touch(s, 8, 1, TOUCH_LOAD);
	scenario_mark(s);
	small_load(&s->g, DATA + 64 * PAGE_BYTES);
	EXPECT(s, { "pf_taken", 1 }, { "pf_fixed", 1 }, { "pages_4k", 1 });
}

/* --- table writes, measured --- */

static void emulated_pte_writes(void **unused)
{
	struct scenario *s = make_plain(512);

	(void)unused;
	scenario_touch(s, 512, 1, TOUCH_STORE);
	scenario_mark(s);
	for (unsigned i = 0; i < 512; i++) {
		spt_emulated_write(vm_mmu(s->g.vm), gpa_make(scenario_pte(s, i)), 8);
		assert_int_equal(spt_enter(vm_mmu(s->g.vm), vm_mmu(s->g.vm)->vcpu, NULL), 0);
	}
	EXPECT(s, { "pages_4k", -512 }, { "remote_tlb_flush_requests", 512 },
	       { "mmu_pte_write", 512 });
}

static void native_pte_writes(void **unused)
{
	struct scenario *s = make_plain(512);

	(void)unused;
	scenario_use_alias(s);
	scenario_touch(s, 512, 1, TOUCH_STORE);
	scenario_mark(s);
	scenario_store_ptes(s, 512, 0);
	EXPECT(s, { "pf_taken", 1 }, { "pf_fixed", 1 }, { "mmu_unsync", 1 });
}

static struct scenario *make_stale(void)
{
	struct scenario *s = make_plain(512);

	scenario_touch(s, 512, 1, TOUCH_STORE);
	scenario_store_ptes(s, 512, SMALL_RW);
	scenario_mark(s);
	return s;
}

static void invlpg_stale(void **unused)
{
	struct scenario *s = make_stale();

	(void)unused;
	for (unsigned i = 0; i < 512; i++)
		scenario_invlpg(s, i);
	EXPECT(s, { "invlpg", 512 }, { "pages_4k", -512 }, { "exit_invlpg", 512 },
	       { "remote_tlb_flush_requests", 512 });
}

static void cr3_stale(void **unused)
{
	struct scenario *s = make_stale();

	(void)unused;
	small_event(&s->g, EVENT_CR3, 0, s->g.cr3);
	EXPECT(s, { "mmu_unsync", -1 }, { "pages_4k", -512 }, { "tlb_flush", 1 },
	       { "exit_cr3", 1 });
}

static void pde_writes(void **unused)
{
	struct scenario *s = make_plain(512);
	uint64_t pde = small_entry_gpa(&s->g, s->g.cr3, DATA, 2);

	(void)unused;
	scenario_touch(s, 512, 1, TOUCH_STORE);
	for (unsigned i = 1; i <= 3; i++) {
		scenario_mark(s);
		assert_int_equal(small_store_entry(&s->g, pde + 8 * i, 0), FILL_DONE);
		assert_int_equal(vm_counters(s->g.vm)->pf_emulate - s->before.pf_emulate, 1);
		assert_int_equal(vm_counters(s->g.vm)->pf_taken - s->before.pf_taken, 1);
	}
	EXPECT(s, { "pf_taken", 1 }, { "pf_emulate", 1 }, { "mmu_flooded", 1 },
	       { "mmu_shadow_zapped", 1 });
}

/* --- address spaces, measured and bochs --- */

static void switch_spaces(unsigned n_spaces)
{
	struct scenario *s = scenario_make("spt", &scenario_4k, 0, 0, LEVEL_4K);
	uint64_t cr3[8] = { s->g.cr3 };

	for (unsigned i = 1; i < n_spaces; i++)
		cr3[i] = small_space(&s->g);
	small_start(&s->g);
	for (unsigned i = 0; i < n_spaces; i++) {
		small_event(&s->g, EVENT_CR3, 0, cr3[i]);
		small_load(&s->g, SMALL_CODE);
	}
	scenario_mark(s);
	for (unsigned i = 0; i < 256; i++) {
		small_event(&s->g, EVENT_CR3, 0, cr3[i % n_spaces]);
		small_load(&s->g, SMALL_CODE);
	}
	EXPECT(s, { "tlb_flush", 256 }, { "exit_cr3", 256 }, { "exits", 256 });
}

static void cr3_switch(void **unused)
{
	(void)unused;
	switch_spaces(1);
	switch_spaces(2);
	switch_spaces(3);
	switch_spaces(8);
}

static void cr4_pge(void **unused)
{
	struct scenario *s = make_plain(1);
	uint64_t cr4 = CR4_PAE | CR4_PGE;

	(void)unused;
	scenario_mark(s);
	for (unsigned i = 0; i < 512; i++)
		small_event(&s->g, EVENT_CR4, 0, cr4 ^= CR4_PGE);
	EXPECT(s, { "tlb_flush", 512 }, { "exit_cr4", 512 }, { "exits", 512 });
}

/* --- guest handlers, bochs (N = 256) --- */

/* As the workloads there: the tables above the data are shadowed before the measured phase. */
static struct scenario *make_bochs(const struct host_config *host, uint64_t flags)
{
	struct scenario *s = scenario_make("spt", host, 256, flags, LEVEL_4K);

	scenario_map_near(s);
	return s;
}

static void start_bochs(struct scenario *s)
{
	small_start(&s->g);
	scenario_load_near(s);
	scenario_use_alias(s);
}

static void demand_paging(void **unused)
{
	struct scenario *s = make_bochs(&scenario_4k, 0);

	(void)unused;
	for (unsigned i = 0; i < 256; i++)
		small_map(&s->g, s->g.cr3, DATA + i * PAGE_BYTES, 0, 0, 1);
	start_bochs(s);
	scenario_mark(s);
	for (unsigned i = 0; i < 256; i++)
		scenario_handle_fault(s, i, PFEC_W | PFEC_U, SMALL_RW | SMALL_AD);
	EXPECT(s, { "pf_taken", 513 }, { "pf_fixed", 257 }, { "pf_guest", 256 },
	       { "mmu_unsync", 1 }, { "mmu_cache_miss", 2 }, { "pages_4k", 256 },
	       { "exits", 513 });
}

static void copy_on_write(void **unused)
{
	struct scenario *s = make_bochs(&scenario_4k, SMALL_AD);

	(void)unused;
	for (unsigned i = 0; i < 256; i++)
		small_map(&s->g, s->g.cr3, DATA + i * PAGE_BYTES, DATA_GFN + i,
			  PTE_P | PTE_U | PTE_A, 1);
	start_bochs(s);
	scenario_touch(s, 256, 1, TOUCH_LOAD);
	scenario_mark(s);
	for (unsigned i = 0; i < 256; i++)
		scenario_handle_fault(s, i, PFEC_P | PFEC_W | PFEC_U, SMALL_RW | SMALL_AD);
	EXPECT(s, { "tlb_flush", 511 }, { "pf_taken", 257 }, { "pf_fixed", 1 },
	       { "pf_guest", 256 }, { "invlpg", 256 }, { "mmu_unsync", 1 }, { "exits", 513 });
}

static struct scenario *make_writable(void)
{
	struct scenario *s = make_bochs(&scenario_4k, SMALL_AD);

	start_bochs(s);
	scenario_touch(s, 256, 1, TOUCH_STORE);
	scenario_mark(s);
	return s;
}

static void clear_w(void **unused)
{
	struct scenario *s = make_writable();

	(void)unused;
	scenario_store_ptes(s, 256, READ_ONLY);
	EXPECT(s, { "pf_taken", 1 }, { "pf_fixed", 1 }, { "mmu_unsync", 1 }, { "exits", 1 });
}

static void clear_w_invlpg(void **unused)
{
	struct scenario *s = make_writable();

	(void)unused;
	for (unsigned i = 0; i < 256; i++) {
		small_store_entry(&s->g, scenario_pte(s, i),
				  (DATA_GFN + i) << PAGE_SHIFT | READ_ONLY);
		scenario_invlpg(s, i);
	}
	EXPECT(s, { "pf_taken", 1 }, { "pf_fixed", 1 }, { "mmu_unsync", 1 }, { "invlpg", 256 },
	       { "tlb_flush", 256 }, { "exits", 257 });
}

static void clear_w_cr3(void **unused)
{
	struct scenario *s = make_writable();

	(void)unused;
	scenario_store_ptes(s, 256, READ_ONLY);
	small_event(&s->g, EVENT_CR3, 0, s->g.cr3);
	EXPECT(s, { "pf_taken", 1 }, { "pf_fixed", 1 }, { "tlb_flush", 1 }, { "exits", 2 });
}

static void fork_like(void **unused)
{
	struct scenario *s = make_writable();

	(void)unused;
	scenario_store_ptes(s, 256, READ_ONLY);
	small_event(&s->g, EVENT_CR3, 0, s->g.cr3);
	for (unsigned i = 0; i < 256; i++)
		scenario_handle_fault(s, i, PFEC_P | PFEC_W | PFEC_U, SMALL_RW | SMALL_AD);
	EXPECT(s, { "tlb_flush", 512 }, { "pf_taken", 258 }, { "pf_fixed", 2 },
	       { "pf_guest", 256 }, { "invlpg", 256 }, { "mmu_unsync", 1 }, { "exits", 515 });
}

static void unmap_remap(void **unused)
{
	struct scenario *s = make_writable();

	(void)unused;
	for (unsigned round = 0; round < 4; round++) {
		for (unsigned i = 0; i < 256; i++) {
			small_store_entry(&s->g, scenario_pte(s, i), 0);
			scenario_invlpg(s, i);
		}
		for (unsigned i = 0; i < 256; i++)
			scenario_handle_fault(s, i, PFEC_W | PFEC_U, SMALL_RW | SMALL_AD);
	}
	EXPECT(s, { "tlb_flush", 1024 }, { "pf_taken", 2049 }, { "pf_fixed", 1025 },
	       { "pf_guest", 1024 }, { "invlpg", 1024 }, { "mmu_unsync", 1 },
	       { "exits", 3073 });
}

static void stride_8(void **unused)
{
	struct scenario *s = scenario_make("spt", &scenario_4k, 2048, SMALL_AD, LEVEL_4K);

	(void)unused;
	scenario_map_near(s);
	small_start(&s->g);
	scenario_load_near(s);
	scenario_mark(s);
	scenario_touch(s, 256, 8, TOUCH_LOAD);
	EXPECT(s, { "pf_taken", 256 }, { "pf_fixed", 256 }, { "pages_4k", 2048 },
	       { "mmu_cache_miss", 5 });
}

static void device_reads(void **unused)
{
	struct scenario *s = scenario_make("spt", &scenario_4k, 0, 0, LEVEL_4K);

	(void)unused;
	small_map(&s->g, s->g.cr3, DATA, RAM >> PAGE_SHIFT, SMALL_RW | SMALL_AD, 1);
	scenario_map_near(s);
	small_start(&s->g);
	scenario_load_near(s);
	scenario_mark(s);
	for (unsigned i = 0; i < 256; i++)
		small_load(&s->g, DATA);
	EXPECT(s, { "pf_taken", 1 }, { "pf_emulate", 1 }, { "pf_mmio_spte_created", 1 },
	       { "mmu_cache_miss", 2 }, { "exits", 256 }, { "exit_pf_mmio", 256 });
}

/* --- several vCPUs: whom a flush must reach --- */

/* Each INVLPG of a stale entry makes KVM flush all vCPUs: the two others are forced out. */
static void kicks(void **unused)
{
	struct small_options o = {
		.technique = "spt", .ram_bytes = RAM, .host = scenario_4k, .n_vcpu = 3
	};
	struct scenario *s = calloc(1, sizeof(*s));

	(void)unused;
	assert_non_null(s);
	small_init(&s->g, &o);
	for (unsigned i = 0; i < 16; i++)
		small_map(&s->g, s->g.cr3, DATA + i * PAGE_BYTES, DATA_GFN + i,
			  SMALL_RW | SMALL_AD, LEVEL_4K);
	small_start(&s->g);
	for (unsigned vcpu = 3; vcpu-- > 0;) {
		small_event(&s->g, EVENT_VCPU, 0, vcpu);
		scenario_touch(s, 16, 1, TOUCH_STORE);
	}
	scenario_store_ptes(s, 16, 0);
	scenario_mark(s);
	for (unsigned i = 0; i < 16; i++)
		scenario_invlpg(s, i);
	EXPECT(s, { "invlpg", 16 }, { "pages_4k", -16 }, { "remote_tlb_flush_requests", 16 },
	       { "remote_tlb_flush", 16 }, { "exit_kick", 32 }, { "irq_exits", 32 },
	       { "tlb_flush", 48 }, { "exits", 48 });
}

/* A vCPU's own flush concerns nobody else, and its tables are private where they can be. */
static void no_kicks(void **unused)
{
	struct small_options o = {
		.technique = "spt", .ram_bytes = RAM, .host = scenario_4k, .n_vcpu = 2
	};
	struct scenario *s = calloc(1, sizeof(*s));

	(void)unused;
	assert_non_null(s);
	small_init(&s->g, &o);
	for (unsigned i = 0; i < 16; i++)
		small_map(&s->g, s->g.cr3, DATA + i * PAGE_BYTES, DATA_GFN + i,
			  SMALL_RW | SMALL_AD, LEVEL_4K);
	small_start(&s->g);
	scenario_touch(s, 16, 1, TOUCH_STORE);
	scenario_mark(s);
	small_event(&s->g, EVENT_VCPU, 0, 1);
	scenario_touch(s, 16, 1, TOUCH_STORE); /* shares root and entries with the other */
	small_event(&s->g, EVENT_CR3, 0, s->g.cr3);
	EXPECT(s, { "tlb_flush", 1 }, { "exit_cr3", 1 }, { "exits", 1 }, { "exit_kick", 0 },
	       { "stlb_misses", 16 });
}

/* --- rules without a row: a slot goes, the quota binds --- */

static void slot_removed(void **unused)
{
	struct scenario *s = make_plain(512);
	struct event add = { .kind = EVENT_RAM_ADD, .gpa = 1024 * MIB, .value = 2 * MIB };
	struct event del = { .kind = EVENT_RAM_DEL, .gpa = 1024 * MIB, .value = 2 * MIB };
	uint64_t pages;

	(void)unused;
	scenario_touch(s, 512, 1, TOUCH_STORE);
	assert_int_equal(vm_event(s->g.vm, &add, NULL, NULL), 0);
	pages = vm_counters(s->g.vm)->shadow_pages;
	scenario_mark(s);
	assert_int_equal(vm_event(s->g.vm, &del, NULL, NULL), 0);
	assert_int_equal(vm_counters(s->g.vm)->mmu_shadow_zapped - s->before.mmu_shadow_zapped,
			 pages);
	assert_int_equal(vm_counters(s->g.vm)->pages_4k, 0);
	scenario_mark(s);
	scenario_touch(s, 512, 1, TOUCH_STORE);
	/* the root counts once more when the vCPU lets go of it, and is made anew */
	EXPECT(s, { "pf_taken", 64 }, { "pf_fixed", 64 }, { "pages_4k", 512 },
	       { "mmu_cache_miss", 4 }, { "mmu_shadow_zapped", 1 });
}

static void quota(void **unused)
{
	struct small_options o = {
		.technique = "spt", .ram_bytes = RAM, .host = scenario_4k, .shadow_quota = 64
	};
	struct scenario *s = calloc(1, sizeof(*s));

	(void)unused;
	assert_non_null(s);
	small_init(&s->g, &o);
	for (unsigned i = 0; i < 200; i++)
		small_map(&s->g, s->g.cr3, DATA + i * level_bytes(LEVEL_2M), DATA_GFN,
			  SMALL_RW | SMALL_AD, 1);
	small_start(&s->g);
	for (unsigned i = 0; i < 200; i++) {
		small_load(&s->g, DATA + i * level_bytes(LEVEL_2M));
		assert_true(vm_counters(s->g.vm)->shadow_pages <= 64);
	}
	assert_true(vm_counters(s->g.vm)->mmu_recycled >= 140);
	assert_int_equal(vm_counters(s->g.vm)->mmu_recycled,
			 vm_counters(s->g.vm)->mmu_shadow_zapped);
	small_fini(&s->g);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(touch_populated),
		cmocka_unit_test(touch_again),
		cmocka_unit_test(touch_not_accessed),
		cmocka_unit_test(write_clean_after_read),
		cmocka_unit_test(touch_unpopulated),
		cmocka_unit_test(write_zero_page),
		cmocka_unit_test(touch_discarded),
		cmocka_unit_test(guest_2m_host_4k),
		cmocka_unit_test(guest_2m_host_2m),
		cmocka_unit_test(guest_4k_host_2m),
		cmocka_unit_test(second_mapping),
		cmocka_unit_test(emulated_pte_writes),
		cmocka_unit_test(native_pte_writes),
		cmocka_unit_test(invlpg_stale),
		cmocka_unit_test(cr3_stale),
		cmocka_unit_test(pde_writes),
		cmocka_unit_test(cr3_switch),
		cmocka_unit_test(cr4_pge),
		cmocka_unit_test(demand_paging),
		cmocka_unit_test(copy_on_write),
		cmocka_unit_test(clear_w),
		cmocka_unit_test(clear_w_invlpg),
		cmocka_unit_test(clear_w_cr3),
		cmocka_unit_test(fork_like),
		cmocka_unit_test(unmap_remap),
		cmocka_unit_test(stride_8),
		cmocka_unit_test(device_reads),
		cmocka_unit_test(kicks),
		cmocka_unit_test(no_kicks),
		cmocka_unit_test(slot_removed),
		cmocka_unit_test(quota),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
