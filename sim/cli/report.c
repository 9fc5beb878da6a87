/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/report.h"

#include <inttypes.h>
#include <string.h>

#include "cli/report_real.h"
#include "cli/table.h"

#define ROWS_SHOWN 120

/* Columns behind those of the axes: two lines of head, then the values. */
static const char *const heads[][2] = {
	{ "VM exits", "" },	   { "TLB misses", "" },
	{ "refs", "per walk" },	   { "page walks", "% of ideal" },
	{ "exits", "% of ideal" }, { "overhead", "% of ideal" },
};
#define N_HEADS (sizeof(heads) / sizeof(heads[0]))

/* An axis of one value tells nothing, but trace and technique are always good to see. */
static bool is_shown(const struct axis *a)
{
	return axis_length(a) > 1 || !strcmp(a->name, "trace") || !strcmp(a->name, "technique");
}

static size_t count_shown(const struct experiment *e)
{
	size_t n = 0;

	for (unsigned k = 0; k < e->n_axes; k++)
		n += is_shown(&e->axis[k]);
	return n;
}

static void add_head(struct table *t, const struct experiment *e)
{
	for (int line = 0; line < 2; line++) {
		for (unsigned k = 0; k < e->n_axes; k++)
			if (is_shown(&e->axis[k]))
				table_add(t, TABLE_LEFT, "%s", line ? "" : e->axis[k].name);
		for (size_t i = 0; i < N_HEADS; i++)
			table_add(t, TABLE_RIGHT, "%s", heads[i][line]);
	}
}

/* Cycles of the TLB and of page walks; the rest is exits and the host's faults. */
static double walk_cycles(const struct cost_sheet *s)
{
	return s->cycles[COST_STLB] + s->cycles[COST_WALK_CACHED] + s->cycles[COST_WALK_MEMORY];
}

static void add_row(struct table *t, const struct results *r, size_t i)
{
	const struct experiment *e = r->plan->e;
	const struct row row = plan_row(r->plan, i);
	const struct counters *c = &r->plan->point[row.point].counters;
	const struct cost_sheet *s = &r->sheet[i];
	double walks = 100.0 * walk_cycles(s) / s->ideal;
	char text[AXIS_TEXT_MAX];

	for (unsigned k = 0; k < e->n_axes; k++)
		if (is_shown(&e->axis[k]))
			table_add(t, TABLE_LEFT, "%s", axis_text(&e->axis[k], row.at[k], text));
	table_add(t, TABLE_RIGHT, "%" PRIu64, c->exits);
	table_add(t, TABLE_RIGHT, "%" PRIu64, c->stlb_misses);
	table_add(t, TABLE_RIGHT, "%.2f", results_refs_per_walk(c));
	table_add(t, TABLE_RIGHT, "%.2f", walks);
	table_add(t, TABLE_RIGHT, "%.2f", s->overhead - walks);
	table_add(t, TABLE_RIGHT, "%.2f", s->overhead);
}

static void print_legend(const struct results *r, const char *dir, FILE *f)
{
	const struct plan *p = r->plan;
	const char *cost = p->n_prices == 1 ? p->price[0].name : "several";

	fprintf(f,
		"\n"
		"TLB misses: lookups that missed every level. References: page-table entries "
		"read.\n"
		"Ideal: the same instructions with free translation. Cost model: %s.\n",
		cost);
	if (p->point[0].setup.warmup_percent)
		fprintf(f, "The first %u %% of each trace warm up and are not measured.\n",
			p->point[0].setup.warmup_percent);
	fprintf(f,
		"\n"
		"%s/summary.csv     every row with its counters and cycles by component\n"
		"%s/exits.csv       exits by reason\n"
		"%s/provenance.json how to get the same again\n",
		dir, dir, dir);
	if (p->real)
		fprintf(f, "%s/times.csv       simulated and real rows, with times\n", dir);
}

int report_print(const struct results *r, const char *dir, FILE *f, struct sim_error *err)
{
	const struct experiment *e = r->plan->e;
	size_t shown = r->plan->n_rows < ROWS_SHOWN ? r->plan->n_rows : ROWS_SHOWN;
	struct table t;
	int rc = r->plan->real ? report_real(r, f, err) : 0;

	if (!rc)
		rc = table_init(&t, count_shown(e) + N_HEADS, err);
	if (rc)
		return rc;
	add_head(&t, e);
	for (size_t i = 0; i < shown; i++)
		if (!results_is_real(r, i))
			add_row(&t, r, i);
	rc = table_print(&t, 2, f, err);
	table_fini(&t);
	if (rc)
		return rc;
	if (shown < r->plan->n_rows)
		fprintf(f, "... and %zu rows more\n", r->plan->n_rows - shown);
	print_legend(r, dir, f);
	return 0;
}

void report_figures(const char *dir, const struct plot_list *drawn, FILE *f)
{
	for (unsigned i = 0; i < drawn->n; i++)
		fprintf(f, "%s/figures/%s.svg, .png\n", dir, drawn->name[i]);
	for (unsigned i = 0; i < drawn->n_why; i++)
		fprintf(f, "no figure %s\n", drawn->why[i]);
	if (!drawn->n && !drawn->n_why)
		fprintf(f, "no figure shows what these results hold\n");
}
