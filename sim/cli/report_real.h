/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report_real.h - simulated and real rows side by side: what both count, and the time of an access
 */
#ifndef SIM_CLI_REPORT_REAL_H
#define SIM_CLI_REPORT_REAL_H

#include <stdio.h>

#include "run/results.h"

SIM_MUST_CHECK int report_real(const struct results *r, FILE *f, struct sim_error *err);

#endif
