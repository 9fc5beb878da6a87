/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "trace/import.h"

#include <string.h>

#include "base/alloc.h"

const struct importer *const import_formats[] = { &import_capture, &import_gtr1, NULL };

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

static const struct importer *find(struct import *m, struct sim_error *err)
{
	const uint8_t *head = m->in.buf + m->in.at;
	size_t n = m->in.n - m->in.at;

	for (unsigned i = 0; import_formats[i]; i++) {
		if (m->opt->format ? !strcmp(import_formats[i]->name, m->opt->format)
				   : import_formats[i]->probe(head, n))
			return import_formats[i];
	}
	if (m->opt->format)
		sim_fail(err, SIM_ERANGE, NULL, "there is no importer \"%s\"", m->opt->format);
	else
		source_fail(&m->in, 0, "no importer knows these bytes", err);
	return NULL;
}

static int run(struct import *m, struct sim_error *err)
{
	const struct importer *i;
	int rc = source_more(&m->in, err);

	if (rc)
		return rc < 0 ? rc : source_fail(&m->in, 0, "the file is empty", err);
	i = find(m, err);
	if (!i)
		return m->opt->format ? SIM_ERANGE : SIM_EFORMAT;
	rc = i->run(m, err);
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
	return rc;
}
