/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tables.h - guest and host page tables built by hand, for the tests of hw/
 *
 * Depths 1 to 5 and every leaf size, though x86-64 knows only 4 and 5. Host tables map gfn g to hfn
 * TABLES_BASE + g.
 */
#ifndef TESTS_TABLES_H
#define TESTS_TABLES_H

#include "hw/walk.h"

#define TABLES_BASE 0x40000u /* 1 GiB: aligned for every leaf size */

struct tables {
	struct pages pages;
	struct walk_table t;
	uint64_t next_free; /* frame of the next table */
};

/* An empty tree of `levels` levels whose tables take frames from first_free on; A/D on. */
void tables_open(struct tables *t, enum pt_kind kind, unsigned levels, uint64_t first_free);
void tables_close(struct tables *t);

/* The entry of `level` for address a; tables above it are made with full rights and A set. */
uint64_t *tables_entry(struct tables *t, uint64_t a, unsigned level);

/* Bits of a leaf of this kind with all rights, A and D set. */
uint64_t tables_all(enum pt_kind kind);

/* A leaf of `level` around a to frame, with `bits`. */
void tables_map(struct tables *t, uint64_t a, unsigned level, uint64_t frame, uint64_t bits);

#endif
