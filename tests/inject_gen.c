/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inject_gen.c - a spec read and run, for test_inject */
#include "inject_subjects.h"

#include <string.h>

#include "gen/gen.h"

#define BATCHES 3

int inject_gen(void *arg, struct sim_error *err)
{
	const char *text = arg;
	struct batch b;
	struct spec s;
	struct gen *g;
	int rc = spec_parse(&s, text, strlen(text), "spec", err);

	if (rc)
		return rc;
	rc = gen_create(&g, &s, err);
	if (!rc) {
		for (unsigned i = 0; i < BATCHES && !gen_next(g, &b); i++)
			;
		gen_destroy(g);
	}
	spec_fini(&s);
	return rc;
}
