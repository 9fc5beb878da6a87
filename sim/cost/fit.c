/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cost/fit.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "cost/fit_columns.h"
#include "cost/fit_robust.h"
#include "cost/fit_svd.h"

#define TWO_SIDED_95 0.975

/*
 * The condition of the columns there are; which of them are mixed up, when it is too large: a pair
 * if one alone is enough for that.
 */
static int diagnose(struct fit *f, const struct fit_data *d, bool *is_mixed,
		    struct sim_error *err)
{
	double pair;
	struct fit_system s;
	struct fit_svd v;
	int rc = fit_system_create(&s, f, d, err);

	if (rc)
		return rc;
	rc = fit_svd_init(&v, s.a, err);
	pair = fit_svd_pair(s.a, is_mixed);
	fit_system_destroy(&s);
	if (rc)
		return rc;
	f->condition = fit_svd_condition(&v);
	if (f->condition > FIT_CONDITION_MAX && !(pair > FIT_CONDITION_MAX))
		fit_svd_mixed(&v, is_mixed);
	fit_svd_fini(&v);
	return 0;
}

/* Merges columns until those that are left can be told apart. */
static int separate(struct fit *f, const struct fit_data *d, struct sim_error *err)
{
	bool is_mixed[FIT_COLUMNS_MAX];
	int rc;

	while (!(rc = diagnose(f, d, is_mixed, err))) {
		if (f->condition_before <= 0.0)
			f->condition_before = f->condition;
		if (!(f->condition > FIT_CONDITION_MAX))
			return 0;
		fit_columns_merge(f, is_mixed);
	}
	return rc;
}

/* Prices and intervals of the columns, from the estimate of their coefficients. */
static void take_prices(struct fit *f, const struct fit_system *s, const struct fit_estimate *e)
{
	double t = gsl_cdf_tdist_Pinv(TWO_SIDED_95, (double)e->freedom);

	for (size_t i = 0; i < f->n_prices; i++) {
		struct fit_price *p = &f->price[i];
		size_t j = p->column;
		double unit, half;

		p->ns = p->low_ns = p->high_ns = p->base_ns;
		if (!fit_columns_has(p))
			continue;
		unit = p->rate / s->length[j];
		half = unit > 0.0 ? unit * t * e->error[j] : 0.0;
		p->ns = unit * e->x[j];
		p->low_ns = p->ns > half ? p->ns - half : 0.0;
		p->high_ns = p->ns + half;
	}
	f->scale = e->scale;
	f->freedom = e->freedom;
}

static bool is_uncertain(const struct fit_price *p)
{
	return p->low_ns <= 0.0 && p->high_ns >= p->base_ns && p->rate > 0.0;
}

/* The column whose interval is the widest for its price, of those that say nothing. */
static size_t most_uncertain(const struct fit *f)
{
	size_t worst = f->n_columns;
	double most = -1.0;

	for (size_t i = 0; i < f->n_prices; i++) {
		const struct fit_price *p = &f->price[i];
		double width = (p->high_ns - p->low_ns) / (p->ns > 0.0 ? p->ns : 1e-9);

		if (fit_columns_has(p) && is_uncertain(p) && width > most) {
			most = width;
			worst = p->column;
		}
	}
	return worst;
}

static void take_weights(struct fit *f, const struct fit_data *d, const struct fit_estimate *e)
{
	size_t row = 0;

	for (size_t i = 0; i < d->n; i++)
		if (fit_data_uses(&d->point[i]))
			f->point[i].weight = gsl_vector_get(e->weight, row++);
}

/* One estimate of the columns there are. */
static int estimate(struct fit *f, const struct fit_data *d, struct sim_error *err)
{
	struct fit_estimate e;
	struct fit_system s;
	int rc = fit_system_create(&s, f, d, err);

	if (rc)
		return rc;
	rc = fit_robust(s.a, s.b, &e, err);
	if (!rc) {
		take_prices(f, &s, &e);
		take_weights(f, d, &e);
		fit_estimate_fini(&e);
	}
	fit_system_destroy(&s);
	return rc;
}

