/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * values.h - how a scenario file writes sizes, addresses and the bits of an entry
 */
#ifndef SIM_SCENARIO_VALUES_H
#define SIM_SCENARIO_VALUES_H

#include <stdint.h>

#include "base/err.h"
#include "base/json.h"

/* An amount (base/amount.h) that is a multiple of a 4K page. */
SIM_MUST_CHECK int values_pages(const struct jnode *n, uint64_t max, uint64_t *out,
				struct sim_error *err);

/*
 * Bits of an entry as letters: w writable, a accessed, d dirty, n not executable; "-" alone: not present, 0. A
 * present entry has P and U too.
 */
SIM_MUST_CHECK int values_flags(const struct jnode *n, uint64_t *out, struct sim_error *err);

#endif
