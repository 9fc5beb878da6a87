/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugin_tables.h - which pages of the guest are page tables, and what is written to them
 *
 * A page is a table when it can be reached from a root, a page that CR3 has pointed to, through
 * present entries. It is recorded with its contents when it becomes one, then each store to it,
 * then its release. What is not RAM is not followed.
 *
 * Nobody tells when a root is given up. A root that CR3 does not point to is released when it is
 * written as no page table is: with less than 8 bytes, with an entry that points outside of RAM,
 * or over a present entry of its upper half, where a kernel maps itself in every address space.
 * Should it be a root still, the next load of CR3 records it afresh, so a wrong release costs a
 * record and no truth.
 */
#ifndef CAPTURE_PLUGIN_TABLES_H
#define CAPTURE_PLUGIN_TABLES_H

#include <stdint.h>

#include "plugin_host.h"

/* CR3 points to `gpa`; levels is 4 or 5. */
void tables_root(uint64_t gpa, unsigned levels);

/* `size` bytes at page offset `at` of a marked page of r were stored. */
void tables_store(struct host_ram *r, uint64_t gpa, unsigned size);

#endif
