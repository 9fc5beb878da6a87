/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the host does under a running guest. Numbers of shadow paging were measured on a real KVM
 * (Linux 6.18, kvm_pvm): a page of a logged slot costs one fault when it is first written after the
 * log is turned on and after each look at it, without prefetch; 8 large pages become 4096 small
 * ones when all of those are written; the protection of small pages outlives the log; a read-only
 * slot is read like any other and written like a device. What two-dimensional paging does follows from
 * Linux 6.1's TDP MMU: its source, nothing measured.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/scenario.h"
#include "vm/host_op.h"
#include "vm/sim_replayer.h"

#define N   512
#define NEW (1024 * MIB) /* gpa of slots that come and go */

static const char *const tdp[] = { "ept", "npt" };

#define FOR_EACH_TDP(t) for (unsigned t = 0; t < sizeof(tdp) / sizeof(*tdp); t++)

static int try_op(struct scenario *s, const struct host_op *op)
{
	return vm_host_op(s->g.vm, op, NULL);
}

static void op(struct scenario *s, enum host_op_kind kind, uint64_t gpa, uint64_t bytes)
{
	const struct host_op o = { .kind = kind, .gpa = gpa, .bytes = bytes };

	assert_int_equal(try_op(s, &o), 0);
}

static void add_slot(struct scenario *s, bool read_only, uint64_t alias)
{
	const struct host_op o = { .kind = HOST_OP_SLOT_ADD,
				   .read_only = read_only,
				   .gpa = NEW,
				   .bytes = 2 * MIB,
				   .alias = alias };

	assert_int_equal(try_op(s, &o), 0);
}

/* A guest with n leaves at DATA, tables in use, the counters marked. */
static struct scenario *start(const char *technique, const struct host_config *host, unsigned n,
			      unsigned level)
{
	struct scenario *s = scenario_make(technique, host, n, SMALL_AD, level);

	scenario_map_near(s);
	small_start(&s->g);
	scenario_use_tables(s);
	scenario_mark(s);
	return s;
}

/* The same, its data written once. */
static struct scenario *written(const char *technique, const struct host_config *host,
				unsigned n, unsigned level)
{
	struct scenario *s = start(technique, host, n, level);

	scenario_touch(s, n * (unsigned)level_frames(level), 1, TOUCH_STORE);
	scenario_mark(s);
	return s;
}

/* As start(), but what is mapped at DATA lies in a slot that is still to come. */
static struct scenario *start_at_new(const char *technique, unsigned n)
{
	struct scenario *s = scenario_make(technique, &scenario_4k, 0, 0, LEVEL_4K);

	for (unsigned i = 0; i < n; i++)
		small_map(&s->g, s->g.cr3, DATA + i * PAGE_BYTES, (NEW >> PAGE_SHIFT) + i,
			  SMALL_RW | SMALL_AD, LEVEL_4K);
	scenario_map_near(s);
	small_start(&s->g);
	scenario_use_tables(s);
	return s;
}

static uint64_t frame_of(struct scenario *s, uint64_t gva)
{
	struct vm_result r;

	assert_int_equal(vm_access(s->g.vm, gva_make(gva), (struct access){ ACCESS_LOAD, true },
				   1, &r, NULL),
			 0);
	assert_int_equal(r.status, FILL_OK);
	return r.hpa.v >> PAGE_SHIFT;
}

/* --- the dirty log --- */

static void log_under_spt(void **unused)
{
	struct scenario *s = written("spt", &scenario_4k, N, LEVEL_4K);

	(void)unused;
	op(s, HOST_OP_LOG_ON, 0, 0);
	scenario_touch(s, N, 1, TOUCH_LOAD);
	assert_int_equal(vm_counters(s->g.vm)->pf_taken, s->before.pf_taken);
	scenario_touch(s, N, 1, TOUCH_STORE);
	op(s, HOST_OP_LOG_GET, 0, 0);
	assert_int_equal(vm_dirty_pages(s->g.vm), N);
	scenario_touch(s, N / 2, 1, TOUCH_STORE);
	scenario_touch(s, N / 2, 1, TOUCH_STORE);
	op(s, HOST_OP_LOG_GET, 0, 0);
	assert_int_equal(vm_dirty_pages(s->g.vm), N / 2);
	op(s, HOST_OP_LOG_GET, 0, 0);
	assert_int_equal(vm_dirty_pages(s->g.vm), 0);
	EXPECT(s, { "pf_taken", N + N / 2 }, { "pf_fixed", N + N / 2 });
}

