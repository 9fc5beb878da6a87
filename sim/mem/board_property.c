/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mem/board_property.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "mem/board_options.h"

#define MIB		 (UINT64_C(1) << 20)
#define RANGE_LENGTH_MAX 65536 /* OPTS_VISITOR_RANGE_MAX */

/* What is being read. */
struct reading {
	const struct board_words *w;
	const struct board_word *word;
	const struct board_property *p;
	void *to;
	struct sim_error *err;
};

static int refuse(const struct reading *r, int code, const char *right)
{
	return board_words_fail(r->w, r->word->key, code, r->err,
				"%.40s cannot be \"%.64s\"; right is %s", r->word->key,
				r->word->value, right);
}

static int expect(const struct reading *r, enum board_word_type type, const char *right)
{
	if (!r->w->is_strict || r->word->type == type)
		return 0;
	return refuse(r, SIM_EFORMAT, right);
}

static bool listed(const char *const *names, const char *s, unsigned *at)
{
	for (unsigned i = 0; names[i]; i++)
		if (!strcmp(names[i], s)) {
			*at = i;
			return true;
		}
	return false;
}

static int read_bool(const struct reading *r)
{
	static const char *const names[] = { "off",  "on", "no", "yes", "false",
					     "true", "n",  "y",	 NULL };
	unsigned at = 0;
	bool v;

	if (expect(r, BOARD_WORD_BOOL, "true or false"))
		return SIM_EFORMAT;
	if (!listed(names, r->word->value, &at))
		return refuse(r, SIM_EFORMAT, "on or off");
	v = at & 1;
	memcpy(r->to, &v, sizeof(v));
	return 0;
}

static int read_choice(const struct reading *r)
{
	char right[160] = "one of";
	unsigned at;

	if (expect(r, BOARD_WORD_STRING, "a string"))
		return SIM_EFORMAT;
	if (listed(r->p->names, r->word->value, &at)) {
		memcpy(r->to, &at, sizeof(at));
		return 0;
	}
	for (unsigned i = 0; r->p->names[i]; i++) {
		size_t n = strlen(right);

		snprintf(right + n, sizeof(right) - n, " %s", r->p->names[i]);
	}
	return refuse(r, SIM_EFORMAT, right);
}

static int read_fixed(const struct reading *r)
{
	unsigned at;

	if (listed(r->p->names, r->word->value, &at))
		return 0;
	return board_words_fail(r->w, r->word->key, SIM_EUNSUP, r->err,
				"%.40s=%.64s is not modelled; modelled is %s", r->word->key,
				r->word->value, r->p->names[0]);
}

static int put_string(const struct reading *r, const char *s)
{
	char *copy = sim_strdup(s), *old;

	if (!copy)
		return sim_fail_nomem(r->err);
	memcpy(&old, r->to, sizeof(old));
	if (old && r->p->kind == BOARD_ID) { /* of several, QEMU takes the first */
		sim_free(copy);
		return 0;
	}
	sim_free(old);
	memcpy(r->to, &copy, sizeof(copy));
	return 0;
}

static bool is_identifier(const char *s)
{
	if (!isalpha((unsigned char)*s))
		return false;
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("-._", *s))
			return false;
	return true;
}

static int read_string(const struct reading *r)
{
	static const char objects[] = "/objects/";
	const char *s = r->word->value;

	if (expect(r, BOARD_WORD_STRING, "a string"))
		return SIM_EFORMAT;
	if (r->p->kind == BOARD_ID && !is_identifier(s))
		return refuse(r, SIM_EFORMAT,
			      "letters, digits, '-', '.' and '_', beginning with a letter");
	if (r->p->kind == BOARD_LINK && !strncmp(s, objects, sizeof(objects) - 1))
		s += sizeof(objects) - 1;
	return put_string(r, s);
}

