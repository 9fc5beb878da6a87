/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sizes.h - how large a mapping is, in pages: a distribution over 1..max
 *
 *     constant    always `typical`
 *     uniform     1 .. 2 typical - 1
 *     geometric   mean `typical`: P(k) = (1 - q) q^(k-1), q = 1 - 1/typical
 *     lognormal   median `typical`, the standard deviation of ln k is `shape`
 *     zipf        P(k) proportional to k^-shape
 *
 * All are cut at max, and drawn from a table of max weights (alias.h). Weights are products and
 * quotients of doubles, and fixed.h's powers: the same on every machine.
 *
 * Memory: 16 bytes a page of max, 40 more while the table is built.
 */
#ifndef SIM_GEN_SIZES_H
#define SIM_GEN_SIZES_H

#include <stdint.h>

#include "base/err.h"
#include "gen/alias.h"

#define SIZES_MAX 65536u /* pages: 256 MiB */

enum sizes_kind {
	SIZES_CONSTANT,
	SIZES_UNIFORM,
	SIZES_GEOMETRIC,
	SIZES_LOGNORMAL,
	SIZES_ZIPF,
	SIZES_KIND_COUNT
};

extern const char *const sizes_names[]; /* NULL ends it */

struct sizes_config {
	enum sizes_kind kind;
	uint32_t typical, max; /* pages, 1 <= typical <= max <= SIZES_MAX */
	unsigned shape;	       /* thousandths */
};

struct sizes {
	struct alias table;
};

SIM_MUST_CHECK int sizes_init(struct sizes *s, const struct sizes_config *c,
			      struct sim_error *err);
void sizes_fini(struct sizes *s);

static inline uint32_t sizes_draw(const struct sizes *s, struct rng *r)
{
	return alias_draw(&s->table, r) + 1;
}

#endif
