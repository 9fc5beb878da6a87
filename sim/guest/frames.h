/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * frames.h - the guest's page frames: a buddy allocator, and what each frame is used for
 *
 * Models:      Linux mm/page_alloc.c: free blocks of 2^0 to 2^10 frames (MAX_ORDER 11), one set of lists a zone, tried
 *              in the order Normal (from 4 GiB), DMA32, DMA (below 16 MiB); a larger block is split from above, its
 *              upper half goes back; a freed block joins its buddy. Lists are last in, first out.
 * Not modelled: per-CPU lists, migrate types, compaction: doc/validity.md.
 * Shape:       at most 2^30 frames; frame 0 is never free.
 * Ownership:   24 bytes a frame, allocated at once; the host's kernel backs them when they are first written.
 * Errors:      no frame is a result. Only frames_init fails.
 */
#ifndef SIM_GUEST_FRAMES_H
#define SIM_GUEST_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define FRAMES_ORDERS	  11u
#define FRAMES_ZONES	  3u
#define FRAMES_ORDER_2M	  9u
#define FRAMES_HUGE	  ((uint64_t)1 << FRAMES_ORDER_2M)
#define FRAMES_BELOW_HOLE ((uint64_t)3 << 18) /* QEMU's pc: RAM below 4 GiB ends at 3 GiB */
#define FRAMES_ABOVE_HOLE ((uint64_t)4 << 18)

enum frame_use {
	FRAME_HOLE,
	FRAME_FREE,
	FRAME_RESERVED, /* firmware, the kernel's image, what fragments memory, hugetlb pools */
	FRAME_TABLE,
	FRAME_KERNEL,
	FRAME_ANON,
	FRAME_FILE,
};

#define FRAME_IS_EXCLUSIVE  1u	/* anonymous: PageAnonExclusive */
#define FRAME_IS_ACTIVE	    2u	/* on the active list */
#define FRAME_IS_REFERENCED 4u	/* PG_referenced */
#define FRAME_IS_LISTED	    8u	/* on a list of reclaim */
#define FRAME_IS_CACHED	    32u /* of a hugetlb pool: the page cache has it */
#define FRAME_IS_LAZYFREE   16u /* MADV_FREE */

struct frame {
	uint64_t
		owner; /* anonymous: its page number in every address space; file: key of the page cache */
	uint32_t next, prev; /* in a list of free blocks or of reclaim; 0: none */
	uint32_t mapcount;   /* entries that map it */
	uint8_t use;	     /* enum frame_use */
	uint8_t order;	     /* of a free block */
	uint8_t flags;
};

struct frame_list {
	uint32_t head, tail;
	uint64_t n;
};

struct frames {
	struct frame *frame;
	uint64_t n; /* frames up to the end of RAM, holes included */
	struct frame_list free[FRAMES_ZONES][FRAMES_ORDERS];
	uint64_t n_free;
	uint64_t n_use[FRAME_FILE + 1];
};

/* All RAM but [0, 1 MiB) is free. */
SIM_MUST_CHECK int frames_init(struct frames *f, uint64_t n_ram, struct sim_error *err);
void frames_fini(struct frames *f);

/* A block of 2^order frames, aligned to its size; false: there is none. */
bool frames_alloc(struct frames *f, unsigned order, enum frame_use use, uint64_t *gfn);

/* Are all of [gfn, gfn + n) free? */
bool frames_is_free(const struct frames *f, uint64_t gfn, uint64_t n);

/* Takes exactly [gfn, gfn + n) out of the free blocks; false when not all are free (some are taken then). */
bool frames_take(struct frames *f, uint64_t gfn, uint64_t n, enum frame_use use);

/* Gives back one frame that was allocated, alone or in a block. */
void frames_free(struct frames *f, uint64_t gfn);

/* Adds frames to the head of a list, and takes them out. */
void frames_push(struct frames *f, struct frame_list *l, uint64_t gfn);
void frames_unlink(struct frames *f, struct frame_list *l, uint64_t gfn);

#endif
