/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cut_run.h - a trace through vm/cutter.h, and what `trace cut` and `trace split` tell of pieces
 */
#ifndef SIM_CLI_CUT_RUN_H
#define SIM_CLI_CUT_RUN_H

#include <stdio.h>

#include "base/json.h"
#include "vm/cutter.h"

/* Cuts the trace `in`; the error names it. */
SIM_MUST_CHECK int cut_run(const char *in, const struct cut_rule *rule,
			   const struct cutter_sink *sink, struct sim_error *err);

json_t *cut_run_json(const char *path, const struct cut_piece *piece);

void cut_run_line(FILE *f, const char *path, const struct cut_piece *piece);

/* On standard error: borders that were moved, records that were left out. */
void cut_run_moved(const struct cut_piece *piece);

#endif
