/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mapping.h - memory of this process that backs a guest's, with the page size that mem/host.h asks for
 *
 *     4K   MADV_NOHUGEPAGE
 *     2M   MADV_HUGEPAGE; populated memory is looked at afterwards: each range of 2 MiB that the mapping covers must
 *          really be one page
 *     1G   pages of hugetlbfs that the administrator has set aside; whole ones, as mem/host.h
 *
 * The first byte is congruent to the gpa modulo 1 GiB, so that a large page of the guest can be one of the host.
 * Nothing else lies near it: a large page never holds anything of somebody else's.
 */
#ifndef SIM_KVM_MAPPING_H
#define SIM_KVM_MAPPING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "mem/host.h"

struct mapping {
	uint8_t *base; /* of the guest's bytes */
	uint64_t bytes;
	uint8_t *reserved; /* address space around it */
	uint64_t reserved_bytes;
};

/* Populates it if cfg says so. SIM_ENOMEM; SIM_EUNSUP: no pages of this size. */
SIM_MUST_CHECK int mapping_create(struct mapping *m, uint64_t bytes, uint64_t gpa,
				  const struct host_config *cfg, struct sim_error *err);
void mapping_destroy(struct mapping *m);

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

/* Memory that can be had; UINT64_MAX: the system does not say. */
uint64_t mapping_available(void);

#endif