static void log_stops_under_spt(void **unused)
{
	struct scenario *s = written("spt", &scenario_4k, N, LEVEL_4K);

	(void)unused;
	op(s, HOST_OP_LOG_ON, 0, 0);
	op(s, HOST_OP_LOG_OFF, 0, 0);
	scenario_touch(s, N, 1, TOUCH_STORE);
	scenario_touch(s, N, 1, TOUCH_STORE);
	EXPECT(s, { "pf_taken", N }, { "pf_fixed", N });
}

/* Fresh pages of a logged slot: what would be writable is not prefetched. */
static void no_prefetch_into_the_log(void **unused)
{
	struct scenario *s = start("spt", &scenario_4k, N, LEVEL_4K);

	(void)unused;
	op(s, HOST_OP_LOG_ON, 0, 0);
	scenario_touch(s, N, 1, TOUCH_LOAD);
	op(s, HOST_OP_LOG_GET, 0, 0);
	/* readable means writable here, hence dirty; the tables they hang from are too */
	assert_in_range(vm_dirty_pages(s->g.vm), N, N + 8);
	EXPECT(s, { "pf_taken", N }, { "pf_fixed", N }, { "pages_4k", N },
	       { "mmu_cache_miss", 3 });
}

static void log_of_large_pages_under_spt(void **unused)
{
	struct scenario *s = written("spt", &scenario_2m, 8, LEVEL_2M);

	(void)unused;
	op(s, HOST_OP_LOG_ON, 0, 0);
	scenario_touch(s, 8 * N, 1, TOUCH_STORE);
	op(s, HOST_OP_LOG_GET, 0, 0);
	assert_int_equal(vm_dirty_pages(s->g.vm), 8 * N);
	EXPECT(s, { "pf_taken", 8 * N }, { "pf_fixed", 8 * N }, { "pages_2m", -8 },
	       { "pages_4k", 8 * N }, { "mmu_cache_miss", 8 });
}

/* What has become small for the log becomes large again when it is turned off and touched. */
static void large_pages_come_back_under_spt(void **unused)
{
	struct scenario *s = written("spt", &scenario_2m, 8, LEVEL_2M);

	(void)unused;
	op(s, HOST_OP_LOG_ON, 0, 0);
	scenario_touch(s, 8 * N, 1, TOUCH_STORE);
	scenario_mark(s);
	op(s, HOST_OP_LOG_OFF, 0, 0);
	scenario_touch(s, 8 * N, 1, TOUCH_STORE);
	EXPECT(s, { "pf_taken", 8 }, { "pf_fixed", 8 }, { "pages_2m", 8 },
	       { "pages_4k", -8 * N });
}

/* The guest's tables are written by KVM too: A and D are set by its walker. */
static void walker_dirties_tables(void **unused)
{
	struct scenario *s = scenario_make("spt", &scenario_4k, 8, 0, LEVEL_4K);

	(void)unused;
	small_start(&s->g);
	op(s, HOST_OP_LOG_ON, 0, 0);
	small_load(&s->g, DATA);
	op(s, HOST_OP_LOG_GET, 0, 0);
	assert_int_equal(vm_dirty_pages(s->g.vm), 1);
	scenario_mark(s);
	EXPECT(s, { "exits", 0 });
}

