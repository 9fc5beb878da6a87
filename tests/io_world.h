/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * io_world.h - a memory of every kind of region, with a device that notes how it is called
 *
 *     0x0000 ram (3 pages)   0x4000 device (0x100)   0x6000 rom (1 page)   0x7000 romd (1 page)
 *     0x8000 reserved   0x9000 ram device   0xa000 ram again, from its second page   0xc000 the same, read-only
 *
 * Byte k of the device reads as k.
 */
#ifndef TESTS_IO_WORLD_H
#define TESTS_IO_WORLD_H

#include "check.h"

#include "mem/address_space.h"

struct device {
	struct memory_region_ops ops;
	char said[512]; /* "r10/4 w14/1=ff ": reads and writes, offset, size and value */
	size_t n;
	unsigned rc;
};

#define assert_said(text)                                                                      \
	do {                                                                                   \
		assert_string_equal(device.said, text);                                        \
		device.said[device.n = 0] = 0;                                                 \
	} while (0)

extern struct memory memory;
extern struct device device;
extern struct memory_region *root, *ram, *dev, *rom, *romd;
extern struct ramblock *ram_block, *romd_block;
extern struct address_space *as;

/* Set-up and tear-down of a test; the second has blocks without bytes. */
int io_world_setup(void **state);
int io_world_setup_simulated(void **state);
int io_world_teardown(void **state);

/* Makes a region, in `root` unless that is NULL. */
struct memory_region *make(const struct memory_region_config *cfg, uint64_t addr);
struct memory_region *make_ram(const char *name, enum memory_region_kind kind, uint64_t addr,
			       uint64_t bytes);

uint8_t *bytes_of(const struct ramblock *b);

/* What the device may be asked, and can. */
void sizes(struct memory_access_sizes valid, struct memory_access_sizes impl);

/* One access that comes to rc. */
uint64_t read_of(uint64_t addr, unsigned bytes, unsigned rc);
void write_of(uint64_t addr, uint64_t v, unsigned bytes, unsigned rc);

#endif
