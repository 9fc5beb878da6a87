/* SPDX-License-Identifier: GPL-3.0-or-later */
/* address_space_rw.c - reading, writing and mapping what an address space shows */
#include "mem/address_space.h"

#include <string.h>

#include "base/alloc.h"

static uint64_t at_most(uint64_t bytes, int128_t limit)
{
	return (int128_t)bytes > limit ? (uint64_t)limit : bytes;
}

/* The bytes of a block in this process; NULL: there are none. */
static uint8_t *block_bytes(const struct memory *m, const struct ramblock *b)
{
	if (!m->ram.ops || !m->ram.ops->bytes)
		return NULL;
	return m->ram.ops->bytes(m->ram.ops_arg, &b->backing);
}

/* --- registers --- */

/* One access to a device. */
struct io {
	const struct memory_region_ops *ops; /* NULL: nobody is there */
	void *opaque;
	uint64_t addr;
	unsigned size;
};

static unsigned ports_read(void *opaque, uint64_t addr, unsigned size, uint64_t *value)
{
	(void)opaque;
	(void)addr;
	(void)size;
	*value = UINT64_MAX;
	return MEMTX_OK;
}

const struct memory_region_ops address_space_port_ops = { .read = ports_read };

static unsigned device_read(void *opaque, uint64_t addr, unsigned size, uint64_t *value)
{
	const struct memory_region *mr = opaque;
	const uint8_t *bytes = block_bytes(mr->memory, mr->ram_block);

	if (bytes)
		memcpy(value, bytes + addr, size);
	return MEMTX_OK;
}

static unsigned device_write(void *opaque, uint64_t addr, unsigned size, uint64_t value)
{
	const struct memory_region *mr = opaque;
	uint8_t *bytes = block_bytes(mr->memory, mr->ram_block);

	if (bytes)
		memcpy(bytes + addr, &value, size);
	return MEMTX_OK;
}

/* Memory of a device of the host: by access, as wide as it comes. */
static const struct memory_region_ops ram_device_ops = {
	.read = device_read,
	.write = device_write,
	.valid = { 1, 8, true },
	.impl = { 1, 8, true },
};

static struct io io_of(const struct memory_region_section *s)
{
	struct io io = { .addr = s->offset_within_region };

	if (!s->mr) {
		io.addr = s->offset_within_address_space;
	} else if (s->mr->kind == MEMORY_REGION_RAM_DEVICE) {
		io.ops = &ram_device_ops;
		io.opaque = s->mr;
	} else if (s->mr->kind == MEMORY_REGION_IO || s->mr->kind == MEMORY_REGION_ROMD) {
		io.ops = s->mr->ops;
		io.opaque = s->mr->opaque;
	}
	return io;
}

/* What an access may be wide: to the end of a range of memory, but beyond that of registers. */
static uint64_t reach_of(const struct memory_region_section *s, uint64_t bytes)
{
	bool is_memory = s->mr && s->mr->ram_block && s->mr->kind != MEMORY_REGION_ROMD;

	return is_memory ? at_most(bytes, s->size) : bytes;
}

/* As wide as the device and the address allow, a power of two. */
static unsigned access_size(const struct io *io, uint64_t bytes)
{
	unsigned max = io->ops ? io->ops->valid.max_access_size : 0, size = 1;
	uint64_t align = io->addr & -io->addr;

	if (!max)
		max = 4;
	if (!(io->ops && io->ops->impl.unaligned) && align && align < max)
		max = (unsigned)align;
	while (size * 2 <= max && size * 2 <= bytes)
		size *= 2;
	return size;
}

static bool is_valid(const struct io *io)
{
	const struct memory_access_sizes *valid;

	if (!io->ops)
		return false;
	valid = &io->ops->valid;
	if (!valid->unaligned && (io->addr & (io->size - 1)))
		return false;
	return !valid->max_access_size ||
	       (io->size >= valid->min_access_size && io->size <= valid->max_access_size);
}

/* Bytes of one call. */
static unsigned step_of(const struct io *io)
{
	unsigned min = io->ops->impl.min_access_size, max = io->ops->impl.max_access_size;
	unsigned step = io->size;

	if (!max)
		max = 4;
	if (step > max)
		step = max;
	return step < min ? min : step;
}

static uint64_t mask_of(unsigned bytes)
{
	return UINT64_MAX >> (64 - 8 * bytes);
}

static unsigned io_read(const struct io *io, uint64_t *value)
{
	unsigned step, rc = MEMTX_OK;

	*value = 0;
	if (!is_valid(io))
		return MEMTX_DECODE_ERROR;
	step = step_of(io);
	for (unsigned i = 0; i < io->size && io->ops->read; i += step) {
		uint64_t part = 0;

		rc |= io->ops->read(io->opaque, io->addr + i, step, &part);
		*value |= (part & mask_of(step)) << (8 * i);
	}
	return rc;
}

static unsigned io_write(const struct io *io, uint64_t value)
{
	unsigned step, rc = MEMTX_OK;

	if (!is_valid(io))
		return MEMTX_DECODE_ERROR;
	step = step_of(io);
	for (unsigned i = 0; i < io->size && io->ops->write; i += step)
		rc |= io->ops->write(io->opaque, io->addr + i, step,
				     (value >> (8 * i)) & mask_of(step));
	return rc;
}

/* --- memory --- */

static bool reads_memory(const struct memory_region *mr)
{
	return mr && (mr->kind == MEMORY_REGION_RAM || mr->kind == MEMORY_REGION_ROM ||
		      memory_region_is_romd(mr));
}

static bool writes_memory(const struct memory_region *mr)
{
	return mr && (mr->kind == MEMORY_REGION_RAM || mr->kind == MEMORY_REGION_ROM) &&
	       !mr->readonly;
}

