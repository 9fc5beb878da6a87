/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/amount.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Takes the unit behind a number off its text. */
static unsigned unit_shift(char **end)
{
	static const char units[] = "KMGT";
	const char *u = **end ? strchr(units, **end) : NULL;

	if (!u)
		return 0;
	(*end)++;
	return 10 * (unsigned)(u - units + 1);
}

bool amount_parse(const char *s, uint64_t *out)
{
	bool hex = s[0] == '0' && s[1] == 'x';
	const char *digits = hex ? s + 2 : s;
	unsigned long long v;
	unsigned shift;
	char *end;

	if (!*digits || !strchr("0123456789abcdefABCDEF", *digits))
		return false;
	errno = 0;
	v = strtoull(digits, &end, hex ? 16 : 10);
	if (errno || end == digits)
		return false;
	shift = unit_shift(&end);
	*out = (uint64_t)v << shift;
	return !*end && *out >> shift == v;
}

int amount_read(const struct jnode *n, uint64_t max, uint64_t *out, struct sim_error *err)
{
	if (!json_is_string(n->v))
		return json_as_u64(n, 0, max, out, err);
	if (!amount_parse(json_string_value(n->v), out))
		return json_fail(n, SIM_EFORMAT, err,
				 "must be an integer or a string as \"0x1000\", \"4096\" or "
				 "\"4K\", not \"%s\"",
				 json_string_value(n->v));
	if (*out > max)
		return json_fail(n, SIM_ERANGE, err, "must be 0..0x%" PRIx64 ", not 0x%" PRIx64,
				 max, *out);
	return 0;
}