static void predict(struct fit *f, const struct fit_data *d)
{
	for (size_t i = 0; i < d->n; i++) {
		double ns = 0.0;

		for (size_t k = 0; k < f->n_prices; k++)
			ns += f->price[k].ns *
			      (double)counters_at(&d->point[i].counters, f->price[k].id);
		f->point[i].ns = ns;
	}
}

/* Of a point's row: as the fit weighed it. */
static double row_weight(const struct fit *f, const struct fit_data *d, size_t i)
{
	double sigma = hypot(d->point[i].spread_ns, FIT_MODEL_ERROR * d->point[i].ns);

	return f->point[i].weight / (sigma * sigma);
}

/* One less the weighted squares that are left over those about the weighted mean time. */
static double find_r2(const struct fit *f, const struct fit_data *d)
{
	double left = 0.0, about = 0.0, sum = 0.0, weights = 0.0;

	for (size_t i = 0; i < d->n; i++) {
		sum += row_weight(f, d, i) * d->point[i].ns;
		weights += row_weight(f, d, i);
	}
	for (size_t i = 0; i < d->n; i++) {
		double off = d->point[i].ns - f->point[i].ns,
		       t = d->point[i].ns - sum / weights;

		left += row_weight(f, d, i) * off * off;
		about += row_weight(f, d, i) * t * t;
	}
	return about > 0.0 ? 1.0 - left / about : 0.0;
}

/* Over the points of that use and, unless it is FIT_GROUP_COUNT, of that group. */
static struct fit_error error_of(const struct fit *f, const struct fit_data *d,
				 enum fit_use use, enum fit_group group, double *scratch)
{
	struct fit_error e = { .n = 0 };

	for (size_t i = 0; i < d->n; i++) {
		const struct fit_point *p = &d->point[i];

		if (fit_data_use(p) == use && (group == FIT_GROUP_COUNT || group == p->group))
			scratch[e.n++] = fabs(f->point[i].ns - p->ns) / p->ns;
	}
	if (!e.n)
		return e;
	gsl_sort(scratch, 1, e.n);
	e.median = gsl_stats_median_from_sorted_data(scratch, 1, e.n);
	e.max = scratch[e.n - 1];
	return e;
}

static int find_errors(struct fit *f, const struct fit_data *d, struct sim_error *err)
{
	double *scratch = sim_calloc(d->n, sizeof(*scratch));

	if (!scratch)
		return sim_fail_nomem(err);
	for (unsigned u = 0; u < FIT_USE_COUNT; u++)
		f->error[u] = error_of(f, d, (enum fit_use)u, FIT_GROUP_COUNT, scratch);
	for (unsigned g = 0; g < FIT_GROUP_COUNT; g++)
		f->group[g] = error_of(f, d, FIT_USE_HELD_OUT, (enum fit_group)g, scratch);
	sim_free(scratch);
	return 0;
}

/* Fits the columns there are, and gives up one that the data do not tell. */
static int refine(struct fit *f, const struct fit_data *d, bool *is_done, struct sim_error *err)
{
	size_t unsure;
	int rc = separate(f, d, err);

	if (!rc)
		rc = estimate(f, d, err);
	if (rc)
		return rc;
	unsure = most_uncertain(f);
	*is_done = unsure == f->n_columns;
	if (!*is_done)
		fit_columns_settle(f, unsure, FIT_UNCERTAIN);
	return 0;
}

int fit_create(struct fit *f, const struct fit_data *d, const struct cost_params *base,
	       struct sim_error *err)
{
	bool is_done = false;
	int rc;

	gsl_set_error_handler_off();
	memset(f, 0, sizeof(*f));
	f->point = sim_calloc(d->n, sizeof(*f->point));
	if (!f->point)
		return sim_fail_nomem(err);
	fit_columns_begin(f, d, base);
	do
		rc = refine(f, d, &is_done, err);
	while (!rc && !is_done);
	if (!rc) {
		predict(f, d);
		f->r2 = find_r2(f, d);
		rc = find_errors(f, d, err);
	}
	if (rc)
		fit_destroy(f);
	return rc;
}

void fit_destroy(struct fit *f)
{
	sim_free(f->point);
	f->point = NULL;
}
