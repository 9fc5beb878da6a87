/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lines.h - a source (source.h) read line by line
 *
 * A line is given without its newline and without a carriage return before that, and stays
 * valid until the next call. It has at most LINES_BYTES_MAX bytes: more are no text.
 */
#ifndef SIM_TRACE_LINES_H
#define SIM_TRACE_LINES_H

#include "trace/source.h"
#include "trace/slice.h"

#define LINES_BYTES_MAX ((size_t)64 << 10)

struct lines {
	struct trace_source *in; /* borrowed */
	uint64_t number;	 /* of the last line given, from 1 */
	bool is_cut;		 /* that line has no newline: the file ends in it */
	char *kept;		 /* a line that spans two pieces of the source */
};

SIM_MUST_CHECK int lines_init(struct lines *l, struct trace_source *in, struct sim_error *err);
void lines_fini(struct lines *l);

/* SIM_EOF behind the last line; SIM_EFORMAT for a line that is too long. */
SIM_MUST_CHECK int lines_next(struct lines *l, struct slice *line, struct sim_error *err);

/* Records SIM_EFORMAT at the last line given. */
int lines_fail(const struct lines *l, const char *why, struct sim_error *err);

#endif
