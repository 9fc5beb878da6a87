/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "trace/import.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"

#define GUESS_LINES 16 /* a probe of text looks at so many */
#define EXCERPT	    40 /* characters of a bad line that its message shows */

const struct importer *const import_formats[] = { &import_capture,
						  &import_gtr1,
						  &import_lackey,
						  &import_champsim,
						  &import_champsim_cloudsuite,
						  &import_din,
						  &import_gem5,
						  &import_gem5_exec,
						  &import_drmemtrace,
						  &import_drview,
						  &import_perf,
						  &import_qemu,
						  NULL };

const struct importer *import_format(const char *name)
{
	for (unsigned i = 0; import_formats[i]; i++)
		if (!strcmp(import_formats[i]->name, name))
			return import_formats[i];
	return NULL;
}

/* "a/b/fork.gtr.zst" -> "fork"; NULL when out of memory. */
static char *short_name(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	return sim_asprintf("%.*s", (int)strcspn(name, "."), name);
}

int import_start(struct import *m, const struct trace_meta *meta, struct sim_error *err)
{
	const struct import_options *o = m->opt;
	struct trace_meta said = *meta;
	char *name = short_name(m->in.name);
	int rc;

	if (!name)
		return sim_fail_nomem(err);
	said.name = o->name ? o->name : name;
	if (o->origin)
		said.origin = o->origin;
	if (o->tools)
		said.tools = o->tools;
	rc = o->stream ? trace_writer_create_stream(&m->w, o->stream, m->out, &said, &o->writer,
						    err)
		       : trace_writer_create(&m->w, m->out, &said, &o->writer, err);
	sim_free(name);
	return rc;
}

/* --- malformed records --- */

/* Writes the reason and what of the line shows it. */
static void describe_bad(const struct import *m, const char *why, char *buf, size_t size)
{
	char shown[EXCERPT + 1];
	size_t n = m->lines.number ? slice_length(&m->line) : 0;
	size_t kept = n < EXCERPT ? n : EXCERPT;

	if (!n) {
		snprintf(buf, size, "%s", why);
		return;
	}
	for (size_t i = 0; i < kept; i++) {
		char c = m->line.p[i];

		shown[i] = c >= ' ' && c <= '~' ? c : '?';
	}
	shown[kept] = '\0';
	snprintf(buf, size, "%s: \"%s%s\"", why, shown, n > kept ? "..." : "");
}

static void remember_first(struct import *m, const char *text)
{
	struct import_report *r = &m->report;

	if (m->lines.number)
		snprintf(r->first_bad, sizeof(r->first_bad), "%.150s:%" PRIu64 ": %s",
			 m->in.name, m->lines.number, text);
	else
		snprintf(r->first_bad, sizeof(r->first_bad), "%.150s:+0x%" PRIx64 ": %s",
			 m->in.name, m->record, text);
}

int import_bad(struct import *m, const char *why, struct sim_error *err)
{
	char text[200];
	int rc;

	describe_bad(m, why, text, sizeof(text));
	if (m->report.n_bad < m->opt->skip_bad) {
		if (!m->report.n_bad++)
			remember_first(m, text);
		return 0;
	}
	rc = m->lines.number ? lines_fail(&m->lines, text, err)
			     : source_fail(&m->in, m->record, text, err);
	if (m->report.n_bad)
		sim_error_prefix(err,
				 "one malformed record more than the %" PRIu64 " passed over: ",
				 m->report.n_bad);
	return rc;
}

/* --- text --- */

int import_lines(struct import *m, import_line *take, void *arg, struct sim_error *err)
{
	int rc = lines_init(&m->lines, &m->in, err);

	while (!rc) {
		rc = lines_next(&m->lines, &m->line, err);
		if (rc)
			break;
		rc = m->lines.is_cut ? import_bad(m, "the file ends inside this line", err)
				     : take(arg, &m->line, err);
		if (!rc)
			rc = import_tick(m, err);
	}
	lines_fini(&m->lines);
	return rc == SIM_EOF ? 0 : rc;
}

/* --- binary records --- */

/* The next record, in the source's buffer or, when it spans two, in `spare`. SIM_EOF behind the
 * last; *n is less than `bytes` when the file ends in it. */
static int next_record(struct trace_source *in, size_t bytes, uint8_t *spare,
		       const uint8_t **record, size_t *n, struct sim_error *err)
{
	int rc = source_more(in, err);

	*n = 0;
	if (!rc && in->n - in->at >= bytes) {
		*record = in->buf + in->at;
		in->at += bytes;
		*n = bytes;
		return 0;
	}
	*record = spare;
	while (!rc && *n < bytes) {
		spare[(*n)++] = in->buf[in->at++];
		rc = source_more(in, err);
	}
	return rc == SIM_EOF && *n ? 0 : rc;
}

int import_records(struct import *m, size_t bytes, import_record *take, void *arg,
		   struct sim_error *err)
{
	uint8_t spare[IMPORT_RECORD_MAX];
	const uint8_t *record;
	size_t n;
	int rc;

	assert(bytes && bytes <= sizeof(spare));
	do {
		m->record = source_offset(&m->in);
		rc = next_record(&m->in, bytes, spare, &record, &n, err);
		if (rc)
			break;
		rc = n < bytes ? import_bad(m, "the file ends inside this record", err)
			       : take(arg, record, err);
		if (!rc)
			rc = import_tick(m, err);
	} while (!rc);
	return rc == SIM_EOF ? 0 : rc;
}

/* --- which importer --- */

/* What a format of text says of a file's first lines. */
struct verdict {
	unsigned yes, no;
	bool is_first_yes;
};

