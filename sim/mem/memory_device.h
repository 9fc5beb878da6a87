/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memory_device.h - where a new memory device goes among those that are there
 *
 * Source: QEMU 7.2 hw/mem/memory-device.c (memory_device_get_free_addr), hw/mem/pc-dimm.c
 * (pc_dimm_get_free_slot).
 */
#ifndef SIM_MEM_MEMORY_DEVICE_H
#define SIM_MEM_MEMORY_DEVICE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct memory_device_range {
	uint64_t addr, bytes;
	const char *id; /* NULL: unnamed */
};

struct memory_device_place {
	uint64_t base, bytes;			/* room for devices */
	const struct memory_device_range *used; /* ascending, apart */
	size_t n;
	uint64_t align; /* a power of two */
};

/*
 * The lowest place of `size` bytes; with `hint` (not 0) just that one. SIM_ERANGE: not aligned, out of bounds, no room;
 * SIM_ESTATE: taken.
 */
SIM_MUST_CHECK int memory_device_address(const struct memory_device_place *p, uint64_t hint,
					 uint64_t size, uint64_t *addr, struct sim_error *err);

/* Slot `hint`, or the lowest free one (hint < 0). is_taken[0..n). SIM_ERANGE, SIM_ESTATE. */
SIM_MUST_CHECK int memory_device_slot(const unsigned char *is_taken, unsigned n, int hint,
				      int *slot, struct sim_error *err);

#endif
