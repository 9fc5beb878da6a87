/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_address_space.c - reading and writing: which callbacks are called, how wide, and what comes back */
#include "config.h"

#include <string.h>

#include "io_world.h"

#include "base/rng.h"

/* --- registers --- */

static void zeroes_mean_one_to_four_aligned(void **state)
{
	(void)state;
	assert_true(read_of(0x4010, 8, MEMTX_OK) == 0x1716151413121110u);
	assert_said("r10/4 r14/4 ");
	assert_true(read_of(0x4011, 8, MEMTX_OK) == 0x1817161514131211u);
	assert_said("r11/1 r12/2 r14/4 r18/1 ");
	assert_true(read_of(0x4012, 3, MEMTX_OK) == 0x141312);
	assert_said("r12/2 r14/1 ");
	write_of(0x4013, 0x1122334455u, 5, MEMTX_OK);
	assert_said("w13/1=55 w14/4=11223344 ");
}

static void split_by_what_the_callbacks_can(void **state)
{
	(void)state;
	sizes((struct memory_access_sizes){ 1, 8, false },
	      (struct memory_access_sizes){ 1, 2, false });
	assert_true(read_of(0x4020, 8, MEMTX_OK) == 0x2726252423222120u);
	assert_said("r20/2 r22/2 r24/2 r26/2 ");
	write_of(0x4020, 0x1122334455667788u, 8, MEMTX_OK);
	assert_said("w20/2=7788 w22/2=5566 w24/2=3344 w26/2=1122 ");
	/* impl.max 0 is 4 */
	sizes((struct memory_access_sizes){ 1, 8, false },
	      (struct memory_access_sizes){ 0, 0, false });
	write_of(0x4020, 0x1122334455667788u, 8, MEMTX_OK);
	assert_said("w20/4=55667788 w24/4=11223344 ");
}

/* A narrower access than the callbacks can is one of theirs, at its own address. */
static void widened_to_what_the_callbacks_can(void **state)
{
	(void)state;
	sizes((struct memory_access_sizes){ 1, 4, false },
	      (struct memory_access_sizes){ 4, 4, false });
	assert_true(read_of(0x4021, 1, MEMTX_OK) == 0x21);
	assert_said("r21/4 ");
	write_of(0x4022, 0xabcd, 2, MEMTX_OK);
	assert_said("w22/4=abcd ");
	assert_true(read_of(0x4020, 4, MEMTX_OK) == 0x23222120);
	assert_said("r20/4 ");
}

static void what_valid_excludes_is_nobodys(void **state)
{
	(void)state;
	sizes((struct memory_access_sizes){ 4, 4, false },
	      (struct memory_access_sizes){ 4, 4, false });
	assert_true(read_of(0x4020, 2, MEMTX_DECODE_ERROR) == 0);
	write_of(0x4021, 1, 1, MEMTX_DECODE_ERROR);
	assert_said("");
	/* cut by alignment into bytes and words that are too small, and one that is right */
	assert_true(read_of(0x4021, 7, MEMTX_DECODE_ERROR) == 0x27262524000000u);
	assert_said("r24/4 ");
}

/* impl.unaligned lets it come whole; without valid.unaligned it is refused then. */
static void unaligned(void **state)
{
	(void)state;
	sizes((struct memory_access_sizes){ 1, 4, true },
	      (struct memory_access_sizes){ 1, 4, true });
	assert_true(read_of(0x4021, 4, MEMTX_OK) == 0x24232221);
	assert_said("r21/4 ");
	sizes((struct memory_access_sizes){ 1, 4, false },
	      (struct memory_access_sizes){ 1, 4, true });
	read_of(0x4021, 4, MEMTX_DECODE_ERROR);
	assert_said("");
}

static void a_device_that_refuses(void **state)
{
	(void)state;
	device.rc = MEMTX_ERROR;
	read_of(0x4020, 4, MEMTX_ERROR);
	write_of(0x4020, 0, 4, MEMTX_ERROR);
	/* both kinds of failure are told */
	read_of(0x40fc, 8, MEMTX_ERROR | MEMTX_DECODE_ERROR);
}

