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
#define MOVES_MIN  1.1 /* the ratio of TLB misses that makes a crossover worth a look */

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

/* 0, SIM_EOF when there is nothing to draw, SIM_ENOMEM; `max` series at most, or f says so. */
static int lines_init(struct lines *l, const struct figure_data *d, size_t max, struct text *f)
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
			text_add(f, "more than %zu lines along %s", max,
				 d->summary.name[l->axis]);
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
	int rc = lines_init(&l, d, PANELS_MAX, f);

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
	double misses;	   /* per change; infinite when there is none */
	double difference; /* overhead of spt less that of EPT or NPT, percent of ideal */
};

/* The technique that shadow paging is held against; NULL when there is none. */
static const char *find_rival(const struct figure_data *d)
{
	if (!d->n_clusters || sibling(d, 0, "spt") == d->summary.n_rows)
		return NULL;
	if (sibling(d, 0, "ept") < d->summary.n_rows)
		return "ept";
	return sibling(d, 0, "npt") < d->summary.n_rows ? "npt" : NULL;
}

/* Rows of shadow paging and of its rival in a cluster; false unless it has both. */
static bool find_rivals(const struct figure_data *d, size_t row, size_t *spt, size_t *tdp)
{
	*spt = sibling(d, row, "spt");
	*tdp = sibling(d, row, find_rival(d));
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
	c->misses = c->changes > 0.0 ? figures_number(d, tdp, "stlb_misses") / c->changes
				     : HUGE_VAL;
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
		if (before.misses > 0.0 && c.misses > 0.0 &&
		    (before.difference < 0.0) != (c.difference < 0.0)) {
			n++;
			if (f)
				text_add(f, "%.6g 0\n", zero_between(&before, &c));
		}
		before = c;
	}
	return n;
}

/* What the points of a series span. */
struct span {
	struct crossing low, high;
};

static struct span span_of(const struct lines *l, size_t s)
{
	struct span sp = { { HUGE_VAL, HUGE_VAL, HUGE_VAL }, { 0.0, 0.0, -HUGE_VAL } };
	struct crossing c;

	for (size_t row = 0; row < l->d->summary.n_rows; row++) {
		if (!is_point_of(l, s, row) || !compare_rivals(l->d, row, &c))
			continue;
		sp.low.changes = fmin(sp.low.changes, c.changes);
		sp.low.misses = fmin(sp.low.misses, c.misses);
		sp.low.difference = fmin(sp.low.difference, c.difference);
		sp.high.changes = fmax(sp.high.changes, c.changes);
		sp.high.misses = fmax(sp.high.misses, c.misses);
		sp.high.difference = fmax(sp.high.difference, c.difference);
	}
	return sp;
}

/* A guest that changes no page table is off the scale. */
static bool is_on_scale(const struct span *sp)
{
	return sp->low.changes > 0.0 && sp->high.misses > 0.0;
}

/* True when the misses of series s go up and down along the axis. */
static bool wanders(const struct lines *l, size_t s)
{
	double first = 0.0, last = 0.0, way = 0.0;
	struct crossing c;

	for (size_t row = 0; row < l->d->summary.n_rows; row++) {
		if (!is_point_of(l, s, row) || !compare_rivals(l->d, row, &c) ||
		    c.misses <= 0.0)
			continue;
		if (last > 0.0)
			way += fabs(log(c.misses / last));
		else
			first = c.misses;
		last = c.misses;
	}
	return last > 0.0 && way > fabs(log(last / first)) + 2.0 * log(MOVES_MIN);
}

/* True when some series goes along the scale, and none to and fro; else f says what is wrong. */
static bool sweep_moves(const struct lines *l, struct text *f)
{
	bool any = false, moves = false, strays = false;

	for (size_t s = 0; s < l->n; s++) {
		struct span sp = span_of(l, s);

		if (!is_on_scale(&sp))
			continue;
		any = true;
		moves = moves || sp.high.misses > MOVES_MIN * sp.low.misses;
		strays = strays || wanders(l, s);
	}
	if (strays)
		text_add(f, "%s moves the TLB misses per change of page tables to and fro",
			 l->d->summary.name[l->axis]);
	else if (any && !moves)
		text_add(f, "%s does not move the TLB misses per change of page tables",
			 l->d->summary.name[l->axis]);
	else if (!any)
		text_add(f, "no trace here has both TLB misses and changes of page tables");
	return moves && !strays;
}

/* Which trace, and which of the other combinations, a series on the scale is: its colour and its
 * mark; how often it changes sign; the rival. */
static void print_series(const struct lines *l, struct text *f)
{
	size_t trace = csv_column(&l->d->summary, "trace"), colour = 0, mark = 0;

	text_add(f, "series colour mark crossings rival\n");
	for (size_t s = 0; s < l->n; s++) {
		struct span sp = span_of(l, s);

		if (s && trace < l->d->n_keys &&
		    strcmp(figures_key(l->d, l->first[s], trace),
			   figures_key(l->d, l->first[s - 1], trace)) != 0) {
			colour++;
			mark = 0;
		}
		if (!is_on_scale(&sp))
			continue;
		figures_print_label(l->d, l->first[s], l->axis, f);
		text_add(f, " %zu %zu %zu %s\n", colour, mark++, print_crossings(l, s, NULL),
			 find_rival(l->d));
	}
}

static void print_points(const struct lines *l, size_t s, struct text *f)
{
	struct crossing c;

	text_add(f, "\n\nmisses difference %s\n", l->d->summary.name[l->axis]);
	for (size_t row = 0; row < l->d->summary.n_rows; row++)
		if (is_point_of(l, s, row) && compare_rivals(l->d, row, &c))
			text_add(f, "%.6g %.6g %s\n", c.misses, c.difference,
				 figures_key(l->d, row, l->axis));
}

static void print_off_scale(const struct lines *l, struct text *f)
{
	text_add(f, "\n\nseries lowest highest\n");
	for (size_t s = 0; s < l->n; s++) {
		struct span sp = span_of(l, s);

		if (is_on_scale(&sp))
			continue;
		figures_print_label(l->d, l->first[s], l->axis, f);
		text_add(f, " %.6g %.6g\n", sp.low.difference, sp.high.difference);
	}
}

/*
 * Blocks: the series; the points of each, in the order of the axis; where lines meet zero;
 * series off the scale.
 */
int figures_write_crossover(const struct figure_data *d, struct text *f)
{
	struct lines l;
	int rc = find_rival(d) ? lines_init(&l, d, LINES_MAX, f) : SIM_EOF;

	if (rc)
		return rc;
	if (!sweep_moves(&l, f)) {
		lines_fini(&l);
		return SIM_EOF;
	}
	print_series(&l, f);
	for (size_t s = 0; s < l.n; s++) {
		struct span sp = span_of(&l, s);

		if (is_on_scale(&sp))
			print_points(&l, s, f);
	}
	text_add(f, "\n\nmisses difference\n");
	for (size_t s = 0; s < l.n; s++) {
		struct span sp = span_of(&l, s);

		if (is_on_scale(&sp))
			print_crossings(&l, s, f);
	}
	print_off_scale(&l, f);
	lines_fini(&l);
	return 0;
}
