/* SPDX-License-Identifier: GPL-3.0-or-later */
/* board_size.c - sizes as QEMU reads them, to the last bit, without a floating point number */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mem/board_options.h"

#define DIGITS_MAX    128 /* of a fraction; more decide nothing, see fraction_bits() */
#define MANTISSA_BITS 53  /* of a double */

struct number {
	uint64_t whole;
	uint64_t part; /* in units of 2^-64 */
};

struct decimals {
	uint8_t digit[DIGITS_MAX];
	size_t n;
};

/* Doubles 0.digits, and returns what stands before the point then. */
static unsigned next_bit(struct decimals *d)
{
	unsigned carry = 0;

	for (size_t i = d->n; i-- > 0;) {
		unsigned v = 2u * d->digit[i] + carry;

		d->digit[i] = (uint8_t)(v % 10);
		carry = v / 10;
	}
	return carry;
}

static bool is_zero(const struct decimals *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->digit[i])
			return false;
	return true;
}

/*
 * QEMU takes the fraction as a double f, and f x 2^64 as an integer. So are these bits: 53 from the first 1 on, rounded to
 * nearest, ties to even. At most 118 are looked at, all multiples of 2^-118, which have 118 decimals. A fraction that
 * rounds to 1 is 0, as the conversion on x86-64 has it.
 */
static uint64_t fraction_bits(struct decimals *d)
{
	uint64_t m = 0;
	unsigned at = 0, half;

	while (!m && at < 64) {
		m = next_bit(d);
		at++;
	}
	if (!m)
		return 0;
	while (m < (uint64_t)1 << (MANTISSA_BITS - 1)) {
		m = 2 * m + next_bit(d);
		at++;
	}
	half = next_bit(d);
	if (half && (!is_zero(d) || (m & 1)))
		m++;
	return at <= 64 ? m << (64 - at) : m >> (at - 64);
}

/* s: behind the point. Returns what follows the digits. */
static const char *read_fraction(const char *s, uint64_t *part)
{
	struct decimals d = { .n = 0 };

	for (; isdigit((unsigned char)*s); s++)
		if (d.n < DIGITS_MAX)
			d.digit[d.n++] = (uint8_t)(*s - '0');
	*part = fraction_bits(&d);
	return s;
}

static bool is_hex(const char *s)
{
	return s[0] == '0' && (s[1] == 'x' || s[1] == 'X') && isxdigit((unsigned char)s[2]);
}

/* Returns what follows the number; NULL: there is none. *is_huge: beyond 64 bits. */
static const char *read_number(const char *s, struct number *v, bool *is_huge)
{
	bool hex;
	char *end;

	while (isspace((unsigned char)*s))
		s++;
	s += *s == '+';
	if (!isdigit((unsigned char)*s))
		return NULL;
	hex = is_hex(s);
	errno = 0;
	v->whole = strtoull(s, &end, hex ? 16 : 10);
	v->part = 0;
	*is_huge = errno == ERANGE;
	return !hex && *end == '.' ? read_fraction(end + 1, &v->part) : end;
}

/* The power of two of a suffix; -1: none. */
static int suffix_shift(char c)
{
	static const char suffix[] = "BKMGTPE";
	const char *at = c ? strchr(suffix, toupper((unsigned char)c)) : NULL;

	return at ? 10 * (int)(at - suffix) : -1;
}

static int unit_shift(uint64_t unit)
{
	int shift = 0;

	while (unit >>= 1)
		shift++;
	return shift;
}

/* False: beyond 64 bits. */
static bool scale(const struct number *v, int shift, uint64_t *bytes)
{
	uint64_t high, low, sum;

	if (!shift) {
		*bytes = v->whole;
		return true;
	}
	high = v->part >> (64 - shift);
	low = v->part << shift;
	sum = (v->whole << shift) + high + (low >> 63);
	*bytes = sum;
	return !(v->whole >> (64 - shift)) && sum >= v->whole << shift;
}

int board_size_parse(const char *s, uint64_t unit, uint64_t *bytes, struct sim_error *err)
{
	int shift = -1;
	bool is_huge;
	struct number v;
	const char *end = read_number(s, &v, &is_huge);

	if (end)
		shift = suffix_shift(*end);
	if (end && shift >= 0)
		end++;
	else
		shift = unit_shift(unit);
	if (!end || *end || (!shift && v.part))
		return sim_fail(
			err, SIM_EFORMAT, NULL,
			"\"%.64s\" is no size; right is a number with B, K, M, G, T, P or E behind it, such as 1536M or 1.5G",
			s);
	if (is_huge || !scale(&v, shift, bytes))
		return sim_fail(err, SIM_ERANGE, NULL,
				"\"%.64s\" is out of range; a size is below 16E", s);
	return 0;
}
