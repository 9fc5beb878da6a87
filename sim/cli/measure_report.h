/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * measure_report.h - measured times as tables: of an access, of an event
 */
#ifndef SIM_CLI_MEASURE_REPORT_H
#define SIM_CLI_MEASURE_REPORT_H

#include <stdio.h>

#include "kvm/measure.h"

/* What the ends of batches cost is taken off. */
SIM_MUST_CHECK int measure_report(const struct measure *m, FILE *f, struct sim_error *err);

#endif
