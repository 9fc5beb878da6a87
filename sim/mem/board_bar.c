/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where SeaBIOS puts the BARs of bus 0: ports from 0xc000; memory below the I/O APIC, and below it the prefetchable
 * memory (the other way round where that is better aligned). Within a kind the largest come first.
 * Source: SeaBIOS 1.16 src/fw/pciinit.c (pci_bios_check_devices, pci_bios_init_root_regions_mem,
 * pci_bios_map_devices).
 */
#include "base/alloc.h"
#include "mem/board_state.h"

#define IO_BASE	   0xc000u
#define MEMORY_END 0xfec00000u
#define MEMORY_MIN 0x1000u /* a BAR of memory takes a page */

enum pool { POOL_IO, POOL_MEM, POOL_PREFMEM };

static enum pool pool_of(const struct board_part *p)
{
	return p->bar == BOARD_BAR_IO	     ? POOL_IO
	       : p->bar == BOARD_BAR_PREFMEM ? POOL_PREFMEM
					     : POOL_MEM;
}

static uint64_t bar_bytes(const struct board_part *p)
{
	uint64_t n = (uint64_t)p->mr->size;

	return pool_of(p) != POOL_IO && n < MEMORY_MIN ? MEMORY_MIN : n;
}

static unsigned bus_order(const struct board *b, const struct board_part *p)
{
	const struct board_device *d = &b->device[p->device];

	return d->slot << 3 | d->function;
}

static bool comes_before(const struct board *b, const struct board_part *x,
			 const struct board_part *y)
{
	if (bar_bytes(x) != bar_bytes(y))
		return bar_bytes(x) > bar_bytes(y);
	return bus_order(b, x) < bus_order(b, y);
}

/* The BARs of one pool in the order of their addresses. */
static size_t collect(struct board *b, enum pool pool, struct board_part **list)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n_part; i++) {
		struct board_part *p = &b->part[i];
		size_t k;

		if (p->bar == BOARD_BAR_NONE || pool_of(p) != pool)
			continue;
		for (k = n++; k > 0 && comes_before(b, p, list[k - 1]); k--)
			list[k] = list[k - 1];
		list[k] = p;
	}
	return n;
}

/* The largest: BARs are powers of two, so that descending sizes need no gaps. */
static uint64_t pool_align(struct board_part *const *list, size_t n)
{
	return n ? bar_bytes(list[0]) : 1;
}

static uint64_t pool_sum(struct board_part *const *list, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += bar_bytes(list[i]);
	return sum;
}

static void assign(struct board_part *const *list, size_t n, uint64_t at)
{
	for (size_t i = 0; i < n; i++) {
		list[i]->bar_addr = at;
		at += bar_bytes(list[i]);
	}
}

/* Below `end`; returns where it begins. */
static uint64_t assign_below(struct board_part *const *list, size_t n, uint64_t end)
{
	uint64_t at = (end - pool_sum(list, n)) & ~(pool_align(list, n) - 1);

	assign(list, n, at);
	return at;
}

int board_bars_allocate(struct board *b, struct sim_error *err)
{
	struct board_part **list = sim_calloc(2 * b->n_part + 1, sizeof(*list));
	struct board_part **pref;
	size_t n, n_pref;

	if (!list)
		return sim_fail_nomem(err);
	assign(list, collect(b, POOL_IO, list), IO_BASE);
	pref = list + b->n_part;
	n = collect(b, POOL_MEM, list);
	n_pref = collect(b, POOL_PREFMEM, pref);
	if (pool_align(list, n) < pool_align(pref, n_pref))
		assign_below(pref, n_pref, assign_below(list, n, MEMORY_END));
	else
		assign_below(list, n, assign_below(pref, n_pref, MEMORY_END));
	sim_free(list);
	return 0;
}
