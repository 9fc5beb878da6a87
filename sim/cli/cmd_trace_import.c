/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shadownest trace import: a foreign trace becomes a .snt. */
#include "config.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "cli/cmd_trace.h"
#include "cli/progress.h"
#include "cli/stop.h"
#include "cli/trace_io.h"
#include "trace/import.h"

enum { OPTION_SKIP_BAD = 256 };

struct arguments {
	const char *in, *out;
	struct import_options opt;
};

/* What the bar is drawn from. */
struct bar {
	struct progress progress;
	uint64_t total; /* bytes; 0: not known */
};

static int show(void *arg, uint64_t done, uint64_t accesses)
{
	(void)accesses;
	struct bar *b = arg;

	progress_show_file(&b->progress, done, b->total);
	return stop_signal();
}

static uint64_t size_of(FILE *f)
{
	struct stat s;

	return !fstat(fileno(f), &s) && S_ISREG(s.st_mode) ? (uint64_t)s.st_size : 0;
}

static void tell_bad(const struct import_report *r)
{
	if (r->n_bad)
		fprintf(stderr,
			"shadownest: %" PRIu64 " malformed record%s passed over; %s%s\n",
			r->n_bad, r->n_bad > 1 ? "s were" : " was",
			r->n_bad > 1 ? "the first: " : "", r->first_bad);
}

static int import(struct arguments *a, struct sim_error *err)
{
	FILE *f = strcmp(a->in, "-") ? fopen(a->in, "rb") : stdin;
	struct import_report report = { 0 };
	struct bar bar;
	int rc;

	if (!f)
		return sim_fail(err, SIM_EIO, a->in, "cannot open: %s", strerror(errno));
	bar.total = size_of(f);
	progress_init(&bar.progress, stderr);
	a->opt.progress = show;
	a->opt.arg = &bar;
	a->opt.report = &report;
	rc = import_run(f, f == stdin ? "standard input" : a->in, a->out, &a->opt, err);
	progress_fini(&bar.progress);
	if (f != stdin)
		fclose(f);
	if (!rc)
		tell_bad(&report);
	return rc;
}

static void list_formats(FILE *f)
{
	for (unsigned i = 0; import_formats[i]; i++)
		fprintf(f, "  %-14s %s\n", import_formats[i]->name, import_formats[i]->summary);
}

static void choose_format(struct arguments *a, const char *name, struct argp_state *state)
{
	if (!strcmp(name, "help")) {
		for (unsigned i = 0; import_formats[i]; i++) {
			const struct importer *f = import_formats[i];

			printf("%s (%s)\n  %s\n", f->name,
			       f->flags & IMPORT_TEXT ? "text" : "binary", f->summary);
			if (f->how)
				printf("  %s\n", f->how);
		}
		exit(EXIT_DONE);
	}
	a->opt.format = name;
	if (import_format(name))
		return;
	fprintf(state->err_stream, "there is no format \"%s\"; there are:\n", name);
	list_formats(state->err_stream);
	argp_usage(state);
}

static uint64_t number(const char *option, const char *arg, struct argp_state *state)
{
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(arg, &end, 10);
	if (errno || end == arg || *end || *arg == '-')
		argp_error(state, "%s takes a number, not \"%s\"", option, arg);
	return n;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'f':
		choose_format(a, arg, state);
		return 0;
	case OPTION_SKIP_BAD:
		a->opt.skip_bad = number("--skip-bad", arg, state);
		return 0;
	case 'l':
		a->opt.writer.level = trace_level(arg, state);
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

/* Puts the table of formats behind the description. */
static char *filter(int key, const char *text, void *input)
{
	char *list = NULL;
	size_t n;
	FILE *f;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC || !text || !(f = open_memstream(&list, &n)))
		return (char *)(uintptr_t)text;
	fprintf(f, "Formats (--format help tells how to make them):\n");
	list_formats(f);
	fprintf(f, "\n%s", text);
	fclose(f);
	return list;
}

static int run(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "output", 'o', "FILE.snt", 0,
		  "write the trace here; it appears when it is whole", 0 },
		{ "format", 'f', "NAME", 0,
		  "what IN is; without it, its first bytes decide. help: about all", 0 },
		{ "skip-bad", OPTION_SKIP_BAD, "N", 0,
		  "pass over up to N malformed records, and say how many they were; without "
		  "it, the first one ends the import",
		  0 },
		{ "level", 'l', "N", 0,
		  "zstd's level for the output, 1..22; the default, 19, is for traces that are "
		  "kept, 3 is several times as fast",
		  0 },
		{ "name", 'n', "NAME", 0,
		  "the trace's name in tables; without it, IN's name up to the first dot", 0 },
		{ "origin", 'O', "TEXT", 0, "what ran, on what, how it was captured", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "IN -o FILE.snt",
		.doc = "Converts the trace IN of another tool (- is standard input; raw, "
		       "packed by zstd, gzip, xz or lz4, or files in a zip archive) into the container that shadownest "
		       "replays.\vEvery byte of IN is checked. When something is wrong, the "
		       "error names the line, or the byte of the unpacked data, and no output "
		       "is left behind. A trace of bare addresses needs a guest around it "
		       "before it can be replayed: \"shadownest guest\".\n"
		       "\n"
		       "  shadownest trace import sqlite.gtr.zst -o sqlite.snt\n"
		       "  valgrind --tool=lackey --trace-mem=yes --log-fd=9 ls 9>ls.lackey\n"
		       "  shadownest trace import ls.lackey -o ls.snt",
		.help_filter = filter,
	};
	struct arguments a = { 0 };
	struct sim_error err = { 0 };
	int rc = command_parse(&argp, argc, argv, &a);

	if (rc)
		return rc;
	stop_catch();
	return import(&a, &err) ? command_failed(&err) : EXIT_DONE;
}

const struct command cmd_trace_import = {
	.name = "import",
	.summary = "convert a captured trace of another format",
	.run = run,
};
