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
#include "tests/small_guest.h"

#define MIB ((uint64_t)1 << 20)
#define RAM (256 * MIB)
#define DATA                                                                                   \
	((uint64_t)0x40000000) /* a top-level slot of its own: three tables to shadow below    \
				  the root */
#define DATA_GFN ((uint64_t)64 * MIB >> PAGE_SHIFT)

struct state {
	struct small_guest g;
	struct counters before;
};

enum touch { TOUCH_LOAD, TOUCH_STORE };

static const struct host_config host_4k = { .page_level = LEVEL_4K, .prepopulated = true };
static const struct host_config host_4k_empty = { .page_level = LEVEL_4K };
static const struct host_config host_2m = { .page_level = LEVEL_2M, .prepopulated = true };

/* --- the workloads' parts --- */

static struct state *make(const struct host_config *host, unsigned n, uint64_t flags,
			  unsigned level)
{
	struct small_options o = { .technique = "spt", .ram_bytes = RAM, .host = *host };
	struct state *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	small_init(&s->g, &o);
	for (unsigned i = 0; i < n; i++)
		small_map(&s->g, s->g.cr3, DATA + i * level_bytes(level),
			  DATA_GFN + i * level_frames(level), SMALL_RW | flags, level);
	return s;
}

/* Mapped by 4K entries with A = D = 1, tables told, code running. */
static struct state *make_plain(unsigned n)
{
	struct state *s = make(&host_4k, n, SMALL_AD, LEVEL_4K);

	small_start(&s->g);
	return s;
}

static void mark(struct state *s)
{
	s->before = *vm_counters(s->g.vm);
}

static void touch(struct state *s, unsigned n, unsigned step, enum touch how)
{
	for (unsigned i = 0; i < n; i++) {
		uint64_t gva = DATA + (uint64_t)i * step * PAGE_BYTES;

		if (how == TOUCH_LOAD)
			small_load(&s->g, gva);
		else
			small_store(&s->g, gva);
	}
}

static uint64_t pte_of(struct state *s, unsigned i)
{
	return small_entry_gpa(&s->g, s->g.cr3, DATA + i * PAGE_BYTES, 1);
}

/* The guest's kernel has its leaf table mapped and has used that mapping. */
static void use_alias(struct state *s)
{
	small_load(&s->g, SMALL_ALIAS + (pte_of(s, 0) & ~(PAGE_BYTES - 1)) -
				  ((uint64_t)SMALL_FIRST << PAGE_SHIFT));
}

/* A page that shares all tables but the lower two with the data. */
#define NEAR (DATA + ((uint64_t)1 << 30))

static void map_near(struct state *s)
{
	small_map(&s->g, s->g.cr3, NEAR, DATA_GFN, SMALL_RW | SMALL_AD, 1);
}

static void load_near(struct state *s)
{
	small_load(&s->g, NEAR);
}

/* The guest's kernel stores new entries for n pages: `flags` with the same frames. */
static void store_ptes(struct state *s, unsigned n, uint64_t flags)
{
	for (unsigned i = 0; i < n; i++)
		small_store_entry(&s->g, pte_of(s, i), (DATA_GFN + i) << PAGE_SHIFT | flags);
}

static void invlpg(struct state *s, unsigned i)
{
	small_event(&s->g, EVENT_INVLPG, DATA + i * PAGE_BYTES, 0);
}

/* The guest's #PF handler: fault, new entry, flush of the page if it was mapped before, retry.
 */
static void handle_fault(struct state *s, unsigned i, uint64_t error_code, uint64_t flags)
{
	small_event(&s->g, EVENT_PF, DATA + i * PAGE_BYTES, error_code);
	small_store_entry(&s->g, pte_of(s, i), (DATA_GFN + i) << PAGE_SHIFT | flags);
	if (error_code & PFEC_P)
		invlpg(s, i);
	small_store(&s->g, DATA + i * PAGE_BYTES);
}

/* --- comparing --- */

struct expected {
	const char *name;
	long long value;
};

#define EXPECT(s, ...)                                                                         \
	check((s), (const struct expected[]){ __VA_ARGS__, { NULL, 0 } }, __FILE__, __LINE__)

static long long expected_of(const struct expected *e, const char *name, bool *named)
{
	for (*named = false; e->name; e++)
		if (!strcmp(e->name, name)) {
			*named = true;
			return e->value;
		}
	return 0;
}

/* Named counters as given; unnamed ones of KVM's that are reproducible: unchanged. Ends the
 * scenario. */
