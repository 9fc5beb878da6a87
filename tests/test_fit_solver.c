/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_fit_solver.c - cost/fit_{nnls,robust,svd}: against brute force, on known coefficients, on columns
 * that cannot be told apart */
#include "check.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_cdf.h>
#include <string.h>

#include "cost/fit_nnls.h"
#include "cost/fit_robust.h"
#include "cost/fit_svd.h"
#include "normal.h"

static gsl_matrix *random_matrix(struct rng *r, size_t n, size_t p)
{
	gsl_matrix *a = gsl_matrix_alloc(n, p);

	assert_non_null(a);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < p; j++)
			gsl_matrix_set(a, i, j, normal(r));
	return a;
}

static gsl_vector *random_vector(struct rng *r, size_t n)
{
	gsl_vector *b = gsl_vector_alloc(n);

	assert_non_null(b);
	for (size_t i = 0; i < n; i++)
		gsl_vector_set(b, i, normal(r));
	return b;
}

static double squares_left(const gsl_matrix *a, const gsl_vector *b, const double *x)
{
	double sum = 0.0;

	for (size_t i = 0; i < a->size1; i++) {
		double off = gsl_vector_get(b, i);

		for (size_t j = 0; j < a->size2; j++)
			off -= gsl_matrix_get(a, i, j) * x[j];
		sum += off * off;
	}
	return sum;
}

/* The least squares over all sets of free columns whose solution is nowhere negative. */
static double brute_force(struct fit_work *w, const gsl_matrix *a, const gsl_vector *b)
{
	double best = gsl_blas_dnrm2(b) * gsl_blas_dnrm2(b);

	for (unsigned set = 1; set < 1u << a->size2; set++) {
		bool chosen[FIT_COLUMNS_MAX], negative = false;
		double z[FIT_COLUMNS_MAX], left;

		for (size_t j = 0; j < a->size2; j++)
			chosen[j] = set >> j & 1;
		assert_int_equal(fit_work_solve(w, a, b, chosen, z, NULL), 0);
		for (size_t j = 0; j < a->size2; j++)
			negative = negative || z[j] < 0.0;
		left = squares_left(a, b, z);
		if (!negative && left < best)
			best = left;
	}
	return best;
}

static void nnls_equals_brute_force(void **state)
{
	struct rng r;

	(void)state;
	rng_seed(&r, test_seed(0x6e6e6c73));
	for (unsigned round = 0; round < 400; round++) {
		size_t p = 1 + rng_below(&r, 7), n = p + 1 + rng_below(&r, 10);
		gsl_matrix *a = random_matrix(&r, n, p);
		gsl_vector *b = random_vector(&r, n);
		bool is_free[FIT_COLUMNS_MAX];
		double x[FIT_COLUMNS_MAX], best;
		struct fit_work w;

		assert_int_equal(fit_work_init(&w, n, p, NULL), 0);
		assert_int_equal(fit_nnls(&w, a, b, x, is_free, NULL), 0);
		best = brute_force(&w, a, b);
		for (size_t j = 0; j < p; j++) {
			assert_true(x[j] >= 0.0);
			assert_true(is_free[j] || x[j] <= 0.0);
		}
		assert_true(fabs(squares_left(a, b, x) - best) <= 1e-9 * (1.0 + best));
		fit_work_fini(&w);
		gsl_matrix_free(a);
		gsl_vector_free(b);
	}
}

