/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * import.h - foreign trace formats, one line each in the table of import.c
 *
 * An importer reads its stream once and writes records as it goes; memory does not grow with
 * the trace. Whatever is wrong with the input stops it, and nothing is left behind; malformed
 * records may be passed over instead, up to a bound: they are counted, and have no effect.
 *
 * An importer of text hands import_lines() a function for a line. It takes the whole line apart
 * before it writes anything, so that a malformed one leaves no half of itself.
 */
#ifndef SIM_TRACE_IMPORT_H
#define SIM_TRACE_IMPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "trace/lines.h"
#include "trace/source.h"
#include "trace/writer.h"

/* Called now and then with bytes of the input done, and loads and stores that came of them;
 * non-zero stops with SIM_EINTR. */
typedef int import_progress(void *arg, uint64_t done, uint64_t accesses);

/* How an import went, also one that failed. */
struct import_report {
	const char *format; /* name in import_formats[]; NULL: none was found */
	uint64_t n_bad;	    /* malformed records passed over */
	char first_bad[384];
};

struct import_options {
	const char *
		format; /* a name of import_formats[]; NULL: ask each whether it knows the bytes */
	const char *name;   /* metadata; NULL: the input's file name up to its first dot */
	const char *origin; /* metadata; NULL: the importer's own words */
	const char *tools;  /* the same */
	struct trace_writer_options writer;
	uint64_t skip_bad;	   /* so many malformed records are passed over */
	import_progress *progress; /* may be NULL */
	void *arg;
	FILE *stream;		      /* write here instead of to a file; may be NULL */
	struct import_report *report; /* filled in; may be NULL */
};

/* One import under way. */
struct import {
	struct trace_source in;
	const char *out; /* path */
	const struct import_options *opt;
	struct trace_writer *w; /* NULL before import_start */
	uint64_t ticks;
	struct lines lines; /* number is 0 while it is not read by lines */
	struct slice line;  /* the whole of the last one */
	uint64_t record;    /* otherwise: offset of the record under way */
	bool is_nearest;    /* the format was guessed from some of the first lines */
	struct import_report report;
};

/* flags of an importer */
#define IMPORT_TEXT	(1u << 0) /* lines; otherwise binary */
#define IMPORT_ACCESSES (1u << 1) /* gives memory accesses */
#define IMPORT_TABLES	(1u << 2) /* and the guest's page tables; otherwise bare addresses */

/* What a line says of a file that holds it. */
enum import_guess { GUESS_NO, GUESS_MAYBE, GUESS_YES };

/* How a file is known: with `knows`, when one of its first lines is a yes and none is a no;
 * with `probe`, by its first n bytes, unpacked, or for want of a mark in them by its name. With
 * neither it never is. When none is known so, it is the format of which the first line, or most of
 * the first lines, are a yes: one of them is malformed, and that format can say which. */
struct importer {
	const char *name, *summary;
	const char *how; /* a command line that makes such a trace; NULL: none to give */
	unsigned flags;
	enum import_guess (*knows)(const struct slice *line);
	bool (*probe)(const char *in_name, const uint8_t *head, size_t n);
	int (*run)(struct import *m, struct sim_error *err);
};

/* Ends with NULL. */
extern const struct importer *const import_formats[];

extern const struct importer import_champsim, import_champsim_cloudsuite, import_din,
	import_capture, import_gem5, import_gem5_exec, import_gtr1, import_lackey;
extern const struct importer import_drmemtrace, import_drview, import_perf, import_qemu;

/* The importer of that name; NULL: none. */
const struct importer *import_format(const char *name);

/* Imports an open stream called in_name into out_path. */
SIM_MUST_CHECK int import_run(FILE *in, const char *in_name, const char *out_path,
			      const struct import_options *opt, struct sim_error *err);

/* --- for importers --- */

/* Begins the output. m's options prevail over meta's name and origin. */
SIM_MUST_CHECK int import_start(struct import *m, const struct trace_meta *meta,
				struct sim_error *err);

/* The record under way is malformed: 0 when it is to be passed over, otherwise SIM_EFORMAT. */
SIM_MUST_CHECK int import_bad(struct import *m, const char *why, struct sim_error *err);

/* Writes what a line says, or calls import_bad(). */
typedef int import_line(void *arg, const struct slice *line, struct sim_error *err);

/* Gives every line of the input to `take`. A last line without its newline is malformed. */
SIM_MUST_CHECK int import_lines(struct import *m, import_line *take, void *arg,
				struct sim_error *err);

/* Writes what a binary record says, or calls import_bad(). */
typedef int import_record(void *arg, const uint8_t *record, struct sim_error *err);

/* Gives the input to `take` in records of `bytes` <= IMPORT_RECORD_MAX. The start of one at the
 * end of the file is malformed. */
#define IMPORT_RECORD_MAX 256
SIM_MUST_CHECK int import_records(struct import *m, size_t bytes, import_record *take,
				  void *arg, struct sim_error *err);

/* To be called once a record. */
SIM_MUST_CHECK static inline int import_tick(struct import *m, struct sim_error *err)
{
	if (++m->ticks % 65536 || !m->opt->progress ||
	    !m->opt->progress(m->opt->arg, m->in.packed,
			      m->w ? trace_writer_data_accesses(m->w) : 0))
		return 0;
	return sim_fail(err, SIM_EINTR, m->in.name, "stopped");
}

#endif
