/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tables_report.h - what `shadownest snapshot tables` prints
 */
#ifndef SIM_CLI_TABLES_REPORT_H
#define SIM_CLI_TABLES_REPORT_H

#include <stdio.h>

#include "base/counters.h"
#include "base/err.h"
#include "snapshot/table_survey.h"

#define TABLES_MODELS_MAX 4

/* A technique after the guest has touched every page. */
struct tables_model {
	const char *technique;
	unsigned page_level; /* of the host */
	struct counters counters;
};

struct tables_report {
	const char *file;
	const struct roots *roots;
	unsigned levels;
	struct table_survey survey;
	struct tables_model model[TABLES_MODELS_MAX];
	size_t n_models;
};

SIM_MUST_CHECK int tables_report_text(const struct tables_report *r, FILE *f,
				      struct sim_error *err);
SIM_MUST_CHECK int tables_report_json(const struct tables_report *r, FILE *f,
				      struct sim_error *err);

#endif
