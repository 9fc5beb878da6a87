/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gen_report.h - what `trace gen` tells of workloads
 */
#ifndef SIM_CLI_GEN_REPORT_H
#define SIM_CLI_GEN_REPORT_H

#include <stdio.h>

#include "base/err.h"
#include "gen/spec.h"

/* All workloads: what each stresses, its parameters, defaults and units. */
SIM_MUST_CHECK int gen_report_list(FILE *f, struct sim_error *err);

/* A spec as the JSON file that makes it. */
SIM_MUST_CHECK int gen_report_spec(const struct spec *s, FILE *f, struct sim_error *err);

#endif
