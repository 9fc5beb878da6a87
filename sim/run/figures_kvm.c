/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The models beside the real KVM: exits, TLB misses and time an access, from times.csv. */
#include <stdio.h>
#include <string.h>

#include "run/figures.h"

#define CLUSTERS_OF_BARS 12
#define PER_KILO	 1e3

/* times.csv has rows that summary.csv does not: clusters of its own. */
struct bars {
	const struct csv *t;
	size_t n_keys, technique;
	size_t first[CLUSTERS_OF_BARS + 1]; /* row of each cluster */
	size_t n;
};

static bool same_cluster(const struct bars *b, size_t x, size_t y)
{
	for (size_t k = 0; k < b->n_keys; k++)
		if (k != b->technique &&
		    strcmp(csv_cell(b->t, x, k), csv_cell(b->t, y, k)) != 0)
			return false;
	return true;
}

static size_t cluster_of(const struct bars *b, size_t row)
{
	size_t c = 0;

	while (c < b->n && !same_cluster(b, b->first[c], row))
		c++;
	return c;
}

/* Stops at one more than fit. */
static void find_clusters(struct bars *b)
{
	for (size_t row = 0; row < b->t->n_rows && b->n <= CLUSTERS_OF_BARS; row++)
		if (cluster_of(b, row) == b->n)
			b->first[b->n++] = row;
}

static size_t techniques(const struct bars *b)
{
	return (b->t->n_rows + b->n - 1) / b->n;
}

static double bar_at(const struct bars *b, size_t row)
{
	size_t c = cluster_of(b, row), rank = 0;

	for (size_t i = b->first[c]; i < row; i++)
		rank += cluster_of(b, i) == c;
	return (double)(c * (techniques(b) + 1) + rank);
}

/* A cell times `per` an access; "-" where it is empty. */
static void print_rate(const struct bars *b, size_t row, const char *column, double per,
		       struct text *f)
{
	size_t k = csv_column(b->t, column);

	if (!*csv_cell(b->t, row, k))
		text_add(f, " -");
	else
		text_add(f, " %.6g",
			 per * csv_number(b->t, row, k) /
				 csv_number(b->t, row, csv_column(b->t, "accesses")));
}

static void print_bar(const struct bars *b, size_t row, struct text *f)
{
	static const char *const counts[] = { "exits", "pf_taken", "tlb_misses", NULL };
	static const char *const times[] = { "measured_ns", "measured_low_ns",
					     "measured_high_ns", "predicted_ns", NULL };
	const char *unfitted = csv_cell(b->t, row, csv_column(b->t, "unfitted_percent"));

	text_add(f, "%g %s", bar_at(b, row), csv_cell(b->t, row, b->technique));
	for (size_t i = 0; counts[i]; i++)
		print_rate(b, row, counts[i], PER_KILO, f);
	for (size_t i = 0; times[i]; i++)
		print_rate(b, row, times[i], 1.0, f);
	text_add(f, " %s\n", *unfitted ? unfitted : "-");
}

static bool varies(const struct bars *b, size_t k)
{
	for (size_t row = 1; row < b->t->n_rows; row++)
		if (strcmp(csv_cell(b->t, 0, k), csv_cell(b->t, row, k)) != 0)
			return true;
	return false;
}

static void print_cluster(const struct bars *b, size_t c, struct text *f)
{
	size_t trace = csv_column(b->t, "trace");

	text_add(f, "%g \"%s",
		 (double)(c * (techniques(b) + 1)) + 0.5 * (double)(techniques(b) - 1),
		 trace < b->n_keys ? csv_cell(b->t, b->first[c], trace) : "");
	for (size_t k = 0; k < b->n_keys; k++)
		if (k != trace && k != b->technique && varies(b, k))
			text_add(f, " %s=%s", b->t->name[k], csv_cell(b->t, b->first[c], k));
	text_add(f, "\"\n");
}

/* Blocks: the techniques; a line for each row; the clusters. */
int figures_write_kvm(const struct figure_data *d, struct text *f)
{
	struct bars b = { .t = &d->times };

	if (!b.t->n_rows)
		return SIM_EOF;
	b.n_keys = csv_column(b.t, "accesses");
	b.technique = csv_column(b.t, "technique");
	find_clusters(&b);
	if (b.n > CLUSTERS_OF_BARS) {
		text_add(f,
			 "more than %d groups of bars: split the experiment by trace or axis",
			 CLUSTERS_OF_BARS);
		return SIM_EOF;
	}
	text_add(f, "technique\n");
	for (size_t row = 0; row < b.t->n_rows; row++)
		if (cluster_of(&b, row) == 0)
			text_add(f, "%s\n", csv_cell(b.t, row, b.technique));
	text_add(f,
		 "\n\nx technique exits pf_taken tlb measured low high predicted unfitted\n");
	for (size_t row = 0; row < b.t->n_rows; row++)
		print_bar(&b, row, f);
	text_add(f, "\n\nmiddle cluster\n");
	for (size_t c = 0; c < b.n; c++)
		print_cluster(&b, c, f);
	return 0;
}
