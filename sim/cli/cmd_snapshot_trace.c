/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shadownest snapshot trace: a saved guest's page tables as a trace that can be replayed. */
#include "config.h"

#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cmd_snapshot.h"
#include "cli/snapshot_options.h"
#include "cli/stop.h"
#include "snapshot/table_stream.h"

struct arguments {
	struct snapshot_options o;
	const char *out;
	enum table_stream_half half;
};

static int write_trace(void *arguments, struct snapshot *s, struct sim_error *err)
{
	struct arguments *a = arguments;
	struct table_stream_options t = { .roots = &a->o.roots,
					  .half = a->half,
					  .stopped = stop_signal };
	uint64_t loads;
	int rc = snapshot_options_roots(&a->o, s, &t.cpu, &t.levels, err);

	if (rc)
		return rc;
	stop_catch();
	rc = table_stream_write(s, &t, a->out, &loads, err);
	if (!rc)
		printf("%s: %zu address spaces, %" PRIu64 " pages loaded\n", a->out,
		       a->o.roots.n, loads);
	return rc;
}

static error_t take_half(struct arguments *a, const char *arg, struct argp_state *state)
{
	static const char *const names[] = { "all", "user", "kernel" };

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
		a->half = (enum table_stream_half)i;
		if (!strcmp(arg, names[i]))
			return 0;
	}
	argp_error(state, "\"%s\": there are all, user and kernel", arg);
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		snapshot_options_inputs(state, snapshot_options_all);
		return 0;
	case 'o':
		a->out = arg;
		return 0;
	case 'p':
		return take_half(a, arg, state);
	case ARGP_KEY_END:
		if (!a->out)
			argp_error(state, "-o OUT.snt is needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int run(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "output", 'o', "OUT.snt", 0,
		  "write the trace here; it appears when it is whole", 0 },
		{ "pages", 'p', "WHICH", 0,
		  "load the pages of both halves of an address space (all, the default), or of "
		  "user or kernel alone",
		  0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "FILE -o OUT.snt",
		.doc = "Writes the page tables of the guest in FILE, and one load of each page that "
		       "they map, as a trace.\vThe trace replays like any other:\n"
		       "\n"
		       "  shadownest snapshot trace guest.elf -o guest.snt\n"
		       "  shadownest trace verify guest.snt",
		.children = snapshot_options_all,
	};
	struct arguments a = { .half = TABLE_STREAM_ALL };

	return snapshot_options_run(&argp, argc, argv, &a, write_trace);
}

const struct command cmd_snapshot_trace = {
	.name = "trace",
	.summary = "write its page tables as a trace",
	.run = run,
};
