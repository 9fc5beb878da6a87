/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * csv.h - reads back the tables that results.h writes: no quotes, no blanks, one head line
 */
#ifndef SIM_RUN_CSV_H
#define SIM_RUN_CSV_H

#include <stddef.h>

#include "base/err.h"

struct csv {
	char *text;  /* cut into cells */
	char **name; /* per column */
	char **cell; /* row after row */
	size_t n_columns, n_rows;
};

/* SIM_EIO, SIM_EFORMAT with file and line. */
SIM_MUST_CHECK int csv_load(struct csv *c, const char *path, struct sim_error *err);
void csv_fini(struct csv *c);

/* Index of a column; n_columns when there is none. */
size_t csv_column(const struct csv *c, const char *name);

const char *csv_cell(const struct csv *c, size_t row, size_t column);

/* A cell as a number; 0 for what is none. */
double csv_number(const struct csv *c, size_t row, size_t column);

#endif