static void check(struct state *s, const struct expected *e, const char *file, int line)
{
	const struct counters *now = vm_counters(s->g.vm);

	for (unsigned i = 0; i < COUNTER_COUNT; i++) {
		long long is = (long long)(counters_at(now, i) - counters_at(&s->before, i));
		bool named;
		long long want = expected_of(e, counter_info[i].name, &named);

		if (!named && counter_info[i].truth != COUNTER_EXACT)
			continue;
		if (is != want) {
			print_error("%s: %lld, KVM counted %lld\n", counter_info[i].name, is,
				    want);
			_fail(file, line);
		}
	}
	assert_int_equal(now->exits, counters_sum_exits(now));
	small_fini(&s->g);
	free(s);
}

/* --- first touches, measured --- */

static void touch_populated(void **unused)
{
	(void)unused;
	for (enum touch how = TOUCH_LOAD; how <= TOUCH_STORE; how++) {
		struct state *s = make_plain(512);

		mark(s);
		touch(s, 512, 1, how);
		EXPECT(s, { "pf_taken", 64 }, { "pf_fixed", 64 }, { "pages_4k", 512 },
		       { "mmu_cache_miss", 3 });
	}
}

static void touch_again(void **unused)
{
	struct state *s = make_plain(512);

	(void)unused;
	touch(s, 512, 1, TOUCH_LOAD);
	mark(s);
	touch(s, 512, 1, TOUCH_LOAD);
	touch(s, 512, 1, TOUCH_STORE);
	EXPECT(s, { "pf_taken", 0 });
}

static void touch_not_accessed(void **unused)
{
	(void)unused;
	for (enum touch how = TOUCH_LOAD; how <= TOUCH_STORE; how++) {
		struct state *s = make(&host_4k, 512, 0, LEVEL_4K);
		uint64_t want = how == TOUCH_STORE ? SMALL_AD : PTE_A;

		small_start(&s->g);
		mark(s);
		touch(s, 512, 1, how);
		for (unsigned i = 0; i < 512; i++)
			assert_int_equal(small_entry(&s->g, pte_of(s, i)) & SMALL_AD, want);
		EXPECT(s, { "pf_taken", 512 }, { "pf_fixed", 512 }, { "pages_4k", 512 },
		       { "mmu_cache_miss", 3 });
	}
}

static void write_clean_after_read(void **unused)
{
	struct state *s = make(&host_4k, 512, 0, LEVEL_4K);

	(void)unused;
	small_start(&s->g);
	touch(s, 512, 1, TOUCH_LOAD);
	mark(s);
	touch(s, 512, 1, TOUCH_STORE);
	EXPECT(s, { "pf_taken", 512 }, { "pf_fixed", 512 });
}

static void touch_unpopulated(void **unused)
{
	(void)unused;
	for (enum touch how = TOUCH_LOAD; how <= TOUCH_STORE; how++) {
		struct state *s = make(&host_4k_empty, 512, SMALL_AD, LEVEL_4K);

		small_start(&s->g);
		mark(s);
		touch(s, 512, 1, how);
		EXPECT(s, { "pf_taken", 512 }, { "pf_fixed", 512 }, { "pages_4k", 512 },
		       { "mmu_cache_miss", 3 }, { "host_faults", 512 });
	}
}

static void write_zero_page(void **unused)
{
	struct state *s = make(&host_4k_empty, 512, SMALL_AD, LEVEL_4K);

	(void)unused;
	small_start(&s->g);
	touch(s, 512, 1, TOUCH_LOAD);
	mark(s);
	touch(s, 512, 1, TOUCH_STORE);
	EXPECT(s, { "pf_taken", 1024 }, { "pf_fixed", 512 }, { "tlb_flush", 512 },
	       { "remote_tlb_flush_requests", 512 }, { "host_cow_faults", 512 });
}

static void touch_discarded(void **unused)
{
	struct state *s = make_plain(512);
	struct mmu *m = vm_mmu(s->g.vm);

	(void)unused;
	touch(s, 512, 1, TOUCH_STORE);
	mark(s);
	for (unsigned i = 0; i < 512; i++) {
		gfn_t gfn = gfn_make(DATA_GFN + i);

		host_discard(m->host, memslot_hva(memslots_find(&m->slots, gfn), gfn));
		assert_int_equal(m->ops->host_invalidate(m, gfn, NULL), 0);
	}
	assert_int_equal(s->before.pages_4k - vm_counters(s->g.vm)->pages_4k, 512);
	touch(s, 512, 1, TOUCH_STORE);
	EXPECT(s, { "pf_taken", 512 }, { "pf_fixed", 512 }, { "host_faults", 512 });
}