/* Registers are not cut where their range ends: 0xcf8 is written whole though 0xcf9 is another's. */
static void overlapping_registers(void **state)
{
	struct memory_region *over;

	(void)state;
	over = make(&(struct memory_region_config){ .name = "over",
						    .kind = MEMORY_REGION_IO,
						    .size = 1 },
		    0x4041);
	assert_ptr_equal(flatview_find(as->view, 0x4041)->mr, over);
	write_of(0x4040, 0x11223344, 4, MEMTX_OK);
	assert_said("w40/4=11223344 ");
	write_of(0x4041, 0x11, 1, MEMTX_DECODE_ERROR);
	assert_said("");
}

/* --- memory, and what is none --- */

static void ram_and_its_dirty_bits(void **state)
{
	struct dirty_memory *d = &memory.ram.dirty;

	(void)state;
	assert_int_equal(memory_region_set_log(ram, true, NULL), 0);
	dirty_test_and_clear(d, ram_block->offset, 0x3000, DIRTY_MEMORY_VGA);
	dirty_test_and_clear(d, ram_block->offset, 0x3000, DIRTY_MEMORY_MIGRATION);
	write_of(0xffe, 0x44332211, 4, MEMTX_OK);
	assert_memory_equal(bytes_of(ram_block) + 0xffe, "\x11\x22\x33\x44", 4);
	assert_true(read_of(0xffe, 4, MEMTX_OK) == 0x44332211);
	assert_int_equal(dirty_count(d, ram_block->offset, 0x3000, DIRTY_MEMORY_VGA), 2);
	assert_int_equal(dirty_count(d, ram_block->offset, 0x3000, DIRTY_MEMORY_MIGRATION), 0);

	assert_int_equal(memory_global_dirty_log_start(&memory, NULL), 0);
	write_of(0xb008, 7, 1, MEMTX_OK); /* the window: page 2 of the block */
	assert_int_equal(bytes_of(ram_block)[0x2008], 7);
	assert_true(dirty_any(d, ramblock_addr(ram_block, 0x2000), 1, DIRTY_MEMORY_MIGRATION));
	assert_int_equal(dirty_count(d, ram_block->offset, 0x3000, DIRTY_MEMORY_MIGRATION), 1);
}

static void rom_keeps_what_it_has(void **state)
{
	(void)state;
	bytes_of(rom->ram_block)[5] = 99;
	write_of(0x6004, 0x55555555, 4, MEMTX_DECODE_ERROR);
	assert_true(read_of(0x6004, 2, MEMTX_OK) == 99 << 8);
}

/* A device is not kept out by a read-only window on RAM, only by a region that is read-only itself. */
static void readonly_of_an_alias(void **state)
{
	(void)state;
	assert_true(address_space_section(as, 0xc000, 1).readonly);
	write_of(0xc000, 0x12, 1, MEMTX_OK);
	assert_int_equal(bytes_of(ram_block)[0x1000], 0x12);
	assert_int_equal(memory_region_set_readonly(ram, true, NULL), 0);
	write_of(0x0, 0x12, 1, MEMTX_DECODE_ERROR);
	assert_int_equal(bytes_of(ram_block)[0], 0);
}

static void rom_device(void **state)
{
	(void)state;
	bytes_of(romd_block)[0x10] = 0x77;
	assert_true(read_of(0x7010, 1, MEMTX_OK) == 0x77);
	write_of(0x7010, 0x90, 1, MEMTX_OK);
	assert_said("w10/1=90 ");
	assert_int_equal(memory_region_rom_device_set_romd(romd, false, NULL), 0);
	assert_true(read_of(0x7010, 1, MEMTX_OK) == 0x10);
	assert_said("r10/1 ");
}

