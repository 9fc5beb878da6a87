/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * board_guest.h - a small guest on a board: the memory of a command line, below the techniques
 */
#ifndef TESTS_BOARD_GUEST_H
#define TESTS_BOARD_GUEST_H

#include "mem/board.h"
#include "tests/small_guest.h"

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

#define LOW_RAM (64 * MIB) /* of which the stream says that it has it */

struct board_guest {
	struct board_options options;
	json_t *parts;
	struct small_guest g;
};

/* The options and the board file; o->memory is filled for small_init. */
void board_guest_read(struct board_guest *b, const char *line, struct small_options *o);
/* All of it; ends with board_guest_fini. Tables are to be given, and small_start called. */
void board_guest_init(struct board_guest *b, const char *line, struct small_options *o);
void board_guest_fini(struct board_guest *b);

struct board *board_guest_board(struct board_guest *b);

/* object_add and device_add with the words of QEMU's monitor; assert that it goes well. */
void board_guest_object(struct board_guest *b, const char *words);
void board_guest_plug(struct board_guest *b, const char *words);
void board_guest_unplug(struct board_guest *b, const char *id);

/* Maps n pages from gva to gpa, with leaves of `level`. */
void board_guest_map(struct board_guest *b, uint64_t gva, uint64_t gpa, unsigned n,
		     unsigned level);

/* The RAM block of that name, which must be there. */
struct ramblock *board_guest_block(struct board_guest *b, const char *idstr);

/* A load or store of gva must reach that byte of the block, by all the tables there are. */
void board_guest_reaches(struct board_guest *b, uint64_t gva, enum access_kind kind,
			 const struct ramblock *block, uint64_t offset);
/* ... must go to the VMM's process, at gpa; unassigned: where nobody is. */
void board_guest_exits(struct board_guest *b, uint64_t gva, enum access_kind kind, uint64_t gpa,
		       bool unassigned);

#define GUEST_COUNT(b, name) (vm_counters((b)->g.vm)->name)

#endif
