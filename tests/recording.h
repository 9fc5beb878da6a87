/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * recording.h - what a random guest did, as a stream that can be replayed
 *
 * Holds only accesses that every technique must allow: those with one legal outcome, no fault.
 * Some are repeated at once, some reach into the next page.
 */
#ifndef TESTS_RECORDING_H
#define TESTS_RECORDING_H

#include <stddef.h>

#include "random_guest.h"

/* An access, or an event (op is OP_EVENT). */
struct recorded {
	uint8_t op;
	uint64_t gva;
	struct event event;
	size_t words; /* EVENT_PTPAGE: index of the first of 512 in word[] */
};

struct recording {
	struct guest_config guest;
	struct recorded *r;
	size_t n;
	uint64_t *word;
	size_t n_word;
	uint64_t n_access, n_cross;
};

/* Runs `n_ops` of a guest of that temper. Asserts that all goes well. */
void recording_make(struct recording *rec, const struct guest_config *cfg, struct rng *r,
		    unsigned temper, unsigned n_ops);
void recording_fini(struct recording *rec);

/* The same as a trace file. */
void recording_write(const struct recording *rec, const char *path);

#endif
