/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shadownest trace join: traces of one guest one after the other. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cli/cmd_trace.h"
#include "cli/stop.h"
#include "cli/trace_io.h"
#include "vm/joiner.h"

struct arguments {
	const char **in;
	size_t n_in, cap;
	enum { GAP_REFUSED, GAP_MADE_UP } gap;
	struct trace_output out;
	struct join_counts counts;
};

/* --- parts that are missing --- */

/* A trace on its way into the joined one. */
struct pass {
	const struct arguments *a;
	struct joiner *j;
	const struct trace_meta *first, *meta; /* of the whole, of this trace */
	struct join_counts before;
};

/* Characters of an origin that tell the guest: what these commands add to it stands behind. */
static size_t guest_length(const char *origin)
{
	static const char *const added[] = { "; cut of ", "; piece ", "; join of ",
					     "; filter of ", "; sample of " };
	size_t n = strlen(origin);

	for (size_t i = 0; i < sizeof(added) / sizeof(*added); i++) {
		const char *at = strstr(origin, added[i]);

		if (at && (size_t)(at - origin) < n)
			n = (size_t)(at - origin);
	}
	return n;
}

/* Tables cannot tell: those of two guests that booted the same kernel are nearly the same. */
static bool same_guest(const struct pass *p)
{
	size_t n = guest_length(p->first->origin);

	return n == guest_length(p->meta->origin) &&
	       !strncmp(p->first->origin, p->meta->origin, n);
}

static int check_gap(const struct pass *p, struct sim_error *err)
{
	const struct join_counts *was = &p->before, *now = joiner_counts(p->j);
	uint64_t stores = now->stores - was->stores, given = now->given - was->given;
	uint64_t freed = now->freed - was->freed;

	if (!stores && !given && !freed)
		return 0;
	if (!same_guest(p))
		return sim_fail(err, SIM_ERANGE, NULL,
				"it does not continue the trace before it: other tables, and "
				"another guest: its origin is \"%.80s\", that of the first "
				"\"%.80s\"",
				p->meta->origin, p->first->origin);
	if (p->a->gap == GAP_MADE_UP)
		return 0;
	return sim_fail(err, SIM_ERANGE, NULL,
			"a part is missing before it: %" PRIu64 " tables are new, %" PRIu64
			" gone, and %" PRIu64
			" stores would have to be made up; --gap does that",
			given, freed, stores);
}

static int take(void *arg, const struct batch *b, struct sim_error *err)
{
	const struct pass *p = arg;
	int rc = joiner_add(p->j, b, err);

	return rc ? rc : check_gap(p, err);
}

static int pass(struct arguments *a, struct joiner *j, const struct trace_meta *first,
		struct trace_reader *r, const char *path, struct sim_error *err)
{
	struct pass p = { .a = a,
			  .j = j,
			  .first = first,
			  .meta = trace_meta(r),
			  .before = *joiner_counts(j) };

	return trace_pass(r, path, take, &p, err);
}

/* How the traces are called, in a row. */
static char *how_text(const struct arguments *a, struct sim_error *err)
{
	struct text t = { 0 };
	int rc = 0;

	text_add(&t, "join of");
	for (size_t i = 0; !rc && i < a->n_in; i++) {
		struct trace_reader *r;

		rc = trace_open(&r, a->in[i], 0, err);
		if (rc)
			break;
		text_add(&t, "%s %s", i ? "," : "", trace_meta(r)->name);
		trace_close(r);
	}
	if (!rc && t.failed)
		rc = sim_fail_nomem(err);
	if (rc) {
		text_fini(&t);
		return NULL;
	}
	return text_take(&t);
}

/* --- one trace after the other --- */

static int rest(struct arguments *a, struct joiner *j, const struct trace_meta *first,
		struct sim_error *err)
{
	int rc = 0;

	for (size_t i = 1; !rc && i < a->n_in; i++) {
		struct trace_reader *r;

		rc = trace_open(&r, a->in[i], TRACE_DETAIL, err);
		if (rc)
			break;
		rc = joiner_next(j, trace_meta(r), err);
		if (rc)
			sim_error_within(err, a->in[i]);
		if (!rc)
			rc = pass(a, j, first, r, a->in[i], err);
		trace_close(r);
	}
	return rc ? rc : joiner_finish(j, err);
}

static int join_into(struct arguments *a, struct trace_reader *first, struct trace_writer *w,
		     struct sim_error *err)
{
	struct joiner *j;
	int rc = joiner_create(&j, trace_meta(first), w, err);

	if (rc)
		return rc;
	rc = pass(a, j, trace_meta(first), first, a->in[0], err);
	if (!rc)
		rc = rest(a, j, trace_meta(first), err);
	a->counts = *joiner_counts(j);
	joiner_destroy(j);
	return rc;
}

