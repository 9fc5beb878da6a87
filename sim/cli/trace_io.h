/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trace_io.h - what the commands that read or write traces share: passes, outputs, their options
 */
#ifndef SIM_CLI_TRACE_IO_H
#define SIM_CLI_TRACE_IO_H

#include <argp.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "trace/reader.h"
#include "trace/writer.h"

/* --- reading --- */

/* 0 for more, SIM_EOF for enough, or an error. */
typedef int trace_take(void *arg, const struct batch *b, struct sim_error *err);

/* Gives all batches of a reader to `take`, with a bar on a terminal, until a signal comes. 0 or an
 * error, which names the trace. */
SIM_MUST_CHECK int trace_pass(struct trace_reader *r, const char *path, trace_take *take,
			      void *arg, struct sim_error *err);

/* --- writing --- */

/* Options that trace_output_argp parses, and texts made of them. */
struct trace_output {
	const char *path; /* "-": standard output */
	const char *name; /* NULL: the file's up to its first dot, or the input's and `verb` */
	struct trace_writer_options writer;
	enum { OUTPUT_TEXT, OUTPUT_JSON } style;
	const char *verb; /* "cut": what was done */

	char *name_text, *origin_text, *tools_text; /* private: of the last trace_output_open */
};

/* -o, --name, --level, --json; the input is a struct trace_output with its verb. */
extern const struct argp trace_output_argp;

/* Opens the output. origin: of the input; how: what was done to it. The metadata's texts live until the next call. */
SIM_MUST_CHECK int trace_output_open(struct trace_output *o, const char *path,
				     struct trace_meta *meta, const char *how,
				     struct trace_writer **w, struct sim_error *err);

void trace_output_fini(struct trace_output *o);

/* --- telling --- */

/* Where a summary in text goes: not where a trace does. */
FILE *trace_output_summary(const struct trace_output *o);

/* Prints an object and lets go of it; EXIT_DONE or EXIT_FAILED. */
int trace_print_json(json_t *o);

/* Adds an integer. */
void trace_json_count(json_t *o, const char *key, uint64_t value);

/* For the default of a parser: the one trace that a command reads. */
error_t trace_parse_input(int key, char *arg, struct argp_state *state, const char **in);

/* A number, decimal or 0x; argp_error says what it was to be. */
uint64_t trace_number(const char *arg, const char *what, struct argp_state *state);

/* zstd's level of compression, 1 to TRACE_LEVEL_MAX (zstd.h: ZSTD_maxCLevel() since 1.3). */
#define TRACE_LEVEL_MAX 22
int trace_level(const char *arg, struct argp_state *state);

/* FROM-TO, each as trace_number. */
void trace_range(const char *arg, const char *what, uint64_t *from, uint64_t *to,
		 struct argp_state *state);

#endif
