/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/values.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "x86/ptformat.h"

/* Takes the unit behind a number off its text. */
static unsigned unit_shift(char **end)
{
	static const char units[] = "KMG";
	const char *u = **end ? strchr(units, **end) : NULL;

	if (!u)
		return 0;
	(*end)++;
	return 10 * (unsigned)(u - units + 1);
}

static bool parse(const char *s, uint64_t *out)
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

int values_amount(const struct jnode *n, uint64_t max, uint64_t *out, struct sim_error *err)
{
	if (!json_is_string(n->v))
		return json_as_u64(n, 0, max, out, err);
	if (!parse(json_string_value(n->v), out))
		return json_fail(n, SIM_EFORMAT, err,
				 "must be an integer or a string as \"0x1000\", \"4096\" or "
				 "\"4K\", not \"%s\"",
				 json_string_value(n->v));
	if (*out > max)
		return json_fail(n, SIM_ERANGE, err, "must be 0..0x%" PRIx64 ", not 0x%" PRIx64,
				 max, *out);
	return 0;
}

int values_pages(const struct jnode *n, uint64_t max, uint64_t *out, struct sim_error *err)
{
	int rc = values_amount(n, max, out, err);

	if (!rc && *out % PAGE_BYTES)
		rc = json_fail(n, SIM_ERANGE, err,
			       "must be a multiple of a page (4096), not 0x%" PRIx64, *out);
	return rc;
}

static uint64_t flag_of(char letter)
{
	switch (letter) {
	case 'w':
		return PTE_W;
	case 'a':
		return PTE_A;
	case 'd':
		return PTE_D;
	case 'n':
		return PTE_NX;
	default:
		return 0;
	}
}

int values_flags(const struct jnode *n, uint64_t *out, struct sim_error *err)
{
	const char *s;
	int rc = json_as_str(n, &s, err);

	if (rc)
		return rc;
	*out = 0;
	if (!strcmp(s, "-"))
		return 0;
	*out = PTE_P | PTE_U;
	for (; *s; s++) {
		uint64_t bit = flag_of(*s);

		if (!bit || (*out & bit))
			return json_fail(
				n, SIM_EFORMAT, err,
				"must be some of the letters w, a, d, n, each once, or "
				"\"-\" for not present");
		*out |= bit;
	}
	return 0;
}
