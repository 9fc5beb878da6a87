/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_board_vm.c - guests of every technique on the memory of pc and q35 boards: where their addresses lead, before,
 * while and after the memory changes
 */
#include <string.h>

#include "tests/check.h"

#include "mem/address_space.h"
#include "tests/board_guest.h"

#define DATA  ((uint64_t)0x40000000)
#define OTHER ((uint64_t)0x80000000)
#define FAR   ((uint64_t)0x7f0000000000)
#define DIMM  (4 * GIB) /* where a small machine has its device memory */
#define PAGES 1024u
#define SMALL "-m 256M,slots=2,maxmem=2G -accel kvm"

static const char *const techniques[] = { "spt", "ept", "npt" };
#define N_TECHNIQUES (sizeof(techniques) / sizeof(*techniques))

/* Frames mixed up, so that a wrong page is another number. */
static struct small_options options(const char *technique, unsigned page_level)
{
	return (struct small_options){
		.technique = technique,
		.host = { .page_level = page_level, .layout = HOST_FRAGMENTED, .seed = 5 }
	};
}

typedef void check_technique(const char *technique);

static void with_each(check_technique *check)
{
	for (size_t i = 0; i < N_TECHNIQUES; i++)
		check(techniques[i]);
}

/* --- where addresses lead --- */

/* One block; its first part is seen from 0, the rest from 4 GiB. */
static void check_split(const char *technique, const char *line, uint64_t below)
{
	struct small_options o = options(technique, LEVEL_4K);
	struct board_guest b;
	const struct ramblock *ram;

	board_guest_init(&b, line, &o);
	board_guest_map(&b, DATA, 32 * MIB, 16, LEVEL_4K);
	board_guest_map(&b, OTHER, below - 8 * PAGE_BYTES, 16, LEVEL_4K);
	board_guest_map(&b, FAR, 4 * GIB, 16, LEVEL_4K);
	small_start(&b.g);
	ram = board_guest_block(&b, "pc.ram");
	assert_int_equal(ram->used_length, 4 * GIB);
	for (unsigned i = 0; i < 16; i++) {
		uint64_t at = i * PAGE_BYTES + 8 * i;

		board_guest_reaches(&b, DATA + at, ACCESS_LOAD, ram, 32 * MIB + at);
		board_guest_reaches(&b, FAR + at, ACCESS_STORE, ram, below + at);
		if (i < 8)
			board_guest_reaches(&b, OTHER + at, ACCESS_STORE, ram,
					    below - 8 * PAGE_BYTES + at);
		else
			board_guest_exits(&b, OTHER + at, ACCESS_STORE,
					  below - 8 * PAGE_BYTES + at, true);
	}
	board_guest_fini(&b);
}

static void splits(const char *technique)
{
	check_split(technique, "-machine pc -m 4G -accel kvm", 3 * GIB);
	check_split(technique, "-machine pc,max-ram-below-4g=1G -m 4G -accel kvm", GIB);
	check_split(technique, "-machine q35 -m 4G -accel kvm", 2 * GIB);
}

static void addresses_below_and_above_4g(void **state)
{
	(void)state;
	with_each(splits);
}

/* The slots say the same: HVA is the block's plus the offset. */
static void slots_show_blocks(void **state)
{
	struct small_options o = options("ept", LEVEL_4K);
	struct board_guest b;
	const struct kvm_slots *s;
	unsigned n_ram = 0;

	(void)state;
	board_guest_init(&b, "-m 4G -accel kvm", &o);
	s = board_slots(board_guest_board(&b));
	for (unsigned i = 0; i < s->n; i++) {
		const struct kvm_slot *slot = &s->slot[i];
		const struct ramblock *block = slot->mr->ram_block;

		if (!slot->region.memory_size)
			continue;
		assert_int_equal(slot->region.userspace_addr,
				 ramblock_hva(block, slot->offset_in_region).v);
		assert_int_equal(slot->ram_start.v, block->offset.v + slot->offset_in_region);
		n_ram += !strcmp(block->idstr, "pc.ram");
	}
	assert_true(n_ram >= 2);
	board_guest_fini(&b);
}

/* --- holes, devices, ROM --- */

#define HPET 0xfed00000u
#define BIOS 0xfffc0000u

