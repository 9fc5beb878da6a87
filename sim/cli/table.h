/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * table.h - cells in aligned columns
 */
#ifndef SIM_CLI_TABLE_H
#define SIM_CLI_TABLE_H

#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

enum table_align { TABLE_LEFT, TABLE_RIGHT };

struct table {
	size_t n_columns;
	enum table_align *align;
	char **cell; /* row after row */
	size_t n, cap;
	int failed; /* an allocation did */
};

SIM_MUST_CHECK int table_init(struct table *t, size_t n_columns, struct sim_error *err);
void table_fini(struct table *t);

/* Appends the next cell, row after row; a failure shows at table_print(). */
void table_add(struct table *t, enum table_align align, const char *fmt, ...) SIM_PRINTF(3, 4);

/* A rule stands below the first `n_head` rows. */
SIM_MUST_CHECK int table_print(const struct table *t, size_t n_head, FILE *f,
			       struct sim_error *err);

#endif
