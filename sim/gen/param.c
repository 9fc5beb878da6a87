/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gen/param.h"

#include <inttypes.h>
#include <string.h>

#include "base/amount.h"
#include "gen/fixed.h"

#define WHOLE_MAX 1000000u /* above it no real number is looked at */

static int out_of_range(const struct param *p, const char *where, struct sim_error *err)
{
	if (p->type == PARAM_THOUSANDTHS)
		return sim_fail(err, SIM_ERANGE, where, "%s must be %u.%03u..%u.%03u", p->name,
				(unsigned)(p->min / FIXED_ONE), (unsigned)(p->min % FIXED_ONE),
				(unsigned)(p->max / FIXED_ONE), (unsigned)(p->max % FIXED_ONE));
	return sim_fail(err, SIM_ERANGE, where, "%s must be %" PRIu64 "..%" PRIu64, p->name,
			p->min, p->max);
}

static int take(const struct param *p, uint64_t v, const char *where, uint64_t *out,
		struct sim_error *err)
{
	if (v < p->min || v > p->max)
		return out_of_range(p, where, err);
	*out = v;
	return 0;
}

/* Digits, and up to three behind a point. */
static int parse_thousandths(const char *s, uint64_t *out)
{
	size_t whole = strspn(s, "0123456789"), part = 0;
	uint64_t v = 0;

	if (!whole || whole > 6)
		return -1;
	if (s[whole] == '.') {
		part = strspn(s + whole + 1, "0123456789");
		if (!part || part > 3 || s[whole + 1 + part])
			return -1;
	} else if (s[whole]) {
		return -1;
	}
	for (size_t i = 0; i < whole; i++)
		v = 10 * v + (uint64_t)(s[i] - '0');
	for (size_t i = 0; i < 3; i++)
		v = 10 * v + (i < part ? (uint64_t)(s[whole + 1 + i] - '0') : 0);
	*out = v;
	return 0;
}

static void list_choices(const struct param *p, char *buf, size_t size)
{
	size_t at = 0;

	buf[0] = '\0';
	for (size_t i = 0; p->choices[i] && at < size; i++)
		at += (size_t)snprintf(buf + at, size - at, "%s%s", i ? ", " : "",
				       p->choices[i]);
}

static int parse_choice(const struct param *p, const char *text, const char *where,
			uint64_t *out, struct sim_error *err)
{
	char all[200];

	for (size_t i = 0; p->choices[i]; i++)
		if (!strcmp(text, p->choices[i])) {
			*out = i;
			return 0;
		}
	list_choices(p, all, sizeof(all));
	return sim_fail(err, SIM_EFORMAT, where, "%s must be one of %s, not \"%s\"", p->name,
			all, text);
}

int param_parse(const struct param *p, const char *text, const char *where, uint64_t *out,
		struct sim_error *err)
{
	uint64_t v;

	switch (p->type) {
	case PARAM_AMOUNT:
		if (!amount_parse(text, &v))
			return sim_fail(
				err, SIM_EFORMAT, where,
				"%s must be a number as 4096, 0x1000, 4K or 1T, not \"%s\"",
				p->name, text);
		return take(p, v, where, out, err);
	case PARAM_THOUSANDTHS:
		if (parse_thousandths(text, &v))
			return sim_fail(
				err, SIM_EFORMAT, where,
				"%s must be a number of at most three decimals as 0.99, not \"%s\"",
				p->name, text);
		return take(p, v, where, out, err);
	case PARAM_CHOICE:
		return parse_choice(p, text, where, out, err);
	}
	return 0;
}

/* A real number that is, but for its last bits, a number of thousandths. */
static int read_thousandths(const struct jnode *n, uint64_t *out, struct sim_error *err)
{
	double d, scaled;
	int rc = json_as_real(n, &d, err);

	if (rc)
		return rc;
	if (!(d >= 0 && d <= WHOLE_MAX))
		return json_fail(n, SIM_ERANGE, err, "must be 0..%u", WHOLE_MAX);
	scaled = d * FIXED_ONE;
	*out = (uint64_t)(scaled + 0.5);
	scaled -= (double)*out;
	if (scaled > 1e-6 || scaled < -1e-6)
		return json_fail(n, SIM_EFORMAT, err, "must have three decimals at most");
	return 0;
}

int param_read(const struct param *p, const struct jnode *n, uint64_t *out,
	       struct sim_error *err)
{
	char where[192];
	const char *text;
	uint64_t v;
	int rc;

	json_path(n, where, sizeof(where));
	if (json_is_string(n->v)) {
		rc = json_as_str(n, &text, err);
		return rc ? rc : param_parse(p, text, where, out, err);
	}
	switch (p->type) {
	case PARAM_AMOUNT:
		if (json_is_integer(n->v) && json_integer_value(n->v) < 0)
			return out_of_range(p, where, err);
		rc = amount_read(n, UINT64_MAX, &v, err);
		return rc ? rc : take(p, v, where, out, err);
	case PARAM_THOUSANDTHS:
		rc = read_thousandths(n, &v, err);
		return rc ? rc : take(p, v, where, out, err);
	case PARAM_CHOICE:
		break;
	}
	return json_as_str(n, &text, err);
}

static void write_amount(uint64_t v, struct text *t)
{
	static const char units[] = "KMGT";
	unsigned u = 0;

	while (v && u < 4 && v % 1024 == 0) {
		v /= 1024;
		u++;
	}
	if (u)
		text_add(t, "\"%" PRIu64 "%c\"", v, units[u - 1]);
	else
		text_add(t, "%" PRIu64, v);
}

void param_write(const struct param *p, uint64_t v, struct text *t)
{
	switch (p->type) {
	case PARAM_AMOUNT:
		write_amount(v, t);
		break;
	case PARAM_THOUSANDTHS:
		text_add(t, "%" PRIu64 ".%03u", v / FIXED_ONE, (unsigned)(v % FIXED_ONE));
		break;
	case PARAM_CHOICE:
		text_add(t, "\"%s\"", p->choices[v]);
		break;
	}
}

int param_find(const struct param *table, const char *name)
{
	for (int i = 0; table[i].name; i++)
		if (!strcmp(table[i].name, name))
			return i;
	return -1;
}
