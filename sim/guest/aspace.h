/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * aspace.h - the mappings of one process: areas in ascending order, without overlap
 *
 * Models Linux's vm_area_struct as far as faults, fork and unmapping look at it: split where a range begins or ends,
 * merged with a neighbour that continues it (mm/mmap.c, vma_merge). Addresses are multiples of 4 KiB.
 */
#ifndef SIM_GUEST_ASPACE_H
#define SIM_GUEST_ASPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define MAPPING_HUGETLB (MAPPING_HUGETLB_2M | MAPPING_HUGETLB_1G)

struct vma {
	uint64_t start, end;
	uint64_t pgoff; /* of a file: which page of it `start` shows */
	uint64_t file;	/* number, when flags has MAPPING_FILE */
	uint32_t flags; /* MAPPING_* */
	uint8_t advice; /* ADVICE_HUGEPAGE, ADVICE_NOHUGEPAGE or 0 */
	bool has_anon;	/* it has had anonymous pages (Linux: anon_vma) */
};

struct aspace {
	struct vma *vma;
	size_t n, cap;
};

/* Level of the pages that v is made of: LEVEL_4K, or a hugetlb size's. */
unsigned aspace_level(const struct vma *v);

void aspace_fini(struct aspace *a);

/* Index of the first area that ends above gva; a->n: none. */
size_t aspace_find(const struct aspace *a, uint64_t gva);

/* The area that holds gva; NULL: none. */
struct vma *aspace_at(const struct aspace *a, uint64_t gva);

/* Does an area overlap [start, end)? */
bool aspace_overlaps(const struct aspace *a, uint64_t start, uint64_t end);

/* Adds an area that overlaps none, and merges it with its neighbours. */
SIM_MUST_CHECK int aspace_insert(struct aspace *a, const struct vma *v, struct sim_error *err);

/* Splits an area that crosses `gva`. */
SIM_MUST_CHECK int aspace_split(struct aspace *a, uint64_t gva, struct sim_error *err);

/* Takes out what lies within [start, end), after aspace_split. */
void aspace_remove(struct aspace *a, uint64_t start, uint64_t end);

/* Merges areas that touch [start, end] wherever one continues the other. */
void aspace_merge(struct aspace *a, uint64_t start, uint64_t end);

/* *to becomes a copy. */
SIM_MUST_CHECK int aspace_copy(struct aspace *to, const struct aspace *from,
			       struct sim_error *err);

#endif
