/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_dirty_sync.c - what a guest wrote, from the technique through KVM's log to the dirty bitmaps, by ram_addr
 *
 * The oracle is an array of the pages that the test made the guest write.
 */
#include <string.h>

#include "tests/check.h"

#include "base/rng.h"
#include "mem/address_space.h"
#include "tests/board_guest.h"

#define LINE  "-m 4G,slots=2,maxmem=8G -accel kvm"
#define VRAM  "0000:00:02.0/vga.vram"
#define PAGES 1024u /* of each area */

/* What the guest has mapped: RAM below and above 4 GiB by the two aliases of one block, a DIMM, and the display's. */
enum { LOW, HIGH, DIMM, VGA, N_AREAS };

struct area {
	const char *block;
	uint64_t gva, gpa, offset; /* in the block */
	bool dirty[PAGES];
};

struct way {
	const char *technique;
	bool pml;
	unsigned ring;
};

static const struct way ways[] = {
	{ "spt", false, 0 }, { "spt", false, 1024 }, { "ept", false, 0 },
	{ "ept", true, 0 },  { "ept", true, 1024 },  { "ept", false, 1024 },
	{ "npt", false, 0 }, { "npt", false, 1024 },
};
#define N_WAYS (sizeof(ways) / sizeof(*ways))

struct world {
	struct board_guest b;
	struct area area[N_AREAS];
	struct memory *memory;
};

static const struct area areas[N_AREAS] = {
	[LOW] = { .block = "pc.ram", .gva = GIB, .gpa = 64 * MIB, .offset = 64 * MIB },
	[HIGH] = { .block = "pc.ram",
		   .gva = 2 * GIB,
		   .gpa = 4 * GIB + 32 * MIB,
		   .offset = 3 * GIB + 32 * MIB },
	[DIMM] = { .block = "mem1", .gva = 3 * GIB, .gpa = 5 * GIB },
	[VGA] = { .block = VRAM, .gva = 4 * GIB },
};

static ram_addr_t addr_of(struct world *w, const struct area *a, unsigned page)
{
	return ramblock_addr(board_guest_block(&w->b, a->block), a->offset + page * PAGE_BYTES);
}

static const struct kvm_slot *slot_of(struct world *w, unsigned area)
{
	return kvm_slots_find(board_slots(board_guest_board(&w->b)),
			      gpa_make(w->area[area].gpa));
}

static uint64_t gpa_of_vga(struct board_guest *b)
{
	const struct kvm_slots *s = board_slots(board_guest_board(b));

	for (unsigned i = 0; i < s->n; i++)
		if (s->slot[i].region.memory_size &&
		    !strcmp(s->slot[i].mr->ram_block->idstr, VRAM))
			return s->slot[i].region.guest_phys_addr;
	fail_msg("the display's memory is not seen");
	return 0;
}

static struct world *make(const struct way *way, unsigned page_level)
{
	struct small_options o = { .technique = way->technique,
				   .host = { .page_level = page_level, .prepopulated = true },
				   .pml = way->pml,
				   .dirty_ring = way->ring };
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	board_guest_init(&w->b, LINE, &o);
	memcpy(w->area, areas, sizeof(areas));
	w->area[VGA].gpa = gpa_of_vga(&w->b);
	for (unsigned i = 0; i < N_AREAS; i++)
		board_guest_map(&w->b, w->area[i].gva, w->area[i].gpa, PAGES, LEVEL_4K);
	small_start(&w->b.g);
	w->memory = board_memory(board_guest_board(&w->b));
	board_guest_object(&w->b, "memory-backend-ram,id=mem1,size=128M");
	board_guest_plug(&w->b, "pc-dimm,id=dimm1,memdev=mem1");
	return w;
}

static void done(struct world *w)
{
	board_guest_fini(&w->b);
	free(w);
}

/* --- the guest --- */

static void store(struct world *w, unsigned area, unsigned page)
{
	board_guest_reaches(&w->b, w->area[area].gva + page * PAGE_BYTES + 8, ACCESS_STORE,
			    board_guest_block(&w->b, w->area[area].block),
			    w->area[area].offset + page * PAGE_BYTES + 8);
	w->area[area].dirty[page] = true;
}

/* Everything is mapped, and dirty for the guest: what is written from now on is all there is to know. */
static void use_all(struct world *w)
{
	for (unsigned i = 0; i < N_AREAS; i++)
		for (unsigned page = 0; page < PAGES; page++)
			store(w, i, page);
}

static void some_stores(struct world *w, struct rng *r)
{
	unsigned n = (unsigned)rng_below(r, 400);

	for (unsigned i = 0; i < n; i++) {
		unsigned area = (unsigned)rng_below(r, N_AREAS);
		unsigned page = (unsigned)rng_below(r, rng_below(r, 2) ? 16 : PAGES);

		if (rng_below(r, 4) || w->area[area].dirty[page])
			store(w, area, page);
	}
}

