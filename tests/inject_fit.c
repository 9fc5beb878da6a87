/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inject_fit.c - cost/fit for test_inject: points are read, prices fitted, a model written */
#include "config.h"

#include "inject_subjects.h"

#include <string.h>

#include "base/alloc.h"
#include "cost/fit.h"

#define N_POINTS 30u

/* 3 ns an access, 2000 a CR3 load, and a little of neither. */
static int add_points(json_t *list)
{
	int rc = 0;

	for (unsigned i = 0; i < N_POINTS && !rc; i++) {
		double n = 1000.0 * (1 + i % 7), m = 10.0 * (i % 5);
		double ns = (3.0 * n + 2000.0 * m) * (1.0 + 0.001 * (i % 3));
		char name[16];

		snprintf(name, sizeof(name), "p%u", i);
		rc = json_array_append_new(
			list,
			json_pack(
				"{s:s, s:s, s:s, s:b, s:{s:i, s:i}, s:i, s:{s:f, s:f, s:f, s:f}}",
				"name", name, "group", "mixed", "side", "guest", "holdout",
				i % 4 == 0, "counters", "instructions", (int)n, "exit_cr3",
				(int)m, "repeats", 3, "ns", "median", ns, "low", ns, "high", ns,
				"min", ns));
	}
	return rc;
}

static int write_model(const struct fit *f, const struct fit_data *d, const json_t *base,
		       struct sim_error *err)
{
	char *text = fit_text(f, d, base, "x");
	int rc = text ? 0 : sim_fail_nomem(err);

	sim_free(text);
	return rc;
}

static int fit_with(const json_t *measured, const struct jnode *base, struct sim_error *err)
{
	struct jnode root = json_root(measured, "m.json");
	struct fit_data d = { .point = NULL };
	struct cost_params params;
	struct fit f;
	int rc = cost_read(&params, base, err);

	if (!rc)
		rc = fit_data_read(&d, &root, err);
	if (!rc)
		rc = fit_create(&f, &d, &params, err);
	if (!rc) {
		rc = write_model(&f, &d, base->v, err);
		fit_destroy(&f);
	}
	fit_data_fini(&d);
	return rc;
}

int inject_fit(void *arg, struct sim_error *err)
{
	json_t *list = json_array(), *base;
	json_t *measured =
		json_pack("{s:i, s:s, s:{s:s, s:s, s:s}, s:o}", "format", 1, "machine", "m",
			  "host", "cpu", "c", "kernel", "k", "mmu", "m", "points", list);
	struct jnode root;
	int rc = measured && !add_points(list) ? 0 : sim_fail_nomem(err);

	if (!rc)
		rc = json_open(arg, &base, &root, err);
	if (!rc) {
		rc = fit_with(measured, &root, err);
		json_decref(base);
	}
	json_decref(measured);
	return rc;
}
