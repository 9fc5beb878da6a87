/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/trace_io.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/stop.h"

/* --- reading --- */

static void show(struct progress *p, const struct trace_reader *r)
{
	struct run_progress now = { .bytes_done = trace_bytes_read(r),
				    .bytes_total = trace_bytes_total(r),
				    .points_total = 1 };

	if (p->is_terminal && now.bytes_total)
		progress_show(p, &now);
}

/* Records a batch: a signal is seen soon, and the bar moves. */
#define BATCH 65536

int trace_pass(struct trace_reader *r, const char *path, trace_take *take, void *arg,
	       struct sim_error *err)
{
	struct progress bar;
	struct batch b;
	int rc;

	progress_init(&bar, stderr);
	bar.what = "traces";
	while (!(rc = trace_next(r, BATCH, &b, err))) {
		rc = take(arg, &b, err);
		if (rc < 0)
			sim_error_within(err, path);
		if (!rc && stop_signal())
			rc = sim_fail(err, SIM_EINTR, path, "stopped");
		if (rc)
			break;
		show(&bar, r);
	}
	progress_fini(&bar);
	return rc == SIM_EOF ? 0 : rc;
}

/* --- writing --- */

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct trace_output *o = state->input;

	switch (key) {
	case 'o':
		o->path = arg;
		return 0;
	case 'n':
		o->name = arg;
		return 0;
	case 'l':
		o->writer.level = trace_level(arg, state);
		return 0;
	case 'j':
		o->style = OUTPUT_JSON;
		return 0;
	case ARGP_KEY_END:
		if (!o->path)
			argp_error(state, "-o OUT.snt is needed");
		if (!strcmp(o->path, "-") && o->style == OUTPUT_JSON)
			argp_error(state, "--json and -o - would write to the same place");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "output", 'o', "OUT.snt", 0,
	  "write the trace here (-: to standard output); a file appears when it is whole", 10 },
	{ "name", 'n', "NAME", 0,
	  "the trace's name in tables; without it, OUT's name up to the first dot", 10 },
	{ "level", 'l', "N", 0,
	  "compress as zstd does at level N, 1 (fast) to 22 (small); without it, 19, to standard output 1",
	  10 },
	{ "json", 'j', NULL, 0, "print what was written as JSON", 11 },
	{ 0 },
};

const struct argp trace_output_argp = { .options = options, .parser = parse };

static char *default_name(const struct trace_output *o, const char *path,
			  const struct trace_meta *meta)
{
	const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;

	if (o->name)
		return sim_strdup(o->name);
	if (!strcmp(path, "-"))
		return sim_asprintf("%s-%s", meta->name, o->verb);
	return sim_asprintf("%.*s", (int)strcspn(file, "."), file);
}

static int make_texts(struct trace_output *o, const char *path, struct trace_meta *meta,
		      const char *how, struct sim_error *err)
{
	trace_output_fini(o);
	o->name_text = default_name(o, path, meta);
	o->origin_text = sim_asprintf("%s%s%s", meta->origin, meta->origin[0] ? "; " : "", how);
	o->tools_text = sim_asprintf("%s%strace %s of shadownest %s", meta->tools,
				     meta->tools[0] ? ", " : "", o->verb, PACKAGE_VERSION);
	if (!o->name_text || !o->origin_text || !o->tools_text)
		return sim_fail_nomem(err);
	meta->name = o->name_text;
	meta->origin = o->origin_text;
	meta->tools = o->tools_text;
	return 0;
}

int trace_output_open(struct trace_output *o, const char *path, struct trace_meta *meta,
		      const char *how, struct trace_writer **w, struct sim_error *err)
{
	struct trace_writer_options pipe = o->writer;
	int rc = make_texts(o, path, meta, how, err);

	if (!pipe.level)
		pipe.level = 1; /* unpacked again at once */
	if (rc)
		return rc;
	if (strcmp(path, "-") != 0)
		return trace_writer_create(w, path, meta, &o->writer, err);
	if (isatty(STDOUT_FILENO))
		return sim_fail(err, SIM_EIO, "standard output",
				"a trace is not written to a terminal");
	return trace_writer_create_stream(w, stdout, "standard output", meta, &pipe, err);
}

void trace_output_fini(struct trace_output *o)
{
	sim_free(o->name_text);
	sim_free(o->origin_text);
	sim_free(o->tools_text);
	o->name_text = o->origin_text = o->tools_text = NULL;
}

/* --- telling --- */

FILE *trace_output_summary(const struct trace_output *o)
{
	return strcmp(o->path, "-") ? stdout : stderr;
}

int trace_print_json(json_t *o)
{
	int rc = json_dumpf(o, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);

	json_decref(o);
	printf("\n");
	return rc ? EXIT_FAILED : EXIT_DONE;
}

void trace_json_count(json_t *o, const char *key, uint64_t value)
{
	json_object_set_new(o, key, json_integer((json_int_t)value));
}

error_t trace_parse_input(int key, char *arg, struct argp_state *state, const char **in)
{
	switch (key) {
	case ARGP_KEY_ARG:
		if (*in)
			argp_usage(state);
		*in = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "a trace is needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* NULL, or the character behind the number. */
static const char *scan(const char *arg, uint64_t *v)
{
	bool is_hex = arg[0] == '0' && (arg[1] == 'x' || arg[1] == 'X');
	char *end;

	errno = 0;
	*v = strtoull(arg, &end, is_hex ? 16 : 10);
	return errno || end == arg || arg[0] < '0' || arg[0] > '9' ? NULL : end;
}

uint64_t trace_number(const char *arg, const char *what, struct argp_state *state)
{
	const char *end;
	uint64_t v;

	end = scan(arg, &v);
	if (!end || *end)
		argp_error(state, "\"%s\" is not %s", arg, what);
	return v;
}

int trace_level(const char *arg, struct argp_state *state)
{
	const char *end;
	uint64_t v;

	end = scan(arg, &v);
	if (!end || *end || !v || v > TRACE_LEVEL_MAX)
		argp_error(state, "a compression level is 1 to %d, not \"%s\"", TRACE_LEVEL_MAX,
			   arg);
	return (int)v;
}

void trace_range(const char *arg, const char *what, uint64_t *from, uint64_t *to,
		 struct argp_state *state)
{
	const char *end = scan(arg, from);

	if (!end || *end != '-') {
		argp_error(state, "\"%s\" is not FROM-TO", arg);
		return;
	}
	*to = trace_number(end + 1, what, state);
}
