/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guest_state.h - the random guest's inside: random_guest.c can, guest_ops.c wants */
#ifndef TESTS_GUEST_STATE_H
#define TESTS_GUEST_STATE_H

#include "random_guest.h"
#include "x86/ptformat.h"

#define GUEST_DM_SLOT  300u /* of each root: the direct map */
#define GUEST_REC_SLOT 400u /* of each root: the root itself */
#define GUEST_RECENT   8
#define GUEST_PLUGS    3

struct guest {
	struct guest_config cfg;
	struct guest_sink sink;
	struct oracle *o;
	struct oracle_legal legal; /* of the last access */
	unsigned vcpu;
	struct regs regs[ORACLE_VCPUS]; /* CR3 without bit 63 */
	unsigned space[ORACLE_VCPUS];
	uint64_t root[GUEST_SPACES];
	uint8_t level[GUEST_POOL]; /* 0: free */
	bool was_table[GUEST_POOL];
	bool scribbled[GUEST_POOL];		     /* free, and data was stored there since */
	uint64_t memory[GUEST_POOL][512];	     /* free and not scribbled: what it holds */
	uint64_t recent[GUEST_SPACES][GUEST_RECENT]; /* gvas edited lately */
	unsigned n_recent[GUEST_SPACES];
	bool plugged[GUEST_PLUGS];
};

/* An entry of a table, and a gva whose translation uses it at `level`. */
struct guest_place {
	uint64_t gfn;
	unsigned index, level;
	uint64_t gva;
};

/* The pool's frames. */
static inline uint64_t guest_frame(unsigned slot)
{
	return slot < GUEST_POOL / 2 ? GUEST_FIRST + slot
				     : GUEST_SECOND + slot - GUEST_POOL / 2;
}

/* GUEST_POOL when gfn is none of them. */
static inline unsigned guest_slot(uint64_t gfn)
{
	if (gfn - GUEST_FIRST < GUEST_POOL / 2)
		return (unsigned)(gfn - GUEST_FIRST);
	if (gfn - GUEST_SECOND < GUEST_POOL / 2)
		return (unsigned)(gfn - GUEST_SECOND) + GUEST_POOL / 2;
	return GUEST_POOL;
}

/* One event, to the sink and the oracle. */
int guest_event(struct guest *g, const struct event *e, const uint64_t *words);
/* One access, whatever it hits; GUEST_DONE, ... or negative. */
int guest_access(struct guest *g, const struct oracle_access *a, unsigned bytes);
/* A store that may hit a table: then its entries change. */
int guest_store(struct guest *g, const struct oracle_access *a, unsigned bytes, uint32_t x);
/* Changes an entry by a store through the direct map, or another way; perhaps not at all. */
int guest_edit(struct guest *g, const struct guest_place *at, uint64_t value, uint32_t how);
/* Stores what a new table in the pool's free `slot` is to hold. */
int guest_fill(struct guest *g, unsigned slot, const uint64_t *words);
/* gfn is a table from now on. */
int guest_announce(struct guest *g, uint64_t gfn, unsigned level, const uint64_t *words);

/* The entries that every root has. */
void guest_root_words(const struct guest *g, uint64_t gfn, uint64_t *words);
uint64_t guest_canonical(const struct guest *g, uint64_t gva);
uint64_t guest_direct_gva(const struct guest *g, uint64_t gpa);
/* 0 when gfn is not a table of the pool. */
unsigned guest_table_level(const struct guest *g, uint64_t gfn);

/* --- guest_choose.c --- */

/* A frame for data, perhaps of a device or a table. */
uint64_t guest_data_frame(uint32_t x);

/* A gva of the interesting ones; to use or flush in `space`; to edit there. */
uint64_t guest_anywhere(const struct guest *g, uint32_t x);
uint64_t guest_pick_gva(const struct guest *g, unsigned space, uint32_t x);
uint64_t guest_edit_gva(struct guest *g, unsigned space, uint32_t x);
/* The current space, now and then another. */
unsigned guest_some_space(const struct guest *g, uint32_t x);
/* Goes down from the root of `space` towards gva's entry of `level`; stops above when the way
 * ends there. */
void guest_find_place(const struct guest *g, unsigned space, uint64_t gva, unsigned level,
		      struct guest_place *at);
/* Would the guest lose its own tables with this entry? */
bool guest_is_precious(const struct guest *g, const struct guest_place *at);
/* New values: a 4K entry, flags of a link, an entry of a table of `level` above. */
uint64_t guest_new_leaf(uint64_t old, uint32_t x, uint32_t y);
uint64_t guest_upper_flags(uint32_t x);
uint64_t guest_new_upper(const struct guest *g, unsigned level, uint64_t old, uint32_t x,
			 uint32_t y);
/* Can a walk that uses `e` at `level` go on through tables that are known? */
bool guest_is_sane(const struct guest *g, uint64_t e, unsigned level);

#endif
