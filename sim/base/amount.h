/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * amount.h - how people write sizes and counts: 4096, 0x1000, 4K, 1T
 */
#ifndef SIM_BASE_AMOUNT_H
#define SIM_BASE_AMOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"

/* Decimal or 0x..., with K, M, G or T behind it for powers of 1024; false: it is none, or beyond 64 bits. */
bool amount_parse(const char *s, uint64_t *out);

/* An integer, or a string as above. SIM_EFORMAT, SIM_ERANGE outside 0..max. */
SIM_MUST_CHECK int amount_read(const struct jnode *n, uint64_t max, uint64_t *out,
			       struct sim_error *err);

#endif
