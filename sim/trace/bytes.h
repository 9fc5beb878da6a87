/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bytes.h - a growing byte array, little-endian integers, LEB128 and zigzag
 *
 * LEB128: seven bits a byte, lowest first, bit 7 set on all but the last; at most ten bytes for
 * 64 bits. Zigzag folds signed differences (modulo 2^64) into small unsigned numbers: 0, -1, 1,
 * -2 ... become 0, 1, 2, 3 ...
 */
#ifndef SIM_TRACE_BYTES_H
#define SIM_TRACE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"

#define LEB_MAX 10

struct bytes {
	uint8_t *p;
	size_t n, cap;
};

static inline void bytes_fini(struct bytes *b)
{
	sim_free(b->p);
	*b = (struct bytes){ 0 };
}

/* Makes room for `more` bytes behind the n there are. 0 or SIM_ENOMEM. */
SIM_MUST_CHECK static inline int bytes_reserve(struct bytes *b, size_t more)
{
	size_t cap = b->cap;
	uint8_t *p;

	if (b->cap - b->n >= more)
		return 0;
	if (more > SIZE_MAX / 4 || b->n > SIZE_MAX / 4)
		return SIM_ENOMEM;
	while (cap - b->n < more)
		cap = cap ? 2 * cap : 256;
	p = sim_realloc(b->p, cap, 1);
	if (!p)
		return SIM_ENOMEM;
	b->p = p;
	b->cap = cap;
	return 0;
}

static inline uint64_t zigzag(uint64_t difference)
{
	return difference << 1 ^ (0 - (difference >> 63));
}

static inline uint64_t unzigzag(uint64_t z)
{
	return z >> 1 ^ (0 - (z & 1));
}

/* Appends v; room for LEB_MAX bytes must be there. */
static inline void leb_put(struct bytes *b, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		b->p[b->n++] = (uint8_t)(v | 0x80);
	b->p[b->n++] = (uint8_t)v;
}

/* Reads at *p; false when the number is cut off at `end`, longer than needed to hold 64 bits,
 * or padded with a final zero byte. */
static inline bool leb_get(const uint8_t **p, const uint8_t *end, uint64_t *v)
{
	uint64_t r = 0;

	for (unsigned shift = 0; shift < 64 && *p < end; shift += 7) {
		uint8_t c = *(*p)++;

		r |= (uint64_t)(c & 0x7f) << shift;
		if (c & 0x80)
			continue;
		*v = r;
		return !(shift == 63 && c > 1) && !(shift && !c);
	}
	return false;
}

static inline uint64_t le_get(const uint8_t *p, unsigned bytes)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < bytes; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

static inline void le_put(uint8_t *p, unsigned bytes, uint64_t v)
{
	for (unsigned i = 0; i < bytes; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

#endif
