/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * guest_program.h - programs that do what programs do to their memory, at random
 *
 * Up to seven processes map, unmap, protect, advise, fork, exec, exit and touch pages of the window of guest_values.h. An op
 * is a few random numbers that mean something in any state; what Linux would refuse or kill for is left out.
 */
#ifndef TESTS_GUEST_PROGRAM_H
#define TESTS_GUEST_PROGRAM_H

#include "base/rng.h"
#include "guest_stream.h"

struct program_options {
	unsigned n_ops;
	bool large;    /* mappings of several MiB, for huge pages */
	bool no_exits; /* keeps what is alive at the end */
};

/* Adds a program to s. Unless no_exits, every process is gone at its end. */
void program_make(struct guest_stream *s, const struct program_options *o, struct rng *r);

#endif