static void emulated_writes_are_dirty(void **unused)
{
	struct scenario *s = written("spt", &scenario_4k, 8, LEVEL_4K);
	uint64_t pde = small_entry_gpa(&s->g, s->g.cr3, DATA, 2);

	(void)unused;
	op(s, HOST_OP_LOG_ON, 0, 0);
	assert_int_equal(small_store_entry(&s->g, pde + 8, 0), FILL_DONE);
	op(s, HOST_OP_LOG_GET, 0, 0);
	assert_int_equal(vm_dirty_pages(s->g.vm), 1);
	assert_int_equal(vm_host_write(s->g.vm, gpa_make(0x200000), 1, NULL), 0);
	op(s, HOST_OP_LOG_GET, 0, 0);
	assert_int_equal(vm_dirty_pages(s->g.vm), 0);
	EXPECT(s, { "pf_taken", 1 }, { "pf_emulate", 1 });
}

static void log_under_tdp(void **unused)
{
	(void)unused;
	FOR_EACH_TDP(t)
	{
		struct scenario *s = written(tdp[t], &scenario_4k, N, LEVEL_4K);

		op(s, HOST_OP_LOG_ON, 0, 0);
		scenario_touch(s, N, 1, TOUCH_LOAD);
		scenario_touch(s, N, 1, TOUCH_STORE);
		op(s, HOST_OP_LOG_GET, 0, 0);
		assert_in_range(vm_dirty_pages(s->g.vm), N, N + 8);
		scenario_mark(s);
		scenario_touch(s, N, 1, TOUCH_STORE);
		/* every walk of a table may be a write to it */
		assert_in_range(vm_counters(s->g.vm)->pf_fast - s->before.pf_fast, N, N + 8);
		op(s, HOST_OP_LOG_OFF, 0, 0);
		scenario_mark(s);
		scenario_touch(s, N, 1, TOUCH_STORE);
		EXPECT(s, { "exits", 0 });
	}
}

static void log_of_large_pages_under_tdp(void **unused)
{
	(void)unused;
	FOR_EACH_TDP(t)
	{
		struct scenario *s = written(tdp[t], &scenario_2m, 8, LEVEL_2M);

		op(s, HOST_OP_LOG_ON, 0, 0);
		assert_int_equal(vm_counters(s->g.vm)->pages_2m, 0);
		scenario_use_tables(s);
		scenario_mark(s);
		scenario_touch(s, 8 * N, 1, TOUCH_STORE);
		assert_int_equal(vm_counters(s->g.vm)->pf_fast - s->before.pf_fast, 8 * N);
		op(s, HOST_OP_LOG_OFF, 0, 0);
		scenario_use_tables(s);
		scenario_mark(s);
		scenario_touch(s, 8 * N, 1, TOUCH_STORE);
		EXPECT(s, { "pf_taken", 8 }, { "pf_fixed", 8 }, { "pages_2m", 8 });
	}
}

/* --- read-only slots, slots over the same memory --- */

static void read_only(void **unused)
{
	static const char *const all[] = { "spt", "ept", "npt" };

	(void)unused;
	for (unsigned t = 0; t < 3; t++) {
		struct scenario *s = start_at_new(all[t], N);

		add_slot(s, true, HOST_OP_NO_ALIAS);
		scenario_mark(s);
		scenario_touch(s, N, 1, TOUCH_LOAD);
		scenario_touch(s, N, 1, TOUCH_LOAD);
		/* nothing is prefetched, because nothing is writable */
		assert_int_equal(vm_counters(s->g.vm)->pf_fixed - s->before.pf_fixed, N);
		assert_int_equal(vm_counters(s->g.vm)->mmio_exits, s->before.mmio_exits);
		scenario_mark(s);
		scenario_touch(s, N, 1, TOUCH_STORE);
		EXPECT(s, { "pf_taken", N }, { "pf_emulate", N }, { "mmio_exits", N },
		       { "insn_emulation", N });
	}
}

