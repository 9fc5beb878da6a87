/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/values.h"

#include <inttypes.h>
#include <string.h>

#include "base/addr.h"
#include "base/amount.h"
#include "x86/ptformat.h"

int values_pages(const struct jnode *n, uint64_t max, uint64_t *out, struct sim_error *err)
{
	int rc = amount_read(n, max, out, err);

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