static int join_from(struct arguments *a, struct trace_reader *first, const char *how,
		     struct sim_error *err)
{
	struct trace_meta meta = *trace_meta(first);
	struct trace_writer *w;
	int rc = trace_output_open(&a->out, a->out.path, &meta, how, &w, err);

	if (rc)
		return rc;
	rc = join_into(a, first, w, err);
	if (rc)
		trace_writer_abort(w);
	else
		rc = trace_writer_close(w, err);
	return rc;
}

static int join(struct arguments *a, struct sim_error *err)
{
	struct trace_reader *first;
	char *how = how_text(a, err);
	int rc;

	if (!how)
		return err->code;
	rc = trace_open(&first, a->in[0], TRACE_DETAIL, err);
	if (!rc) {
		rc = join_from(a, first, how, err);
		trace_close(first);
	}
	sim_free(how);
	return rc;
}

/* --- telling --- */

static json_t *counts_json(const struct arguments *a)
{
	const struct join_counts *c = &a->counts;
	json_t *o = json_object();

	json_object_set_new(o, "file", json_string(a->out.path));
	trace_json_count(o, "traces", a->n_in);
	trace_json_count(o, "records", c->records);
	trace_json_count(o, "instructions", c->instructions);
	trace_json_count(o, "tables_given", c->given);
	trace_json_count(o, "tables_freed", c->freed);
	trace_json_count(o, "tables_repeated", c->repeated);
	trace_json_count(o, "stores_made_up", c->stores);
	return o;
}

static void print_counts(FILE *f, const struct arguments *a)
{
	const struct join_counts *c = &a->counts;

	fprintf(f,
		"%s: %zu traces, %" PRIu64 " records, %" PRIu64
		" instructions; where they meet %" PRIu64 " tables are the same, %" PRIu64
		" new, %" PRIu64 " gone\n",
		a->out.path, a->n_in, c->records, c->instructions, c->repeated, c->given,
		c->freed);
	if (c->stores)
		fprintf(stderr,
			"shadownest: %" PRIu64
			" stores to page tables are made up: the parts between the traces are "
			"missing, and their tables differ\n",
			c->stores);
}

/* --- options --- */

enum { KEY_GAP = 256 };

static const struct argp_option options[] = {
	{ "gap", KEY_GAP, NULL, 0,
	  "where a part is missing in between, make up the stores that changed the guest's "
	  "tables meanwhile",
	  0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case KEY_GAP:
		a->gap = GAP_MADE_UP;
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->out;
		return 0;
	case ARGP_KEY_ARG:
		if (!strcmp(arg, "-"))
			argp_error(state, "traces to join are files: each is opened twice");
		if (sim_grow((void **)&a->in, &a->cap, a->n_in, sizeof(*a->in)))
			return ENOMEM;
		a->in[a->n_in++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (a->n_in < 2)
			argp_error(state, "two traces are needed, at least");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &trace_output_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "A.snt B.snt ... -o OUT.snt",
	.doc = "Writes traces of one guest one after the other, as one trace that replays.\v"
	       "They must have the same RAM, vCPUs and paging. Where one follows another, what "
	       "the later one begins with is reached by events: registers, tables that are new or "
	       "gone. Parts made by \"trace cut\" or \"trace split\" that follow each other differ "
	       "in nothing there: joined, they are the trace they were cut from, record by record. "
	       "Where a part is missing in between, the join is refused, or with --gap the stores "
	       "that changed the guest's tables meanwhile are made up, through a mapping that the "
	       "guest has of them; the command says how many. What cannot be reached so is "
	       "refused, and so are tables of another guest: one whose origin (\"trace info\") is "
	       "another.\n"
	       "\n"
	       "  shadownest trace split --size 2000000 traces/fork.snt -o piece.snt\n"
	       "  shadownest trace join piece-0.snt piece-1.snt piece-2.snt piece-3.snt -o "
	       "fork.snt",
	.children = children,
};

static int run(int argc, char **argv)
{
	struct arguments a = { .out = { .verb = "join" } };
	struct sim_error err = { 0 };
	int rc = command_parse(&argp, argc, argv, &a);

	if (!rc) {
		stop_catch();
		rc = join(&a, &err) ? command_failed(&err) : EXIT_DONE;
		trace_output_fini(&a.out);
		if (rc == EXIT_DONE && a.out.style == OUTPUT_JSON)
			rc = trace_print_json(counts_json(&a));
		else if (rc == EXIT_DONE)
			print_counts(trace_output_summary(&a.out), &a);
	}
	sim_free(a.in);
	return rc;
}

const struct command cmd_trace_join = {
	.name = "join",
	.summary = "write traces of one guest as one",
	.run = run,
};
