/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report.h - what a run prints at its end: its main results as a table, units in the head
 */
#ifndef SIM_CLI_REPORT_H
#define SIM_CLI_REPORT_H

#include <stdio.h>

#include "run/plot.h"
#include "run/results.h"

SIM_MUST_CHECK int report_print(const struct results *r, const char *dir, FILE *f,
				struct sim_error *err);

/* Where the figures are. */
void report_figures(const char *dir, const struct plot_list *drawn, FILE *f);

#endif