static void dma(struct world *w, unsigned area, unsigned page, uint32_t bytes)
{
	const struct event e = { .kind = EVENT_DMA,
				 .gpa = w->area[area].gpa + page * PAGE_BYTES + 4000,
				 .n = bytes };

	assert_int_equal(vm_event(w->b.g.vm, &e, NULL, NULL), 0);
	for (uint64_t at = 4000; at < 4000 + bytes; at++)
		w->area[area].dirty[page + at / PAGE_BYTES] = true;
}

/* --- the oracle --- */

static void forget(struct world *w)
{
	for (unsigned i = 0; i < N_AREAS; i++)
		memset(w->area[i].dirty, 0, sizeof(w->area[i].dirty));
}

/* Takes the bits of all blocks. */
static void clear(struct world *w, enum dirty_client client)
{
	uint64_t end = ramlist_last_page(&w->memory->ram) << PAGE_SHIFT;

	dirty_test_and_clear(&w->memory->ram.dirty, ram_addr_make(0), end, client);
}

static void check_area(struct world *w, unsigned area, enum dirty_client client)
{
	const struct area *a = &w->area[area];

	for (unsigned i = 0; i < PAGES; i++)
		if (dirty_any(&w->memory->ram.dirty, addr_of(w, a, i), PAGE_BYTES, client) !=
		    a->dirty[i])
			fail_msg("%s, page %u is %s", a->block, i,
				 a->dirty[i] ? "lost" : "reported");
}

static uint64_t written(const struct world *w, unsigned area)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < PAGES; i++)
		n += w->area[area].dirty[i];
	return n;
}

/* Page by page in the areas; no other page of the whole space, but for those of the guest's tables, whose bits A and D
 * the processor writes. */
static void check_all(struct world *w)
{
	struct dirty_memory *d = &w->memory->ram.dirty;
	uint64_t end = ramlist_last_page(&w->memory->ram) << PAGE_SHIFT, n = 0;
	ram_addr_t tables = ramblock_addr(board_guest_block(&w->b, "pc.ram"),
					  (uint64_t)SMALL_FIRST << PAGE_SHIFT);

	for (unsigned i = 0; i < N_AREAS; i++) {
		check_area(w, i, DIRTY_MEMORY_MIGRATION);
		n += written(w, i);
	}
	n += dirty_count(d, tables, SMALL_TABLES * PAGE_BYTES, DIRTY_MEMORY_MIGRATION);
	assert_int_equal(dirty_count(d, ram_addr_make(0), end, DIRTY_MEMORY_MIGRATION), n);
}

static void sync(struct world *w)
{
	assert_int_equal(memory_global_dirty_log_sync(w->memory, NULL), 0);
}

/* The display's slot is logged all the time: what its log has is taken before. */
static void start(struct world *w)
{
	sync(w);
	clear(w, DIRTY_MEMORY_MIGRATION);
	forget(w);
	assert_int_equal(memory_global_dirty_log_start(w->memory, NULL), 0);
}

static void stop(struct world *w)
{
	assert_int_equal(memory_global_dirty_log_stop(w->memory, NULL), 0);
}

/* --- a migration --- */

/* After some rounds nothing is cleared before the next: what was dirty stays so. */
static void migrate(struct world *w, struct rng *r)
{
	start(w);
	sync(w);
	check_all(w);
	for (unsigned round = 0; round < 6; round++) {
		some_stores(w, r);
		if (round & 1)
			dma(w, (unsigned)rng_below(r, DIMM + 1),
			    (unsigned)rng_below(r, PAGES - 4),
			    1 + (uint32_t)rng_below(r, 9000));
		sync(w);
		check_all(w);
		if (round == 3)
			continue;
		clear(w, DIRTY_MEMORY_MIGRATION);
		forget(w);
	}
	stop(w);
	use_all(w);
	forget(w);
	sync(w);
	check_all(w);
}

static void migration_gets_what_was_written(void **state)
{
	struct rng r;

	(void)state;
	rng_seed(&r, test_seed(0xd1));
	for (size_t i = 0; i < 2 * N_WAYS; i++) {
		struct world *w = make(&ways[i / 2], i % 2 ? LEVEL_2M : LEVEL_4K);

		use_all(w);
		migrate(w, &r);
		migrate(w, &r);
		done(w);
	}
}

