/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a machine has for RAM, and where the guest sees it. Source: QEMU 7.2 hw/i386/pc.c (pc_memory_init,
 * pc_max_used_gpa), pc_piix.c (pc_init1), pc_q35.c (pc_q35_init), hw/core/{machine,numa}.c.
 */
#include <inttypes.h>
#include <string.h>

#include "mem/board_state.h"

#define GIB		 ((uint64_t)1 << 30)
#define PHYS_BITS	 40 /* of QEMU's default processor, qemu64 */
#define HOLE64_PC	 (2 * GIB)
#define HOLE64_Q35	 (32 * GIB)
#define AMD_HT_START	 ((uint64_t)0xfd << 32) /* HyperTransport, below 1 TiB */
#define AMD_ABOVE_1TB	 ((uint64_t)1 << 40)
#define PC_BELOW_4G	 0xe0000000u /* 3.5 GiB */
#define PC_BELOW_4G_MAX	 0xc0000000u /* where there is more */
#define Q35_BELOW_4G	 0xb0000000u
#define Q35_BELOW_4G_MAX 0x80000000u

unsigned board_numa_nodes(const struct board *b)
{
	if (b->options->n_numa)
		return (unsigned)b->options->n_numa;
	return b->options->has_auto_node ? 1 : 0;
}

/* --- backends --- */

static int create_default(struct board *b, struct sim_error *err)
{
	const struct board_options *o = b->options;
	char id[] = "pc.ram";
	struct backend_options ram = { .id = id, .size = o->ram_size };
	struct board_backend *k;
	int rc;

	ram.backing = backing_defaults(o->mem_path ? BACKING_FILE : BACKING_ANONYMOUS);
	ram.backing.has_merge = o->mem_merge;
	ram.backing.has_dump = o->dump_guest_core;
	ram.backing.has_prealloc = o->mem_prealloc;
	ram.backing.mem_path = o->mem_path;
	rc = board_backend_create(b, &ram, 0, &k, err);
	if (rc)
		return rc;
	board_backend_use(k);
	b->ram = k->mr;
	return 0;
}

static int use_explicit(struct board *b, struct sim_error *err)
{
	const struct board_options *o = b->options;
	struct board_backend *k = board_backend_find(b, o->memory_backend);

	if (!k)
		return sim_fail(
			err, SIM_ERANGE, "-machine memory-backend",
			"memory backend '%s' not found: it needs an -object with this id",
			o->memory_backend);
	if (k->options.size != o->ram_size)
		return sim_fail(err, SIM_ERANGE, "-machine memory-backend",
				"machine memory size %" PRIu64
				" does not match the size of the memory backend, %" PRIu64,
				o->ram_size, k->options.size);
	board_backend_use(k);
	b->ram = k->mr;
	return 0;
}

static const struct numa_options *numa_node(const struct board_options *o, unsigned id)
{
	for (size_t i = 0; i < o->n_numa; i++)
		if (o->numa[i].nodeid == id)
			return &o->numa[i];
	return NULL;
}

static int numa_add(struct board *b, const struct numa_options *n, uint64_t at,
		    struct sim_error *err)
{
	struct board_backend *k = n->memdev ? board_backend_find(b, n->memdev) : NULL;

	if (!n->memdev)
		return 0;
	if (!k)
		return sim_fail(
			err, SIM_ERANGE, "-numa node",
			"memdev=%s is no memory backend: it needs an -object with this id",
			n->memdev);
	if (k->is_mapped)
		return sim_fail(err, SIM_ERANGE, "-numa node",
				"memory backend %s can't be used multiple times", n->memdev);
	board_backend_use(k);
	return memory_region_add_subregion(b->ram, at, k->mr, err);
}

static uint64_t numa_size(const struct board *b, const struct numa_options *n)
{
	const struct board_backend *k = n->memdev ? board_backend_find(b, n->memdev) : NULL;

	return k ? k->options.size : 0;
}

/* The RAM is a container of the nodes' memory. */
static int create_numa(struct board *b, struct sim_error *err)
{
	const struct board_options *o = b->options;
	uint64_t at = 0;
	int rc = board_container(b, "pc.ram", o->ram_size, &b->ram, err);

	for (unsigned id = 0; id < o->n_numa && !rc; id++) {
		const struct numa_options *n = numa_node(o, id);

		if (!n)
			return sim_fail(err, SIM_ERANGE, "-numa node",
					"node ID missing: %u (ids are 0..%zu)", id,
					o->n_numa - 1);
		rc = numa_add(b, n, at, err);
		at += numa_size(b, n);
	}
	if (!rc && at != o->ram_size)
		return sim_fail(err, SIM_ERANGE, "-numa node",
				"total memory for NUMA nodes (0x%" PRIx64
				") should equal RAM size (0x%" PRIx64 ")",
				at, o->ram_size);
	return rc;
}

static uint64_t option_size(const struct board_options *o, const char *id)
{
	for (size_t i = 0; i < o->n_backend; i++)
		if (!strcmp(o->backend[i].id, id))
			return o->backend[i].size;
	return 0;
}

/* Where the guest will see the memory of a backend, as far as that is known: 0 for all else. */
static uint64_t seen_from(const struct board *b, const char *backend)
{
	const struct board_options *o = b->options;
	uint64_t at = 0;

	for (unsigned id = 0; id < o->n_numa; id++) {
		const struct numa_options *n = numa_node(o, id);

		if (!n || !n->memdev)
			continue;
		if (!strcmp(n->memdev, backend))
			return at < b->ram_below_4g
				       ? at
				       : b->above_4g_start + (at - b->ram_below_4g);
		at += option_size(o, n->memdev);
	}
	for (size_t i = 0; i < o->n_dimm; i++)
		if (o->dimm[i].memdev && !strcmp(o->dimm[i].memdev, backend))
			return o->dimm[i].addr;
	return 0;
}

