/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * exit_line.h - one line of a tracepoint log, for exit_log.c
 */
#ifndef SIM_TRACE_EXIT_LINE_H
#define SIM_TRACE_EXIT_LINE_H

#include "trace/exit_log.h"

enum exit_line { EXIT_LINE_EVENT, EXIT_LINE_NOTHING, EXIT_LINE_BAD };

/* Fills e, as far as the line alone tells; EXIT_LINE_BAD with *why. */
enum exit_line exit_line_parse(struct slice line, struct exit_log_event *e, const char **why);

#endif
