/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * region.h - MemoryRegion: what a guest's physical memory is made of, as a tree
 *
 *     system (container)
 *       prio -1  pci (container) ---- prio 1 vga-lowmem (I/O), vga.vram (RAM), pc.rom (ROM)
 *       prio  0  ram-below-4g (alias of pc.ram, from 0)
 *       prio  1  pam-rom (alias of pc.ram, read-only) ...
 *
 *     kind        reads          writes         children
 *     CONTAINER   fall through to what lies below, where no child is
 *     RAM         memory         memory         they lie over it
 *     ROM         memory         ignored (KVM: an exit)             the same
 *     ROMD        memory, or the callback when not in ROM mode      the callback
 *     IO          callback       callback       they lie over it
 *     ALIAS       a window into another region, from an offset      none: refused
 *     RESERVED    I/O without callbacks: a hole that something else fills (KVM's own devices)
 *     RAM_DEVICE  memory of a device of the host, read and written by access
 *
 * Children of one container may overlap: the higher priority (signed) shows, of equal ones the one added or moved
 * last. Priorities of different containers are never compared. What of a child lies outside its container is not seen.
 * A region cannot come to lie, by containers and aliases, within itself.
 *
 * Every change happens in a transaction; a change outside one is a transaction by itself. The outermost commit
 * renders the flat views anew and tells the listeners (address_space.h). A region belongs to the struct memory it was
 * made in and dies with it, or by memory_region_destroy when nothing shows it.
 *
 * Source: QEMU 7.2 docs/devel/memory.rst, softmmu/memory.c, include/exec/memory.h.
 */
#ifndef SIM_MEM_REGION_H
#define SIM_MEM_REGION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "mem/ramblock.h"

struct memory; /* memory.h */

/* Sizes reach 2^64, positions within an alias go below zero. */
__extension__ typedef __int128 int128_t;

#define MEMORY_REGION_ALL ((int128_t)1 << 64) /* the size of everything */

enum memory_region_kind {
	MEMORY_REGION_CONTAINER,
	MEMORY_REGION_RAM,
	MEMORY_REGION_ROM,
	MEMORY_REGION_ROMD,
	MEMORY_REGION_IO,
	MEMORY_REGION_ALIAS,
	MEMORY_REGION_RESERVED,
	MEMORY_REGION_RAM_DEVICE,
};

/* What an access came to: MEMTX_OK, or a set of the others. */
#define MEMTX_OK	   0u
#define MEMTX_ERROR	   1u /* a device refused */
#define MEMTX_DECODE_ERROR 2u /* nobody is there */

/* A device's registers. Little endian. An access wider than impl.max_access_size is made in pieces, a
 * narrower one than min_access_size is widened. Zeroes mean 1..4 bytes, aligned. */
struct memory_region_ops {
	unsigned (*read)(void *opaque, uint64_t addr, unsigned size, uint64_t *value);
	unsigned (*write)(void *opaque, uint64_t addr, unsigned size, uint64_t value);
	struct memory_access_sizes {
		unsigned min_access_size, max_access_size;
		bool unaligned;
	} valid, impl; /* what a guest may do; what the callbacks can */
};

struct memory_region {
	char *name;
	enum memory_region_kind kind;
	struct memory *memory;
	const struct memory_region_ops *ops; /* ROMD, IO; NULL: MEMTX_DECODE_ERROR, reads 0 */
	void *opaque;
	int128_t size;
	struct ramblock *ram_block;  /* RAM, ROM, ROMD, RAM_DEVICE */
	struct memory_region *alias; /* ALIAS: the target */
	uint64_t alias_offset;
	struct memory_region *container; /* where it was added; NULL: nowhere */
	uint64_t addr;			 /* in the container */
	int priority;
	bool enabled, readonly, nonvolatile, romd_mode;
	uint8_t dirty_log_mask; /* set of dirty_client that it asked for itself */
	unsigned n_vga_logs;	/* how often memory_region_set_log asked */
	struct memory_region *first_child, *next_sibling; /* private: descending priority */
	struct memory_region *next;			  /* private: all of the memory */
	unsigned mark;					  /* private: of the last search */
	unsigned n_aliases; /* regions that have it as their target, mapped or not */
};

/* --- making them; SIM_ENOMEM, SIM_ERANGE (no size or name, a block too small, odd sizes of accesses) --- */

struct memory_region_config {
	const char *name;
	enum memory_region_kind kind;
	int128_t size;
	const struct memory_region_ops *ops; /* IO, ROMD */
	void *opaque;
	struct ramblock
		*ram_block; /* RAM, ROM, ROMD, RAM_DEVICE: the block that it shows from 0 */
	struct memory_region *alias; /* ALIAS */
	uint64_t alias_offset;
	bool readonly, nonvolatile; /* ROM is readonly by itself */
};

SIM_MUST_CHECK int memory_region_create(struct memory *m,
					const struct memory_region_config *cfg,
					struct memory_region **out, struct sim_error *err);

/* SIM_ESTATE while a container, an alias, an address space or its view has it, or it has children. */
SIM_MUST_CHECK int memory_region_destroy(struct memory_region *mr, struct sim_error *err);

/* --- changing the tree; SIM_ESTATE: the tree does not allow it, nothing changed; or what the commit says --- */

SIM_MUST_CHECK int memory_region_add_subregion(struct memory_region *container, uint64_t addr,
					       struct memory_region *child,
					       struct sim_error *err);
SIM_MUST_CHECK int memory_region_add_subregion_overlap(struct memory_region *container,
						       uint64_t addr,
						       struct memory_region *child,
						       int priority, struct sim_error *err);
SIM_MUST_CHECK int memory_region_del_subregion(struct memory_region *container,
					       struct memory_region *child,
					       struct sim_error *err);
SIM_MUST_CHECK int memory_region_set_enabled(struct memory_region *mr, bool enabled,
					     struct sim_error *err);
SIM_MUST_CHECK int memory_region_set_readonly(struct memory_region *mr, bool readonly,
					      struct sim_error *err);
SIM_MUST_CHECK int memory_region_rom_device_set_romd(struct memory_region *mr, bool romd_mode,
						     struct sim_error *err);
SIM_MUST_CHECK int memory_region_set_size(struct memory_region *mr, int128_t size,
					  struct sim_error *err);
SIM_MUST_CHECK int memory_region_set_address(struct memory_region *mr, uint64_t addr,
					     struct sim_error *err);
SIM_MUST_CHECK int memory_region_set_alias_offset(struct memory_region *mr, uint64_t offset,
						  struct sim_error *err);
/* Only DIRTY_MEMORY_VGA may be asked for by region; a mask of the others follows by itself. As often on as off. */
SIM_MUST_CHECK int memory_region_set_log(struct memory_region *mr, bool log,
					 struct sim_error *err);

/* --- asking --- */

static inline bool memory_region_is_ram(const struct memory_region *mr)
{
	return mr->ram_block;
}

static inline bool memory_region_is_romd(const struct memory_region *mr)
{
	return mr->kind == MEMORY_REGION_ROMD && mr->romd_mode;
}

/* Whether it hides what lies below (QEMU's `terminates`): all but containers and aliases. */
bool memory_region_shows(const struct memory_region *mr);

/* Clients that must hear of writes: its own, MIGRATION while that is on, CODE under TCG. */
unsigned memory_region_dirty_log_mask(const struct memory_region *mr);

/* "ram", "rom", "romd", "ramd", "i/o": as `info mtree` has it; an alias is what its target is. */
const char *memory_region_type(const struct memory_region *mr);

#endif
