/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * board_property.h - tables of what an option may say, and where in a struct it goes
 *
 * Private to the files of board_options.h.
 */
#ifndef SIM_MEM_BOARD_PROPERTY_H
#define SIM_MEM_BOARD_PROPERTY_H

#include <stddef.h>
#include <stdint.h>

#include "mem/board_words.h"

enum board_property_kind {
	BOARD_IGNORED,	/* any value, kept nowhere */
	BOARD_FOREIGN,	/* known to QEMU, and refused here */
	BOARD_FIXED,	/* kept nowhere: only names are modelled, any other value is refused */
	BOARD_BOOL,	/* bool: on yes true y, off no false n */
	BOARD_CHOICE,	/* unsigned: index in names */
	BOARD_STRING,	/* char *, owned */
	BOARD_ID,	/* the same: letters, digits, '-', '.', '_', beginning with a letter */
	BOARD_LINK,	/* the same: an id, or /objects/ID */
	BOARD_SIZE,	/* uint64_t: a bare number counts bytes */
	BOARD_SIZE_MIB, /* uint64_t: a bare number counts MiB, but bytes in JSON */
	BOARD_SIZE_MEMORY, /* uint64_t: as -m's: MiB if it ends in a digit */
	BOARD_UNSIGNED,	   /* uint64_t up to max, and not below 0 */
	BOARD_WRAPPING,	   /* uint64_t; -1 is 2^64 - 1 */
	BOARD_INTEGER,	   /* int64_t from min to max */
	BOARD_BITS, /* uint8_t[(max + 8) / 8]: numbers and ranges a-b up to max, a bit each, from several words */
};

struct board_property {
	const char *name; /* "*": any other name is IGNORED */
	enum board_property_kind kind;
	size_t offset;
	const char *const *names; /* CHOICE, FIXED; NULL at the end */
	int64_t min, max;
	unsigned only; /* bits of the variants that have it; 0: all */
};

#define BOARD_PROPERTIES_MAX 64

/*
 * Goes through the words, in their order, and puts each into *object by the table (no name: its end). Adds to *given
 * (NULL allowed) a bit for each row. `variant`: a bit. SIM_EFORMAT, SIM_ERANGE, SIM_EUNSUP at the word's place.
 */
SIM_MUST_CHECK int board_property_apply(const struct board_property *table, unsigned variant,
					void *object, const struct board_words *w,
					uint64_t *given, struct sim_error *err);

/* The bit of a name in *given; 0: no such row. */
uint64_t board_property_bit(const struct board_property *table, const char *name);

#endif