static void ram_device_by_access(void **state)
{
	(void)state;
	assert_int_equal(memory_global_dirty_log_start(&memory, NULL), 0);
	write_of(0x9ffd, 0x332211, 3, MEMTX_OK);
	assert_true(read_of(0x9ffd, 3, MEMTX_OK) == 0x332211);
	/* not beyond its end: what follows is RAM */
	write_of(0x9ffe, 0x1122334455667788u, 8, MEMTX_OK);
	assert_true(read_of(0x9ffe, 2, MEMTX_OK) == 0x7788);
	assert_memory_equal(bytes_of(ram_block) + 0x1000, "\x66\x55\x44\x33\x22\x11", 6);
}

static void holes(void **state)
{
	uint8_t buf[8];

	(void)state;
	memset(buf, 0xee, sizeof(buf));
	assert_int_equal(address_space_read(as, 0x5000, buf, 8), MEMTX_DECODE_ERROR);
	assert_memory_equal(buf, "\0\0\0\0\0\0\0\0", 8);
	write_of(0x5000, 1, 8, MEMTX_DECODE_ERROR);
	assert_true(read_of(0x8000, 4, MEMTX_DECODE_ERROR) == 0); /* reserved */
	write_of(0x8000, 1, 4, MEMTX_DECODE_ERROR);
	assert_true(read_of(0xfffffffffffffffcu, 4, MEMTX_DECODE_ERROR) == 0);
	assert_int_equal(address_space_read(as, 0x5000, buf, 0), MEMTX_OK);
}

static void across_ranges(void **state)
{
	uint8_t buf[0x3000];

	(void)state;
	memset(bytes_of(ram_block), 0x31, 0x3000);
	memset(bytes_of(rom->ram_block), 0x32, 0x1000);
	memset(buf, 0xee, sizeof(buf));
	/* RAM, a hole, the device, a hole, ROM */
	assert_int_equal(address_space_read(as, 0x2f00, buf, 0x3000), MEMTX_DECODE_ERROR);
	assert_true(buf[0xff] == 0x31 && !buf[0x100] && !buf[0x10ff]);
	assert_true(buf[0x1101] == 1 && buf[0x11ff] == 0xff && !buf[0x1200]);
	assert_int_equal(buf[0x2fff], 0);
	assert_int_equal(address_space_read(as, 0x5fff, buf, 2), MEMTX_DECODE_ERROR);
	assert_true(!buf[0] && buf[1] == 0x32);
}

static void sections(void **state)
{
	struct memory_region_section s = address_space_section(as, 0xb010, 0x10000);

	(void)state;
	assert_ptr_equal(s.mr, ram);
	assert_ptr_equal(s.as, as);
	assert_int_equal(s.offset_within_region, 0x2010);
	assert_int_equal(s.offset_within_address_space, 0xb010);
	assert_true(s.size == 0xff0 && !s.readonly);
	s = address_space_section(as, 0x5000, 0x800);
	assert_true(!s.mr && s.size == 0x800);
	s = address_space_section(as, 0x5000, MEMORY_REGION_ALL);
	assert_true(!s.mr && s.size == 0x1000);
	s = address_space_section(as, 0xf000, MEMORY_REGION_ALL);
	assert_true(!s.mr && s.size == MEMORY_REGION_ALL - 0xf000);
}

static void io_ports(void **state)
{
	struct memory_region *io, *port;
	struct address_space *ports;
	uint64_t v = 0;

	(void)state;
	root = NULL;
	io = make(&(struct memory_region_config){ .name = "io",
						  .kind = MEMORY_REGION_IO,
						  .size = 0x10000,
						  .ops = &address_space_port_ops },
		  0);
	root = io;
	port = make(&(struct memory_region_config){ .name = "port",
						    .kind = MEMORY_REGION_IO,
						    .size = 4,
						    .ops = &device.ops,
						    .opaque = &device },
		    0xcf8);
	assert_int_equal(address_space_create(&memory, io, "I/O", &ports, NULL), 0);
	assert_ptr_equal(address_space_find(&memory, "I/O"), ports);
	assert_ptr_equal(address_space_find(&memory, "memory"), as);
	assert_null(address_space_find(&memory, "none"));
	assert_int_equal(ports->view->n, 3);
	assert_ptr_equal(ports->view->range[1].mr, port);
	assert_int_equal(address_space_read(ports, 0x700, &v, 4), MEMTX_OK);
	assert_true(v == 0xffffffffu);
	assert_int_equal(address_space_write(ports, 0x700, &v, 4), MEMTX_OK);
	assert_int_equal(address_space_write(ports, 0xcf8, &v, 4), MEMTX_OK);
	assert_said("w0/4=ffffffff ");
	assert_int_equal(address_space_read(ports, 0x10000, &v, 1), MEMTX_DECODE_ERROR);
}