static void no_ram(const char *technique)
{
	struct small_options o = options(technique, LEVEL_4K);
	struct board_guest b;
	const struct ramblock *bios;

	board_guest_init(&b, SMALL, &o);
	board_guest_map(&b, DATA, 512 * MIB, 1, LEVEL_4K);
	board_guest_map(&b, OTHER, HPET, 1, LEVEL_4K);
	board_guest_map(&b, FAR, BIOS, 64, LEVEL_4K);
	small_start(&b.g);
	bios = board_guest_block(&b, "pc.bios");
	for (unsigned i = 0; i < 3; i++) {
		board_guest_exits(&b, DATA + 8 * i, ACCESS_LOAD, 512 * MIB + 8 * i, true);
		board_guest_exits(&b, DATA + 8 * i, ACCESS_STORE, 512 * MIB + 8 * i, true);
		board_guest_exits(&b, OTHER + 8 * i, ACCESS_LOAD, HPET + 8 * i, false);
		board_guest_exits(&b, OTHER + 8 * i, ACCESS_STORE, HPET + 8 * i, false);
		board_guest_exits(&b, OTHER + 0x800, ACCESS_STORE, HPET + 0x800, true);
		board_guest_reaches(&b, FAR + i * PAGE_BYTES, ACCESS_LOAD, bios,
				    i * PAGE_BYTES);
		board_guest_exits(&b, FAR + i * PAGE_BYTES, ACCESS_STORE, BIOS + i * PAGE_BYTES,
				  false);
		board_guest_reaches(&b, FAR + i * PAGE_BYTES, ACCESS_LOAD, bios,
				    i * PAGE_BYTES);
	}
	board_guest_exits(&b, FAR + 9 * PAGE_BYTES, ACCESS_STORE, BIOS + 9 * PAGE_BYTES, false);
	board_guest_fini(&b);
}

static void holes_devices_and_rom(void **state)
{
	(void)state;
	with_each(no_ram);
}

/* A board that is said to be TCG's is seen by a simulated KVM all the same: nothing of it is logged. */
static void accelerator_logs_nothing(void **state)
{
	struct small_options o = options("ept", LEVEL_2M);
	const struct kvm_slots *s;
	struct board_guest b;

	(void)state;
	board_guest_init(&b, "-m 256M", &o);
	board_guest_map(&b, DATA, 32 * MIB, 512, LEVEL_4K);
	small_start(&b.g);
	small_store(&b.g, DATA);
	s = board_slots(board_guest_board(&b));
	for (unsigned i = 0; i < s->n; i++)
		if (strcmp(s->slot[i].mr->name, "vga.vram"))
			assert_false(s->slot[i].region.flags & KVM_SLOT_LOG_DIRTY_PAGES);
	assert_int_equal(GUEST_COUNT(&b, pages_2m), 1);
	board_guest_fini(&b);
}

/* --- DIMMs that come and go --- */

struct dimm_case {
	const char *technique;
	unsigned host, guest; /* page levels */
};

static void plug(struct board_guest *b, const char *object, const char *device)
{
	uint64_t zapped = GUEST_COUNT(b, mmu_shadow_zapped);

	board_guest_object(b, object);
	board_guest_plug(b, device);
	assert_int_equal(GUEST_COUNT(b, mmu_shadow_zapped), zapped);
}

/* A shadow MMU throws away all that it has; the others have no shadow pages. */
static void unplug(struct board_guest *b, const char *id)
{
	uint64_t zapped = GUEST_COUNT(b, mmu_shadow_zapped);
	uint64_t had = GUEST_COUNT(b, shadow_pages);
	bool is_spt = !strcmp(vm_mmu(b->g.vm)->ops->name, "spt");

	if (is_spt)
		assert_true(had > 4);
	else
		assert_int_equal(had, 0);
	board_guest_unplug(b, id);
	assert_int_equal(GUEST_COUNT(b, mmu_shadow_zapped), zapped + had);
}

static void use_dimm(struct board_guest *b, const char *block, unsigned n)
{
	const struct ramblock *ram = board_guest_block(b, block);

	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i < n; i++) {
			uint64_t at = i * PAGE_BYTES + 8 * (i % 512);

			board_guest_reaches(b, FAR + at,
					    (i + round) % 2 ? ACCESS_STORE : ACCESS_LOAD, ram,
					    at);
		}
}

static void miss_dimm(struct board_guest *b, unsigned from, unsigned n)
{
	for (unsigned i = from; i < n; i++)
		board_guest_exits(b, FAR + i * PAGE_BYTES, i % 3 ? ACCESS_LOAD : ACCESS_STORE,
				  DIMM + i * PAGE_BYTES, true);
}

/* Each vCPU has its own caches. */
static void use_by_both(struct board_guest *b, const char *block, unsigned n)
{
	use_dimm(b, block, n);
	small_event(&b->g, EVENT_VCPU, 0, 1);
	use_dimm(b, block, n);
}

