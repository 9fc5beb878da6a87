/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * random_guest.h - a guest kernel that does everything a kernel may do to its page tables, in
 * no sensible order
 *
 * It maps, unmaps, remaps and protects pages of all sizes, shares tables between address
 * spaces, copies them on fork, frees them and uses the frames as data or as tables of another
 * level, maps its own tables (in a direct map of each space, in places for anyone, and by an
 * entry of the root that points to the root itself), and edits them by storing through any of
 * those mappings: entry by entry, several at once, half of one. It flushes when it likes, on
 * several vCPUs, with and without PCIDs.
 *
 * It keeps the discipline that makes its stream meaningful, which every kernel keeps: a table is
 * flushed from all vCPUs before its frame serves another purpose; what a store to a table hits
 * does not depend on what a TLB remembers (it flushes the page first if it would).
 *
 * An op is a few random numbers that mean something in any state, so that every subset of a
 * list of ops is a list that can be run: that is how a failing list is shrunk.
 */
#ifndef TESTS_RANDOM_GUEST_H
#define TESTS_RANDOM_GUEST_H

#include "base/rng.h"
#include "oracle.h"
#include "trace/reader.h"
#include "trace/record.h"

#define GUEST_SPACES 3
#define GUEST_POOL   64	   /* frames for tables */
#define GUEST_FIRST  0x400 /* the first half of them */
#define GUEST_SECOND 0xa00 /* the second half, in another 2 MiB range */

struct guest_config {
	unsigned levels; /* 4 or 5 */
	unsigned n_vcpu;
	bool pcid;
	bool fine_direct_map; /* 4K entries for the tables' own frames; else 2M */
	bool keeps_wp;	      /* never turns CR0.WP off */
	bool flushes_to_fault; /* nothing remembered could spare it a fault, whatever its rights */
	bool no_1g;	       /* its processor has no leaves of 1G; it has little memory */
};

struct op {
	uint32_t kind, x, y, z;
};

/* How the sink says that an access ended; negative: the run is over. */
enum { GUEST_DONE, GUEST_FAULTED, GUEST_REFUSED };

/* Who executes what the guest does. `legal` holds what oracle_walk says; the sink may recall. */
struct guest_sink {
	void *arg;
	int (*event)(void *arg, const struct event *e, const uint64_t *words);
	int (*access)(void *arg, const struct oracle_access *a, unsigned bytes,
		      struct oracle_legal *legal);
	/* The host takes away the page behind gfn, which is no table. NULL: it cannot. */
	int (*reclaim)(void *arg, uint64_t gfn);
};

struct guest;

/* The machine the guest expects: RAM, vCPUs, registers. */
void guest_meta(const struct guest_config *cfg, struct trace_meta *meta);

/* Makes the guest and gives the sink its first tables. NULL when the sink failed. */
struct guest *guest_create(const struct guest_config *cfg, const struct guest_sink *sink);
void guest_destroy(struct guest *g);

#define GUEST_TEMPERS 5 /* ways to choose ops */
struct op guest_random_op(struct rng *r, unsigned temper);

/* Runs one op. 0, or what the sink returned. */
int guest_run(struct guest *g, const struct op *op);

struct oracle *guest_oracle(struct guest *g);
unsigned guest_vcpu(const struct guest *g);
/* Was gfn ever a table? */
bool guest_was_table(const struct guest *g, uint64_t gfn);

/* What the op is called. */
const char *guest_op_name(const struct op *op);

#endif
