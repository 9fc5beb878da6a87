/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shadownest trace normalise: a stream as a real guest can replay it at CPL 3. */
#include "config.h"

#include <argp.h>
#include <stdio.h>

#include "cli/cmd_trace.h"
#include "cli/stop.h"
#include "trace/reader.h"
#include "trace/writer.h"
#include "vm/normalise.h"

struct arguments {
	const char *in, *out;
	struct normalise_options opt;
};

/* A trace on its way. */
struct passage {
	struct trace_reader *reader;
	struct normaliser *normaliser;
	struct trace_writer *writer;
};

static void passage_fini(struct passage *p)
{
	trace_writer_abort(p->writer);
	normaliser_destroy(p->normaliser);
	trace_close(p->reader);
}

static int passage_init(struct passage *p, const struct arguments *a, struct sim_error *err)
{
	int rc = trace_open(&p->reader, a->in, 0, err);

	if (rc)
		return rc;
	rc = normaliser_create(&p->normaliser, trace_meta(p->reader), &a->opt, err);
	if (rc) {
		sim_error_within(err, a->in);
		return rc;
	}
	return trace_writer_create(&p->writer, a->out, normaliser_meta(p->normaliser), NULL,
				   err);
}

/* in: NULL when there is no more. */
static int pass(struct passage *p, const struct arguments *a, const struct batch *in,
		struct sim_error *err)
{
	struct batch out;
	int rc = normalise(p->normaliser, in, &out, err);

	if (rc) {
		sim_error_within(err, a->in);
		return rc;
	}
	return trace_writer_batch(p->writer, &out, err);
}

static int pass_all(struct passage *p, const struct arguments *a, struct sim_error *err)
{
	struct batch b;
	int rc;

	while (!(rc = trace_next(p->reader, 0, &b, err))) {
		rc = pass(p, a, &b, err);
		if (rc)
			return rc;
		if (stop_signal())
			return sim_fail(err, SIM_EINTR, a->out, "stopped; nothing is written");
	}
	return rc == SIM_EOF ? pass(p, a, NULL, err) : rc;
}

static int normalise_file(const struct arguments *a, struct sim_error *err)
{
	struct passage p = { NULL, NULL, NULL };
	struct trace_writer *whole;
	int rc = passage_init(&p, a, err);

	if (!rc)
		rc = pass_all(&p, a, err);
	if (!rc) {
		whole = p.writer;
		p.writer = NULL;
		rc = trace_writer_close(whole, err);
	}
	passage_fini(&p);
	return rc;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'o':
		a->out = arg;
		return 0;
	case 'a':
		a->opt.set_accessed_dirty = true;
		return 0;
	case ARGP_KEY_ARG:
		if (a->in)
			argp_usage(state);
		a->in = arg;
		return 0;
	case ARGP_KEY_END:
		if (!a->in)
			argp_error(state, "a trace to normalise is needed");
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
		{ "accessed-dirty", 'a', NULL, 0,
		  "set the accessed and dirty bits of every entry: the guest has touched it "
		  "all before",
		  0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "IN.snt -o OUT.snt",
		.doc = "Writes the trace IN.snt (- is standard input) as a real guest replays "
		       "it under KVM: every access at CPL 3, within a page, the replay "
		       "program's own accesses where they happen.\vBoth sides of \"kvm "
		       "compare\" replay exactly this stream; this command is for looking at "
		       "it.\n"
		       "\n"
		       "  shadownest trace normalise traces/fork.snt -o fork-cpl3.snt\n"
		       "  shadownest trace cat --count 100 fork-cpl3.snt",
	};
	struct arguments a = { 0 };
	struct sim_error err = { 0 };
	int rc = command_parse(&argp, argc, argv, &a);

	if (rc)
		return rc;
	stop_catch();
	return normalise_file(&a, &err) ? command_failed(&err) : EXIT_DONE;
}

const struct command cmd_trace_normalise = {
	.name = "normalise",
	.summary = "write the stream that a real guest replays",
	.run = run,
};
