/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_fit.c - cost/fit*: known prices are found again, what the data do not tell is said, points held
 * out stay out, bad input is refused, the model that comes out loads */
#include "check.h"

#include <string.h>

#include "base/alloc.h"
#include "cost/fit.h"
#include "normal.h"

/* What the made-up host's events take, in ns. */
static const struct truth {
	unsigned id;
	double ns;
	uint64_t most; /* of a point */
} truth[] = {
	{ COUNTER_instructions, 3.5, 1000000 },	  { COUNTER_stlb_hits, 1.8, 400000 },
	{ COUNTER_walk_refs_l2, 6.0, 200000 },	  { COUNTER_walk_refs_mem, 90.0, 60000 },
	{ COUNTER_exit_pf_fixed, 21000.0, 500 },  { COUNTER_exit_cr3, 60000.0, 200 },
	{ COUNTER_mmu_prefetched, 650.0, 20000 },
};
#define N_TRUE (sizeof(truth) / sizeof(truth[0]))

static uint64_t *slot(struct counters *c, unsigned id)
{
	return (uint64_t *)(void *)c + id;
}

static double true_ns(const struct counters *c)
{
	double ns = 0.0;

	for (size_t k = 0; k < N_TRUE; k++)
		ns += truth[k].ns * (double)counters_at(c, truth[k].id);
	return ns;
}

/* A point with counts as they come, and a time with `noise` (relative). */
static void add_point(struct fit_data *d, struct rng *r, double noise)
{
	struct fit_point p = { .group = FIT_MIXED };

	for (size_t k = 0; k < N_TRUE; k++)
		*slot(&p.counters, truth[k].id) = 1 + rng_below(r, truth[k].most);
	p.ns = true_ns(&p.counters) * (1.0 + noise * normal(r));
	p.spread_ns = noise * p.ns;
	assert_int_equal(sim_grow((void **)&d->point, &d->cap, d->n, sizeof(p)), 0);
	p.name = sim_asprintf("p%zu", d->n);
	d->point[d->n++] = p;
}

static void make_data(struct fit_data *d, struct rng *r, size_t n, double noise)
{
	*d = (struct fit_data){ .machine = "skylake-sp" };
	d->host =
		json_pack("{s:s, s:s, s:s}", "cpu", "a cpu", "kernel", "6.18", "mmu", "shadow");
	for (size_t i = 0; i < n; i++) {
		add_point(d, r, noise);
		d->point[i].is_held_out = i % 4 == 3;
	}
}

static json_t *base_model(struct cost_params *base)
{
	char path[512];
	struct jnode root;
	json_t *doc;

	assert_int_equal(
		json_open(source_path(path, sizeof(path), "models/cost/xeon-8269cy.json"), &doc,
			  &root, NULL),
		0);
	assert_int_equal(cost_read(base, &root, NULL), 0);
	return doc;
}

static void fit_data(struct fit *f, const struct fit_data *d)
{
	struct sim_error err = { 0 };
	struct cost_params base;

	json_decref(base_model(&base));
	if (fit_create(f, d, &base, &err))
		fail_msg("%s", err.text);
}

static const struct fit_price *price(const struct fit *f, unsigned id)
{
	for (size_t i = 0; i < f->n_prices; i++)
		if (f->price[i].id == id)
			return &f->price[i];
	fail_msg("no price of %s", counter_info[id].name);
	return NULL;
}

/* 100 hosts of 7 prices: 95 % of the intervals hold the truth. */
static void known_prices_are_found(void **state)
{
	unsigned inside = 0, all = 0;
	struct rng r;

	(void)state;
	rng_seed(&r, test_seed(0x66697400));
	for (unsigned round = 0; round < 100; round++) {
		struct fit_data d;
		struct fit f;

		make_data(&d, &r, 80, 0.02);
		fit_data(&f, &d);
		for (size_t k = 0; k < N_TRUE; k++) {
			const struct fit_price *p = price(&f, truth[k].id);

			assert_int_equal(p->fate, FIT_FITTED);
			inside += p->low_ns <= truth[k].ns && truth[k].ns <= p->high_ns;
			all++;
		}
		assert_int_equal(price(&f, COUNTER_exit_npf)->fate, FIT_ABSENT);
		assert_int_equal(f.error[FIT_USE_HELD_OUT].n, 20);
		assert_true(f.error[FIT_USE_HELD_OUT].median < 0.03 && f.r2 > 0.99);
		fit_destroy(&f);
		fit_data_fini(&d);
	}
	print_message("# %u of %u inside\n", inside, all);
	assert_in_range(inside, all * 92 / 100, all * 98 / 100);
}

