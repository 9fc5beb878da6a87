/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * figures_sweep.c - figures of a sweep: overhead along an axis, and where techniques change
 * places
 */
#include "run/figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define VALUES_MIN 3 /* that make a line worth drawing */
#define PANELS_MAX 16
#define LINES_MAX  16

/* A sweep seen along one axis: series are sets of rows that differ in it and the technique. */
struct lines {
	const struct figure_data *d;
	size_t axis;
	size_t *first; /* per series: its first row */
	size_t n;
};

/* --- the axis --- */

static bool is_number(const char *s)
{
	char *end;

	strtod(s, &end);
	return end != s && !*end;
}

/* Distinct values of a column of numbers; 0 when it has others. */
static size_t count_values(const struct figure_data *d, size_t column)
{
	size_t n = 0;

	for (size_t row = 0; row < d->summary.n_rows; row++) {
		const char *v = figures_key(d, row, column);
		size_t before = 0;

		if (!is_number(v))
			return 0;
		while (before < row && strcmp(v, figures_key(d, before, column)) != 0)
			before++;
		n += before == row;
	}
	return n;
}

/* The axis of most values; n_keys when none makes a line. */
static size_t pick_axis(const struct figure_data *d)
{
	size_t best = d->n_keys, most = VALUES_MIN - 1;

	for (size_t k = 0; k < d->n_keys; k++) {
		size_t n = k == d->technique ? 0 : count_values(d, k);

		if (n > most) {
			most = n;
			best = k;
		}
	}
	return best;
}

static void lines_fini(struct lines *l)
{
	sim_free(l->first);
}

/* 0, SIM_EOF when there is nothing to draw, SIM_ENOMEM; `max` series at most. */
static int lines_init(struct lines *l, const struct figure_data *d, size_t max)
{
	*l = (struct lines){ .d = d, .axis = pick_axis(d) };
	if (l->axis == d->n_keys)
		return SIM_EOF;
	l->first = sim_calloc(max, sizeof(*l->first));
	if (!l->first)
		return SIM_ENOMEM;
	for (size_t row = 0; row < d->summary.n_rows; row++) {
		size_t s = 0;

		while (s < l->n && !figures_same_keys(d, l->first[s], row, l->axis))
			s++;
		if (s == max) {
			lines_fini(l);
			return SIM_EOF;
		}
		if (s == l->n)
			l->first[l->n++] = row;
	}
	return 0;
}

/* The row of the cluster of `row` with that technique; n_rows when there is none. */
static size_t sibling(const struct figure_data *d, size_t row, const char *technique)
{
	size_t i;

	for (i = 0; i < d->summary.n_rows; i++)
		if (d->cluster[i] == d->cluster[row] &&
		    !strcmp(figures_key(d, i, d->technique), technique))
			return i;
	return i;
}

/* True for the first row of each cluster of series s: one a value of the axis. */
static bool is_point_of(const struct lines *l, size_t s, size_t row)
{
	return l->d->first[l->d->cluster[row]] == row &&
	       figures_same_keys(l->d, l->first[s], row, l->axis);
}

/* --- overhead along the axis --- */

/* The rows of the first cluster are the techniques in their order. */
static void print_techniques(const struct figure_data *d, struct text *f)
{
	text_add(f, "\n\ntechnique\n");
	for (size_t row = 0; row < d->summary.n_rows; row++)
		if (d->cluster[row] == 0)
			text_add(f, "%s\n", figures_key(d, row, d->technique));
}

static void print_panel_line(const struct figure_data *d, size_t axis, size_t first,
			     struct text *f)
{
	text_add(f, "%s", figures_key(d, first, axis));
	for (size_t row = 0; row < d->summary.n_rows; row++)
		if (d->cluster[row] == d->cluster[first])
			text_add(f, " %.6g", figures_number(d, row, "overhead_percent"));
	text_add(f, "\n");
}

/* Blocks: the panels; the techniques; a line for each value in each panel. */
int figures_write_sweep(const struct figure_data *d, struct text *f)
{
	struct lines l;
	int rc = lines_init(&l, d, PANELS_MAX);

	if (rc)
		return rc;
	text_add(f, "axis panel\n");
	for (size_t s = 0; s < l.n; s++) {
		text_add(f, "%s ", d->summary.name[l.axis]);
		figures_print_label(d, l.first[s], l.axis, f);
		text_add(f, "\n");
	}
	print_techniques(d, f);
	for (size_t s = 0; s < l.n; s++) {
		text_add(f, "\n\n%s overheads\n", d->summary.name[l.axis]);
		for (size_t row = 0; row < d->summary.n_rows; row++)
			if (is_point_of(&l, s, row))
				print_panel_line(d, l.axis, row, f);
	}
	lines_fini(&l);
	return 0;
}