int board_ram_backends(struct board *b, struct sim_error *err)
{
	const struct board_options *o = b->options;
	struct board_backend *k;
	int rc;

	for (size_t i = 0; i < o->n_backend; i++) {
		rc = board_backend_create(b, &o->backend[i], seen_from(b, o->backend[i].id), &k,
					  err);
		if (rc) {
			sim_error_where(err, "-object %s", o->backend[i].id);
			return rc;
		}
	}
	if (o->memory_backend && o->n_numa && o->numa[0].memdev)
		return sim_fail(err, SIM_ERANGE, "-machine memory-backend",
				"'-machine memory-backend' and '-numa memdev' are mutually "
				"exclusive");
	if (o->memory_backend)
		return use_explicit(b, err);
	return o->n_numa ? create_numa(b, err) : create_default(b, err);
}

/* --- the split --- */

static uint64_t low_pc(const struct board_options *o)
{
	uint64_t low = o->max_ram_below_4g ? o->max_ram_below_4g : PC_BELOW_4G;

	if (o->ram_size >= low && low > PC_BELOW_4G_MAX)
		low = PC_BELOW_4G_MAX;
	return low;
}

static uint64_t low_q35(const struct board_options *o)
{
	uint64_t low = o->ram_size >= Q35_BELOW_4G ? Q35_BELOW_4G_MAX : Q35_BELOW_4G;

	if (o->max_ram_below_4g && o->max_ram_below_4g < low)
		low = o->max_ram_below_4g;
	return low;
}

uint64_t board_options_low_ram(const struct board_options *o)
{
	uint64_t low = o->type == BOARD_PC ? low_pc(o) : low_q35(o);

	return o->ram_size < low ? o->ram_size : low;
}

static void place_device_memory(struct board *b)
{
	const struct board_options *o = b->options;

	b->device_memory_base = round_up(b->above_4g_start + b->ram_above_4g, GIB);
	b->device_memory_bytes = 0;
	if (o->maxram_size > o->ram_size)
		b->device_memory_bytes = o->maxram_size - o->ram_size + o->ram_slots * GIB;
}

/* The last address that anything of the machine may use, the 64-bit PCI window included. */
static uint64_t max_used(const struct board *b)
{
	uint64_t hole = b->options->type == BOARD_PC ? HOLE64_PC : HOLE64_Q35;

	return round_up(b->device_memory_base + b->device_memory_bytes, GIB) + hole - 1;
}

int board_ram_split(struct board *b, struct sim_error *err)
{
	const struct board_options *o = b->options;
	uint64_t limit = ((uint64_t)1 << PHYS_BITS) - 1;

	if (o->max_ram_below_4g > BOARD_4G)
		return sim_fail(err, SIM_ERANGE, "-machine max-ram-below-4g",
				"%" PRIu64 " expects size less than or equal to 4G",
				o->max_ram_below_4g);
	if (o->ram_slots > BOARD_RAM_SLOTS_MAX)
		return sim_fail(err, SIM_ERANGE, "-m slots",
				"unsupported amount of memory slots: %u (at most %d)",
				o->ram_slots, BOARD_RAM_SLOTS_MAX);
	if (o->maxram_size > limit || o->ram_size > limit)
		return sim_fail(err, SIM_ERANGE, "-m",
				"more memory than addresses: the last one is 0x%" PRIx64,
				limit);
	b->ram_below_4g = board_options_low_ram(o);
	b->ram_above_4g = o->ram_size - b->ram_below_4g;
	b->above_4g_start = BOARD_4G;
	place_device_memory(b);
	/* qemu64 is an AMD under TCG. */
	if (!o->is_kvm && max_used(b) >= AMD_HT_START) {
		b->above_4g_start = AMD_ABOVE_1TB;
		place_device_memory(b);
	}
	if (max_used(b) > limit)
		return sim_fail(err, SIM_ERANGE, "-m",
				"address space limit 0x%" PRIx64 " < 0x%" PRIx64
				": phys-bits too low (%d)",
				limit, max_used(b), PHYS_BITS);
	return 0;
}

static int map_window(struct board *b, const char *name, uint64_t from, uint64_t bytes,
		      uint64_t at, struct sim_error *err)
{
	struct board_window w = { .name = name, .of = b->ram, .offset = from, .bytes = bytes };
	struct board_place p = { b->system, at, 0 };
	struct memory_region *mr;

	return board_alias(b, &w, &p, &mr, err);
}

int board_ram_map(struct board *b, struct sim_error *err)
{
	int rc = map_window(b, "ram-below-4g", 0, b->ram_below_4g, 0, err);

	if (!rc && b->ram_above_4g)
		rc = map_window(b, "ram-above-4g", b->ram_below_4g, b->ram_above_4g,
				b->above_4g_start, err);
	if (rc || !b->device_memory_bytes)
		return rc;
	rc = board_container(b, "device-memory", b->device_memory_bytes, &b->device_memory,
			     err);
	if (!rc)
		rc = memory_region_add_subregion(b->system, b->device_memory_base,
						 b->device_memory, err);
	return rc;
}
