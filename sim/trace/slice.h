/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * slice.h - takes a line of text apart, from its front
 *
 * A `struct slice` is a borrowed piece of a line. Each slice_take_*() takes what it is named
 * after off the front and returns true, or returns false and leaves the text as it was.
 */
#ifndef SIM_TRACE_SLICE_H
#define SIM_TRACE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const char *p, *end;
};

static inline size_t slice_length(const struct slice *t)
{
	return (size_t)(t->end - t->p);
}

static inline bool slice_is_empty(const struct slice *t)
{
	return t->p == t->end;
}

/* Blanks and tabs, also none. */
static inline void slice_skip_blanks(struct slice *t)
{
	while (t->p < t->end && (*t->p == ' ' || *t->p == '\t'))
		t->p++;
}

static inline bool slice_take_char(struct slice *t, char c)
{
	if (t->p == t->end || *t->p != c)
		return false;
	t->p++;
	return true;
}

static inline bool slice_take(struct slice *t, const char *literal)
{
	size_t n = strlen(literal);

	if (slice_length(t) < n || memcmp(t->p, literal, n) != 0)
		return false;
	t->p += n;
	return true;
}

/* -1: none */
static inline int slice_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Hexadecimal digits, at least one, of a value below 2^64; "0x" may precede them. */
static inline bool slice_take_hex(struct slice *t, uint64_t *v)
{
	const char *p = t->p, *first;
	uint64_t r = 0;
	int d;

	if (t->end - p > 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X'))
		p += 2;
	for (first = p; p < t->end && (d = slice_digit(*p)) >= 0; p++) {
		if (r >> 60)
			return false;
		r = r << 4 | (uint64_t)d;
	}
	if (p == first)
		return false;
	t->p = p;
	*v = r;
	return true;
}

/* Decimal digits, at least one, of a value below 2^64. */
static inline bool slice_take_dec(struct slice *t, uint64_t *v)
{
	const char *p = t->p;
	uint64_t r = 0;

	for (; p < t->end && *p >= '0' && *p <= '9'; p++) {
		uint64_t d = (uint64_t)(*p - '0');

		if (r > (UINT64_MAX - d) / 10)
			return false;
		r = 10 * r + d;
	}
	if (p == t->p)
		return false;
	t->p = p;
	*v = r;
	return true;
}

/* What stands before the next blank or tab, or the end: at least one character. Leading blanks
 * are passed over. */
static inline bool slice_take_word(struct slice *t, struct slice *word)
{
	struct slice rest = *t;

	slice_skip_blanks(&rest);
	word->p = rest.p;
	while (rest.p < rest.end && *rest.p != ' ' && *rest.p != '\t')
		rest.p++;
	word->end = rest.p;
	if (slice_is_empty(word))
		return false;
	*t = rest;
	return true;
}

static inline bool slice_equals(const struct slice *t, const char *literal)
{
	return slice_length(t) == strlen(literal) && !memcmp(t->p, literal, slice_length(t));
}

#endif