static void miss_by_both(struct board_guest *b, unsigned from, unsigned n)
{
	miss_dimm(b, from, n);
	small_event(&b->g, EVENT_VCPU, 0, 0);
	miss_dimm(b, from, n);
}

static void check_dimm(const struct dimm_case *c)
{
	struct small_options o = options(c->technique, c->host);
	bool is_1g = c->host == LEVEL_1G;
	unsigned second = is_1g ? PAGES : 512; /* pages that the second DIMM has */
	struct board_guest b;
	const struct ramblock *ram;

	o.n_vcpu = 2;
	board_guest_init(&b, "-m 1G,slots=2,maxmem=4G -accel kvm", &o);
	board_guest_map(&b, DATA, 32 * MIB, 4, LEVEL_4K);
	board_guest_map(&b, FAR, DIMM, PAGES, c->guest);
	small_start(&b.g);
	ram = board_guest_block(&b, "pc.ram");
	miss_dimm(&b, 0, PAGES);
	plug(&b,
	     is_1g ? "memory-backend-ram,id=mem1,size=1G"
		   : "memory-backend-ram,id=mem1,size=128M",
	     "pc-dimm,id=dimm1,memdev=mem1");
	use_by_both(&b, "mem1", PAGES);
	unplug(&b, "dimm1");
	miss_by_both(&b, 0, PAGES);
	board_guest_reaches(&b, DATA, ACCESS_STORE, ram, 32 * MIB);

	plug(&b,
	     is_1g ? "memory-backend-ram,id=mem2,size=1G"
		   : "memory-backend-ram,id=mem2,size=2M",
	     "pc-dimm,id=dimm2,memdev=mem2");
	use_by_both(&b, "mem2", second);
	miss_by_both(&b, second, PAGES);
	unplug(&b, "dimm2");
	board_guest_plug(&b, "pc-dimm,id=dimm1,memdev=mem1");
	use_dimm(&b, "mem1", PAGES);
	board_guest_reaches(&b, DATA, ACCESS_LOAD, ram, 32 * MIB);
	board_guest_fini(&b);
}

static void dimms_come_and_go(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_TECHNIQUES; i++)
		for (unsigned host = LEVEL_4K; host <= LEVEL_1G; host++)
			for (unsigned guest = LEVEL_4K; guest <= LEVEL_2M; guest++)
				check_dimm(&(struct dimm_case){ techniques[i], host, guest });
}

/* n loads of one page, through the replay's fast path. */
static void replay_loads(struct board_guest *b, uint64_t gva, uint32_t n)
{
	static const uint8_t op[4] = { OP_LOAD | OP_USER | 3u << OP_SIZE_SHIFT,
				       OP_LOAD | OP_USER | 3u << OP_SIZE_SHIFT,
				       OP_LOAD | OP_USER | 3u << OP_SIZE_SHIFT,
				       OP_LOAD | OP_USER | 3u << OP_SIZE_SHIFT };
	const uint64_t at[4] = { gva, gva + 8, gva + 16, gva + 24 };
	const struct batch batch = { .n = n, .op = op, .gva = at, .n_load = n };

	assert_int_equal(vm_run(b->g.vm, &batch, NULL), 0);
}

/* The page of the last access before is the first one after. */
static void replayed(const char *technique)
{
	struct small_options o = options(technique, LEVEL_4K);
	struct board_guest b;

	board_guest_init(&b, SMALL, &o);
	board_guest_map(&b, FAR, DIMM, 4, LEVEL_4K);
	small_start(&b.g);
	replay_loads(&b, FAR, 3);
	assert_int_equal(GUEST_COUNT(&b, mmio_exits), 3);
	plug(&b, "memory-backend-ram,id=mem1,size=128M", "pc-dimm,id=dimm1,memdev=mem1");
	replay_loads(&b, FAR, 4);
	assert_int_equal(GUEST_COUNT(&b, mmio_exits), 3);
	unplug(&b, "dimm1");
	replay_loads(&b, FAR, 4);
	assert_int_equal(GUEST_COUNT(&b, mmio_exits), 7);
	board_guest_plug(&b, "pc-dimm,id=dimm1,memdev=mem1");
	replay_loads(&b, FAR, 4);
	assert_int_equal(GUEST_COUNT(&b, mmio_exits), 7);
	board_guest_fini(&b);
}

static void replay_sees_it_at_once(void **state)
{
	(void)state;
	with_each(replayed);
}

/* --- page tables in a DIMM --- */