static void types(void **state)
{
	(void)state;
	assert_string_equal(memory_region_type(ram), "ram");
	assert_string_equal(memory_region_type(rom), "rom");
	assert_string_equal(memory_region_type(romd), "romd");
	assert_string_equal(memory_region_type(address_space_section(as, 0x9000, 1).mr),
			    "ramd");
	assert_int_equal(memory_region_rom_device_set_romd(romd, false, NULL), 0);
	assert_string_equal(memory_region_type(romd), "i/o");
	assert_int_equal(memory_region_set_readonly(ram, true, NULL), 0);
	assert_string_equal(memory_region_type(ram), "rom");
	assert_string_equal(memory_region_type(root->first_child), "rom");
}

static void sizes_of_ram(void **state)
{
	struct memory_region_config cfg = { .name = "long",
					    .kind = MEMORY_REGION_RAM,
					    .size = 0x3001,
					    .ram_block = ram_block };
	struct memory_region *mr;

	(void)state;
	assert_int_equal(memory_region_create(&memory, &cfg, &mr, NULL), SIM_ERANGE);
	cfg.ram_block = NULL;
	assert_int_equal(memory_region_create(&memory, &cfg, &mr, NULL), SIM_ERANGE);
	assert_int_equal(memory_region_set_size(ram, 0x3001, NULL), SIM_ESTATE);
	assert_int_equal(memory_region_set_size(ram, 0x2000, NULL), 0);
	read_of(0x2000, 1, MEMTX_DECODE_ERROR);
}

/* --- random accesses against a byte at a time --- */

#define SPACE  0x5000u
#define N_RUNS 20000

static void random_accesses(void **state)
{
	static uint8_t shadow[0x3000], buf[0x400];
	struct rng r;

	(void)state;
	rng_seed(&r, test_seed(0xadd2));
	for (unsigned i = 0; i < N_RUNS; i++) {
		uint64_t addr = rng_below(&r, SPACE), n = 1 + rng_below(&r, sizeof(buf));
		bool is_write = rng_below(&r, 2);

		device.said[device.n = 0] = 0;
		if (addr + n > 0x4000) /* beside the device */
			continue;
		for (uint64_t k = 0; k < n; k++)
			buf[k] = (uint8_t)rng_next(&r);
		if (is_write)
			address_space_write(as, addr, buf, n);
		else
			address_space_read(as, addr, buf, n);
		for (uint64_t k = 0; k < n; k++) {
			uint8_t *b = addr + k < sizeof(shadow) ? &shadow[addr + k] : NULL;

			if (is_write && b)
				*b = buf[k];
			else if (!is_write)
				assert_int_equal(buf[k], b ? *b : 0);
		}
	}
	assert_memory_equal(bytes_of(ram_block), shadow, sizeof(shadow));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, io_world_setup, io_world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(zeroes_mean_one_to_four_aligned),
		CASE(split_by_what_the_callbacks_can),
		CASE(widened_to_what_the_callbacks_can),
		CASE(what_valid_excludes_is_nobodys),
		CASE(unaligned),
		CASE(a_device_that_refuses),
		CASE(overlapping_registers),
		CASE(ram_and_its_dirty_bits),
		CASE(rom_keeps_what_it_has),
		CASE(readonly_of_an_alias),
		CASE(rom_device),
		CASE(ram_device_by_access),
		CASE(holes),
		CASE(across_ranges),
		CASE(sections),
		CASE(io_ports),
		CASE(types),
		CASE(sizes_of_ram),
		CASE(random_accesses),
	};

	return cmocka_run_group_tests_name("address_space", tests, NULL, NULL);
}
