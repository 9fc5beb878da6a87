/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cut_report.h - what `trace cut` and `trace split` tell of a piece
 */
#ifndef SIM_CLI_CUT_REPORT_H
#define SIM_CLI_CUT_REPORT_H

#include <stdio.h>

#include "base/json.h"
#include "vm/cutter.h"

json_t *cut_report_json(const char *path, const struct cut_piece *piece);

void cut_report_line(FILE *f, const char *path, const struct cut_piece *piece);

/* On standard error: borders that were moved, records that were left out. */
void cut_report_moved(const struct cut_piece *piece);

#endif
