/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "monitor/utf8.h"

#include <stdint.h>
#include <string.h>

/* Bytes of the sequence that c begins; 0: none. */
static size_t length_of(unsigned char c)
{
	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef)
		return 3;
	return c >= 0xf0 && c <= 0xf4 ? 4 : 0;
}

/* Neither surrogates, nor longer than needed, nor beyond U+10FFFF. */
static int is_second(unsigned char first, unsigned char c)
{
	unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;

	return c >= low && c <= high;
}

/* Bytes of a valid sequence at s, or 0. */
static size_t sequence(const unsigned char *s, size_t n)
{
	size_t length = length_of(s[0]);

	if (!length || length > n || (length > 1 && !is_second(s[0], s[1])))
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

bool utf8_is_valid(const char *s)
{
	size_t n = strlen(s), i = 0, length = 1;

	for (; i < n && length; i += length)
		length = sequence((const unsigned char *)s + i, n - i);
	return length;
}

void utf8_clean(char *out, size_t max, const char *s, size_t n)
{
	const char *end = memchr(s, 0, n);
	size_t whole = end ? (size_t)(end - s) : n;
	size_t i = 0, length;

	while (i < whole && i < max) {
		length = sequence((const unsigned char *)s + i, whole - i);
		if (length && i + length > max)
			break;
		memcpy(out, length ? s + i : "\xef\xbf\xbd", length ? length : 3);
		out += length ? length : 3;
		i += length ? length : 1;
	}
	memcpy(out, "...", 4);
	if (i == whole)
		*out = '\0';
}
