/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_board_io.c - what guests of every technique do to a device of a board, and to memory whose log is read
 */
#include <stdio.h>
#include <string.h>

#include "tests/check.h"

#include "mem/address_space.h"
#include "tests/board_guest.h"

#define DATA   ((uint64_t)0x40000000)
#define OTHER  ((uint64_t)0x80000000)
#define DEVICE (512 * MIB + 0x140) /* beyond the RAM */
#define SMALL  "-m 256M,slots=2,maxmem=2G -accel kvm"

static const char *const techniques[] = { "spt", "ept", "npt" };
#define N_TECHNIQUES (sizeof(techniques) / sizeof(*techniques))

/* --- a device that notes how it is called --- */

struct notes {
	char said[256]; /* "r10/4 w14/8=0 " */
	size_t n;
};

static unsigned note_read(void *opaque, uint64_t addr, unsigned size, uint64_t *value)
{
	struct notes *d = opaque;

	d->n += (size_t)snprintf(d->said + d->n, sizeof(d->said) - d->n, "r%llx/%u ",
				 (unsigned long long)addr, size);
	*value = 0;
	return MEMTX_OK;
}

static unsigned note_write(void *opaque, uint64_t addr, unsigned size, uint64_t value)
{
	struct notes *d = opaque;

	d->n += (size_t)snprintf(d->said + d->n, sizeof(d->said) - d->n, "w%llx/%u=%llx ",
				 (unsigned long long)addr, size, (unsigned long long)value);
	return MEMTX_OK;
}

static const struct memory_region_ops note_ops = {
	.read = note_read, .write = note_write, .valid = { 1, 8, true }, .impl = { 1, 8, true }
};

static void add_device(struct board *b, struct notes *d)
{
	const struct memory_region_config cfg = { .name = "notes",
						  .kind = MEMORY_REGION_IO,
						  .size = 0x100,
						  .ops = &note_ops,
						  .opaque = d };
	struct memory_region *mr;

	assert_int_equal(memory_region_create(board_memory(b), &cfg, &mr, NULL), 0);
	assert_int_equal(
		memory_region_add_subregion(board_address_space(b)->root, DEVICE, mr, NULL), 0);
}

/* --- guests --- */

static void begin(struct board_guest *b, const char *technique)
{
	struct small_options o = { .technique = technique,
				   .host = { .page_level = LEVEL_4K, .prepopulated = true } };

	board_guest_init(b, SMALL, &o);
	board_guest_map(b, DATA, 512 * MIB, 1, LEVEL_4K);
	board_guest_map(b, OTHER, 32 * MIB, 2, LEVEL_4K);
	small_start(&b->g);
}

static void exits(struct board_guest *b, uint64_t gva, enum access_kind kind, unsigned bytes)
{
	struct sim_error err = { 0 };
	struct vm_result r;

	assert_int_equal(vm_access(b->g.vm, gva_make(gva), (struct access){ kind, true }, bytes,
				   &r, &err),
			 0);
	assert_int_equal(r.status, FILL_MMIO);
}

static void with_device(const char *technique)
{
	static struct notes d;
	struct board_guest b;

	d = (struct notes){ .n = 0 };
	begin(&b, technique);
	exits(&b, DATA + 0x140, ACCESS_STORE, 8); /* nobody is there yet */
	add_device(board_guest_board(&b), &d);
	assert_string_equal(d.said, "");
	exits(&b, DATA + 0x140, ACCESS_LOAD, 8);
	exits(&b, DATA + 0x148, ACCESS_STORE, 8);
	exits(&b, DATA + 0x154, ACCESS_LOAD, 4);
	exits(&b, DATA + 0x1fe, ACCESS_STORE, 2);
	exits(&b, DATA + 0x23f, ACCESS_LOAD, 1);
	exits(&b, DATA + 0x13f, ACCESS_STORE, 1); /* before it, and behind */
	exits(&b, DATA + 0x240, ACCESS_LOAD, 8);
	assert_string_equal(d.said, "r0/8 w8/8=0 r14/4 wbe/2=0 rff/1 ");
	assert_int_equal(GUEST_COUNT(&b, mmio_exits), 8);
	assert_int_equal(GUEST_COUNT(&b, mmio_unassigned), 3);
	board_guest_fini(&b);
}

static void accesses_reach_the_device(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_TECHNIQUES; i++)
		with_device(techniques[i]);
}

/* --- logs --- */

/* n stores to one page, as a stream has them. */
static void replay_stores(struct board_guest *b, uint32_t n)
{
	uint8_t op[4];
	uint64_t at[4];
	const struct batch batch = { .n = n, .op = op, .gva = at, .n_store = n };

	for (uint32_t i = 0; i < n; i++) {
		op[i] = OP_STORE | OP_USER | 3u << OP_SIZE_SHIFT;
		at[i] = OTHER + 8 * i;
	}
	assert_int_equal(vm_run(b->g.vm, &batch, NULL), 0);
}

/* Whether the log has the page since it was last asked. */
static bool was_written(struct board_guest *b)
{
	struct memory *m = board_memory(board_guest_board(b));
	ram_addr_t at = ramblock_addr(board_guest_block(b, "pc.ram"), 32 * MIB);

	assert_int_equal(memory_global_dirty_log_sync(m, NULL), 0);
	return dirty_test_and_clear(&m->ram.dirty, at, PAGE_BYTES, DIRTY_MEMORY_MIGRATION);
}

/* The page is the one that was stored to last, before the log was read and after. */
static void with_log(const char *technique)
{
	struct board_guest b;

	begin(&b, technique);
	replay_stores(&b, 4);
	assert_int_equal(
		memory_global_dirty_log_start(board_memory(board_guest_board(&b)), NULL), 0);
	was_written(&b);
	for (unsigned round = 0; round < 3; round++) {
		assert_false(was_written(&b));
		replay_stores(&b, 4);
		assert_true(was_written(&b));
		replay_stores(&b, 1);
		assert_true(was_written(&b));
	}
	board_guest_fini(&b);
}

static void stores_after_a_log_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_TECHNIQUES; i++)
		with_log(techniques[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accesses_reach_the_device),
		cmocka_unit_test(stores_after_a_log_is_read),
	};

	return cmocka_run_group_tests_name("board io", tests, NULL, NULL);
}
