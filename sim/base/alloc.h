/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * alloc.h - checked allocation
 *
 * Every size is n x size with the product checked. A failure returns NULL; the caller reports
 * SIM_ENOMEM with sim_fail_nomem(). All memory of the library folders comes from here, hence
 * from malloc/calloc/realloc, which tests/test_inject replaces at link time to fail the n-th
 * call.
 */
#ifndef SIM_BASE_ALLOC_H
#define SIM_BASE_ALLOC_H

#include <stddef.h>

#include "base/err.h"

/* Zeroed array of n elements of `size` bytes; n = 0 gives a unique pointer. */
SIM_MUST_CHECK void *sim_calloc(size_t n, size_t size);

/* As sim_calloc, aligned to `align` (a power of two, a multiple of sizeof(void *)). Free with
 * sim_free. */
SIM_MUST_CHECK void *sim_calloc_aligned(size_t align, size_t n, size_t size);

/* Resizes p to n elements; on failure returns NULL and p stays valid. New bytes are not
 * initialised. */
SIM_MUST_CHECK void *sim_realloc(void *p, size_t n, size_t size);

SIM_MUST_CHECK char *sim_strdup(const char *s);

/* Printf into a fresh string. */
SIM_MUST_CHECK char *sim_asprintf(const char *fmt, ...) SIM_PRINTF(1, 2);

void sim_free(void *p);

/*
 * Makes room for one more element in a growing array: doubles *cap when n == *cap.
 * Returns 0 or SIM_ENOMEM (array unchanged).
 */
SIM_MUST_CHECK int sim_grow(void **array, size_t *cap, size_t n, size_t size);

#endif
