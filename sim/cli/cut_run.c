/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cut_run.h"

#include <inttypes.h>

#include "cli/trace_io.h"

/* --- cutting --- */

static int take(void *arg, const struct batch *b, struct sim_error *err)
{
	return cutter_add(arg, b, err);
}

/* Blocks without an event, before the part wanted, need not be unpacked. */
static int skip(const struct cut_rule *rule, struct trace_reader *r, struct cutter *c,
		struct sim_error *err)
{
	uint64_t length, skipped;
	int rc;

	if (rule->kind != CUT_RECORDS || !trace_bytes_total(r))
		return 0;
	rc = trace_length(r, &length, err);
	if (rc || rule->to >= length)
		return rc;
	rc = trace_skip_quiet(r, rule->from, &skipped, err);
	if (!rc)
		cutter_skipped(c, skipped);
	return rc;
}

static int cut_reader(struct trace_reader *r, const char *in, const struct cut_rule *rule,
		      const struct cutter_sink *sink, struct sim_error *err)
{
	struct cutter *c;
	int rc = cutter_create(&c, trace_meta(r), rule, sink, err);

	if (rc) {
		sim_error_within(err, in);
		return rc;
	}
	rc = skip(rule, r, c, err);
	if (!rc)
		rc = trace_pass(r, in, take, c, err);
	if (!rc) {
		rc = cutter_finish(c, err);
		if (rc)
			sim_error_within(err, in);
	}
	cutter_destroy(c);
	return rc;
}

int cut_run(const char *in, const struct cut_rule *rule, const struct cutter_sink *sink,
	    struct sim_error *err)
{
	struct trace_reader *r;
	int rc = trace_open(&r, in, TRACE_DETAIL, err);

	if (rc)
		return rc;
	rc = cut_reader(r, in, rule, sink, err);
	trace_close(r);
	return rc;
}

/* --- telling --- */

json_t *cut_run_json(const char *path, const struct cut_piece *p)
{
	json_t *o = json_object();

	json_object_set_new(o, "file", json_string(path));
	trace_json_count(o, "first", p->first);
	trace_json_count(o, "last", p->last);
	trace_json_count(o, "first_asked", p->first_asked);
	trace_json_count(o, "last_asked", p->last_asked);
	trace_json_count(o, "prologue", p->prologue);
	trace_json_count(o, "records", p->records);
	trace_json_count(o, "accesses", p->accesses);
	trace_json_count(o, "instructions", p->instructions);
	trace_json_count(o, "stray_writes", p->stray_writes);
	return o;
}

void cut_run_line(FILE *f, const char *path, const struct cut_piece *p)
{
	fprintf(f,
		"%s: records %" PRIu64 "..%" PRIu64 ", %" PRIu64 " accesses, %" PRIu64
		" instructions, behind %" PRIu64 " records of state\n",
		path, p->first, p->last, p->accesses, p->instructions, p->prologue);
}

static void moved(const char *which, uint64_t asked, uint64_t is)
{
	if (asked != is)
		fprintf(stderr,
			"shadownest: the %s moves from record %" PRIu64 " to %" PRIu64
			": no part can begin between them\n",
			which, asked, is);
}

void cut_run_moved(const struct cut_piece *p)
{
	moved("beginning", p->first_asked, p->first);
	moved("end", p->last_asked, p->last);
	if (p->stray_writes)
		fprintf(stderr,
			"shadownest: %" PRIu64
			" page-table writes left out: to pages that were tables before the "
			"part begins, and are none\n",
			p->stray_writes);
}