/* A device's write is known at once, and to nobody when nobody asks. */
static void dma_is_known_at_once(void **state)
{
	struct world *w = make(&ways[2], LEVEL_4K);

	(void)state;
	clear(w, DIRTY_MEMORY_MIGRATION);
	dma(w, LOW, 3, 10);
	forget(w);
	check_all(w);
	start(w);
	dma(w, LOW, 3, 10);
	dma(w, HIGH, 7, 5000);
	dma(w, DIMM, PAGES - 1, 1);
	check_all(w);
	assert_int_equal(written(w, HIGH), 3);
	stop(w);
	done(w);
}

/* --- a display --- */

static void display_alone(const struct way *way, unsigned page_level)
{
	struct world *w = make(way, page_level);
	struct dirty_memory *d = &w->memory->ram.dirty;
	struct memory_region *vram;
	uint64_t bytes = PAGES * PAGE_BYTES;
	ram_addr_t first = addr_of(w, &w->area[VGA], 0);

	use_all(w);
	vram = slot_of(w, VGA)->mr;
	assert_true(slot_of(w, VGA)->region.flags & KVM_SLOT_LOG_DIRTY_PAGES);
	assert_false(slot_of(w, LOW)->region.flags & KVM_SLOT_LOG_DIRTY_PAGES);
	sync(w);
	clear(w, DIRTY_MEMORY_VGA);
	clear(w, DIRTY_MEMORY_MIGRATION);
	forget(w);
	store(w, VGA, 5);
	store(w, VGA, 700);
	store(w, LOW, 1);
	sync(w);
	check_area(w, VGA, DIRTY_MEMORY_VGA);
	assert_int_equal(dirty_count(d, first, bytes, DIRTY_MEMORY_VGA), 2);
	assert_false(dirty_any(d, first, bytes, DIRTY_MEMORY_MIGRATION));
	assert_false(dirty_any(d, addr_of(w, &w->area[LOW], 0), bytes, DIRTY_MEMORY_VGA));

	/* both at once; each takes its own */
	start(w);
	store(w, VGA, 9);
	sync(w);
	assert_int_equal(dirty_count(d, first, bytes, DIRTY_MEMORY_VGA), 3);
	check_area(w, VGA, DIRTY_MEMORY_MIGRATION);
	clear(w, DIRTY_MEMORY_VGA);
	check_area(w, VGA, DIRTY_MEMORY_MIGRATION);
	stop(w);
	assert_true(slot_of(w, VGA)->region.flags & KVM_SLOT_LOG_DIRTY_PAGES);
	assert_false(slot_of(w, LOW)->region.flags & KVM_SLOT_LOG_DIRTY_PAGES);

	/* off, and nobody hears; on again */
	assert_int_equal(memory_region_set_log(vram, false, NULL), 0);
	assert_false(slot_of(w, VGA)->region.flags & KVM_SLOT_LOG_DIRTY_PAGES);
	store(w, VGA, 11);
	sync(w);
	assert_false(dirty_any(d, first, bytes, DIRTY_MEMORY_VGA));
	assert_int_equal(memory_region_set_log(vram, true, NULL), 0);
	store(w, VGA, 12);
	sync(w);
	assert_true(dirty_any(d, addr_of(w, &w->area[VGA], 12), 1, DIRTY_MEMORY_VGA));
	assert_int_equal(dirty_count(d, first, bytes, DIRTY_MEMORY_VGA), 1);
	done(w);
}

static void display_and_migration_are_two(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * N_WAYS; i++)
		display_alone(&ways[i / 2], i % 2 ? LEVEL_2M : LEVEL_4K);
}

/* --- slots that come and go meanwhile --- */

/* The bits of a DIMM that is unplugged before anybody looked are taken first. A new one is dirty as a whole, logged, and
 * clean once taken. */
static void dimm_goes_while_logged(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * N_WAYS; i++) {
		struct world *w = make(&ways[i / 2], i % 2 ? LEVEL_2M : LEVEL_4K);

		use_all(w);
		start(w);
		store(w, DIMM, 17);
		store(w, DIMM, 900);
		store(w, HIGH, 2);
		board_guest_unplug(&w->b, "dimm1");
		board_guest_plug(&w->b, "pc-dimm,id=dimm2,memdev=mem1");
		assert_true(slot_of(w, DIMM)->region.flags & KVM_SLOT_LOG_DIRTY_PAGES);
		check_area(w, DIMM, DIRTY_MEMORY_MIGRATION);
		sync(w);
		check_all(w);
		clear(w, DIRTY_MEMORY_MIGRATION);
		forget(w);
		store(w, DIMM, 4);
		sync(w);
		check_all(w);
		done(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(migration_gets_what_was_written),
		cmocka_unit_test(dma_is_known_at_once),
		cmocka_unit_test(display_and_migration_are_two),
		cmocka_unit_test(dimm_goes_while_logged),
	};

	return cmocka_run_group_tests_name("dirty sync", tests, NULL, NULL);
}
