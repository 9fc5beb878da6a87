/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * import.h - foreign trace formats, one line each in the table of import.c
 *
 * An importer reads its stream once and writes records as it goes; memory does not grow with
 * the trace. Whatever is wrong with the input stops it, and nothing is left behind.
 */
#ifndef SIM_TRACE_IMPORT_H
#define SIM_TRACE_IMPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "trace/source.h"
#include "trace/writer.h"

/* Called now and then with bytes of the input done; non-zero stops with SIM_EINTR. */
typedef int import_progress(void *arg, uint64_t done);

struct import_options {
	const char *
		format; /* a name of import_formats[]; NULL: ask each whether it knows the bytes */
	const char *name;   /* metadata; NULL: the input's file name up to its first dot */
	const char *origin; /* metadata; NULL: the importer's own words */
	const char *tools;  /* the same */
	struct trace_writer_options writer;
	import_progress *progress; /* may be NULL */
	void *arg;
	FILE *stream; /* write here instead of to a file; may be NULL */
};

/* One import under way. */
struct import {
	struct source in;
	const char *out; /* path */
	const struct import_options *opt;
	struct trace_writer *w; /* NULL before import_start */
	uint64_t ticks;
};

struct importer {
	const char *name, *summary;
	bool (*probe)(const uint8_t *head, size_t n);
	int (*run)(struct import *m, struct sim_error *err);
};

/* Ends with NULL. */
extern const struct importer *const import_formats[];

extern const struct importer import_capture;
extern const struct importer import_gtr1;

/* For import_formats: begins the output. m's options prevail over meta's name and origin. */
SIM_MUST_CHECK int import_start(struct import *m, const struct trace_meta *meta,
				struct sim_error *err);

/* For import_formats: to be called once a record. */
SIM_MUST_CHECK static inline int import_tick(struct import *m, struct sim_error *err)
{
	if (++m->ticks % 65536 || !m->opt->progress ||
	    !m->opt->progress(m->opt->arg, m->in.packed))
		return 0;
	return sim_fail(err, SIM_EINTR, m->in.name, "stopped");
}

/* Imports an open stream called in_name into out_path. */
SIM_MUST_CHECK int import_run(FILE *in, const char *in_name, const char *out_path,
			      const struct import_options *opt, struct sim_error *err);

#endif
