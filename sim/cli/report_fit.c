/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/report_fit.h"

#include <inttypes.h>
#include <math.h>

#include "cli/table.h"

#define WORST_SHOWN 5u
#define CELL	    160
#define OUTLIER	    0.1 /* of a full weight */

static const char *const fates[FIT_FATE_COUNT] = {
	[FIT_FITTED] = "fitted",
	[FIT_MERGED] = "fitted as one with",
	[FIT_ABSENT] = "base model: no point has it",
	[FIT_UNCERTAIN] = "base model: the data contradict neither it nor 0",
};

static bool is_measured(const struct fit_price *p)
{
	return p->fate == FIT_FITTED || p->fate == FIT_MERGED;
}

/* Points of the fit that have the event. */
static size_t count_points(const struct fit_data *d, unsigned id)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++)
		n += fit_data_uses(&d->point[i]) && counters_at(&d->point[i].counters, id);
	return n;
}

/* The other prices of its column, which the points cannot tell from it. */
static void others_of(const struct fit *f, const struct fit_price *p, char *text, size_t size)
{
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < f->n_prices; i++) {
		const struct fit_price *q = &f->price[i];
		int n;

		if (q == p || q->fate != FIT_MERGED || q->column != p->column)
			continue;
		n = snprintf(text + at, size - at, " %s", counter_info[q->id].name);
		if (n < 0 || (size_t)n >= size - at)
			return;
		at += (size_t)n;
	}
}

static void add_bound(struct table *t, const struct fit_price *p, double ns)
{
	if (is_measured(p))
		table_add(t, TABLE_RIGHT, "%.4g", ns);
	else
		table_add(t, TABLE_RIGHT, "%s", "");
}

static void add_price(struct table *t, const struct fit *f, const struct fit_price *p,
		      const struct fit_data *d)
{
	char others[CELL] = "";

	if (p->fate == FIT_MERGED)
		others_of(f, p, others, sizeof(others));
	table_add(t, TABLE_LEFT, "%s", counter_info[p->id].name);
	table_add(t, TABLE_RIGHT, "%.4g", p->ns);
	add_bound(t, p, p->low_ns);
	add_bound(t, p, p->high_ns);
	table_add(t, TABLE_RIGHT, "%zu", count_points(d, p->id));
	table_add(t, TABLE_LEFT, "%s%s", fates[p->fate], others);
}

static int print_prices(const struct fit *f, const struct fit_data *d, FILE *out,
			struct sim_error *err)
{
	static const char *const head[] = {
		"price", "ns", "from", "to (95 %)", "points", "how"
	};
	struct table t;
	int rc = table_init(&t, 6, err);

	if (rc)
		return rc;
	for (size_t i = 0; i < 6; i++)
		table_add(&t, i % 5 ? TABLE_RIGHT : TABLE_LEFT, "%s", head[i]);
	for (size_t i = 0; i < f->n_prices; i++)
		if (is_measured(&f->price[i]))
			add_price(&t, f, &f->price[i], d);
	for (size_t i = 0; i < f->n_prices; i++)
		if (!is_measured(&f->price[i]))
			add_price(&t, f, &f->price[i], d);
	rc = table_print(&t, 1, out, err);
	table_fini(&t);
	return rc;
}

static void add_error(struct table *t, const char *what, const struct fit_error *e)
{
	if (!e->n)
		return;
	table_add(t, TABLE_LEFT, "%s", what);
	table_add(t, TABLE_RIGHT, "%zu", e->n);
	table_add(t, TABLE_RIGHT, "%.1f", 100.0 * e->median);
	table_add(t, TABLE_RIGHT, "%.1f", 100.0 * e->max);
}

static int print_errors(const struct fit *f, FILE *out, struct sim_error *err)
{
	static const char *const head[] = { "|predicted - measured|, %", "points", "median",
					    "largest" };
	struct table t;
	int rc = table_init(&t, 4, err);

	if (rc)
		return rc;
	for (size_t i = 0; i < 4; i++)
		table_add(&t, i ? TABLE_RIGHT : TABLE_LEFT, "%s", head[i]);
	add_error(&t, "fitted", &f->error[FIT_USE_FITTED]);
	add_error(&t, "held out", &f->error[FIT_USE_HELD_OUT]);
	add_error(&t, "  accesses", &f->group[FIT_ACCESS]);
	add_error(&t, "  events", &f->group[FIT_EVENT]);
	add_error(&t, "  mixed", &f->group[FIT_MIXED]);
	add_error(&t, "plain process", &f->error[FIT_USE_PLAIN]);
	add_error(&t, "dependent loads, not fitted", &f->error[FIT_USE_DEPENDENT]);
	rc = table_print(&t, 1, out, err);
	table_fini(&t);
	return rc;
}

static double error_of(const struct fit *f, const struct fit_data *d, size_t i)
{
	return f->point[i].ns / d->point[i].ns - 1.0;
}

/* The held-out point that comes next after `before` in size of error; d->n when there is none. */
static size_t next_worst(const struct fit *f, const struct fit_data *d, double before)
{
	size_t worst = d->n;

	for (size_t i = 0; i < d->n; i++) {
		double off = fabs(error_of(f, d, i));

		if (fit_data_use(&d->point[i]) != FIT_USE_HELD_OUT || off >= before)
			continue;
		if (worst == d->n || off > fabs(error_of(f, d, worst)))
			worst = i;
	}
	return worst;
}

static void print_worst(const struct fit *f, const struct fit_data *d, FILE *out)
{
	double before = (double)INFINITY;

	for (unsigned k = 0; k < WORST_SHOWN; k++) {
		size_t i = next_worst(f, d, before);

		if (i == d->n)
			return;
		if (!k)
			fprintf(out, "\nFarthest off of those held out:\n");
		before = fabs(error_of(f, d, i));
		fprintf(out, "  %s: measured %.4g ns, predicted %+.1f %%\n", d->point[i].name,
			d->point[i].ns, 100.0 * error_of(f, d, i));
	}
}

static void print_outliers(const struct fit *f, const struct fit_data *d, FILE *out)
{
	bool any = false;

	for (size_t i = 0; i < d->n; i++) {
		if (!fit_data_uses(&d->point[i]) || f->point[i].weight >= OUTLIER)
			continue;
		if (!any)
			fprintf(out, "\nLeft out by the fit as outliers:\n");
		any = true;
		fprintf(out, "  %s: measured %.4g ns, predicted %+.1f %%\n", d->point[i].name,
			d->point[i].ns, 100.0 * error_of(f, d, i));
	}
}

int report_fit(const struct fit *f, const struct fit_data *d, FILE *out, struct sim_error *err)
{
	int rc = print_prices(f, d, out, err);

	if (rc)
		return rc;
	fprintf(out,
		"\nns an event (instructions: an access and its loop). Condition %.3g%s, "
		"R2 %.4f, residuals %.2f\ntimes what spread and %.0f %% explain, "
		"%zu degrees of freedom.\n\n",
		f->condition, f->condition < f->condition_before ? ", columns merged" : "",
		f->r2, f->scale, 100.0 * FIT_MODEL_ERROR, f->freedom);
	rc = print_errors(f, out, err);
	if (rc)
		return rc;
	print_worst(f, d, out);
	print_outliers(f, d, out);
	return 0;
}