static void read_memory(const struct memory_region_section *s, void *buf, uint64_t bytes)
{
	const uint8_t *from = block_bytes(s->mr->memory, s->mr->ram_block);

	if (from)
		memcpy(buf, from + s->offset_within_region, bytes);
	else
		memset(buf, 0, bytes);
}

static void section_dirty(const struct memory_region_section *s, uint64_t bytes)
{
	dirty_set(&s->mr->memory->ram.dirty,
		  ramblock_addr(s->mr->ram_block, s->offset_within_region), bytes,
		  memory_region_dirty_log_mask(s->mr));
}

static void write_memory(const struct memory_region_section *s, const void *buf, uint64_t bytes)
{
	uint8_t *to = block_bytes(s->mr->memory, s->mr->ram_block);

	if (to)
		memcpy(to + s->offset_within_region, buf, bytes);
	section_dirty(s, bytes);
}

void address_space_set_dirty(struct address_space *as, uint64_t addr, uint64_t bytes)
{
	while (bytes) {
		struct memory_region_section s = address_space_section(as, addr, bytes);
		uint64_t n = at_most(bytes, s.size);

		if (s.mr && memory_region_is_ram(s.mr) && !s.mr->readonly)
			section_dirty(&s, n);
		addr += n;
		bytes -= n;
	}
}

/* --- both; little endian, as the host --- */

unsigned address_space_read(struct address_space *as, uint64_t addr, void *buf, uint64_t bytes)
{
	uint8_t *to = buf;
	unsigned rc = MEMTX_OK;

	while (bytes) {
		struct memory_region_section s = address_space_section(as, addr, bytes);
		uint64_t n = at_most(bytes, s.size);

		if (reads_memory(s.mr)) {
			read_memory(&s, to, n);
		} else {
			struct io io = io_of(&s);
			uint64_t value;

			n = io.size = access_size(&io, reach_of(&s, bytes));
			rc |= io_read(&io, &value);
			memcpy(to, &value, n);
		}
		to += n;
		addr += n;
		bytes -= n;
	}
	return rc;
}

unsigned address_space_write(struct address_space *as, uint64_t addr, const void *buf,
			     uint64_t bytes)
{
	const uint8_t *from = buf;
	unsigned rc = MEMTX_OK;

	while (bytes) {
		struct memory_region_section s = address_space_section(as, addr, bytes);
		uint64_t n = at_most(bytes, s.size);

		if (writes_memory(s.mr)) {
			write_memory(&s, from, n);
		} else {
			struct io io = io_of(&s);
			uint64_t value = 0;

			n = io.size = access_size(&io, reach_of(&s, bytes));
			memcpy(&value, from, n);
			rc |= io_write(&io, value);
		}
		from += n;
		addr += n;
		bytes -= n;
	}
	return rc;
}

/* --- mapping --- */

/* How far the memory goes on, in neighbouring ranges with other attributes too. */
static uint64_t extent(const struct address_space *as, const struct memory_region_section *s,
		       uint64_t bytes)
{
	struct memory_region_section next = *s;
	uint64_t done = at_most(bytes, s->size);

	while (done < bytes) {
		next = address_space_section(as, s->offset_within_address_space + done,
					     bytes - done);
		if (next.mr != s->mr ||
		    next.offset_within_region != s->offset_within_region + done)
			break;
		done += at_most(bytes - done, next.size);
	}
	return done;
}

static void *map_bounce(struct address_space *as, uint64_t addr, uint64_t *bytes, bool is_write)
{
	struct memory_bounce *b = &as->memory->bounce;
	uint64_t wanted = at_most(*bytes, PAGE_BYTES);

	*bytes = 0;
	if (b->bytes)
		return NULL;
	b->bytes = sim_calloc(1, wanted);
	if (!b->bytes)
		return NULL;
	b->addr = addr;
	if (!is_write)
		address_space_read(as, addr, b->bytes, wanted);
	*bytes = wanted;
	return b->bytes;
}

void *address_space_map(struct address_space *as, uint64_t addr, uint64_t *bytes, bool is_write)
{
	struct memory_region_section s;
	uint8_t *p;

	if (!*bytes)
		return NULL;
	s = address_space_section(as, addr, *bytes);
	if (!(is_write ? writes_memory(s.mr) : reads_memory(s.mr)))
		return map_bounce(as, addr, bytes, is_write);
	p = block_bytes(as->memory, s.mr->ram_block);
	*bytes = p ? extent(as, &s, *bytes) : 0;
	return p ? p + s.offset_within_region : NULL;
}

/* All that see the block. */
static unsigned block_mask(const struct memory *m, const struct ramblock *b)
{
	unsigned mask = 0;

	for (const struct memory_region *mr = m->regions; mr; mr = mr->next)
		if (mr->ram_block == b)
			mask |= memory_region_dirty_log_mask(mr);
	return mask;
}

static void set_dirty(struct memory *m, const uint8_t *p, uint64_t bytes)
{
	for (const struct ramblock *b = m->ram.first; b; b = b->next) {
		const uint8_t *first = block_bytes(m, b);

		if (first && p >= first && p < first + b->max_length) {
			dirty_set(&m->ram.dirty, ramblock_addr(b, (uint64_t)(p - first)), bytes,
				  block_mask(m, b));
			return;
		}
	}
}

void address_space_unmap(struct address_space *as, void *p, uint64_t bytes, bool is_write,
			 uint64_t done)
{
	struct memory_bounce *b = &as->memory->bounce;

	(void)bytes;
	if (p != b->bytes) {
		if (is_write)
			set_dirty(as->memory, p, done);
		return;
	}
	if (is_write)
		address_space_write(as, b->addr, b->bytes, done);
	sim_free(b->bytes);
	b->bytes = NULL;
}