/* --- crossover --- */

struct crossing {
	double changes;	   /* of page tables and their roots, by the guest */
	double misses;	   /* per change, or in all when there is none */
	double difference; /* overhead of spt less that of EPT or NPT, percent of ideal */
};

/* Rows of shadow paging and of EPT or NPT in a cluster; false unless it has both. */
static bool find_rivals(const struct figure_data *d, size_t row, size_t *spt, size_t *tdp)
{
	*spt = sibling(d, row, "spt");
	*tdp = sibling(d, row, "ept");
	if (*tdp == d->summary.n_rows)
		*tdp = sibling(d, row, "npt");
	return *spt < d->summary.n_rows && *tdp < d->summary.n_rows;
}

static bool compare_rivals(const struct figure_data *d, size_t row, struct crossing *c)
{
	size_t spt, tdp;

	if (!find_rivals(d, row, &spt, &tdp))
		return false;
	c->changes = figures_number(d, tdp, "pte_writes") +
		     figures_number(d, tdp, "cr3_writes") +
		     figures_number(d, tdp, "guest_invlpg");
	c->misses = figures_number(d, tdp, "stlb_misses") / fmax(c->changes, 1.0);
	c->difference = figures_number(d, spt, "overhead_percent") -
			figures_number(d, tdp, "overhead_percent");
	return true;
}

/* Where the line from a to b meets zero, on a logarithmic axis. */
static double zero_between(const struct crossing *a, const struct crossing *b)
{
	double part = a->difference / (a->difference - b->difference);

	return exp(log(a->misses) + part * (log(b->misses) - log(a->misses)));
}

/* Where series s changes sign; f may be NULL. Returns how often. */
static size_t print_crossings(const struct lines *l, size_t s, struct text *f)
{
	struct crossing c, before = { .misses = 0.0 };
	size_t n = 0;

	for (size_t row = 0; row < l->d->summary.n_rows; row++) {
		if (!is_point_of(l, s, row) || !compare_rivals(l->d, row, &c))
			continue;
		if (before.misses > 0.0 && c.misses > 0.0 && c.changes > 0.0 &&
		    (before.difference < 0.0) != (c.difference < 0.0)) {
			n++;
			if (f)
				text_add(f, "%.6g 0\n", zero_between(&before, &c));
		}
		before = c;
	}
	return n;
}

/* Which trace, and which of the other combinations, a series is: its colour and its mark; and how
 * often it changes sign. */
static void print_series(const struct lines *l, struct text *f)
{
	size_t trace = csv_column(&l->d->summary, "trace"), colour = 0, mark = 0;

	text_add(f, "series colour mark crossings\n");
	for (size_t s = 0; s < l->n; s++) {
		if (s && trace < l->d->n_keys &&
		    strcmp(figures_key(l->d, l->first[s], trace),
			   figures_key(l->d, l->first[s - 1], trace)) != 0) {
			colour++;
			mark = 0;
		}
		figures_print_label(l->d, l->first[s], l->axis, f);
		text_add(f, " %zu %zu %zu\n", colour, mark++, print_crossings(l, s, NULL));
	}
}

static bool has_rivals(const struct figure_data *d)
{
	size_t spt, tdp;

	return d->n_clusters && find_rivals(d, 0, &spt, &tdp);
}

/* Blocks: the series; the points of each, in the order of the axis; where lines meet zero. */
int figures_write_crossover(const struct figure_data *d, struct text *f)
{
	struct crossing c;
	struct lines l;
	int rc = has_rivals(d) ? lines_init(&l, d, LINES_MAX) : SIM_EOF;

	if (rc)
		return rc;
	print_series(&l, f);
	for (size_t s = 0; s < l.n; s++) {
		text_add(f, "\n\nmisses difference %s\n", d->summary.name[l.axis]);
		for (size_t row = 0; row < d->summary.n_rows; row++)
			if (is_point_of(&l, s, row) && compare_rivals(d, row, &c))
				text_add(f, "%.6g %.6g %s\n", c.misses, c.difference,
					 figures_key(d, row, l.axis));
	}
	text_add(f, "\n\nmisses difference\n");
	for (size_t s = 0; s < l.n; s++)
		print_crossings(&l, s, f);
	lines_fini(&l);
	return 0;
}
