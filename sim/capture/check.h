/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check.h - the pass over a trace that was just written: counted, verified, perhaps packed anew
 */
#ifndef SIM_CAPTURE_CHECK_H
#define SIM_CAPTURE_CHECK_H

#include <stdio.h>

#include "base/err.h"
#include "capture/capture.h"

/*
 * Reads the trace at `path` into r's counts, calling o's hook, and writes it anew to `again` at
 * o's level unless that is NULL. SIM_EFORMAT with the first access that does not agree.
 */
SIM_MUST_CHECK int check_trace(const char *path, const struct capture_options *o, FILE *again,
			       struct capture_result *r, struct sim_error *err);

#endif