/* --- page sizes, measured --- */

static void guest_2m_host_4k(void **unused)
{
	struct state *s = make(&host_4k, 1, SMALL_AD, LEVEL_2M);

	(void)unused;
	small_start(&s->g);
	mark(s);
	touch(s, 512, 1, TOUCH_STORE);
	EXPECT(s, { "pf_taken", 64 }, { "pf_fixed", 64 }, { "pages_4k", 512 },
	       { "mmu_cache_miss", 3 });
}

static void guest_2m_host_2m(void **unused)
{
	struct state *s = make(&host_2m, 1, SMALL_AD, LEVEL_2M);

	(void)unused;
	small_start(&s->g);
	mark(s);
	touch(s, 512, 1, TOUCH_STORE);
	EXPECT(s, { "pf_taken", 1 }, { "pf_fixed", 1 }, { "pages_2m", 1 },
	       { "mmu_cache_miss", 2 });
}

static void guest_4k_host_2m(void **unused)
{
	struct state *s = make(&host_2m, 512, SMALL_AD, LEVEL_4K);

	(void)unused;
	small_start(&s->g);
	mark(s);
	touch(s, 512, 1, TOUCH_STORE);
	EXPECT(s, { "pf_taken", 64 }, { "pf_fixed", 64 }, { "pages_4k", 512 },
	       { "mmu_cache_miss", 3 });
}

/* A second gva for the same pages through another part of the same table. */
static void second_mapping(void **unused)
{
	struct state *s = make(&host_4k, 8, SMALL_AD, LEVEL_4K);

	(void)unused;
	small_map(&s->g, s->g.cr3, DATA + 64 * PAGE_BYTES, DATA_GFN, SMALL_RW | SMALL_AD, 1);
	small_start(&s->g);
	touch(s, 8, 1, TOUCH_LOAD);
	mark(s);
	small_load(&s->g, DATA + 64 * PAGE_BYTES);
	EXPECT(s, { "pf_taken", 1 }, { "pf_fixed", 1 }, { "pages_4k", 1 });
}

/* --- table writes, measured --- */

static void emulated_pte_writes(void **unused)
{
	struct state *s = make_plain(512);

	(void)unused;
	touch(s, 512, 1, TOUCH_STORE);
	mark(s);
	for (unsigned i = 0; i < 512; i++) {
		spt_emulated_write(vm_mmu(s->g.vm), gpa_make(pte_of(s, i)), 8);
		assert_int_equal(spt_enter(vm_mmu(s->g.vm), vm_mmu(s->g.vm)->vcpu, NULL), 0);
	}
	EXPECT(s, { "pages_4k", -512 }, { "remote_tlb_flush_requests", 512 },
	       { "mmu_pte_write", 512 });
}

static void native_pte_writes(void **unused)
{
	struct state *s = make_plain(512);

	(void)unused;
	use_alias(s);
	touch(s, 512, 1, TOUCH_STORE);
	mark(s);
	store_ptes(s, 512, 0);
	EXPECT(s, { "pf_taken", 1 }, { "pf_fixed", 1 }, { "mmu_unsync", 1 });
}

static struct state *make_stale(void)
{
	struct state *s = make_plain(512);

	touch(s, 512, 1, TOUCH_STORE);
	store_ptes(s, 512, SMALL_RW);
	mark(s);
	return s;
}

static void invlpg_stale(void **unused)
{
	struct state *s = make_stale();

	(void)unused;
	for (unsigned i = 0; i < 512; i++)
		invlpg(s, i);
	EXPECT(s, { "invlpg", 512 }, { "pages_4k", -512 }, { "exit_invlpg", 512 },
	       { "remote_tlb_flush_requests", 512 });
}

static void cr3_stale(void **unused)
{
	struct state *s = make_stale();

	(void)unused;
	small_event(&s->g, EVENT_CR3, 0, s->g.cr3);
	EXPECT(s, { "mmu_unsync", -1 }, { "pages_4k", -512 }, { "tlb_flush", 1 },
	       { "exit_cr3", 1 });
}