static uint64_t unit_of(const struct reading *r)
{
	size_t n = strlen(r->word->value);

	if (r->p->kind == BOARD_SIZE || r->word->type == BOARD_WORD_NUMBER)
		return 1;
	if (r->p->kind == BOARD_SIZE_MIB)
		return MIB;
	return n && isdigit((unsigned char)r->word->value[n - 1]) ? MIB : 1;
}

static int parse_size(const struct reading *r, uint64_t *v, struct sim_error *why)
{
	/* QEMU reads -m's size twice: as a number of bytes, which 1.5 is not, and then as one of MiB */
	int rc = r->p->kind == BOARD_SIZE_MEMORY ? board_size_parse(r->word->value, 1, v, why)
						 : 0;

	return rc ? rc : board_size_parse(r->word->value, unit_of(r), v, why);
}

static int read_size(const struct reading *r)
{
	struct sim_error why = { 0 };
	uint64_t v;
	int rc;

	if (expect(r, BOARD_WORD_NUMBER, "a number of bytes"))
		return SIM_EFORMAT;
	rc = parse_size(r, &v, &why);
	if (rc)
		return board_words_fail(r->w, r->word->key, rc, r->err, "%.40s: %s",
					r->word->key, why.text);
	memcpy(r->to, &v, sizeof(v));
	return 0;
}

/* As strtoull with base 0, without strtoull's sign: *s moves behind the number. False: there is none. */
static bool scan(const char **s, bool *is_negative, uint64_t *v)
{
	const char *at = *s;
	char *end;

	while (isspace((unsigned char)*at))
		at++;
	*is_negative = *at == '-';
	at += *at == '-' || *at == '+';
	if (!isdigit((unsigned char)*at))
		return false;
	errno = 0;
	*v = strtoull(at, &end, 0);
	*s = end;
	return errno != ERANGE;
}

static bool scan_all(const char *s, bool *is_negative, uint64_t *v)
{
	return scan(&s, is_negative, v) && !*s;
}

static int read_unsigned(const struct reading *r)
{
	char right[64];
	bool is_negative, is_number, is_wrapping = r->p->kind == BOARD_WRAPPING;
	uint64_t v = 0, max = is_wrapping ? UINT64_MAX : (uint64_t)r->p->max;

	if (expect(r, BOARD_WORD_NUMBER, "a number"))
		return SIM_EFORMAT;
	is_number = scan_all(r->word->value, &is_negative, &v);
	snprintf(right, sizeof(right), "a number from 0 to %" PRIu64, max);
	if (!is_number || (is_negative && !is_wrapping))
		return refuse(r, SIM_EFORMAT, right);
	if (v > max)
		return refuse(r, SIM_ERANGE, right);
	v = is_negative ? -v : v;
	memcpy(r->to, &v, sizeof(v));
	return 0;
}

static int read_integer(const struct reading *r)
{
	char right[80];
	bool is_negative;
	uint64_t v = 0, limit;
	int64_t i;

	if (expect(r, BOARD_WORD_NUMBER, "a number"))
		return SIM_EFORMAT;
	snprintf(right, sizeof(right), "a number from %" PRId64 " to %" PRId64, r->p->min,
		 r->p->max);
	if (!scan_all(r->word->value, &is_negative, &v))
		return refuse(r, SIM_EFORMAT, right);
	limit = is_negative ? -(uint64_t)r->p->min : (uint64_t)r->p->max;
	if (v > limit)
		return refuse(r, SIM_ERANGE, right);
	i = is_negative ? (int64_t)-v : (int64_t)v;
	memcpy(r->to, &i, sizeof(i));
	return 0;
}

/* "3" or "0-3" */
static bool scan_range(const char *s, uint64_t *first, uint64_t *last)
{
	bool is_negative;

	if (!scan(&s, &is_negative, first) || is_negative)
		return false;
	*last = *first;
	if (*s == '-') {
		s++;
		if (!scan(&s, &is_negative, last) || is_negative)
			return false;
	}
	return !*s && *last >= *first && *last - *first < RANGE_LENGTH_MAX;
}