/* Two guest pages, one host page: the notifier reaches both. */
static void alias(void **unused)
{
	static const char *const all[] = { "spt", "ept", "npt" };

	(void)unused;
	for (unsigned t = 0; t < 3; t++) {
		struct scenario *s = scenario_make(all[t], &scenario_4k, 1, SMALL_AD, LEVEL_4K);

		small_map(&s->g, s->g.cr3, NEAR, NEW >> PAGE_SHIFT, SMALL_RW | SMALL_AD, 1);
		small_start(&s->g);
		add_slot(s, false, DATA_GFN << PAGE_SHIFT);
		small_store(&s->g, DATA);
		small_store(&s->g, NEAR);
		assert_int_equal(frame_of(s, DATA), frame_of(s, NEAR));
		scenario_mark(s);
		op(s, HOST_OP_DISCARD, NEW, PAGE_BYTES);
		EXPECT(s, { "pages_4k", -2 });
	}
}

/* An entry that comes to map the other guest page over the same memory is the same to KVM, which
 * keeps the old page in mind, and drops the entry when it syncs (measured: 64 stores, 64 faults that fix,
 * and 8 more after INVLPG). */
static void alias_remapped(void **unused)
{
	struct scenario *s = scenario_make("spt", &scenario_4k, 64, PTE_A, LEVEL_4K);

	(void)unused;
	vm_mmu(s->g.vm)->cfg.kvm_version = 618;
	small_start(&s->g);
	add_slot(s, false, DATA_GFN << PAGE_SHIFT);
	scenario_use_alias(s);
	scenario_touch(s, 64, 1, TOUCH_LOAD);
	for (unsigned i = 0; i < 64; i++)
		small_store_entry(&s->g, scenario_pte(s, i),
				  NEW + i * PAGE_BYTES + SMALL_RW + SMALL_AD);
	scenario_mark(s);
	scenario_touch(s, 64, 1, TOUCH_STORE);
	for (unsigned i = 0; i < 64; i++)
		scenario_invlpg(s, i);
	assert_int_equal(vm_counters(s->g.vm)->pages_4k, s->before.pages_4k - 64);
	scenario_touch(s, 64, 1, TOUCH_STORE);
	EXPECT(s, { "pf_taken", 64 + 8 }, { "pf_fixed", 64 + 8 }, { "invlpg", 64 });
}

static void alias_needs_memory(void **unused)
{
	struct scenario *s = start("spt", &scenario_4k, 1, LEVEL_4K);
	const struct host_op o = {
		.kind = HOST_OP_SLOT_ADD, .gpa = NEW, .bytes = 2 * MIB, .alias = RAM - MIB
	};

	(void)unused;
	assert_int_equal(try_op(s, &o), SIM_ESTATE);
	EXPECT(s, { "exits", 0 });
}

/* --- pages that move --- */

static void move(void **unused)
{
	static const char *const all[] = { "spt", "ept", "npt" };

	(void)unused;
	for (unsigned t = 0; t < 3; t++) {
		struct scenario *s = written(all[t], &scenario_4k, 8, LEVEL_4K);
		uint64_t old = frame_of(s, DATA);

		op(s, HOST_OP_MOVE, DATA_GFN << PAGE_SHIFT, 8 * PAGE_BYTES);
		assert_int_equal(vm_counters(s->g.vm)->pages_4k, s->before.pages_4k - 8);
		assert_int_not_equal(frame_of(s, DATA), old);
		scenario_touch(s, 8, 1, TOUCH_STORE);
		/* all are there, so shadow paging prefetches */
		EXPECT(s, { "pf_taken", t ? 8 : 1 }, { "pf_fixed", t ? 8 : 1 });
	}
}

/* A part of a large page that goes splits it for good. */
static void part_of_a_large_page(void **unused)
{
	static const char *const all[] = { "spt", "ept", "npt" };

	(void)unused;
	for (unsigned t = 0; t < 3; t++) {
		struct scenario *s = written(all[t], &scenario_2m, 1, LEVEL_2M);

		op(s, HOST_OP_DISCARD, DATA_GFN << PAGE_SHIFT, PAGE_BYTES);
		assert_int_equal(vm_counters(s->g.vm)->pages_2m, s->before.pages_2m - 1);
		scenario_mark(s);
		scenario_touch(s, 512, 1, TOUCH_STORE);
		EXPECT(s, { "pf_taken", t ? 512 : 64 }, { "pf_fixed", t ? 512 : 64 },
		       { "pages_4k", 512 }, { "host_faults", 1 },
		       { "mmu_cache_miss", t ? 0 : 1 });
	}
}

