/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sieve_run.h - a trace through trace/sieve.h into a trace: `trace filter` and `trace sample`
 */
#ifndef SIM_CLI_SIEVE_RUN_H
#define SIM_CLI_SIEVE_RUN_H

#include "cli/trace_io.h"
#include "trace/sieve.h"

/* rule_text: what passes, for the trace's origin and for people. Returns an exit status, having printed what there is to say. */
int sieve_run(const char *in, struct trace_output *out, const struct sieve_rule *rule,
	      const char *rule_text);

#endif
