/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_experiment.c - arbitrary bytes as an experiment file: read, multiplied out, set up */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "run/experiment.h"
#include "run/plan.h"

#define ROWS_PLANNED 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t count_rows(const struct experiment *e)
{
	size_t n = 1;

	for (unsigned i = 0; i < e->n_axes && n <= ROWS_PLANNED; i++)
		n *= axis_length(&e->axis[i]);
	return n;
}

static void check_rows(const struct plan *p)
{
	for (size_t i = 0; i < p->n_rows; i++) {
		struct row r = plan_row(p, i);

		assert(r.point < p->n_points && r.price < p->n_prices);
		for (unsigned k = 0; k < p->e->n_axes; k++)
			assert(r.at[k] < axis_length(&p->e->axis[k]));
		assert(p->point[r.point].key[0] && !strchr(p->point[r.point].key, '/'));
		assert(p->point[r.point].setup.technique);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sim_error err = { 0 };
	struct experiment e;
	struct plan p;

	if (experiment_parse(&e, (const char *)data, size, "input", &err)) {
		assert(err.code < 0 && err.text[0]);
		return 0;
	}
	if (count_rows(&e) > ROWS_PLANNED) {
		experiment_fini(&e);
		return 0;
	}
	if (!plan_create(&p, &e, NULL, getenv("top_srcdir"), &err)) {
		check_rows(&p);
		plan_fini(&p);
	} else {
		assert(err.code < 0 && err.text[0]);
	}
	experiment_fini(&e);
	return 0;
}