/* --- devices --- */

static void without_mmio_entries(void **unused)
{
	static const char *const all[] = { "spt", "ept", "npt" };

	(void)unused;
	for (unsigned t = 0; t < 3; t++) {
		struct scenario *s = start_at_new(all[t], 1);
		uint64_t pages;

		vm_mmu(s->g.vm)->cfg.no_mmio_caching = true;
		scenario_mark(s);
		pages = s->before.shadow_pages + s->before.tdp_pages;
		for (unsigned i = 0; i < N; i++)
			small_load(&s->g, DATA);
		assert_int_equal(vm_counters(s->g.vm)->shadow_pages +
					 vm_counters(s->g.vm)->tdp_pages,
				 pages);
		EXPECT(s, { "pf_taken", N }, { "pf_emulate", N }, { "mmio_exits", N },
		       { "insn_emulation", N }, { "exits", N });
	}
}

/* A change of the slots makes every device entry old: the next access makes it anew. */
static void slots_age_device_entries(void **unused)
{
	static const char *const all[] = { "spt", "ept", "npt" };
	const struct host_op other = { .kind = HOST_OP_SLOT_ADD,
				       .gpa = 2 * NEW,
				       .bytes = MIB,
				       .alias = HOST_OP_NO_ALIAS };

	(void)unused;
	for (unsigned t = 0; t < 3; t++) {
		struct scenario *s = start_at_new(all[t], 1);

		small_load(&s->g, DATA);
		scenario_mark(s);
		assert_int_equal(try_op(s, &other), 0);
		small_load(&s->g, DATA);
		small_load(&s->g, DATA);
		assert_int_equal(vm_counters(s->g.vm)->pf_taken - s->before.pf_taken, 1);
		add_slot(s, false, HOST_OP_NO_ALIAS);
		small_store(&s->g, DATA);
		frame_of(s, DATA);
		EXPECT(s, { "pf_taken", 2 }, { "pf_emulate", 1 }, { "pf_mmio_spte_created", 1 },
		       { "pf_fixed", 1 }, { "pages_4k", 1 }, { "mmio_exits", 2 });
	}
}

/* --- the quota --- */

static void quota(void **unused)
{
	struct scenario *s = scenario_make("spt", &scenario_4k, 0, 0, LEVEL_4K);
	struct host_op o = { .kind = HOST_OP_QUOTA, .n = 64 };

	(void)unused;
	for (unsigned i = 0; i < 120; i++)
		small_map(&s->g, s->g.cr3, DATA + i * level_bytes(LEVEL_2M), DATA_GFN + i,
			  SMALL_RW | SMALL_AD, LEVEL_4K);
	small_start(&s->g);
	for (unsigned i = 0; i < 120; i++)
		small_load(&s->g, DATA + i * level_bytes(LEVEL_2M));
	scenario_mark(s);
	assert_true(s->before.shadow_pages > 120);
	assert_int_equal(try_op(s, &o), 0);
	assert_int_equal(vm_counters(s->g.vm)->shadow_pages, 64);
	assert_int_equal(vm_counters(s->g.vm)->mmu_recycled - s->before.mmu_recycled,
			 s->before.shadow_pages - 64);
	o.n = 63;
	assert_int_equal(try_op(s, &o), SIM_ERANGE);
	scenario_mark(s);
	EXPECT(s, { "exits", 0 });
}

