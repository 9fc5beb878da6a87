/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * region_world.h - a memory whose regions change as bytes say, beside a painter that knows better
 *
 * The painter asks for each cell of a small address space who owns it, by recursion over a list of its own of what
 * was done, from the rules of QEMU's docs/devel/memory.rst; it shares nothing with the simulator. After each
 * commit the views, what listeners know of them, and the painting must be equal: an assert fails otherwise.
 */
#ifndef TESTS_REGION_WORLD_H
#define TESTS_REGION_WORLD_H

#include <stddef.h>
#include <stdint.h>

struct region_world_counts {
	unsigned n_commits, n_ranges, n_refused, n_shared;
};

struct region_world_counts region_world_run(const uint8_t *data, size_t size);

#endif
