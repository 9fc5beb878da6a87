/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cost/fit_columns.h"

#include <gsl/gsl_blas.h>
#include <math.h>

static bool is_seen(const struct fit_data *d, unsigned id)
{
	for (size_t i = 0; i < d->n; i++)
		if (fit_data_uses(&d->point[i]) && counters_at(&d->point[i].counters, id))
			return true;
	return false;
}

static void add_price(struct fit *f, const struct fit_data *d, unsigned id, double base_ns)
{
	struct fit_price *p = &f->price[f->n_prices++];

	*p = (struct fit_price){ .id = id, .fate = FIT_ABSENT, .base_ns = base_ns };
	if (!is_seen(d, id))
		return;
	p->fate = FIT_FITTED;
	p->rate = 1.0;
	p->column = f->n_columns++;
}

void fit_columns_begin(struct fit *f, const struct fit_data *d, const struct cost_params *base)
{
	f->n_prices = f->n_columns = 0;
	add_price(f, d, COUNTER_instructions, base->base_cpi / base->clock_ghz);
	for (unsigned id = 0; id < COUNTER_COUNT; id++)
		if (cost_has_price(id))
			add_price(f, d, id, base->cycles[id] / base->clock_ghz);
}

/* Gives the columns that are left the numbers 0, 1, ... in the order of their first price. */
static void renumber(struct fit *f)
{
	size_t number[FIT_COLUMNS_MAX], next = 0;
	bool has[FIT_COLUMNS_MAX] = { false };

	for (size_t i = 0; i < f->n_prices; i++) {
		struct fit_price *p = &f->price[i];

		if (!fit_columns_has(p))
			continue;
		if (!has[p->column]) {
			has[p->column] = true;
			number[p->column] = next++;
		}
		p->column = number[p->column];
	}
	f->n_columns = next;
}

/* Whether any price of the mixed columns is more than 0 in the base model. */
static bool base_knows(const struct fit *f, const bool *is_mixed)
{
	for (size_t i = 0; i < f->n_prices; i++)
		if (fit_columns_has(&f->price[i]) && is_mixed[f->price[i].column] &&
		    f->price[i].base_ns > 0.0)
			return true;
	return false;
}

void fit_columns_merge(struct fit *f, const bool *is_mixed)
{
	bool known = base_knows(f, is_mixed);
	size_t into = 0;

	while (!is_mixed[into])
		into++;
	for (size_t i = 0; i < f->n_prices; i++) {
		struct fit_price *p = &f->price[i];

		if (!fit_columns_has(p) || !is_mixed[p->column])
			continue;
		p->fate = FIT_MERGED;
		p->rate = known ? p->base_ns : 1.0;
		p->column = into;
	}
	renumber(f);
}

void fit_columns_settle(struct fit *f, size_t column, enum fit_fate fate)
{
	for (size_t i = 0; i < f->n_prices; i++)
		if (fit_columns_has(&f->price[i]) && f->price[i].column == column)
			f->price[i].fate = fate;
	renumber(f);
}

static void fill_row(struct fit_system *s, size_t row, const struct fit *f,
		     const struct fit_point *point)
{
	double sigma = hypot(point->spread_ns, FIT_MODEL_ERROR * point->ns);
	double left = point->ns;

	for (size_t i = 0; i < f->n_prices; i++) {
		const struct fit_price *p = &f->price[i];
		double count = (double)counters_at(&point->counters, p->id);

		if (fit_columns_has(p))
			*gsl_matrix_ptr(s->a, row, p->column) += p->rate * count / sigma;
		else
			left -= p->base_ns * count;
	}
	gsl_vector_set(s->b, row, left / sigma);
}

static void make_unit(struct fit_system *s)
{
	for (size_t j = 0; j < s->a->size2; j++) {
		gsl_vector_view column = gsl_matrix_column(s->a, j);

		s->length[j] = gsl_blas_dnrm2(&column.vector);
		if (s->length[j] > 0.0)
			gsl_vector_scale(&column.vector, 1.0 / s->length[j]);
	}
}

/* There must be more rows than columns, and a column. */
static int check_size(size_t n, size_t p, struct sim_error *err)
{
	if (!n)
		return sim_fail(err, SIM_ERANGE, NULL,
				"no point of a guest that is not held out: nothing to fit");
	if (!p)
		return sim_fail(err, SIM_ERANGE, NULL, "the points tell no price at all");
	if (n <= p)
		return sim_fail(err, SIM_ERANGE, NULL,
				"%zu points to fit %zu prices: there must be more points than "
				"prices",
				n, p);
	return 0;
}

int fit_system_create(struct fit_system *s, const struct fit *f, const struct fit_data *d,
		      struct sim_error *err)
{
	size_t n = 0, row = 0;
	int rc;

	for (size_t i = 0; i < d->n; i++)
		n += fit_data_uses(&d->point[i]);
	rc = check_size(n, f->n_columns, err);
	if (rc)
		return rc;
	s->a = gsl_matrix_calloc(n, f->n_columns);
	s->b = gsl_vector_calloc(n);
	if (!s->a || !s->b) {
		fit_system_destroy(s);
		return sim_fail_nomem(err);
	}
	for (size_t i = 0; i < d->n; i++)
		if (fit_data_uses(&d->point[i]))
			fill_row(s, row++, f, &d->point[i]);
	make_unit(s);
	return 0;
}

void fit_system_destroy(struct fit_system *s)
{
	gsl_matrix_free(s->a);
	gsl_vector_free(s->b);
	s->a = NULL;
	s->b = NULL;
}