/* The last table on the way to FAR is the DIMM's first page. */
static void give_dimm_table(struct board_guest *b)
{
	const struct event e = { .kind = EVENT_PTPAGE, .level = 1, .gpa = DIMM };
	uint64_t words[512];

	for (unsigned i = 0; i < 512; i++)
		words[i] = (32 * MIB + i * PAGE_BYTES) | SMALL_RW | SMALL_AD;
	assert_int_equal(vm_event(b->g.vm, &e, words, NULL), 0);
}

static void tables_go(const char *technique)
{
	struct small_options o = options(technique, LEVEL_4K);
	struct sim_error err = { 0 };
	struct board_guest b;
	struct vm_result r;
	uint64_t at;

	board_guest_init(&b, SMALL, &o);
	board_guest_map(&b, FAR, 0, 1, LEVEL_4K);
	at = small_entry_gpa(&b.g, b.g.cr3, FAR, 2);
	b.g.table[(at >> PAGE_SHIFT) - SMALL_FIRST][at >> 3 & 511] = DIMM | SMALL_RW | PTE_A;
	plug(&b, "memory-backend-ram,id=mem1,size=128M", "pc-dimm,id=dimm1,memdev=mem1");
	small_start(&b.g);
	give_dimm_table(&b);
	board_guest_reaches(&b, FAR, ACCESS_STORE, board_guest_block(&b, "pc.ram"), 32 * MIB);
	unplug(&b, "dimm1");
	assert_int_equal(vm_access(b.g.vm, gva_make(FAR), (struct access){ ACCESS_LOAD, true },
				   8, &r, &err),
			 SIM_ESTATE);
	assert_non_null(strstr(err.text, "the page table in guest frame 0x100000"));
	board_guest_fini(&b);
}

static void tables_go_with_their_memory(void **state)
{
	(void)state;
	with_each(tables_go);
}

/* A plug moves nothing that is there, an unplug on TDP leaves other memory mapped. */
static void other_memory_stays_mapped(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_TECHNIQUES; i++) {
		struct small_options o = options(techniques[i], LEVEL_4K);
		bool is_spt = !strcmp(techniques[i], "spt");
		struct board_guest b;
		uint64_t faults;

		board_guest_init(&b, SMALL, &o);
		board_guest_map(&b, DATA, 32 * MIB, 4, LEVEL_4K);
		small_start(&b.g);
		small_store(&b.g, DATA);
		faults = GUEST_COUNT(&b, pf_taken);
		plug(&b, "memory-backend-ram,id=mem1,size=128M",
		     "pc-dimm,id=dimm1,memdev=mem1");
		small_store(&b.g, DATA);
		assert_int_equal(GUEST_COUNT(&b, pf_taken), faults);
		unplug(&b, "dimm1");
		small_store(&b.g, DATA);
		if (is_spt)
			assert_true(GUEST_COUNT(&b, pf_taken) > faults);
		board_guest_fini(&b);
	}
}

/* --- what the firmware does, under a guest that has used the memory before --- */

struct told {
	struct board_guest *b;
	uint64_t zapped, deleted, created; /* shadow pages so far; records */
};

/* A create zaps nothing, a delete all there is; the guest has had no time to build anew. */
static void hear_slot(void *arg, const struct kvm_slot_region *r)
{
	struct told *t = arg;
	uint64_t now = GUEST_COUNT(t->b, mmu_shadow_zapped);

	if (r->memory_size || t->deleted)
		assert_int_equal(now, t->zapped);
	t->zapped = now;
	t->created += r->memory_size != 0;
	t->deleted += !r->memory_size;
}

static void pam(const char *technique)
{
	struct small_options o = options(technique, LEVEL_4K);
	const struct ramblock *ram, *bios;
	struct board_guest b;
	struct told told = { .b = &b };
	struct kvm_slots *s;
	uint64_t had;

	board_guest_init(&b, SMALL " -S", &o);
	board_guest_map(&b, DATA, 0xd0000, 1, LEVEL_4K);
	board_guest_map(&b, OTHER, 0xf0000, 1, LEVEL_4K);
	small_start(&b.g);
	ram = board_guest_block(&b, "pc.ram");
	bios = board_guest_block(&b, "pc.bios");
	board_guest_exits(&b, DATA, ACCESS_STORE, 0xd0000, false);
	board_guest_reaches(&b, OTHER, ACCESS_LOAD, bios, bios->used_length - 0x10000);
	s = board_slots(board_guest_board(&b));
	s->told = hear_slot;
	s->told_arg = &told;
	told.zapped = GUEST_COUNT(&b, mmu_shadow_zapped);
	had = told.zapped + GUEST_COUNT(&b, shadow_pages);
	assert_int_equal(board_boot(board_guest_board(&b), NULL), 0);
	s->told = NULL;
	assert_true(told.deleted > 10 && told.created > 10);
	assert_int_equal(GUEST_COUNT(&b, mmu_shadow_zapped), had);
	board_guest_reaches(&b, DATA, ACCESS_LOAD, ram, 0xd0000);
	board_guest_reaches(&b, OTHER, ACCESS_LOAD, ram, 0xf0000);
	board_guest_fini(&b);
}