static void held_out_points_only_measure(void **state)
{
	struct fit_data d;
	struct fit f, g;
	struct rng r;

	(void)state;
	rng_seed(&r, test_seed(3));
	make_data(&d, &r, 80, 0.01);
	d.point[0].side = FIT_PLAIN;
	d.point[1].is_dependent = true;
	fit_data(&f, &d);
	for (size_t i = 0; i < d.n; i++)
		if (!fit_data_uses(&d.point[i]))
			d.point[i].ns *= 10.0;
	fit_data(&g, &d);
	assert_memory_equal(f.price, g.price, sizeof(f.price));
	assert_true(f.error[FIT_USE_FITTED].median >= g.error[FIT_USE_FITTED].median &&
		    f.error[FIT_USE_FITTED].max <= g.error[FIT_USE_FITTED].max);
	assert_true(f.error[FIT_USE_HELD_OUT].median < 0.03 &&
		    f.error[FIT_USE_PLAIN].max < 0.06);
	assert_true(fabs(g.error[FIT_USE_HELD_OUT].median - 0.9) < 0.01 &&
		    fabs(g.error[FIT_USE_PLAIN].max - 0.9) < 0.01);
	assert_true(fabs(g.error[FIT_USE_DEPENDENT].max - 0.9) < 0.01);
	fit_destroy(&f);
	fit_destroy(&g);
	fit_data_fini(&d);
}

static void outliers_are_left_out(void **state)
{
	struct fit_data d;
	struct fit f, g;
	struct rng r;

	(void)state;
	rng_seed(&r, test_seed(4));
	make_data(&d, &r, 80, 0.01);
	fit_data(&f, &d);
	for (size_t i = 0; i < 20; i += 4)
		d.point[i].ns *= 4.0;
	fit_data(&g, &d);
	for (size_t k = 0; k < N_TRUE; k++) {
		const struct fit_price *p = price(&g, truth[k].id);

		assert_true(fabs(p->ns - truth[k].ns) < 1.5 * (p->high_ns - p->low_ns));
	}
	for (size_t i = 0; i < 20; i += 4)
		assert_true(g.point[i].weight < 1e-9);
	fit_destroy(&f);
	fit_destroy(&g);
	fit_data_fini(&d);
}

/* Every walk reads one entry from L1 for each from L3: one factor, at the base's ratio. */
static void what_always_comes_together_is_merged(void **state)
{
	const struct fit_price *a, *b;
	struct fit_data d;
	struct fit f;
	struct rng r;

	(void)state;
	rng_seed(&r, test_seed(5));
	make_data(&d, &r, 80, 0.01);
	for (size_t i = 0; i < d.n; i++) {
		struct counters *c = &d.point[i].counters;

		c->walk_refs_l1 = c->walk_refs_l3 = c->stlb_hits / 2;
		d.point[i].ns += 29.0 * (double)c->walk_refs_l1;
		c->stlb_hits = 1 + rng_below(&r, 400000);
		d.point[i].ns += 1.8 * ((double)c->stlb_hits - 2.0 * (double)c->walk_refs_l1);
	}
	fit_data(&f, &d);
	a = price(&f, COUNTER_walk_refs_l1);
	b = price(&f, COUNTER_walk_refs_l3);
	assert_true(isinf(f.condition_before) && f.condition < FIT_CONDITION_MAX);
	assert_int_equal(a->fate, FIT_MERGED);
	assert_int_equal(b->fate, FIT_MERGED);
	assert_int_equal(a->column, b->column);
	assert_true(fabs(b->ns / a->ns - 54.0 / 4.0) < 1e-9);
	assert_true(fabs(a->ns + b->ns - 29.0) < 1.5);
	assert_int_equal(price(&f, COUNTER_walk_refs_l2)->fate, FIT_FITTED);
	fit_destroy(&f);
	fit_data_fini(&d);
}

