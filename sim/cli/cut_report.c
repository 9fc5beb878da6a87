/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cut_report.h"

#include <inttypes.h>

#include "cli/trace_io.h"

json_t *cut_report_json(const char *path, const struct cut_piece *p)
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

void cut_report_line(FILE *f, const char *path, const struct cut_piece *p)
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

void cut_report_moved(const struct cut_piece *p)
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
