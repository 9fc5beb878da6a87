/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * address_space.h - AddressSpace: a region tree as somebody sees it (a vCPU, a device, I/O ports), and access to it
 *
 * An access is cut where ranges of memory end. RAM and ROM are memory; a write to ROM is ignored, with
 * MEMTX_DECODE_ERROR. A region's own readonly counts, not that of an alias: a device writes through PAM's read-only
 * window, as with QEMU. I/O goes to the callbacks, each time as wide as address and valid.max_access_size allow,
 * whatever the range's end says (registers overlap wildly), then in pieces of the sizes that impl has. A hole is
 * nobody's: it reads as zeroes, MEMTX_DECODE_ERROR; so do accesses that `valid` excludes. (I/O ports read as ones:
 * that is their root region, see address_space_port_ops.) A write to RAM marks it dirty for the clients that listen.
 *
 * Source: QEMU 7.2 softmmu/physmem.c (flatview_read_continue, flatview_write_continue, address_space_map),
 * softmmu/memory.c (access_with_adjusted_size).
 */
#ifndef SIM_MEM_ADDRESS_SPACE_H
#define SIM_MEM_ADDRESS_SPACE_H

#include <stddef.h>

#include "mem/flatview.h"
#include "mem/listener.h"
#include "mem/memory.h"

struct address_space {
	char *name;
	struct memory *memory;
	struct memory_region *root;
	struct flat_view *view;	     /* never NULL once created */
	struct flat_view *next_view; /* private: of the commit under way */
	struct address_space *next;
};

/* I/O of ports that nobody has: reads all ones, ignores writes, MEMTX_OK. For the root "io". */
extern const struct memory_region_ops address_space_port_ops;

/* Makes one over `root` and renders it; listeners hear nothing. SIM_ENOMEM. */
SIM_MUST_CHECK int address_space_create(struct memory *m, struct memory_region *root,
					const char *name, struct address_space **out,
					struct sim_error *err);

/* Listeners of it must be gone. */
void address_space_destroy(struct address_space *as);

struct address_space *address_space_find(const struct memory *m, const char *name);

/*
 * The piece of a region at addr, at most `bytes` long. In a hole mr is NULL and size reaches to the next range (or
 * what was asked for).
 */
struct memory_region_section address_space_section(const struct address_space *as,
						   uint64_t addr, int128_t bytes);

/* Sets of MEMTX_*. */
unsigned address_space_read(struct address_space *as, uint64_t addr, void *buf, uint64_t bytes);
unsigned address_space_write(struct address_space *as, uint64_t addr, const void *buf,
			     uint64_t bytes);

/*
 * Direct access for a device (DMA): *bytes shrinks to what lies together as RAM. For anything else one bounce buffer a
 * memory stands in, filled by a read and written back at unmap. NULL: the buffer is taken, or there are no bytes
 * behind the RAM (a simulated host). Unmap with the same pointer; `done` bytes of a write are dirty then.
 */
void *address_space_map(struct address_space *as, uint64_t addr, uint64_t *bytes,
			bool is_write);
void address_space_unmap(struct address_space *as, void *p, uint64_t bytes, bool is_write,
			 uint64_t done);

#endif