/* A duplicate column, a column of zeros, a system that is solved exactly: it ends, and well. */
static void nnls_survives_degenerate_systems(void **state)
{
	struct rng r;

	(void)state;
	rng_seed(&r, test_seed(7));
	for (unsigned round = 0; round < 200; round++) {
		gsl_matrix *a = random_matrix(&r, 12, 5);
		gsl_vector *b = gsl_vector_calloc(12);
		bool is_free[FIT_COLUMNS_MAX];
		double x[FIT_COLUMNS_MAX];
		struct fit_work w;

		for (size_t i = 0; i < 12; i++) {
			gsl_matrix_set(a, i, 1, gsl_matrix_get(a, i, 0));
			gsl_matrix_set(a, i, 2, 0.0);
			gsl_vector_set(b, i, 3.0 * gsl_matrix_get(a, i, 0));
		}
		assert_int_equal(fit_work_init(&w, 12, 5, NULL), 0);
		assert_int_equal(fit_nnls(&w, a, b, x, is_free, NULL), 0);
		assert_true(squares_left(a, b, x) < 1e-18);
		assert_true(fabs(x[0] + x[1] - 3.0) < 1e-9);
		fit_work_fini(&w);
		gsl_matrix_free(a);
		gsl_vector_free(b);
	}
}

#define ROWS	40u
#define COLUMNS 5u

static const double truth[COLUMNS] = { 3.0, 0.7, 12.0, 5.0, 1.5 };

/* Positive columns as counters are, unit noise; the first `outliers` rows far too slow. */
static void make_rows(struct rng *r, gsl_matrix *a, gsl_vector *b, size_t outliers)
{
	for (size_t i = 0; i < ROWS; i++) {
		double y = normal(r);

		for (size_t j = 0; j < COLUMNS; j++) {
			gsl_matrix_set(a, i, j, 10.0 * uniform(r));
			y += truth[j] * gsl_matrix_get(a, i, j);
		}
		gsl_vector_set(b, i, i < outliers ? 3.0 * y : y);
	}
}

struct coverage {
	unsigned inside, all;
	double worst; /* distance from the truth, in standard errors */
};

static void estimate(struct rng *r, size_t outliers, struct coverage *c)
{
	gsl_matrix *a = gsl_matrix_alloc(ROWS, COLUMNS);
	gsl_vector *b = gsl_vector_alloc(ROWS);
	struct fit_estimate e;
	double t;

	make_rows(r, a, b, outliers);
	assert_int_equal(fit_robust(a, b, &e, NULL), 0);
	assert_int_equal(e.freedom, ROWS - COLUMNS);
	t = gsl_cdf_tdist_Pinv(0.975, (double)e.freedom);
	for (size_t j = 0; j < COLUMNS; j++) {
		double off = fabs(e.x[j] - truth[j]) / e.error[j];

		c->inside += off <= t;
		c->all++;
		c->worst = off > c->worst ? off : c->worst;
	}
	for (size_t i = 0; i < outliers; i++)
		assert_true(gsl_vector_get(e.weight, i) < 1e-9);
	fit_estimate_fini(&e);
	gsl_matrix_free(a);
	gsl_vector_free(b);
}

/* Of 500 x 5 intervals 95 % hold the truth: 2375, standard deviation 11 if they were independent. */
static void intervals_hold_the_truth(void **state)
{
	struct coverage c = { .inside = 0 };
	struct rng r;

	(void)state;
	rng_seed(&r, test_seed(0x636f7665));
	for (unsigned round = 0; round < 500; round++)
		estimate(&r, 0, &c);
	print_message("# %u of %u inside, worst %.2f standard errors\n", c.inside, c.all,
		      c.worst);
	assert_in_range(c.inside, c.all * 93 / 100, c.all * 97 / 100);
}

/* A tenth of the rows three times too slow: left out, and the intervals hold as before. */
static void outliers_do_not_move_it(void **state)
{
	struct coverage c = { .inside = 0 };
	struct rng r;

	(void)state;
	rng_seed(&r, test_seed(0x6f75746c));
	for (unsigned round = 0; round < 300; round++)
		estimate(&r, 4, &c);
	print_message("# %u of %u inside, worst %.2f standard errors\n", c.inside, c.all,
		      c.worst);
	assert_in_range(c.inside, c.all * 92 / 100, c.all * 98 / 100);
	assert_true(c.worst < 6.0);
}

