/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/table.h"

#include <stdarg.h>
#include <string.h>

#include "base/alloc.h"

#define GAP 2

int table_init(struct table *t, size_t n_columns, struct sim_error *err)
{
	*t = (struct table){ .n_columns = n_columns };
	t->align = sim_calloc(n_columns, sizeof(*t->align));
	return t->align ? 0 : sim_fail_nomem(err);
}

void table_fini(struct table *t)
{
	for (size_t i = 0; i < t->n; i++)
		sim_free(t->cell[i]);
	sim_free(t->cell);
	sim_free(t->align);
	*t = (struct table){ .n = 0 };
}

void table_add(struct table *t, enum table_align align, const char *fmt, ...)
{
	char text[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (t->failed || sim_grow((void **)&t->cell, &t->cap, t->n, sizeof(*t->cell))) {
		t->failed = 1;
		return;
	}
	t->align[t->n % t->n_columns] = align;
	t->cell[t->n] = sim_strdup(text);
	t->failed = !t->cell[t->n];
	t->n += !t->failed;
}

static size_t width_of(const struct table *t, size_t column)
{
	size_t width = 0;

	for (size_t i = column; i < t->n; i += t->n_columns)
		if (strlen(t->cell[i]) > width)
			width = strlen(t->cell[i]);
	return width;
}

static void print_row(const struct table *t, size_t row, const size_t *width, FILE *f)
{
	for (size_t c = 0; c < t->n_columns; c++) {
		const char *text = t->cell[row * t->n_columns + c];
		int w = (int)width[c];

		if (c)
			fprintf(f, "%*s", GAP, "");
		if (t->align[c] == TABLE_RIGHT)
			fprintf(f, "%*s", w, text);
		else
			fprintf(f, "%-*s", c + 1 < t->n_columns ? w : 0, text);
	}
	fputc('\n', f);
}

static void print_rule(const struct table *t, const size_t *width, FILE *f)
{
	size_t n = GAP * (t->n_columns - 1);

	for (size_t c = 0; c < t->n_columns; c++)
		n += width[c];
	while (n--)
		fputc('-', f);
	fputc('\n', f);
}

int table_print(const struct table *t, size_t n_head, FILE *f, struct sim_error *err)
{
	size_t *width = sim_calloc(t->n_columns, sizeof(*width));

	if (!width || t->failed) {
		sim_free(width);
		return sim_fail_nomem(err);
	}
	for (size_t c = 0; c < t->n_columns; c++)
		width[c] = width_of(t, c);
	for (size_t row = 0; row < t->n / t->n_columns; row++) {
		if (row == n_head)
			print_rule(t, width, f);
		print_row(t, row, width, f);
	}
	sim_free(width);
	return 0;
}
