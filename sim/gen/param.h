/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * param.h - a parameter of a workload: what it may be, read and written as text and JSON
 *
 * Every value is kept as an integer: an amount as it is, a percentage 0..100, an exponent in
 * thousandths (0.99 is 990, more than three decimals are refused: no rounding of a real number
 * decides what a stream holds), a choice as the index of its name.
 */
#ifndef SIM_GEN_PARAM_H
#define SIM_GEN_PARAM_H

#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "base/text.h"

enum param_type { PARAM_AMOUNT, PARAM_THOUSANDTHS, PARAM_CHOICE };

struct param {
	const char *name; /* NULL ends a table */
	enum param_type type;
	const char *normal; /* what it is unless said, as a user would write it */
	uint64_t min, max;
	const char *const *choices; /* PARAM_CHOICE; NULL ends them */
	const char *unit, *about;
};

/* SIM_EFORMAT, SIM_ERANGE; the error says what would be right. */
SIM_MUST_CHECK int param_read(const struct param *p, const struct jnode *n, uint64_t *out,
			      struct sim_error *err);

/* The same of a text, as in --set; `where` stands for its place. */
SIM_MUST_CHECK int param_parse(const struct param *p, const char *text, const char *where,
			       uint64_t *out, struct sim_error *err);

/* As JSON: 64 x 2^20 is "64M". */
void param_write(const struct param *p, uint64_t v, struct text *t);

/* The index of the parameter called `name`; -1: none. */
int param_find(const struct param *table, const char *name);

#endif