/* Ten CR0 writes in a second of other work: the base's price is as good as none. */
static void what_is_lost_in_noise_keeps_the_base(void **state)
{
	const struct fit_price *p;
	struct fit_data d;
	struct fit f;
	struct rng r;

	(void)state;
	rng_seed(&r, test_seed(6));
	make_data(&d, &r, 80, 0.02);
	for (size_t i = 0; i < d.n; i++)
		d.point[i].counters.exit_cr0 = rng_below(&r, 10);
	fit_data(&f, &d);
	p = price(&f, COUNTER_exit_cr0);
	assert_int_equal(p->fate, FIT_UNCERTAIN);
	assert_true(fabs(p->ns - 870.0) < 1e-6);
	fit_destroy(&f);
	fit_data_fini(&d);
}

static void the_model_loads(void **state)
{
	struct sim_error err = { 0 };
	struct cost_params base, made;
	struct fit_data d;
	struct jnode root;
	struct fit f;
	struct rng r;
	json_t *model, *doc;
	char *text;

	(void)state;
	rng_seed(&r, test_seed(8));
	make_data(&d, &r, 80, 0.01);
	fit_data(&f, &d);
	model = base_model(&base);
	text = fit_text(&f, &d, model, "here");
	assert_non_null(text);
	assert_int_equal(json_parse(text, strlen(text), "here.json", &doc, &root, &err), 0);
	if (cost_read(&made, &root, &err))
		fail_msg("%s: %s", err.where, err.text);
	assert_string_equal(made.name, "here");
	assert_true(made.fit.is_fitted && made.fit.points == 60 && made.fit.held_out == 20);
	assert_true(fabs(made.fit.median_error - f.error[FIT_USE_HELD_OUT].median) < 1e-5);
	assert_true(fabs(made.cycles[COUNTER_exit_cr3] / made.clock_ghz -
			 price(&f, COUNTER_exit_cr3)->ns) < 1.0);
	assert_true(fabs(made.base_cpi / made.clock_ghz - price(&f, COUNTER_instructions)->ns) <
		    1e-4);
	assert_true(fabs(made.cycles[COUNTER_exit_npf] - base.cycles[COUNTER_exit_npf]) < 1e-9);
	assert_non_null(strstr(text, "not fitted, no measured point has this event"));
	assert_non_null(strstr(text, "\"sure\": \"measured\""));
	json_decref(doc);
	json_decref(model);
	sim_free(text);
	fit_destroy(&f);
	fit_data_fini(&d);
}

static void too_few_points_are_refused(void **state)
{
	struct sim_error err = { 0 };
	struct cost_params base;
	struct fit_data d;
	struct rng r;
	struct fit f;

	(void)state;
	rng_seed(&r, 9);
	make_data(&d, &r, 8, 0.01);
	json_decref(base_model(&base));
	assert_int_equal(fit_create(&f, &d, &base, &err), SIM_ERANGE);
	assert_non_null(strstr(err.text, "6 points to fit 7 prices"));
	for (size_t i = 0; i < d.n; i++)
		d.point[i].is_held_out = true;
	err = (struct sim_error){ 0 };
	assert_int_equal(fit_create(&f, &d, &base, &err), SIM_ERANGE);
	assert_non_null(strstr(err.text, "nothing to fit"));
	fit_data_fini(&d);
}

#define HOST "\"host\":{\"cpu\":\"c\",\"kernel\":\"k\",\"mmu\":\"m\"}"
#define NS   "\"ns\":{\"median\":2e6,\"low\":1.9e6,\"high\":2.2e6,\"min\":1.8e6}"
#define POINT(name, more, counters, ns)                                                        \
	"{\"name\":\"" name "\",\"group\":\"access\",\"side\":\"guest\"," more                 \
	"\"counters\":{" counters "},\"repeats\":9," ns "}"
#define GOOD	   POINT("a", "\"holdout\":false,", "\"instructions\":1000", NS)
#define FILE_OF(p) "{\"format\":1," HOST ",\"machine\":\"m\",\"points\":[" p "]}"

static int read_text(struct fit_data *d, const char *text, struct sim_error *err)
{
	struct jnode root;
	json_t *doc;
	int rc = json_parse(text, strlen(text), "m.json", &doc, &root, err);

	if (rc)
		return rc;
	rc = fit_data_read(d, &root, err);
	json_decref(doc);
	return rc;
}

