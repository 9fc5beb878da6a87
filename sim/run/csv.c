/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "run/files.h"

static size_t count(const char *s, const char *end, char c)
{
	size_t n = 0;

	while (s < end)
		n += *s++ == c;
	return n;
}

/* Cuts one line into n cells; 0 when it has as many. */
static int cut(char *line, char **cell, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *comma = strchr(line, ',');

		if (!comma != (i + 1 == n))
			return SIM_EFORMAT;
		cell[i] = line;
		if (comma)
			*comma = '\0';
		line = comma ? comma + 1 : line;
	}
	return 0;
}

static int parse(struct csv *c, const char *path, size_t n, struct sim_error *err)
{
	char *line = c->text, *end = strchr(line, '\n');
	char where[192];

	if (!end)
		return sim_fail(err, SIM_EFORMAT, path, "has no head line");
	c->n_columns = count(line, end, ',') + 1;
	c->n_rows = count(c->text, c->text + n, '\n') - 1;
	c->name = sim_calloc(c->n_columns, sizeof(*c->name));
	c->cell = sim_calloc(c->n_columns * c->n_rows, sizeof(*c->cell));
	if (!c->name || !c->cell)
		return sim_fail_nomem(err);
	for (size_t row = 0; row <= c->n_rows; row++) {
		char **cell = row ? c->cell + (row - 1) * c->n_columns : c->name;

		*end = '\0';
		if (cut(line, cell, c->n_columns)) {
			snprintf(where, sizeof(where), "%s:%zu", path, row + 1);
			return sim_fail(err, SIM_EFORMAT, where, "must have %zu cells",
					c->n_columns);
		}
		line = end + 1;
		end = strchr(line, '\n');
		if (!end && (row < c->n_rows || *line))
			return sim_fail(err, SIM_EFORMAT, path, "its last line is cut off");
	}
	return 0;
}

int csv_load(struct csv *c, const char *path, struct sim_error *err)
{
	size_t n;
	int rc;

	*c = (struct csv){ .n_rows = 0 };
	rc = files_read(path, &c->text, &n, err);
	if (!rc)
		rc = parse(c, path, n, err);
	if (rc)
		csv_fini(c);
	return rc;
}

void csv_fini(struct csv *c)
{
	sim_free(c->text);
	sim_free(c->name);
	sim_free(c->cell);
	*c = (struct csv){ .n_rows = 0 };
}

size_t csv_column(const struct csv *c, const char *name)
{
	size_t i = 0;

	while (i < c->n_columns && strcmp(c->name[i], name) != 0)
		i++;
	return i;
}

const char *csv_cell(const struct csv *c, size_t row, size_t column)
{
	return c->cell[row * c->n_columns + column];
}

double csv_number(const struct csv *c, size_t row, size_t column)
{
	return strtod(csv_cell(c, row, column), NULL);
}
