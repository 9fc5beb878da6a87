/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "io_world.h"

#include "base/alloc.h"

/* --- a memory whose blocks have bytes --- */

static int heap_alloc(void *arg, const struct backing_config *cfg, uint64_t bytes,
		      struct backing *b, struct sim_error *err)
{
	uint8_t *p = sim_calloc(1, bytes);

	(void)arg;
	(void)cfg;
	if (!p)
		return sim_fail_nomem(err);
	*b = (struct backing){
		.hva = hva_make(0x1000), .bytes = bytes, .page_size = PAGE_BYTES, .private = p
	};
	return 0;
}

static void heap_release(void *arg, struct backing *b)
{
	(void)arg;
	sim_free(b->private);
}

static uint8_t *heap_bytes(void *arg, const struct backing *b)
{
	(void)arg;
	return b->private;
}

static const struct backing_ops heap = { heap_alloc, heap_release, heap_bytes };
static const struct backing_ops no_bytes = { heap_alloc, heap_release, NULL };

/* --- a device that notes how it is called --- */

static unsigned device_read(void *opaque, uint64_t addr, unsigned size, uint64_t *value)
{
	struct device *d = opaque;

	d->n += (size_t)snprintf(d->said + d->n, sizeof(d->said) - d->n, "r%llx/%u ",
				 (unsigned long long)addr, size);
	assert_true(d->n < sizeof(d->said));
	/* byte k of the device is k, and rubbish beyond the size */
	*value = 0xa5a5a5a5a5a5a5a5u;
	for (unsigned i = 0; i < size; i++) {
		*value &= ~((uint64_t)0xff << (8 * i));
		*value |= ((addr + i) & 0xff) << (8 * i);
	}
	return d->rc;
}

static unsigned device_write(void *opaque, uint64_t addr, unsigned size, uint64_t value)
{
	struct device *d = opaque;

	d->n += (size_t)snprintf(d->said + d->n, sizeof(d->said) - d->n, "w%llx/%u=%llx ",
				 (unsigned long long)addr, size, (unsigned long long)value);
	assert_true(d->n < sizeof(d->said));
	return d->rc;
}

struct memory memory;
struct device device;
struct memory_region *root, *ram, *dev, *rom, *romd;
struct ramblock *ram_block, *romd_block;
struct address_space *as;

struct memory_region *make(const struct memory_region_config *cfg, uint64_t addr)
{
	struct memory_region *mr = NULL;

	assert_int_equal(memory_region_create(&memory, cfg, &mr, NULL), 0);
	if (root)
		assert_int_equal(memory_region_add_subregion(root, addr, mr, NULL), 0);
	return mr;
}

static struct ramblock *block(const char *name, uint64_t bytes)
{
	struct ramblock_config cfg = { .idstr = name, .used_length = bytes };
	struct ramblock *b = NULL;

	assert_int_equal(ramlist_add(&memory.ram, &cfg, &b, NULL), 0);
	return b;
}

struct memory_region *make_ram(const char *name, enum memory_region_kind kind, uint64_t addr,
			       uint64_t bytes)
{
	return make(&(struct memory_region_config){ .name = name,
						    .kind = kind,
						    .size = bytes,
						    .ram_block = block(name, bytes),
						    .ops = kind == MEMORY_REGION_ROMD
								   ? &device.ops
								   : NULL,
						    .opaque = &device },
		    addr);
}

static void make_window(const char *name, uint64_t addr, bool readonly)
{
	make(&(struct memory_region_config){ .name = name,
					     .kind = MEMORY_REGION_ALIAS,
					     .size = 0x2000,
					     .alias = ram,
					     .alias_offset = 0x1000,
					     .readonly = readonly },
	     addr);
}

static void make_world(const struct backing_ops *ops)
{
	device = (struct device){ .ops = { .read = device_read, .write = device_write } };
	memory_init(&memory, ops, NULL);
	root = NULL;
	root = make(&(struct memory_region_config){ .name = "root", .size = MEMORY_REGION_ALL },
		    0);
	ram = make_ram("ram", MEMORY_REGION_RAM, 0, 0x3000);
	ram_block = ram->ram_block;
	dev = make(&(struct memory_region_config){ .name = "dev",
						   .kind = MEMORY_REGION_IO,
						   .size = 0x100,
						   .ops = &device.ops,
						   .opaque = &device },
		   0x4000);
	rom = make_ram("rom", MEMORY_REGION_ROM, 0x6000, 0x1000);
	romd = make_ram("romd", MEMORY_REGION_ROMD, 0x7000, 0x1000);
	romd_block = romd->ram_block;
	make(&(struct memory_region_config){ .name = "reserved",
					     .kind = MEMORY_REGION_RESERVED,
					     .size = 0x1000 },
	     0x8000);
	make_ram("ramd", MEMORY_REGION_RAM_DEVICE, 0x9000, 0x1000);
	make_window("window", 0xa000, false);
	make_window("pam", 0xc000, true);
	assert_int_equal(address_space_create(&memory, root, "memory", &as, NULL), 0);
}

int io_world_setup(void **state)
{
	(void)state;
	make_world(&heap);
	return 0;
}

int io_world_setup_simulated(void **state)
{
	(void)state;
	make_world(&no_bytes);
	return 0;
}

int io_world_teardown(void **state)
{
	(void)state;
	memory_fini(&memory);
	return 0;
}

uint8_t *bytes_of(const struct ramblock *b)
{
	return b->backing.private;
}

void sizes(struct memory_access_sizes valid, struct memory_access_sizes impl)
{
	device.ops.valid = valid;
	device.ops.impl = impl;
}

uint64_t read_of(uint64_t addr, unsigned bytes, unsigned rc)
{
	uint64_t v = 0;

	assert_int_equal(address_space_read(as, addr, &v, bytes), rc);
	return v;
}

void write_of(uint64_t addr, uint64_t v, unsigned bytes, unsigned rc)
{
	assert_int_equal(address_space_write(as, addr, &v, bytes), rc);
}