/* One shadow page for 50 frames: a slot brings its share of the quota and takes it along. */
static void quota_follows_the_slots(void **unused)
{
	const struct small_options o = { .technique = "spt",
					 .ram_bytes = 4 * MIB,
					 .host = scenario_4k };
	const struct host_op add = { .kind = HOST_OP_SLOT_ADD,
				     .gpa = NEW,
				     .bytes = 256 * MIB,
				     .alias = HOST_OP_NO_ALIAS };
	const struct host_op del = { .kind = HOST_OP_SLOT_DEL, .gpa = NEW };
	static struct small_guest g;

	(void)unused;
	small_init(&g, &o);
	for (unsigned i = 0; i < 200; i++)
		small_map(&g, g.cr3, DATA + i * level_bytes(LEVEL_2M), 0x3c0,
			  SMALL_RW | SMALL_AD, LEVEL_4K);
	small_start(&g);
	assert_int_equal(vm_host_op(g.vm, &add, NULL), 0);
	for (unsigned i = 0; i < 200; i++)
		small_load(&g, DATA + i * level_bytes(LEVEL_2M));
	assert_true(vm_counters(g.vm)->shadow_pages > 200);
	assert_int_equal(vm_counters(g.vm)->mmu_recycled, 0);
	assert_int_equal(vm_host_op(g.vm, &del, NULL), 0);
	for (unsigned i = 0; i < 200; i++) {
		small_load(&g, DATA + i * level_bytes(LEVEL_2M));
		assert_true(vm_counters(g.vm)->shadow_pages <= MMU_QUOTA_MIN);
	}
	small_fini(&g);
}

/* --- where Linux 6.18 differs from 6.1 --- */

static struct scenario *of_kernel(unsigned version, unsigned n)
{
	struct scenario *s = scenario_make("spt", &scenario_4k, n, SMALL_AD, LEVEL_4K);

	vm_mmu(s->g.vm)->cfg.kvm_version = version;
	small_start(&s->g);
	scenario_touch(s, n, 1, TOUCH_STORE);
	scenario_use_alias(s);
	return s;
}

/* INVLPG of a stale entry installs the new one in 6.1; in 6.18 the old one goes and that is all. */
static void invlpg_of_kernels(void **unused)
{
	(void)unused;
	for (unsigned version = 601; version <= 618; version += 17) {
		struct scenario *s = of_kernel(version, N);
		bool is_new = version == 618;

		for (unsigned i = 0; i < N; i++)
			small_store_entry(&s->g, scenario_pte(s, i),
					  (DATA_GFN + N + i) << PAGE_SHIFT | SMALL_RW |
						  SMALL_AD);
		scenario_mark(s);
		for (unsigned i = 0; i < N; i++)
			scenario_invlpg(s, i);
		assert_int_equal(s->before.pages_4k - vm_counters(s->g.vm)->pages_4k,
				 is_new ? N : 0);
		scenario_touch(s, N, 1, TOUCH_STORE);
		EXPECT(s, { "invlpg", N }, { "pf_taken", is_new ? N / 8 : 0 },
		       { "pf_fixed", is_new ? N / 8 : 0 });
	}
}

/* A CR3 load gives W back to entries that the log protects in 6.1; 6.18 leaves alone what has the
 * same rights. */
static void sync_of_kernels(void **unused)
{
	(void)unused;
	for (unsigned version = 601; version <= 618; version += 17) {
		struct scenario *s = of_kernel(version, N);
		bool is_new = version == 618;

		scenario_store_ptes(s, 1, SMALL_RW | SMALL_AD);
		op(s, HOST_OP_LOG_ON, 0, 0);
		scenario_store_ptes(s, 1, SMALL_RW | SMALL_AD);
		small_event(&s->g, EVENT_CR3, 0, s->g.cr3);
		scenario_mark(s);
		scenario_touch(s, N, 1, TOUCH_STORE);
		EXPECT(s, { "pf_taken", is_new ? N : 0 }, { "pf_fixed", is_new ? N : 0 });
	}
}

/* A flooded table goes; the unsync one below it goes along, or stays with
 * kvm.eager_zap_unsync_children=N. */
