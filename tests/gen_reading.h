/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gen_reading.h - a generated stream's measured accesses, one by one, with what must hold for all
 */
#ifndef TESTS_GEN_READING_H
#define TESTS_GEN_READING_H

#include <stdint.h>

#include "gen_stream.h"

#define REGIONS 4

/* A stream under way: the arrays it maps, in order, and where its measured phase is. */
struct reading {
	struct gen_stream s;
	uint64_t base[REGIONS], bytes[REGIONS];
	unsigned n_regions; /* of data */
	uint64_t instructions, stored_first, end;
	int is_measured;
};

/* seed 11; parameters as members of an object. */
void reading_start(struct reading *r, const char *workload, const char *parameters);

/*
 * The next load or store of the measured phase; 0 at the end of the stream. All are made at CPL 3, before it are
 * stores alone, and fetches are of the program's page.
 */
int reading_next(struct reading *r, struct gen_record *a);

/* The end says the instructions that the fetches counted. */
void reading_stop(struct reading *r);

/* Which of the arrays; the offset in it. */
unsigned reading_array(const struct reading *r, uint64_t gva, uint64_t *offset);

#endif
