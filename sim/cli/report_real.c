/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/report_real.h"

#include <inttypes.h>
#include <string.h>

#include "cli/table.h"

#define ROWS_SHOWN 120

/* Columns behind those of the axes: two lines of head, then the values. */
static const char *const heads[][2] = {
	{ "VM exits", "" },
	{ "pf_taken", "" },
	{ "pf_guest", "" },
	{ "invlpg", "" },
	{ "mmio", "exits" },
	{ "TLB misses", "" },
	{ "ns an access", "measured" },
	{ "low", "" },
	{ "high", "quartiles" },
	{ "ns an access", "predicted" },
	{ "at prices", "not fitted" },
};
#define N_HEADS (sizeof(heads) / sizeof(heads[0]))

static bool is_shown(const struct axis *a)
{
	return axis_length(a) > 1 || !strcmp(a->name, "trace") || !strcmp(a->name, "technique");
}

static void add_axes(struct table *t, const struct results *r, const struct row *row)
{
	const struct experiment *e = r->plan->e;
	char text[AXIS_TEXT_MAX];

	for (unsigned k = 0; k < e->n_axes; k++)
		if (is_shown(&e->axis[k]))
			table_add(t, TABLE_LEFT, "%s",
				  axis_text(&e->axis[k], row->at[k], text));
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

static void add_count(struct table *t, uint64_t n)
{
	table_add(t, TABLE_RIGHT, "%" PRIu64, n);
}

static void add_absent(struct table *t, unsigned n)
{
	while (n--)
		table_add(t, TABLE_RIGHT, "-");
}

static void add_time(struct table *t, double ns, const struct counters *c)
{
	table_add(t, TABLE_RIGHT, "%.2f", ns / (double)c->instructions);
}

static void add_times(struct table *t, const struct results *r, size_t i)
{
	const struct point *pt = results_point(r, i);

	if (!pt->setup.is_real) {
		add_count(t, pt->counters.stlb_misses);
		add_absent(t, 3);
		add_time(t, results_predicted_ns(r, i), &pt->counters);
		table_add(t, TABLE_RIGHT, "%.0f %%", 100.0 * results_unfitted(r, i));
		return;
	}
	if (pt->times.has_tlb_misses)
		add_count(t, pt->times.tlb_misses);
	else
		add_absent(t, 1);
	add_time(t, (double)pt->times.ns.median, &pt->counters);
	add_time(t, (double)pt->times.ns.low, &pt->counters);
	add_time(t, (double)pt->times.ns.high, &pt->counters);
	add_absent(t, 2);
}

static void add_row(struct table *t, const struct results *r, size_t i)
{
	const struct row row = plan_row(r->plan, i);
	const struct counters *c = &results_point(r, i)->counters;

	add_axes(t, r, &row);
	add_count(t, c->exits);
	add_count(t, c->pf_taken);
	add_count(t, c->pf_guest);
	add_count(t, c->invlpg);
	add_count(t, c->mmio_exits);
	add_times(t, r, i);
}

static size_t count_shown(const struct experiment *e)
{
	size_t n = 0;

	for (unsigned k = 0; k < e->n_axes; k++)
		n += is_shown(&e->axis[k]);
	return n;
}

static void print_legend(const struct results *r, FILE *f)
{
	const struct cost_params *p = &r->plan->price[0];

	fprintf(f,
		"\n"
		"kvm: the KVM of this host, the same normalised stream. Its exits include what no "
		"simulator has\n"
		"(interrupts of the host), its pf_* are KVM's own statistics. - : not counted there.\n"
		"Time is the thread's CPU time in the guest and in KVM, median of the rounds. "
		"Predicted: counts\n"
		"times the prices of %s",
		r->plan->n_prices == 1 ? p->name : "the row's cost model");
	if (r->plan->n_prices == 1 && p->fit.is_fitted)
		fprintf(f,
			", fitted to %" PRIu64 " points; median error on %" PRIu64
			" others %.1f %%",
			p->fit.points, p->fit.held_out, 100.0 * p->fit.median_error);
	fprintf(f,
		".\nThe part of it at prices not fitted is of other hardware: events that this "
		"host does not have,\n"
		"such as the exits of another technique.\n\n");
}

int report_real(const struct results *r, FILE *f, struct sim_error *err)
{
	size_t shown = r->plan->n_rows < ROWS_SHOWN ? r->plan->n_rows : ROWS_SHOWN;
	struct table t;
	int rc = table_init(&t, count_shown(r->plan->e) + N_HEADS, err);

	if (rc)
		return rc;
	add_head(&t, r->plan->e);
	for (size_t i = 0; i < shown; i++)
		add_row(&t, r, i);
	rc = table_print(&t, 2, f, err);
	table_fini(&t);
	if (rc)
		return rc;
	if (shown < r->plan->n_rows)
		fprintf(f, "... and %zu rows more\n", r->plan->n_rows - shown);
	print_legend(r, f);
	return 0;
}
