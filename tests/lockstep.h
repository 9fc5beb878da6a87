/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lockstep.h - the random guest on every technique at once, each step held against the oracle
 *
 * One vm per technique, each with its own copy of the guest's tables. After every access: each
 * lane's answer (frame, rights, device, fault and error code) and the A and D bits it left must
 * be explained by one outcome that the oracle calls legal. Guest physical to host physical is
 * checked by a host of the test's own, which nobody touches: what it says of a page is where the
 * page is once it is there.
 */
#ifndef TESTS_LOCKSTEP_H
#define TESTS_LOCKSTEP_H

#include <stddef.h>

#include "random_guest.h"
#include "vm/vm.h"

struct lockstep_config {
	struct guest_config guest;
	struct machine machine;
	struct host_config host;
	struct mmu_config mmu;
};

struct lockstep;

/* A small machine, so that everything is evicted; anything that may vary varies. */
void lockstep_random_config(struct rng *r, struct lockstep_config *cfg);
/* The same as one line of text. */
void lockstep_describe(const struct lockstep_config *cfg, char *buf, size_t size);

#define LOCKSTEP_VERBOSE 1u /* print every event and access */

/* Makes guest and lanes; NULL and *why when a lane disagrees with its first tables. */
struct lockstep *lockstep_create(const struct lockstep_config *cfg, unsigned flags, char *why,
				 size_t why_size);
void lockstep_destroy(struct lockstep *s);

/* Runs one op on all lanes. 0, or -1 and *why. */
int lockstep_run(struct lockstep *s, const struct op *op);

/* What must hold at any time: equal tables, sums of counters. 0, or -1 and *why. */
int lockstep_audit(struct lockstep *s);

uint64_t lockstep_accesses(const struct lockstep *s);
/* Answers that the truth did not explain, but a stale translation did. */
uint64_t lockstep_stale(const struct lockstep *s);
/* The counters of the i-th lane (technique), NULL behind the last. */
const struct counters *lockstep_counters(struct lockstep *s, unsigned i);

#endif