static void flood_above_unsync(void **unused)
{
	(void)unused;
	for (unsigned stays = 0; stays < 2; stays++) {
		struct scenario *s = of_kernel(601, N);
		uint64_t pde = small_entry_gpa(&s->g, s->g.cr3, DATA, 2);

		vm_mmu(s->g.vm)->cfg.leave_unsync_children = stays;
		scenario_store_ptes(s, 1, SMALL_RW | SMALL_AD);
		scenario_mark(s);
		for (unsigned i = 1; i <= 3; i++)
			assert_int_equal(small_store_entry(&s->g, pde + 8 * i, 0), FILL_DONE);
		EXPECT(s, { "pf_taken", 3 }, { "pf_emulate", 3 }, { "mmu_flooded", 1 },
		       { "mmu_shadow_zapped", stays ? 1 : 2 }, { "mmu_unsync", stays ? 0 : -1 },
		       { "pages_4k", stays ? 0 : -N });
	}
}

/* --- as a replayer --- */

/* Tables at gfn 16..19 that map gva 0 up to gfn 32 up. */
static void make_tables(uint64_t t[4][512])
{
	for (unsigned i = 0; i < 3; i++)
		t[i][0] = (uint64_t)(17 + i) << PAGE_SHIFT | SMALL_RW | PTE_A;
	for (unsigned i = 0; i < 8; i++)
		t[3][i] = (uint64_t)(32 + i) << PAGE_SHIFT | SMALL_RW | SMALL_AD;
}

static void give_tables(struct replayer *r)
{
	static uint64_t words[4][512];
	uint8_t ops[5] = { OP_EVENT, OP_EVENT, OP_EVENT, OP_EVENT,
			   OP_STORE | OP_USER | 3 << OP_SIZE_SHIFT };
	uint64_t gva[5] = { 0, 1, 2, 3, 0x3008 };
	struct event e[4] = { 0 };
	const struct batch b = { .n = 5,
				 .op = ops,
				 .gva = gva,
				 .event = e,
				 .word = words[0],
				 .n_store = 1,
				 .n_event = 4 };

	make_tables(words);
	for (unsigned i = 0; i < 4; i++)
		e[i] = (struct event){ .kind = EVENT_PTPAGE,
				       .level = (uint8_t)(4 - i),
				       .gpa = (uint64_t)(16 + i) << PAGE_SHIFT,
				       .words = 512 * i };
	assert_int_equal(r->ops->run(r->self, &b, NULL), 0);
}

/* A replayer whose guest has 16 MiB of RAM and the tables above. */
static struct replayer make_replayer(const char *technique)
{
	struct vm_config cfg = {
		.technique = technique,
		.machine = { .name = "small",
			     .vendor = strcmp(technique, "npt") ? VENDOR_INTEL : VENDOR_AMD,
			     .l1d = { { { 4, 4, ASSOC_LRU }, HOLDS(LEVEL_4K) } },
			     .l1i = { { { 4, 4, ASSOC_LRU }, HOLDS(LEVEL_4K) } } },
		.host = scenario_4k,
		.mmu = { .tdp_levels = 4 }
	};
	struct trace_meta meta = { .n_ram = 1,
				   .ram = { { 0, 16 * MIB } },
				   .n_vcpu = 1,
				   .has_tables = true,
				   .regs = { .cr0 = CR0_PG | CR0_WP | 1,
					     .cr3 = 16 << PAGE_SHIFT,
					     .cr4 = CR4_PAE,
					     .efer = EFER_LME | EFER_LMA | EFER_NXE } };
	struct sim_error err = { 0 };
	struct replayer r;

	if (sim_replayer_create(&r, &cfg, &meta, &err))
		fail_msg("%s", err.text);
	give_tables(&r);
	return r;
}

