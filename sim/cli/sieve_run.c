/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/sieve_run.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"
#include "cli/command.h"
#include "cli/stop.h"

static int take(void *arg, const struct batch *b, struct sim_error *err)
{
	return sieve_add(arg, b, err);
}

struct job {
	const char *in;
	struct trace_output *out;
	const struct sieve_rule *rule;
	const char *rule_text;
	struct sieve_counts counts; /* of the last pass */
};

/* One pass; w = NULL counts. */
static int pass(struct job *j, struct trace_reader *r, struct trace_writer *w,
		struct sim_error *err)
{
	struct sieve *s;
	int rc = sieve_create(&s, trace_meta(r), j->rule, w, err);

	if (rc)
		return rc;
	rc = trace_pass(r, j->in, take, s, err);
	if (!rc)
		rc = sieve_finish(s, err);
	j->counts = *sieve_counts(s);
	sieve_destroy(s);
	return rc;
}

/* Of a file, so that the result's metadata, which stands in front, can say how much passed. */
static int count(struct job *j, struct sim_error *err)
{
	struct trace_reader *r;
	int rc = trace_open(&r, j->in, TRACE_DETAIL, err);

	if (rc)
		return rc;
	if (trace_bytes_total(r))
		rc = pass(j, r, NULL, err);
	trace_close(r);
	return rc;
}

static char *how_text(const struct job *j, const char *name)
{
	const struct sieve_counts *c = &j->counts;

	if (!c->records)
		return sim_asprintf("%s of %s: %s", j->out->verb, name, j->rule_text);
	return sim_asprintf("%s of %s: %s; %" PRIu64 " of %" PRIu64 " accesses", j->out->verb,
			    name, j->rule_text, c->out_accesses, c->accesses);
}

static int sift(struct job *j, struct trace_reader *r, struct sim_error *err)
{
	struct trace_meta meta = *trace_meta(r);
	char *how = how_text(j, meta.name);
	struct trace_writer *w;
	int rc;

	if (!how)
		return sim_fail_nomem(err);
	rc = trace_output_open(j->out, j->out->path, &meta, how, &w, err);
	sim_free(how);
	if (rc)
		return rc;
	rc = pass(j, r, w, err);
	if (rc)
		trace_writer_abort(w);
	else
		rc = trace_writer_close(w, err);
	return rc;
}

static int run(struct job *j, struct sim_error *err)
{
	struct trace_reader *r;
	int rc = count(j, err);

	if (!rc)
		rc = trace_open(&r, j->in, TRACE_DETAIL, err);
	if (rc)
		return rc;
	rc = sift(j, r, err);
	trace_close(r);
	return rc;
}

static json_t *counts_json(const char *path, const struct sieve_counts *c)
{
	json_t *o = json_object();

	json_object_set_new(o, "file", json_string(path));
	trace_json_count(o, "records_in", c->records);
	trace_json_count(o, "accesses_in", c->accesses);
	trace_json_count(o, "records", c->out_records);
	trace_json_count(o, "accesses", c->out_accesses);
	trace_json_count(o, "stores_for_tables", c->for_tables);
	trace_json_count(o, "events", c->out_events);
	trace_json_count(o, "windows", c->windows);
	trace_json_count(o, "instructions", c->instructions);
	return o;
}

static void print_counts(FILE *f, const char *path, const struct sieve_counts *c)
{
	fprintf(f,
		"%s: %" PRIu64 " of %" PRIu64 " accesses, %" PRIu64
		" of them stores that page tables need; %" PRIu64 " events, %" PRIu64
		" instructions\n",
		path, c->out_accesses, c->accesses, c->for_tables, c->out_events,
		c->instructions);
}

int sieve_run(const char *in, struct trace_output *out, const struct sieve_rule *rule,
	      const char *rule_text)
{
	struct job j = { .in = in, .out = out, .rule = rule, .rule_text = rule_text };
	struct sim_error err = { 0 };
	int rc;

	stop_catch();
	rc = run(&j, &err);
	if (rc)
		sim_error_where(&err, "%s", in);
	trace_output_fini(out);
	if (rc)
		return command_failed(&err);
	if (out->style == OUTPUT_JSON)
		return trace_print_json(counts_json(out->path, &j.counts));
	print_counts(trace_output_summary(out), out->path, &j.counts);
	return EXIT_DONE;
}
