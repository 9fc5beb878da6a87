/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/figures.h"

#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"

#define CLUSTERS_OF_BARS 18
#define CLUSTERS_MAX	 4000
#define PER_KILO	 1e3
#define PER_MEGA	 1e6

const char *figures_key(const struct figure_data *d, size_t row, size_t column)
{
	return csv_cell(&d->summary, row, column);
}

double figures_number(const struct figure_data *d, size_t row, const char *column)
{
	return csv_number(&d->summary, row, csv_column(&d->summary, column));
}

static const char *technique_of(const struct figure_data *d, size_t row)
{
	return figures_key(d, row, d->technique);
}

/* --- loading --- */

bool figures_same_keys(const struct figure_data *d, size_t a, size_t b, size_t but)
{
	for (size_t k = 0; k < d->n_keys; k++)
		if (k != d->technique && k != but &&
		    strcmp(figures_key(d, a, k), figures_key(d, b, k)) != 0)
			return false;
	return true;
}

static int find_clusters(struct figure_data *d, const char *summary, struct sim_error *err)
{
	size_t n = d->summary.n_rows;

	d->cluster = sim_calloc(n, sizeof(*d->cluster));
	d->first = sim_calloc(n, sizeof(*d->first));
	if (!d->cluster || !d->first)
		return sim_fail_nomem(err);
	for (size_t row = 0; row < n; row++) {
		size_t c = 0;

		while (c < d->n_clusters &&
		       !figures_same_keys(d, d->first[c], row, d->technique))
			c++;
		if (c == d->n_clusters && c == CLUSTERS_MAX)
			return sim_fail(err, SIM_ERANGE, summary,
					"more than %d combinations are too many for figures",
					CLUSTERS_MAX);
		if (c == d->n_clusters)
			d->first[d->n_clusters++] = row;
		d->cluster[row] = c;
	}
	return 0;
}

static int check(struct figure_data *d, const char *summary, const char *exits,
		 struct sim_error *err)
{
	d->n_keys = csv_column(&d->summary, "instructions");
	d->technique = csv_column(&d->summary, "technique");
	if (d->n_keys == d->summary.n_columns || d->technique >= d->n_keys ||
	    csv_column(&d->summary, "overhead_percent") == d->summary.n_columns)
		return sim_fail(err, SIM_EFORMAT, summary, "not the summary of an experiment");
	if (d->exits.n_rows != d->summary.n_rows ||
	    csv_column(&d->exits, "instructions") != d->n_keys)
		return sim_fail(err, SIM_EFORMAT, exits, "does not go with summary.csv");
	return find_clusters(d, summary, err);
}

int figures_load(struct figure_data *d, const char *summary, const char *exits,
		 struct sim_error *err)
{
	int rc;

	*d = (struct figure_data){ .n_keys = 0 };
	rc = csv_load(&d->summary, summary, err);
	if (!rc)
		rc = csv_load(&d->exits, exits, err);
	if (!rc)
		rc = check(d, summary, exits, err);
	if (rc)
		figures_fini(d);
	return rc;
}

int figures_load_times(struct figure_data *d, const char *times, struct sim_error *err)
{
	static const char *const columns[] = { "technique",	  "accesses",
					       "exits",		  "pf_taken",
					       "tlb_misses",	  "measured_ns",
					       "measured_low_ns", "measured_high_ns",
					       "predicted_ns",	  "unfitted_percent" };
	int rc = csv_load(&d->times, times, err);

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]) && !rc; i++)
		if (csv_column(&d->times, columns[i]) == d->times.n_columns)
			rc = sim_fail(err, SIM_EFORMAT, times, "has no column %s", columns[i]);
	return rc;
}

void figures_fini(struct figure_data *d)
{
	csv_fini(&d->times);
	csv_fini(&d->summary);
	csv_fini(&d->exits);
	sim_free(d->cluster);
	sim_free(d->first);
	*d = (struct figure_data){ .n_keys = 0 };
}

/* --- bars --- */

static size_t techniques(const struct figure_data *d)
{
	return d->n_clusters ? (d->summary.n_rows + d->n_clusters - 1) / d->n_clusters : 0;
}

/* Bars of a cluster stand side by side, one bar's width lies between clusters. */
static double bar_at(const struct figure_data *d, size_t row)
{
	size_t c = d->cluster[row], rank = 0;

	for (size_t i = d->first[c]; i < row; i++)
		rank += d->cluster[i] == c;
	return (double)(c * (techniques(d) + 1) + rank);
}

static bool varies(const struct figure_data *d, size_t k)
{
	for (size_t row = 1; row < d->summary.n_rows; row++)
		if (strcmp(figures_key(d, 0, k), figures_key(d, row, k)) != 0)
			return true;
	return false;
}

/* An axis as figures name it: "page_size" for host.page_size. */
static const char *short_name(const char *axis)
{
	const char *dot = strchr(axis, '.');

	return dot ? dot + 1 : axis;
}

