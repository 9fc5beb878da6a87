/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * guest.h - the guest of a scenario: its page tables as it has written them
 *
 * Table frames are taken in turn from GUEST_TABLE_GFN up. Every address space maps the frames of all of
 * them, one writable 4K entry each with A = D = 1, from GUEST_ALIAS on: there the guest edits its tables. What
 * the hardware writes into them (A and D) is not known here.
 */
#ifndef SIM_SCENARIO_GUEST_H
#define SIM_SCENARIO_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "x86/ptformat.h"

#define GUEST_TABLES	512u
#define GUEST_TABLE_GFN 0x100u
#define GUEST_ALIAS	((uint64_t)1 << 39)
#define GUEST_SPACES	64u
#define GUEST_LEVELS	4u

/* What an entry that leads to a table has beside the frame. */
#define GUEST_TABLE_ENTRY (PTE_P | PTE_W | PTE_U | PTE_A)

struct guest {
	uint64_t (*table)[512];
	uint8_t level[GUEST_TABLES];
	unsigned n_tables, n_spaces;
	uint64_t root[GUEST_SPACES]; /* gfn */
};

/* With n_spaces address spaces that hold the alias area and nothing else. SIM_ENOMEM. */
SIM_MUST_CHECK int guest_init(struct guest *g, unsigned n_spaces, struct sim_error *err);
void guest_fini(struct guest *g);

/* An empty table; SIM_ERANGE: there are no more. */
SIM_MUST_CHECK int guest_new_table(struct guest *g, unsigned level, uint64_t *gfn,
				   struct sim_error *err);

/*
 * The entry of `level` for gva: tables above it are made where they are missing. SIM_ERANGE: no more tables, or a
 * larger page is in the way.
 */
SIM_MUST_CHECK int guest_make_entry(struct guest *g, unsigned space, uint64_t gva,
				    unsigned level, uint64_t **e, struct sim_error *err);

/* The same, NULL when a table above is missing. */
uint64_t *guest_entry(struct guest *g, unsigned space, uint64_t gva, unsigned level);

/* The largest level whose entry for gva is missing or a leaf, or level 1; the entry in *e. */
unsigned guest_lowest(struct guest *g, unsigned space, uint64_t gva, uint64_t **e);

/* Whether an entry of `level` leads to a table. */
bool guest_points_to_table(uint64_t entry, unsigned level);

/* Where an entry lies. */
uint64_t guest_entry_gpa(const struct guest *g, const uint64_t *e);

/* The gva at which every space maps the table memory at gpa. */
static inline uint64_t guest_alias(uint64_t gpa)
{
	return GUEST_ALIAS + gpa - ((uint64_t)GUEST_TABLE_GFN << 12);
}

static inline bool guest_is_table(uint64_t gfn)
{
	return gfn - GUEST_TABLE_GFN < GUEST_TABLES;
}

#endif
