/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "capture/check.h"

#include <inttypes.h>
#include <stdio.h>

#include "trace/reader.h"
#include "trace/writer.h"

static int start(struct trace_reader *reader, struct capture_result *r, struct sim_error *err)
{
	int rc = trace_info_init(&r->info, err);

	return rc ? rc : verify_create(&r->verify, trace_meta(reader), err);
}

static int add_batch(struct capture_result *r, struct trace_writer *again,
		     const struct batch *b, struct sim_error *err)
{
	int rc = trace_info_add(&r->info, b, err);

	if (!rc)
		rc = verify_add(r->verify, b, err);
	return rc || !again ? rc : trace_writer_batch(again, b, err);
}

/* The refusal names what is wrong, how often, and where first. */
static int judge(const struct capture_result *r, struct sim_error *err)
{
	const struct verify_counts *c = verify_counts(r->verify);
	const struct verify_example *e;
	char text[160] = "";

	if (verify_passed(r->verify))
		return 0;
	if (verify_examples(r->verify, &e))
		verify_example_text(e, text, sizeof(text));
	return sim_fail(err, SIM_EFORMAT, NULL,
			"refused: the stream does not agree with itself: %" PRIu64
			" mismatches, %" PRIu64 " tables missing, %" PRIu64
			" not translated, %" PRIu64 " page faults unexplained%s%s",
			c->mismatch, c->missing_table, c->fault, c->pf_inconsistent,
			*text ? "; first: " : "", text);
}

/* The whole of the reader's trace; w may be NULL. */
static int read_all(struct trace_reader *reader, const struct capture_options *o,
		    struct trace_writer *w, struct capture_result *r, struct sim_error *err)
{
	struct batch b;
	int rc;

	while (!(rc = trace_next(reader, 0, &b, err))) {
		rc = add_batch(r, w, &b, err);
		if (rc)
			return rc;
		if (o->hook && o->hook(o->arg, CAPTURE_VERIFY, capture_data_accesses(r)))
			return sim_fail(err, SIM_EINTR, o->out, "stopped; nothing is written");
	}
	return rc == SIM_EOF ? judge(r, err) : rc;
}

int check_trace(const char *path, const struct capture_options *o, FILE *again,
		struct capture_result *r, struct sim_error *err)
{
	const struct trace_writer_options opt = { .level = o->level };
	struct trace_writer *w = NULL;
	struct trace_reader *reader;
	int rc = trace_open(&reader, path, TRACE_DETAIL, err);

	if (rc)
		return rc;
	rc = start(reader, r, err);
	if (!rc && again)
		rc = trace_writer_create_stream(&w, again, o->out, trace_meta(reader), &opt,
						err);
	if (!rc)
		rc = read_all(reader, o, w, r, err);
	if (rc)
		trace_writer_abort(w);
	else if (w)
		rc = trace_writer_close(w, err);
	trace_close(reader);
	return rc;
}
