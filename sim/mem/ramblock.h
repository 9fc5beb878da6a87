/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ramblock.h - RAMBlock and RAMList: pieces of the VMM's memory that a guest may be shown, laid out in
 * one space of their own
 *
 * That space is counted by ram_addr_t. It is where dirty pages are noted and what a migration stream speaks
 * of; a ram_addr is no GPA (a block may be mapped at any GPA, at several, or at none) and no HVA.
 *
 *     ram_addr  0            offset          offset + used    offset + max
 *               |  pc.ram  |   | vga.vram |  | acpi/tables ...|..............|
 *
 * A new block takes the smallest gap behind a block that holds it (best fit), of equal ones that behind the block
 * which stands first in the list; what lies before the lowest block is not used again. Every offset is a
 * multiple of 64 pages, so that a word of a dirty bitmap belongs to one block. The list is kept by
 * descending max_length, a new block behind those of its own length; the block of the last look-up is looked at
 * first (mru). A resizable block reserves max_length and shows used_length. Memory that is new, or whose block
 * changed its size, is dirty for all clients. A block of a memory backend has no name until a device takes it.
 *
 * Source: QEMU 7.2 softmmu/physmem.c (ram_block_add, find_ram_offset, qemu_get_ram_block,
 * qemu_ram_resize), include/exec/ramblock.h.
 */
#ifndef SIM_MEM_RAMBLOCK_H
#define SIM_MEM_RAMBLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "mem/backing.h"
#include "mem/dirty.h"

#define RAMBLOCK_IDSTR_MAX 256
/* Where the ram_addr space ends. Each page of it takes a bit of each dirty bitmap, used or not. */
#define RAMLIST_MAX_BYTES ((uint64_t)1 << 42)
#define RAMBLOCK_ALIGN	  ((uint64_t)64 << PAGE_SHIFT) /* of offsets */

struct ramblock {
	char idstr[RAMBLOCK_IDSTR_MAX]; /* "pc.ram", "0000:00:02.0/vga.vram", "mem1" */
	ram_addr_t offset;
	uint64_t used_length, max_length; /* bytes, whole pages */
	uint64_t page_size;		  /* of what backs it: 4 KiB, or hugetlbfs's */
	bool is_resizeable;
	bool is_readonly;	/* nobody can write its bytes, this process neither */
	struct backing backing; /* where its bytes are in this process */
	struct ramblock *next;	/* of the list: private */
};

struct ramlist {
	struct ramblock *first; /* descending max_length */
	struct ramblock *mru;	/* NULL: none */
	unsigned version;	/* grows with each block that comes or goes */
	struct dirty_memory dirty;
	const struct backing_ops *ops; /* who gives blocks their memory */
	void *ops_arg;
};

void ramlist_init(struct ramlist *l, const struct backing_ops *ops, void *arg);
void ramlist_fini(struct ramlist *l); /* frees every block and its backing */

struct ramblock_config {
	const char *idstr;		  /* NULL or "": none */
	uint64_t used_length, max_length; /* rounded up to whole pages; max 0: as used */
	bool is_resizeable;
	struct backing_config backing;
};

/*
 * Adds a block, gives it an offset and memory. SIM_ERANGE: an id that is taken or too long, no length, more than
 * RAMLIST_MAX_BYTES of all blocks; SIM_ENOMEM; what the backing says. Nothing is left of a failure.
 */
SIM_MUST_CHECK int ramlist_add(struct ramlist *l, const struct ramblock_config *cfg,
			       struct ramblock **out, struct sim_error *err);

/* Frees a block that nothing maps. */
void ramlist_remove(struct ramlist *l, struct ramblock *b);

/* "" takes the name away. SIM_ERANGE as ramlist_add. */
SIM_MUST_CHECK int ramblock_set_idstr(struct ramlist *l, struct ramblock *b, const char *idstr,
				      struct sim_error *err);

/* The new used_length, up to max_length; when it changes, all of it is dirty. SIM_ERANGE. */
SIM_MUST_CHECK int ramblock_resize(struct ramlist *l, struct ramblock *b, uint64_t length,
				   struct sim_error *err);

/* The block that holds a, looking at mru first; NULL: none. Remembers it. */
struct ramblock *ramlist_find(struct ramlist *l, ram_addr_t a);

/* By HVA (*offset in the block), and by name; NULL: none. They use mru and leave it as it is. */
struct ramblock *ramlist_find_hva(struct ramlist *l, hva_t hva, uint64_t *offset);
struct ramblock *ramlist_find_idstr(const struct ramlist *l, const char *idstr);

/* Behind the last block: pages that a dirty bitmap must hold. */
uint64_t ramlist_last_page(const struct ramlist *l);

static inline hva_t ramblock_hva(const struct ramblock *b, uint64_t offset)
{
	return hva_make(b->backing.hva.v + offset);
}

static inline ram_addr_t ramblock_addr(const struct ramblock *b, uint64_t offset)
{
	return ram_addr_make(b->offset.v + offset);
}

#endif
