/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_address_space_map.c - memory mapped for a device, and the bounce buffer where there is none */
#include "config.h"

#include <string.h>

#include "io_world.h"

/* A client for whom nobody writes down what is stored hears nothing. */
static void nobody_else_hears(struct dirty_memory *d)
{
	assert_false(dirty_any(d, ram_block->offset, 0x3000, DIRTY_MEMORY_VGA));
	assert_false(dirty_any(d, ram_block->offset, 0x3000, DIRTY_MEMORY_CODE));
}

static void map_ram(void **state)
{
	struct dirty_memory *d = &memory.ram.dirty;
	uint64_t bytes = 0x10000;
	uint8_t *p;

	(void)state;
	assert_int_equal(memory_global_dirty_log_start(&memory, NULL), 0);
	for (enum dirty_client c = 0; c < DIRTY_MEMORY_NUM; c++)
		dirty_test_and_clear(d, ram_block->offset, 0x3000, c);
	p = address_space_map(as, 0xa800, &bytes, true);
	assert_ptr_equal(p, bytes_of(ram_block) + 0x1800);
	assert_int_equal(bytes, 0x1800); /* what follows shows the block from elsewhere */
	assert_false(dirty_any(d, ram_block->offset, 0x3000, DIRTY_MEMORY_MIGRATION));
	address_space_unmap(as, p, bytes, true, 0x10);
	assert_int_equal(dirty_count(d, ram_block->offset, 0x3000, DIRTY_MEMORY_MIGRATION), 1);
	assert_true(dirty_any(d, ramblock_addr(ram_block, 0x1000), 1, DIRTY_MEMORY_MIGRATION));
	nobody_else_hears(d);
	bytes = 4;
	dirty_test_and_clear(d, ram_block->offset, 0x3000, DIRTY_MEMORY_MIGRATION);
	p = address_space_map(as, 0, &bytes, false);
	assert_int_equal(bytes, 4);
	address_space_unmap(as, p, bytes, false, 4);
	assert_false(dirty_any(d, ram_block->offset, 0x3000, DIRTY_MEMORY_MIGRATION));
}

/* Ranges of other attributes that go on in the block belong together, not another block's at that offset. */
static void map_across_attributes(void **state)
{
	uint64_t bytes = 0x5000;
	void *p;

	(void)state;
	make(&(struct memory_region_config){ .name = "other",
					     .kind = MEMORY_REGION_ALIAS,
					     .size = 0x1000,
					     .alias = make_ram("more", MEMORY_REGION_RAM,
							       0x10000, 0x4000),
					     .alias_offset = 0x3000 },
	     0x3000);
	make(&(struct memory_region_config){ .name = "nv",
					     .kind = MEMORY_REGION_ALIAS,
					     .size = 0x1000,
					     .alias = ram,
					     .alias_offset = 0x1000,
					     .nonvolatile = true },
	     0x1000);
	assert_true(address_space_section(as, 0, 0x3000).size == 0x1000);
	p = address_space_map(as, 0x800, &bytes, false);
	assert_int_equal(bytes, 0x2800);
	address_space_unmap(as, p, bytes, false, bytes);
}

static void map_by_the_bounce_buffer(void **state)
{
	uint64_t bytes = 8, more = 8, none = 0;
	uint8_t *p;

	(void)state;
	p = address_space_map(as, 0x4010, &bytes, false);
	assert_non_null(p);
	assert_int_equal(bytes, 8);
	assert_memory_equal(p, "\x10\x11\x12\x13\x14\x15\x16\x17", 8);
	assert_said("r10/4 r14/4 ");
	assert_null(address_space_map(as, 0x4010, &more, true));
	assert_int_equal(more, 0);
	address_space_unmap(as, p, bytes, false, bytes);
	assert_said("");

	bytes = 0x5000;
	p = address_space_map(as, 0x4020, &bytes, true);
	assert_non_null(p);
	assert_int_equal(bytes, 0x1000); /* a page at most */
	assert_said("");
	memcpy(p, "\x01\x02\x03\x04", 4);
	address_space_unmap(as, p, bytes, true, 4);
	assert_said("w20/4=4030201 ");
	assert_null(address_space_map(as, 0, &none, false));
}

static void without_bytes(void **state)
{
	uint64_t bytes = 0x1000, v = UINT64_MAX;

	(void)state;
	assert_int_equal(memory_global_dirty_log_start(&memory, NULL), 0);
	write_of(0x1000, 5, 8, MEMTX_OK);
	assert_true(dirty_any(&memory.ram.dirty, ramblock_addr(ram_block, 0x1000), 1,
			      DIRTY_MEMORY_MIGRATION));
	assert_int_equal(address_space_read(as, 0x1000, &v, 8), MEMTX_OK);
	assert_true(v == 0);
	write_of(0x9000, 5, 8, MEMTX_OK);
	assert_true(read_of(0x9000, 8, MEMTX_OK) == 0);
	assert_null(address_space_map(as, 0x1000, &bytes, true));
	assert_int_equal(bytes, 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, io_world_setup, io_world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(map_ram),
		CASE(map_across_attributes),
		CASE(map_by_the_bounce_buffer),
		cmocka_unit_test_setup_teardown(without_bytes, io_world_setup_simulated,
						io_world_teardown),
	};

	return cmocka_run_group_tests_name("address_space_map", tests, NULL, NULL);
}
