/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * walk_world.h - a cpu with a guest's and a host's tables, for the tests of the walker
 *
 * The guest maps gva 0: a 4K page to WORLD_DATA, a larger one to gfn 0. The host maps gfn g to hfn
 * TABLES_BASE + g.
 */
#ifndef TESTS_WALK_WORLD_H
#define TESTS_WALK_WORLD_H

#include "hw/cpu_parts.h"
#include "tables.h"

#define WORLD_TABLES 16u  /* gfn of the guest's root; the other tables follow */
#define WORLD_DATA   100u /* gfn of a 4K page */

struct world {
	struct machine m;
	struct counters n;
	struct cpu *c;
	struct tables guest, host;
	struct walk_result r;
};

/* Depth and leaf level of the guest's tables, depth and leaf level of the host's. */
struct world_shape {
	unsigned guest, guest_leaf, host, host_leaf;
};

/* 4-level guest, 4K leaf; 4-level host, 4K leaves. */
extern const struct world_shape world_plain;

/* The mode, and accesses at CPL 3. */
extern const struct paging world_mode;
extern const struct access world_load, world_store, world_fetch;

/* A machine with no cache of translations but the first-level TLB a cpu must have; one with
 * paging-structure caches and a nested TLB. */
struct machine world_bare(void);
struct machine world_cached(void);

void world_open(struct world *w, struct machine m, enum pt_kind host_kind,
		struct world_shape shape);
void world_close(struct world *w);

/* Walks in one dimension, in two; the result is in w->r too. */
enum walk_status world_one(struct world *w, uint64_t gva, struct access a);
enum walk_status world_two(struct world *w, uint64_t gva, struct access a);

/* Entries read so far. */
uint64_t world_refs(const struct world *w);

#endif
