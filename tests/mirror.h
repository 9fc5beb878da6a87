/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mirror.h - a listener that knows an address space from its callbacks alone, and checks their order
 *
 * Asserts that what goes was there, that what comes lies where nothing is, that in a commit all region_del come before the
 * first region_add or region_nop, and both ascending; mirror_check, that it knows the view to the byte.
 */
#ifndef TESTS_MIRROR_H
#define TESTS_MIRROR_H

#include "mem/address_space.h"

#define MIRROR_MAX 1024

struct mirror {
	struct memory_listener listener;
	struct memory_region_section section[MIRROR_MAX];
	unsigned mask[MIRROR_MAX], n;
	bool romd[MIRROR_MAX]; /* when it came: another mode is another range */
	enum { MIRROR_IDLE, MIRROR_DELETING, MIRROR_ADDING } phase;
	int128_t last; /* address of the last callback of the phase */
	unsigned n_commits, n_nops;
};

void mirror_init(struct mirror *m);

/* Between commits. */
void mirror_check(const struct mirror *m, const struct address_space *as);

/* Ascending, no overlap, nothing empty, neighbours that continue each other are one. */
void mirror_check_view(const struct flat_view *v);

#endif