static void pde_writes(void **unused)
{
	struct state *s = make_plain(512);
	uint64_t pde = small_entry_gpa(&s->g, s->g.cr3, DATA, 2);

	(void)unused;
	touch(s, 512, 1, TOUCH_STORE);
	for (unsigned i = 1; i <= 3; i++) {
		mark(s);
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
	struct state *s = make(&host_4k, 0, 0, LEVEL_4K);
	uint64_t cr3[8] = { s->g.cr3 };

	for (unsigned i = 1; i < n_spaces; i++)
		cr3[i] = small_space(&s->g);
	small_start(&s->g);
	for (unsigned i = 0; i < n_spaces; i++) {
		small_event(&s->g, EVENT_CR3, 0, cr3[i]);
		small_load(&s->g, SMALL_CODE);
	}
	mark(s);
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
	struct state *s = make_plain(1);
	uint64_t cr4 = CR4_PAE | CR4_PGE;

	(void)unused;
	mark(s);
	for (unsigned i = 0; i < 512; i++)
		small_event(&s->g, EVENT_CR4, 0, cr4 ^= CR4_PGE);
	EXPECT(s, { "tlb_flush", 512 }, { "exit_cr4", 512 }, { "exits", 512 });
}

/* --- guest handlers, bochs (N = 256) --- */

/* As the workloads there: the tables above the data are shadowed before the measured phase. */
static struct state *make_bochs(const struct host_config *host, uint64_t flags)
{
	struct state *s = make(host, 256, flags, LEVEL_4K);

	map_near(s);
	return s;
}

static void start_bochs(struct state *s)
{
	small_start(&s->g);
	load_near(s);
	use_alias(s);
}

static void demand_paging(void **unused)
{
	struct state *s = make_bochs(&host_4k, 0);

	(void)unused;
	for (unsigned i = 0; i < 256; i++)
		small_map(&s->g, s->g.cr3, DATA + i * PAGE_BYTES, 0, 0, 1);
	start_bochs(s);
	mark(s);
	for (unsigned i = 0; i < 256; i++)
		handle_fault(s, i, PFEC_W | PFEC_U, SMALL_RW | SMALL_AD);
	EXPECT(s, { "pf_taken", 513 }, { "pf_fixed", 257 }, { "pf_guest", 256 },
	       { "mmu_unsync", 1 }, { "mmu_cache_miss", 2 }, { "pages_4k", 256 },
	       { "exits", 513 });
}

static void copy_on_write(void **unused)
{
	struct state *s = make_bochs(&host_4k, SMALL_AD);

	(void)unused;
	for (unsigned i = 0; i < 256; i++)
		small_map(&s->g, s->g.cr3, DATA + i * PAGE_BYTES, DATA_GFN + i,
			  PTE_P | PTE_U | PTE_A, 1);
	start_bochs(s);
	touch(s, 256, 1, TOUCH_LOAD);
	mark(s);
	for (unsigned i = 0; i < 256; i++)
		handle_fault(s, i, PFEC_P | PFEC_W | PFEC_U, SMALL_RW | SMALL_AD);
	EXPECT(s, { "pf_taken", 257 }, { "pf_fixed", 1 }, { "pf_guest", 256 },
	       { "invlpg", 256 }, { "mmu_unsync", 1 }, { "exits", 513 });
}

static struct state *make_writable(void)
{
	struct state *s = make_bochs(&host_4k, SMALL_AD);

	start_bochs(s);
	touch(s, 256, 1, TOUCH_STORE);
	mark(s);
	return s;
}

#define READ_ONLY (PTE_P | PTE_U | SMALL_AD)

static void clear_w(void **unused)
{
	struct state *s = make_writable();

	(void)unused;
	store_ptes(s, 256, READ_ONLY);
	EXPECT(s, { "pf_taken", 1 }, { "pf_fixed", 1 }, { "mmu_unsync", 1 }, { "exits", 1 });
}

static void clear_w_invlpg(void **unused)
{
	struct state *s = make_writable();

	(void)unused;
	for (unsigned i = 0; i < 256; i++) {
		small_store_entry(&s->g, pte_of(s, i),
				  (DATA_GFN + i) << PAGE_SHIFT | READ_ONLY);
		invlpg(s, i);
	}
	EXPECT(s, { "pf_taken", 1 }, { "pf_fixed", 1 }, { "mmu_unsync", 1 }, { "invlpg", 256 },
	       { "tlb_flush", 256 }, { "exits", 257 });
}

static void clear_w_cr3(void **unused)
{
	struct state *s = make_writable();

	(void)unused;
	store_ptes(s, 256, READ_ONLY);
	small_event(&s->g, EVENT_CR3, 0, s->g.cr3);
	EXPECT(s, { "pf_taken", 1 }, { "pf_fixed", 1 }, { "tlb_flush", 1 }, { "exits", 2 });
}

static void fork_like(void **unused)
{
	struct state *s = make_writable();

	(void)unused;
	store_ptes(s, 256, READ_ONLY);
	small_event(&s->g, EVENT_CR3, 0, s->g.cr3);
	for (unsigned i = 0; i < 256; i++)
		handle_fault(s, i, PFEC_P | PFEC_W | PFEC_U, SMALL_RW | SMALL_AD);
	EXPECT(s, { "pf_taken", 258 }, { "pf_fixed", 2 }, { "pf_guest", 256 },
	       { "invlpg", 256 }, { "mmu_unsync", 1 }, { "exits", 515 });
}

static void unmap_remap(void **unused)
{
	struct state *s = make_writable();

	(void)unused;
	for (unsigned round = 0; round < 4; round++) {
		for (unsigned i = 0; i < 256; i++) {
			small_store_entry(&s->g, pte_of(s, i), 0);
			invlpg(s, i);
		}
		for (unsigned i = 0; i < 256; i++)
			handle_fault(s, i, PFEC_W | PFEC_U, SMALL_RW | SMALL_AD);
	}
	EXPECT(s, { "pf_taken", 2049 }, { "pf_fixed", 1025 }, { "pf_guest", 1024 },
	       { "invlpg", 1024 }, { "mmu_unsync", 1 }, { "exits", 3073 });
}

static void stride_8(void **unused)
{
	struct state *s = make(&host_4k, 2048, SMALL_AD, LEVEL_4K);

	(void)unused;
	map_near(s);
	small_start(&s->g);
	load_near(s);
	mark(s);
	touch(s, 256, 8, TOUCH_LOAD);
	EXPECT(s, { "pf_taken", 256 }, { "pf_fixed", 256 }, { "pages_4k", 2048 },
	       { "mmu_cache_miss", 5 });
}

static void device_reads(void **unused)
{
	struct state *s = make(&host_4k, 0, 0, LEVEL_4K);

	(void)unused;
	small_map(&s->g, s->g.cr3, DATA, RAM >> PAGE_SHIFT, SMALL_RW | SMALL_AD, 1);
	map_near(s);
	small_start(&s->g);
	load_near(s);
	mark(s);
	for (unsigned i = 0; i < 256; i++)
		small_load(&s->g, DATA);
	EXPECT(s, { "pf_taken", 1 }, { "pf_emulate", 1 }, { "pf_mmio_spte_created", 1 },
	       { "mmu_cache_miss", 2 }, { "exits", 256 }, { "exit_pf_mmio", 256 });
}

/* --- rules without a row: a slot goes, the quota binds --- */

static void slot_removed(void **unused)
{
	struct state *s = make_plain(512);
	struct event add = { .kind = EVENT_RAM_ADD, .gpa = 1024 * MIB, .value = 2 * MIB };
	struct event del = { .kind = EVENT_RAM_DEL, .gpa = 1024 * MIB, .value = 2 * MIB };
	uint64_t pages;

	(void)unused;
	touch(s, 512, 1, TOUCH_STORE);
	assert_int_equal(vm_event(s->g.vm, &add, NULL, NULL), 0);
	pages = vm_counters(s->g.vm)->shadow_pages;
	mark(s);
	assert_int_equal(vm_event(s->g.vm, &del, NULL, NULL), 0);
	/* every shadow page, and the root once more when the vCPU lets go of it */
	assert_int_equal(vm_counters(s->g.vm)->mmu_shadow_zapped - s->before.mmu_shadow_zapped,
			 pages + 1);
	assert_int_equal(vm_counters(s->g.vm)->pages_4k, 0);
	mark(s);
	touch(s, 512, 1, TOUCH_STORE);
	EXPECT(s, { "pf_taken", 64 }, { "pf_fixed", 64 }, { "pages_4k", 512 },
	       { "mmu_cache_miss", 3 });
}

static void quota(void **unused)
{
	struct small_options o = {
		.technique = "spt", .ram_bytes = RAM, .host = host_4k, .shadow_quota = 64
	};
	struct state *s = calloc(1, sizeof(*s));

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
		cmocka_unit_test(slot_removed),
		cmocka_unit_test(quota),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