static struct verdict judge_lines(const struct importer *f, const uint8_t *head, size_t n)
{
	const char *p = (const char *)head, *end = p + n, *newline;
	struct verdict v = { 0, 0, false };

	for (unsigned i = 0; i < GUESS_LINES && p < end; i++, p = newline + 1) {
		struct slice line = { p, NULL };

		newline = memchr(p, '\n', (size_t)(end - p));
		if (!newline)
			break;
		line.end = newline > p && newline[-1] == '\r' ? newline - 1 : newline;
		switch (f->knows(&line)) {
		case GUESS_NO:
			v.no++;
			break;
		case GUESS_YES:
			v.yes++;
			v.is_first_yes |= !i;
			break;
		case GUESS_MAYBE:
			break;
		}
	}
	return v;
}

static bool knows_file(const struct importer *f, const char *in_name, const uint8_t *head,
		       size_t n)
{
	if (f->knows) {
		struct verdict v = judge_lines(f, head, n);

		return v.yes && !v.no;
	}
	return f->probe && f->probe(in_name, head, n);
}

/* Formats that a person may well try, by their first bytes, and what to do. */
static const struct {
	const char *magic, *why;
} strangers[] = {
	{ "gem5",
	  "this is a protobuf trace of gem5; its util/decode_packet_trace.py makes text of it" },
	{ "\x8bSNT\r\n", "this is a trace of shadownest already" },
	{ "PERFILE2", "perf's own file; \"perf script\" makes text of it" },
	{ "\x17\x08\x44tracing",
	  "trace-cmd's own file; \"trace-cmd report\" makes text of it" },
	{ "# tracer: ", "a log of ftrace; \"shadownest trace exits\" counts what KVM did" },
};

/* Says what there is to choose from. */
static int ask(const struct import *m, const char *why, struct sim_error *err)
{
	char text[300];
	int n = snprintf(text, sizeof(text), "%s; --format says what it is:", why);

	for (unsigned i = 0; import_formats[i] && n > 0 && n < (int)sizeof(text); i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "%s %s", i ? "," : "",
			      import_formats[i]->name);
	return source_fail(&m->in, 0, text, err);
}

/* The format of text that the first line or most of the first lines are of, when no format knows
 * them all: its importer names the bad ones, or passes them over. As many of another: none. */
static const struct importer *nearest(const uint8_t *head, size_t n)
{
	const struct importer *best = NULL;
	unsigned most = 0;

	for (unsigned i = 0; import_formats[i]; i++) {
		const struct importer *f = import_formats[i];
		struct verdict v = { 0, 0, false };

		if (f->knows)
			v = judge_lines(f, head, n);
		if (!v.yes || v.yes < most || (!v.is_first_yes && v.yes <= v.no))
			continue;
		best = v.yes == most ? NULL : f;
		most = v.yes;
	}
	return best;
}

/* What to do with a file that no importer is for; NULL: nothing is known of it. */
static const char *stranger(const uint8_t *head, size_t n)
{
	for (size_t i = 0; i < sizeof(strangers) / sizeof(*strangers); i++)
		if (n >= strlen(strangers[i].magic) &&
		    !memcmp(head, strangers[i].magic, strlen(strangers[i].magic)))
			return strangers[i].why;
	return NULL;
}

/* The one whose probe says yes; more than one is none. Otherwise the nearest. */
static int guess(struct import *m, const struct importer **found, struct sim_error *err)
{
	const uint8_t *head = m->in.buf + m->in.at;
	size_t n = m->in.n - m->in.at;
	const char *why;

	*found = NULL;
	for (unsigned i = 0; import_formats[i]; i++) {
		const struct importer *f = import_formats[i];
		char both[80];

		if (!knows_file(f, m->in.name, head, n))
			continue;
		if (*found) {
			snprintf(both, sizeof(both), "this may be %s or %s", (*found)->name,
				 f->name);
			return ask(m, both, err);
		}
		*found = f;
	}
	if (*found)
		return 0;
	why = stranger(head, n);
	if (why)
		return source_fail(&m->in, 0, why, err);
	*found = nearest(head, n);
	m->is_nearest = *found;
	return *found ? 0 : ask(m, "no importer knows these bytes", err);
}

static int find(struct import *m, const struct importer **found, struct sim_error *err)
{
	int rc = source_more(&m->in, err);

	if (rc)
		return rc < 0 ? rc : source_fail(&m->in, 0, "the file is empty", err);
	if (!m->opt->format)
		return guess(m, found, err);
	*found = import_format(m->opt->format);
	return *found ? 0
		      : sim_fail(err, SIM_ERANGE, NULL, "there is no importer \"%s\"",
				 m->opt->format);
}

static int run(struct import *m, struct sim_error *err)
{
	const struct importer *i = NULL;
	int rc = find(m, &i, err);

	if (rc)
		return rc;
	m->report.format = i->name;
	rc = i->run(m, err);
	if (rc == SIM_EFORMAT && m->is_nearest)
		sim_error_prefix(err, "read as %s, for want of --format: ", i->name);
	if (!rc)
		rc = source_end(&m->in, err);
	if (!rc) {
		rc = trace_writer_close(m->w, err);
		m->w = NULL;
	}
	return rc;
}

int import_run(FILE *in, const char *in_name, const char *out_path,
	       const struct import_options *opt, struct sim_error *err)
{
	struct import m = { .out = out_path, .opt = opt };
	int rc = source_init(&m.in, in, in_name, err);

	if (!rc)
		rc = run(&m, err);
	trace_writer_abort(m.w);
	source_fini(&m.in);
	if (opt->report)
		*opt->report = m.report;
	return rc;
}
