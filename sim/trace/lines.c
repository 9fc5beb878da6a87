/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/lines.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"

int lines_init(struct lines *l, struct trace_source *in, struct sim_error *err)
{
	*l = (struct lines){ .in = in, .kept = sim_calloc(LINES_BYTES_MAX, 1) };
	return l->kept ? 0 : sim_fail_nomem(err);
}

void lines_fini(struct lines *l)
{
	sim_free(l->kept);
	l->kept = NULL;
}

int lines_fail(const struct lines *l, const char *why, struct sim_error *err)
{
	sim_fail(err, SIM_EFORMAT, NULL, "%s", why);
	sim_error_where(err, "%.150s:%" PRIu64, l->in->name, l->number);
	return SIM_EFORMAT;
}

/* The rest of what is there, up to a newline if it has one. */
static struct slice piece(const struct trace_source *in)
{
	const uint8_t *start = in->buf + in->at;
	const uint8_t *newline = memchr(start, '\n', in->n - in->at);

	return (struct slice){ (const char *)start,
			       (const char *)(newline ? newline : in->buf + in->n) };
}

static int too_long(const struct lines *l, struct sim_error *err)
{
	return lines_fail(l, "a line of more than 65536 bytes: this is no text", err);
}

/* A line whose first part is the end of the source's buffer. */
static int join(struct lines *l, struct slice *line, struct sim_error *err)
{
	struct trace_source *in = l->in;
	size_t n = 0;
	int rc;

	do {
		struct slice t = piece(in);

		if (slice_length(&t) > LINES_BYTES_MAX - n)
			return too_long(l, err);
		memcpy(l->kept + n, t.p, slice_length(&t));
		n += slice_length(&t);
		in->at += slice_length(&t);
		if (in->at < in->n)
			break;
		rc = source_fill(in, err);
		if (rc < 0)
			return rc;
		l->is_cut = rc == SIM_EOF;
	} while (!l->is_cut);
	in->at += !l->is_cut;
	*line = (struct slice){ l->kept, l->kept + n };
	return 0;
}

int lines_next(struct lines *l, struct slice *line, struct sim_error *err)
{
	struct trace_source *in = l->in;
	int rc = source_more(in, err);

	if (rc)
		return rc;
	l->number++;
	*line = piece(in);
	if (slice_length(line) < in->n - in->at) {
		if (slice_length(line) > LINES_BYTES_MAX)
			return too_long(l, err);
		in->at += slice_length(line) + 1;
	} else {
		rc = join(l, line, err);
		if (rc)
			return rc;
	}
	if (!slice_is_empty(line) && line->end[-1] == '\r')
		line->end--;
	return 0;
}