/* The trace and whatever else tells clusters apart. */
void figures_print_label(const struct figure_data *d, size_t row, size_t but, struct text *f)
{
	size_t trace = csv_column(&d->summary, "trace");

	text_add(f, "\"");
	if (trace < d->n_keys)
		text_add(f, "%s", figures_key(d, row, trace));
	for (size_t k = 0; k < d->n_keys; k++)
		if (k != trace && k != d->technique && k != but && varies(d, k))
			text_add(f, " %s=%s", short_name(d->summary.name[k]),
				 figures_key(d, row, k));
	text_add(f, "\"");
}

static void print_clusters(const struct figure_data *d, struct text *f)
{
	text_add(f, "\n\nmiddle cluster\n");
	for (size_t c = 0; c < d->n_clusters; c++) {
		text_add(f, "%g ",
			 (double)(c * (techniques(d) + 1)) + 0.5 * (double)(techniques(d) - 1));
		figures_print_label(d, d->first[c], d->technique, f);
		text_add(f, "\n");
	}
}

/* Then f says so. */
static bool too_many_bars(const struct figure_data *d, struct text *f)
{
	if (d->n_clusters > CLUSTERS_OF_BARS)
		text_add(
			f,
			"%zu groups of bars, at most %d fit: split the experiment by trace or axis",
			d->n_clusters, CLUSTERS_OF_BARS);
	return !d->n_clusters || d->n_clusters > CLUSTERS_OF_BARS;
}

static bool is_zero(const struct csv *c, size_t column)
{
	for (size_t row = 0; row < c->n_rows; row++)
		if (csv_number(c, row, column) > 0.0)
			return false;
	return true;
}

/* Columns whose name begins with a prefix, without those that are zero everywhere. */
struct stack {
	const struct csv *table;
	const char *prefix;
	const char *base; /* column to divide by */
	double per;
};

static bool is_in_stack(const struct figure_data *d, const struct stack *s, size_t column)
{
	return column >= d->n_keys &&
	       !strncmp(s->table->name[column], s->prefix, strlen(s->prefix)) &&
	       !is_zero(s->table, column);
}

static bool is_empty(const struct figure_data *d, const struct stack *s)
{
	for (size_t k = 0; k < s->table->n_columns; k++)
		if (is_in_stack(d, s, k))
			return false;
	return true;
}

static void print_stack_row(const struct figure_data *d, const struct stack *s, size_t row,
			    struct text *f)
{
	double base = csv_number(s->table, row, csv_column(s->table, s->base));

	text_add(f, "%g %s", bar_at(d, row), technique_of(d, row));
	for (size_t k = 0; k < s->table->n_columns; k++)
		if (is_in_stack(d, s, k))
			text_add(f, " %.6g", s->per * csv_number(s->table, row, k) / base);
	text_add(f, "\n");
}

/* Blocks: the names of the parts; a bar of parts for each row; the clusters. */
static int print_stacks(const struct figure_data *d, const struct stack *s, struct text *f)
{
	if (too_many_bars(d, f) || is_empty(d, s))
		return SIM_EOF;
	text_add(f, "part\n");
	for (size_t k = 0; k < s->table->n_columns; k++)
		if (is_in_stack(d, s, k))
			text_add(f, "%s\n", s->table->name[k] + strlen(s->prefix));
	text_add(f, "\n\nx technique parts\n");
	for (size_t row = 0; row < s->table->n_rows; row++)
		print_stack_row(d, s, row, f);
	print_clusters(d, f);
	return 0;
}

static int write_overhead(const struct figure_data *d, struct text *f)
{
	const struct stack s = { &d->summary, "cycles_", "ideal_cycles", 100.0 };

	return print_stacks(d, &s, f);
}

static int write_exits(const struct figure_data *d, struct text *f)
{
	const struct stack s = { &d->exits, "exit_", "instructions", PER_MEGA };

	return print_stacks(d, &s, f);
}

/* Blocks: the techniques; a line for each row; the clusters. */
static int write_tlb(const struct figure_data *d, struct text *f)
{
	if (too_many_bars(d, f))
		return SIM_EOF;
	text_add(f, "technique\n");
	for (size_t row = 0; row < d->summary.n_rows; row++)
		if (d->cluster[row] == 0)
			text_add(f, "%s\n", technique_of(d, row));
	text_add(f, "\n\nx technique misses refs\n");
	for (size_t row = 0; row < d->summary.n_rows; row++)
		text_add(f, "%g %s %.6g %.6g\n", bar_at(d, row), technique_of(d, row),
			 PER_KILO * figures_number(d, row, "stlb_misses") /
				 figures_number(d, row, "instructions"),
			 figures_number(d, row, "refs_per_walk"));
	print_clusters(d, f);
	return 0;
}

const struct figure figures_all[] = {
	{ "overhead", write_overhead },
	{ "exits", write_exits },
	{ "tlb", write_tlb },
	{ "kvm", figures_write_kvm },
	{ "sweep", figures_write_sweep },
	{ "crossover", figures_write_crossover },
	{ NULL, NULL },
};
