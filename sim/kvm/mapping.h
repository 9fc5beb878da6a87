/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mapping.h - what the host does to memory of this process that backs a guest's (mem/backing_map.h)
 */
#ifndef SIM_KVM_MAPPING_H
#define SIM_KVM_MAPPING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"

/* Writes each page of a range without changing it. */
void mapping_touch(uint8_t *at, uint64_t bytes);

/* Throws the pages of a range away. */
SIM_MUST_CHECK int mapping_discard(uint8_t *at, uint64_t bytes, struct sim_error *err);

/* Puts another page with the same contents in the place of each page that is present. */
SIM_MUST_CHECK int mapping_move(uint8_t *at, uint64_t bytes, struct sim_error *err);

/* Entry of /proc/self/pagemap (Linux Documentation/admin-guide/mm/pagemap.rst); 0: absent. */
#define PAGEMAP_PRESENT ((uint64_t)1 << 63)
#define PAGEMAP_SWAPPED ((uint64_t)1 << 62)
#define PAGEMAP_FRAME	(((uint64_t)1 << 55) - 1)
SIM_MUST_CHECK int mapping_pagemap(const uint8_t *at, uint64_t *entry, uint64_t n,
				   struct sim_error *err);

#endif
