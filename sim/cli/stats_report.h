/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stats_report.h - what `trace stats` prints of a profile
 */
#ifndef SIM_CLI_STATS_REPORT_H
#define SIM_CLI_STATS_REPORT_H

#include <stdio.h>

#include "base/err.h"
#include "base/json.h"
#include "vm/profile.h"

struct stats_report {
	const char *path, *name;
	const struct profile *profile;
	const struct profile_options *opt;
	size_t top; /* address spaces shown in text */
};

SIM_MUST_CHECK int stats_report_text(const struct stats_report *r, FILE *f,
				     struct sim_error *err);

json_t *stats_report_json(const struct stats_report *r);

#endif
