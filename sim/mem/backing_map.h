/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * backing_map.h - real memory of this process behind RAM blocks: mmap, as backing.h's config asks
 *
 *     reserved (nothing readable)
 *     |....|==== memory ====|....................|
 *          ^ hva: 1 GiB aligned + low 30 bits of `like`
 *
 * Nothing else lies within 1 GiB rounded around the memory: a large page never holds anything of somebody else's. Pages
 * of hugetlbfs, and `align`, take the low bits of the hva that they need to be zero. An anonymous mapping of 1G pages
 * keeps them all and hangs over instead.
 *
 * Not here, as nothing shows it: threads of preallocation, MADV_DONTFORK, MAP_SYNC of pmem.
 *
 * Source: QEMU 7.2 util/mmap-alloc.c, util/oslib-posix.c (qemu_prealloc_mem), backends/hostmem.c
 * (host_memory_backend_memory_complete).
 */
#ifndef SIM_MEM_BACKING_MAP_H
#define SIM_MEM_BACKING_MAP_H

#include <stdint.h>

#include "mem/backing.h"

/* SIM_EIO, SIM_EUNSUP, SIM_ERANGE, SIM_ENOMEM as backing.h. */
SIM_MUST_CHECK int backing_map_alloc(struct backing *b, const struct backing_config *cfg,
				     uint64_t bytes, struct sim_error *err);
void backing_map_release(struct backing *b);

static inline uint8_t *backing_map_bytes(const struct backing *b)
{
	return (uint8_t *)(uintptr_t)b->hva.v;
}

/* Its file or memfd; -1: none. */
int backing_map_fd(const struct backing *b);

/* Bytes of a range that are in transparent huge pages of anonymous memory, by /proc/self/smaps. */
uint64_t backing_map_huge_bytes(const uint8_t *at, uint64_t bytes);

#endif