static void replayer(void **unused)
{
	static const char *const all[] = { "native", "spt", "ept", "npt" };

	(void)unused;
	for (unsigned t = 0; t < 4; t++) {
		struct replayer r = make_replayer(all[t]);
		const struct host_op add = { .kind = HOST_OP_SLOT_ADD,
					     .gpa = NEW,
					     .bytes = PAGE_BYTES,
					     .alias = 33 << PAGE_SHIFT };
		bool have[COUNTER_COUNT];
		struct counters c;
		struct place p;
		uint64_t hpa;

		assert_int_equal(r.ops->counters(r.self, &c, have, NULL), 0);
		assert_int_equal(c.stores, 1);
		assert_int_equal(have[COUNTER_pf_taken], t != 0);
		assert_int_equal(c.pf_taken != 0, t != 0);
		assert_int_equal(r.ops->place(r.self, gva_make(0x1234), &p, NULL), 0);
		assert_true(p.mapped);
		assert_int_equal(p.gpa.v, 0x21234);
		assert_int_equal(p.offset, 0x21234);
		assert_int_equal(p.hpa.v & 0xfff, 0x234);
		hpa = p.hpa.v;
		assert_int_equal(r.ops->place(r.self, gva_make(0x9000), &p, NULL), 0);
		assert_false(p.mapped);
		assert_int_equal(r.ops->host(r.self, &add, NULL), 0);
		assert_int_equal(r.ops->place(r.self, gva_make(0x1000), &p, NULL), 0);
		assert_int_equal(p.hpa.v, hpa & ~(PAGE_BYTES - 1));
		r.ops->destroy(r.self);
	}
}

static void refusals(void **unused)
{
	struct scenario *s = start("spt", &scenario_4k, 1, LEVEL_4K);
	const struct {
		struct host_op op;
		int rc;
	} wrong[] = {
		{ { .kind = HOST_OP_DISCARD, .gpa = NEW, .bytes = PAGE_BYTES }, SIM_ESTATE },
		{ { .kind = HOST_OP_DISCARD, .gpa = 8, .bytes = PAGE_BYTES }, SIM_ERANGE },
		{ { .kind = HOST_OP_MOVE, .gpa = RAM - PAGE_BYTES, .bytes = 2 * PAGE_BYTES },
		  SIM_ESTATE },
		{ { .kind = HOST_OP_LOG_OFF }, SIM_ERANGE },
		{ { .kind = HOST_OP_LOG_GET }, SIM_ESTATE },
		{ { .kind = HOST_OP_LOG_ON, .gpa = MIB }, SIM_ESTATE },
		{ { .kind = HOST_OP_SLOT_DEL, .gpa = MIB }, SIM_ESTATE },
		{ { .kind = HOST_OP_SLOT_ADD, .bytes = MIB, .alias = HOST_OP_NO_ALIAS },
		  SIM_ERANGE },
		{ { .kind = HOST_OP_QUOTA }, SIM_ERANGE },
	};

	(void)unused;
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_int_equal(try_op(s, &wrong[i].op), wrong[i].rc);
	op(s, HOST_OP_LOG_ON, 0, 0);
	assert_int_equal(try_op(s, &(struct host_op){ .kind = HOST_OP_LOG_ON }), SIM_ERANGE);
	scenario_mark(s);
	EXPECT(s, { "exits", 0 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(log_under_spt),
		cmocka_unit_test(log_stops_under_spt),
		cmocka_unit_test(no_prefetch_into_the_log),
		cmocka_unit_test(log_of_large_pages_under_spt),
		cmocka_unit_test(large_pages_come_back_under_spt),
		cmocka_unit_test(walker_dirties_tables),
		cmocka_unit_test(emulated_writes_are_dirty),
		cmocka_unit_test(log_under_tdp),
		cmocka_unit_test(log_of_large_pages_under_tdp),
		cmocka_unit_test(read_only),
		cmocka_unit_test(alias),
		cmocka_unit_test(alias_remapped),
		cmocka_unit_test(alias_needs_memory),
		cmocka_unit_test(move),
		cmocka_unit_test(part_of_a_large_page),
		cmocka_unit_test(without_mmio_entries),
		cmocka_unit_test(slots_age_device_entries),
		cmocka_unit_test(quota),
		cmocka_unit_test(quota_follows_the_slots),
		cmocka_unit_test(invlpg_of_kernels),
		cmocka_unit_test(sync_of_kernels),
		cmocka_unit_test(flood_above_unsync),
		cmocka_unit_test(replayer),
		cmocka_unit_test(refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