static void measured_files_are_read(void **state)
{
	struct fit_data d = { .point = NULL };
	struct sim_error err = { 0 };

	(void)state;
	if (read_text(&d, FILE_OF(GOOD), &err))
		fail_msg("%s: %s", err.where, err.text);
	assert_int_equal(d.n, 1);
	assert_string_equal(d.point[0].name, "a");
	assert_int_equal(d.point[0].counters.instructions, 1000);
	assert_true(fabs(d.point[0].ns - 2e6) < 1.0);
	assert_true(fabs(d.point[0].spread_ns - 150000.0) < 1.0);
	assert_true(fit_data_uses(&d.point[0]));
	fit_data_fini(&d);
}

static void bad_files_are_refused(void **state)
{
	static const char *const bad[][3] = {
		{ "{}", "m.json:$.format", "missing" },
		{ "{\"format\":2," HOST ",\"machine\":\"m\",\"points\":[]}", "m.json:$.format",
		  "1" },
		{ "{\"format\":1," HOST ",\"machine\":\"m\",\"points\":[],\"x\":1}",
		  "m.json:$.x", "unknown key" },
		{ FILE_OF(""), "m.json:$.points", "no point" },
		{ "{\"format\":1,\"host\":{},\"machine\":\"m\",\"points\":[]}",
		  "m.json:$.host.cpu", "missing" },
		{ "{\"format\":1," HOST ",\"machine\":\"\",\"points\":[]}", "m.json:$.machine",
		  "1..63" },
		{ FILE_OF(GOOD "," GOOD), "m.json:$.points[1].name", "another point" },
		{ FILE_OF(POINT("a", "\"holdout\":1,", "\"instructions\":1", NS)),
		  "m.json:$.points[0].holdout", "true or false" },
		{ FILE_OF(POINT("a", "\"holdout\":true,", "", NS)),
		  "m.json:$.points[0].counters", "no instructions" },
		{ FILE_OF(POINT("a", "\"holdout\":true,", "\"instructions\":-1", NS)),
		  "m.json:$.points[0].counters.instructions", "" },
		{ FILE_OF(POINT("a", "\"holdout\":true,", "\"exit_tea\":1", NS)),
		  "m.json:$.points[0].counters.exit_tea", "unknown key" },
		{ FILE_OF(POINT("a", "\"holdout\":true,", "\"instructions\":1",
				"\"ns\":{\"median\":0,\"low\":1,\"high\":1,\"min\":1}")),
		  "m.json:$.points[0].ns.median", "more than 0" },
		{ FILE_OF(POINT("a", "\"holdout\":true,", "\"instructions\":1",
				"\"ns\":{\"median\":5,\"low\":1,\"high\":4,\"min\":1}")),
		  "m.json:$.points[0].ns", "min <= low" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct fit_data d = { .point = NULL };
		struct sim_error err = { 0 };

		assert_true(read_text(&d, bad[i][0], &err) < 0);
		if (strcmp(err.where, bad[i][1]) || !strstr(err.text, bad[i][2]))
			fail_msg("%zu: %s: %s", i, err.where, err.text);
		fit_data_fini(&d);
	}
}

static void two_hosts_do_not_mix(void **state)
{
	struct fit_data d = { .point = NULL };
	struct sim_error err = { 0 };

	(void)state;
	assert_int_equal(read_text(&d, FILE_OF(GOOD), &err), 0);
	assert_true(read_text(&d,
			      "{\"format\":1,\"host\":{\"cpu\":\"c\",\"kernel\":\"k2\",\"mmu\":"
			      "\"m\"},\"machine\":\"m\",\"points\":[" GOOD "]}",
			      &err) < 0);
	assert_string_equal(err.where, "m.json:$.host.kernel");
	assert_int_equal(d.n, 1);
	fit_data_fini(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_prices_are_found),
		cmocka_unit_test(held_out_points_only_measure),
		cmocka_unit_test(outliers_are_left_out),
		cmocka_unit_test(what_always_comes_together_is_merged),
		cmocka_unit_test(what_is_lost_in_noise_keeps_the_base),
		cmocka_unit_test(the_model_loads),
		cmocka_unit_test(too_few_points_are_refused),
		cmocka_unit_test(measured_files_are_read),
		cmocka_unit_test(bad_files_are_refused),
		cmocka_unit_test(two_hosts_do_not_mix),
	};

	return cmocka_run_group_tests_name("fit", tests, NULL, NULL);
}
