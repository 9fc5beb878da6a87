/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shadownest trace import: a foreign trace becomes a .snt. */
#include "config.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cmd_trace.h"
#include "cli/stop.h"
#include "trace/import.h"

struct arguments {
	const char *in, *out;
	struct import_options opt;
};

static int progress(void *arg, uint64_t done)
{
	(void)arg;
	(void)done;
	return stop_signal();
}

static int import(const struct arguments *a, struct sim_error *err)
{
	FILE *f = strcmp(a->in, "-") ? fopen(a->in, "rb") : stdin;
	int rc;

	if (!f)
		return sim_fail(err, SIM_EIO, a->in, "cannot open: %s", strerror(errno));
	rc = import_run(f, f == stdin ? "standard input" : a->in, a->out, &a->opt, err);
	if (f != stdin)
		fclose(f);
	return rc;
}

static void list_formats(const struct argp_state *state)
{
	for (unsigned i = 0; import_formats[i]; i++)
		fprintf(state->err_stream, "  %-8s %s\n", import_formats[i]->name,
			import_formats[i]->summary);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'f':
		a->opt.format = arg;
		for (unsigned i = 0; import_formats[i]; i++)
			if (!strcmp(arg, import_formats[i]->name))
				return 0;
		fprintf(state->err_stream, "there is no format \"%s\"; there are:\n", arg);
		list_formats(state);
		argp_usage(state);
		return 0;
	case 'o':
		a->out = arg;
		return 0;
	case 'n':
		a->opt.name = arg;
		return 0;
	case 'O':
		a->opt.origin = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (a->in)
			argp_usage(state);
		a->in = arg;
		return 0;
	case ARGP_KEY_END:
		if (!a->in)
			argp_error(state, "a trace to import is needed");
		if (!a->out)
			argp_error(state, "-o FILE.snt is needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int run(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "output", 'o', "FILE.snt", 0,
		  "write the trace here; it appears when it is whole", 0 },
		{ "format", 'f', "NAME", 0,
		  "what IN is (gtr1); without it, its first bytes decide", 0 },
		{ "name", 'n', "NAME", 0,
		  "the trace's name in tables; without it, IN's name up to the first dot", 0 },
		{ "origin", 'O', "TEXT", 0, "what ran, on what, how it was captured", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "IN -o FILE.snt",
		.doc = "Converts the trace IN (- is standard input; raw or zstd-compressed) "
		       "into the container that shadownest replays.\vEvery byte of IN is "
		       "checked. When something is wrong, the error names the byte (of the "
		       "uncompressed data), and no output is left behind.\n"
		       "\n"
		       "  shadownest trace import sqlite.gtr.zst -o sqlite.snt\n"
		       "  shadownest trace verify sqlite.snt",
	};
	struct arguments a = { 0 };
	struct sim_error err = { 0 };
	int rc = command_parse(&argp, argc, argv, &a);

	if (rc)
		return rc;
	stop_catch();
	a.opt.progress = progress;
	return import(&a, &err) ? command_failed(&err) : EXIT_DONE;
}

const struct command cmd_trace_import = {
	.name = "import",
	.summary = "convert a captured trace of another format",
	.run = run,
};
