/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report_fit.h - what a fit prints: prices with their intervals, what could not be told, errors
 */
#ifndef SIM_CLI_REPORT_FIT_H
#define SIM_CLI_REPORT_FIT_H

#include <stdio.h>

#include "cost/fit.h"

SIM_MUST_CHECK int report_fit(const struct fit *f, const struct fit_data *d, FILE *out,
			      struct sim_error *err);

#endif