static int read_bits(const struct reading *r)
{
	uint8_t *bits = r->to;
	char right[64];
	uint64_t first, last;

	if (r->w->is_strict && !r->word->is_element)
		return refuse(r, SIM_EFORMAT, "an array of numbers");
	if (expect(r, BOARD_WORD_NUMBER, "numbers"))
		return SIM_EFORMAT;
	snprintf(right, sizeof(right), "numbers from 0 to %" PRId64 ", or a range such as 0-1",
		 r->p->max);
	if (!scan_range(r->word->value, &first, &last))
		return refuse(r, SIM_EFORMAT, right);
	if (last > (uint64_t)r->p->max)
		return refuse(r, SIM_ERANGE, right);
	for (; first <= last; first++)
		bits[first / 8] = (uint8_t)(bits[first / 8] | 1u << first % 8);
	return 0;
}

static int read_value(const struct reading *r)
{
	if (r->word->is_element && r->p->kind != BOARD_BITS && r->p->kind != BOARD_IGNORED)
		return board_words_fail(r->w, r->word->key, SIM_EFORMAT, r->err,
					"%.40s is one value, no array", r->word->key);
	switch (r->p->kind) {
	case BOARD_IGNORED:
		return 0;
	case BOARD_FOREIGN:
		return board_words_fail(r->w, r->word->key, SIM_EUNSUP, r->err,
					"%s is not modelled; leave it out", r->p->name);
	case BOARD_FIXED:
		return read_fixed(r);
	case BOARD_BOOL:
		return read_bool(r);
	case BOARD_CHOICE:
		return read_choice(r);
	case BOARD_STRING:
	case BOARD_ID:
	case BOARD_LINK:
		return read_string(r);
	case BOARD_SIZE:
	case BOARD_SIZE_MIB:
	case BOARD_SIZE_MEMORY:
		return read_size(r);
	case BOARD_UNSIGNED:
	case BOARD_WRAPPING:
		return read_unsigned(r);
	case BOARD_INTEGER:
		return read_integer(r);
	case BOARD_BITS:
		return read_bits(r);
	}
	return 0;
}

static bool is_there(const struct board_property *p, unsigned variant)
{
	return !p->only || (p->only & variant);
}

static const struct board_property *find(const struct board_property *table, unsigned variant,
					 const char *name)
{
	for (; table->name; table++)
		if (is_there(table, variant) &&
		    (!strcmp(table->name, name) || !strcmp(table->name, "*")))
			return table;
	return NULL;
}

static int unknown(const struct board_property *table, unsigned variant,
		   const struct board_words *w, const char *key, struct sim_error *err)
{
	char names[256] = "";

	for (; table->name; table++) {
		size_t n = strlen(names);

		if (is_there(table, variant) && table->kind != BOARD_IGNORED &&
		    table->kind != BOARD_FOREIGN && n + strlen(table->name) + 3 < sizeof(names))
			snprintf(names + n, sizeof(names) - n, "%s%s", n ? ", " : "",
				 table->name);
	}
	return board_words_fail(w, key, SIM_EFORMAT, err,
				"invalid parameter \"%.40s\"; there are %s", key, names);
}

int board_property_apply(const struct board_property *table, unsigned variant, void *object,
			 const struct board_words *w, uint64_t *given, struct sim_error *err)
{
	for (size_t i = 0; i < w->n; i++) {
		struct reading r = { .w = w, .word = &w->word[i], .err = err };
		int rc;

		r.p = find(table, variant, r.word->key);
		if (!r.p)
			return unknown(table, variant, w, r.word->key, err);
		r.to = (char *)object + r.p->offset;
		rc = read_value(&r);
		if (rc)
			return rc;
		if (given)
			*given |= UINT64_C(1) << (r.p - table);
	}
	return 0;
}

uint64_t board_property_bit(const struct board_property *table, const char *name)
{
	for (size_t i = 0; table[i].name; i++)
		if (!strcmp(table[i].name, name))
			return UINT64_C(1) << i;
	return 0;
}
