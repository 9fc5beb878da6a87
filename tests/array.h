/* SPDX-License-Identifier: GPL-3.0-or-later */
/* array.h - arrays of a stream that a test writes; a test that runs out of memory fails */
#ifndef TESTS_ARRAY_H
#define TESTS_ARRAY_H

#include "check.h"

#include <stdint.h>
#include <string.h>

/* Room for one more of n, when n is a power of two or 0. */
static inline void *array_grow(void *p, size_t n, size_t size)
{
	if (n & (n - 1))
		return p;
	p = realloc(p, (n ? 2 * n : 1) * size);
	assert_non_null(p);
	return p;
}

/* Adds a table's 512 words; the index of the first. */
static inline uint32_t array_add_words(uint64_t **word, size_t *n, const uint64_t *words)
{
	size_t at = *n;

	*word = realloc(*word, (at + 512) * sizeof(**word));
	assert_non_null(*word);
	memcpy(*word + at, words, 512 * sizeof(**word));
	*n += 512;
	return (uint32_t)at;
}

#endif