static void pam_writes_change_slots(void **state)
{
	(void)state;
	with_each(pam);
}

/* --- records of a stream --- */

static int ram_event(struct board_guest *b, enum event_kind kind, uint64_t gpa, uint64_t bytes,
		     struct sim_error *err)
{
	const struct event e = { .kind = kind, .gpa = gpa, .value = bytes };

	return vm_event(b->g.vm, &e, NULL, err);
}

static void records(const char *technique)
{
	struct small_options o = options(technique, LEVEL_4K);
	struct sim_error err = { 0 };
	const struct board_dimm *d;
	struct board_guest b;
	struct board *board;
	size_t n_backend = 0;

	board_guest_init(&b, SMALL, &o);
	board_guest_map(&b, FAR, DIMM, PAGES, LEVEL_4K);
	small_start(&b.g);
	board = board_guest_board(&b);
	while (board_backend_at(board, n_backend))
		n_backend++;
	assert_int_equal(ram_event(&b, EVENT_RAM_ADD, DIMM, 8 * MIB, &err), 0);
	d = board_dimm_at(board, 0);
	assert_non_null(d);
	assert_int_equal(d->addr, DIMM);
	assert_int_equal(d->size, 8 * MIB);
	assert_true(d->hotplugged);
	assert_int_equal(board_plugged_memory(board), 8 * MIB);
	use_dimm(&b, "stream-100000000", PAGES);
	assert_int_equal(ram_event(&b, EVENT_RAM_DEL, DIMM + 8 * MIB, 8 * MIB, &err),
			 SIM_ESTATE);
	assert_int_equal(ram_event(&b, EVENT_RAM_ADD, 512 * MIB, 8 * MIB, &err), SIM_ERANGE);
	assert_int_equal(ram_event(&b, EVENT_RAM_DEL, DIMM, 8 * MIB, &err), 0);
	assert_null(board_dimm_at(board, 0));
	assert_null(board_backend_at(board, n_backend));
	miss_dimm(&b, 0, PAGES);
	assert_int_equal(ram_event(&b, EVENT_RAM_ADD, DIMM, 4 * MIB, &err), 0);
	use_dimm(&b, "stream-100000000", PAGES);
	board_guest_fini(&b);
}

static void records_are_dimms(void **state)
{
	(void)state;
	with_each(records);
}

static void bare_records(const char *technique)
{
	struct small_options o = options(technique, LEVEL_4K);
	struct sim_error err = { 0 };
	struct board_guest b = { .parts = NULL };

	o.ram_bytes = LOW_RAM;
	small_init(&b.g, &o);
	board_guest_map(&b, FAR, DIMM, PAGES, LEVEL_4K);
	small_start(&b.g);
	miss_dimm(&b, 0, 4);
	assert_int_equal(ram_event(&b, EVENT_RAM_ADD, DIMM, 4 * MIB, &err), 0);
	assert_null(board_dimm_at(board_guest_board(&b), 0));
	for (unsigned i = 0; i < PAGES; i++)
		assert_int_equal(small_access(&b.g, FAR + i * PAGE_BYTES, ACCESS_STORE).status,
				 FILL_OK);
	assert_int_equal(ram_event(&b, EVENT_RAM_DEL, DIMM, 4 * MIB, &err), 0);
	miss_dimm(&b, 0, PAGES);
	small_fini(&b.g);
}

static void records_are_ram_of_bare_boards(void **state)
{
	(void)state;
	with_each(bare_records);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_below_and_above_4g),
		cmocka_unit_test(slots_show_blocks),
		cmocka_unit_test(holes_devices_and_rom),
		cmocka_unit_test(accelerator_logs_nothing),
		cmocka_unit_test(dimms_come_and_go),
		cmocka_unit_test(replay_sees_it_at_once),
		cmocka_unit_test(tables_go_with_their_memory),
		cmocka_unit_test(other_memory_stays_mapped),
		cmocka_unit_test(pam_writes_change_slots),
		cmocka_unit_test(records_are_dimms),
		cmocka_unit_test(records_are_ram_of_bare_boards),
	};

	return cmocka_run_group_tests_name("board vm", tests, NULL, NULL);
}
