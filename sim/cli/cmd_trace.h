/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd_trace.h - the sub-commands of `shadownest trace`
 */
#ifndef SIM_CLI_CMD_TRACE_H
#define SIM_CLI_CMD_TRACE_H

#include "cli/command.h"

extern const struct command cmd_trace_import, cmd_trace_info, cmd_trace_verify, cmd_trace_cat,
	cmd_trace_exits, cmd_trace_gen, cmd_trace_normalise, cmd_trace_cut, cmd_trace_join,
	cmd_trace_filter, cmd_trace_sample, cmd_trace_split, cmd_trace_stats;

#endif