static void a_column_that_is_not_needed_stays_at_0(void **state)
{
	gsl_matrix *a = gsl_matrix_alloc(ROWS, COLUMNS);
	gsl_vector *b = gsl_vector_alloc(ROWS);
	struct fit_estimate e;
	struct rng r;

	(void)state;
	rng_seed(&r, 11);
	make_rows(&r, a, b, 0);
	for (size_t i = 0; i < ROWS; i++)
		gsl_vector_set(b, i, gsl_vector_get(b, i) - 7.0 * gsl_matrix_get(a, i, 3));
	assert_int_equal(fit_robust(a, b, &e, NULL), 0);
	assert_false(e.is_free[3]);
	assert_true(e.x[3] <= 0.0 && isfinite(e.error[3]) && e.error[3] > 0.0);
	fit_estimate_fini(&e);
	gsl_matrix_free(a);
	gsl_vector_free(b);
}

/* Columns 1 and 3 the same but for `noise`; column 2 zero when asked. */
static double mixed_condition(double noise, bool *is_mixed, size_t *n_mixed)
{
	gsl_matrix *a;
	struct fit_svd d;
	struct rng r;
	double condition;

	rng_seed(&r, 5);
	a = random_matrix(&r, 30, 5);
	for (size_t i = 0; i < 30; i++)
		gsl_matrix_set(a, i, 3, 4.0 * gsl_matrix_get(a, i, 1) + noise * normal(&r));
	assert_int_equal(fit_svd_init(&d, a, NULL), 0);
	condition = fit_svd_condition(&d);
	*n_mixed = fit_svd_mixed(&d, is_mixed);
	if (noise <= 0.0)
		assert_true(isinf(fit_svd_variance(&d, 1)));
	assert_true(isfinite(fit_svd_variance(&d, 0)));
	fit_svd_fini(&d);
	gsl_matrix_free(a);
	return condition;
}

static void mixed_columns_are_named(void **state)
{
	bool is_mixed[FIT_COLUMNS_MAX];
	size_t n;

	(void)state;
	assert_true(isinf(mixed_condition(0.0, is_mixed, &n)));
	assert_int_equal(n, 2);
	assert_true(is_mixed[1] && is_mixed[3]);
	assert_true(mixed_condition(1e-3, is_mixed, &n) > 1000.0);
	assert_int_equal(n, 2);
	assert_true(is_mixed[1] && is_mixed[3]);
	assert_true(mixed_condition(4.0, is_mixed, &n) < 10.0);
}

/* Known answer: the condition of columns (1, 1) and (1, 1 + d) grows as 4 / d. */
static void condition_of_a_known_system(void **state)
{
	double d = 0.01, value[6] = { 1.0, 1.0, 1.0, 1.0 + 0.01, 0.0, 0.0 };
	gsl_matrix_view a = gsl_matrix_view_array(value, 3, 2);
	double cosine = (2.0 + d) / (sqrt(2.0) * sqrt(1.0 + (1.0 + d) * (1.0 + d)));
	struct fit_svd v;

	(void)state;
	assert_int_equal(fit_svd_init(&v, &a.matrix, NULL), 0);
	assert_true(fabs(fit_svd_condition(&v) / sqrt((1.0 + cosine) / (1.0 - cosine)) - 1.0) <
		    1e-6);
	fit_svd_fini(&v);
}

static void too_few_rows_are_refused(void **state)
{
	struct sim_error err = { 0 };
	struct fit_work w;

	(void)state;
	assert_int_equal(fit_work_init(&w, 3, 3, &err), SIM_ERANGE);
	assert_non_null(strstr(err.text, "more points than prices"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nnls_equals_brute_force),
		cmocka_unit_test(nnls_survives_degenerate_systems),
		cmocka_unit_test(intervals_hold_the_truth),
		cmocka_unit_test(outliers_do_not_move_it),
		cmocka_unit_test(a_column_that_is_not_needed_stays_at_0),
		cmocka_unit_test(mixed_columns_are_named),
		cmocka_unit_test(condition_of_a_known_system),
		cmocka_unit_test(too_few_rows_are_refused),
	};

	return cmocka_run_group_tests_name("fit_solver", tests, NULL, NULL);
}
