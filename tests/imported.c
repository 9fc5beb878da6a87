/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "imported.h"

#include "check.h"

#include <inttypes.h>
#include <string.h>

#include "trace/reader.h"

static void show_access(FILE *f, const struct batch *b, uint32_t i)
{
	unsigned op = b->op[i];

	if ((op & OP_KIND) == OP_FETCH)
		fprintf(f, "F%" PRIx64 "+%" PRIu64, b->gva[i], b->count[i]);
	else
		fprintf(f, "%c%u@%" PRIx64, (op & OP_KIND) == OP_LOAD ? 'L' : 'S',
			1u << ((op & OP_SIZE) >> OP_SIZE_SHIFT), b->gva[i]);
	fprintf(f, "%s%s ", op & OP_CROSS ? "x" : "", op & OP_USER ? "" : "!");
	assert_true(b->frame[i] == FRAME_NONE);
}

static void show_event(FILE *f, const struct event *e)
{
	if (e->kind == EVENT_SWITCH)
		fprintf(f, "switch:%u ", e->pid);
	else if (e->kind == EVENT_END)
		fprintf(f, "end:%" PRIu64, e->value);
	else if (e->kind == EVENT_PF)
		fprintf(f, "pf:%" PRIx64 "/%" PRIx64 " ", e->gva, e->value);
	else if (e->kind == EVENT_INT)
		fprintf(f, "int:%x ", e->n);
	else if (e->kind == EVENT_CR0 || e->kind == EVENT_CR3)
		fprintf(f, "%s:%" PRIx64 " ", event_name(e->kind), e->value);
	else if (e->kind == EVENT_PHASE)
		fprintf(f, "%s:%u ", e->value ? "done" : "phase", e->n);
	else
		fprintf(f, "%s ", event_name(e->kind));
}

static char *show(void *snt, size_t n)
{
	struct sim_error err = { 0 };
	FILE *in = fmemopen(snt, n, "rb"), *f;
	struct trace_reader *r;
	struct batch b;
	char *text;
	size_t size;
	int rc;

	f = open_memstream(&text, &size);
	assert_true(in && f);
	assert_int_equal(trace_open_stream(&r, in, "output", TRACE_DETAIL, &err), 0);
	while (!(rc = trace_next(r, 0, &b, &err)))
		for (uint32_t i = 0; i < b.n; i++)
			if ((b.op[i] & OP_KIND) == OP_EVENT)
				show_event(f, &b.event[b.gva[i]]);
			else
				show_access(f, &b, i);
	assert_int_equal(rc, SIM_EOF);
	trace_close(r);
	fclose(in);
	fclose(f);
	return text;
}

char *imported(const void *bytes, size_t n, const char *name, const struct import_options *opt,
	       int *code, struct sim_error *err)
{
	struct import_options o = *opt;
	char *copy = malloc(n + 1), *snt = NULL, *text = NULL;
	size_t size;
	FILE *in;

	assert_non_null(copy);
	memcpy(copy, bytes, n);
	in = n ? fmemopen(copy, n, "rb") : fopen("/dev/null", "rb");
	o.stream = open_memstream(&snt, &size);
	assert_true(in && o.stream);
	o.writer.level = 1;
	*code = import_run(in, name, "output", &o, err);
	fclose(in);
	fclose(o.stream);
	if (!*code)
		text = show(snt, size);
	free(snt);
	free(copy);
	return text;
}

void imported_is(const char *format, const char *text, const char *records)
{
	struct import_options opt = { .format = format };
	struct sim_error err = { 0 };
	int rc;
	char *got = imported(text, strlen(text), "in.txt", &opt, &rc, &err);

	if (rc)
		print_message("# %s: %s\n", err.where, err.text);
	assert_int_equal(rc, 0);
	assert_string_equal(got, records);
	free(got);
}

void imported_not(const char *format, const char *text, const char *where, const char *why)
{
	struct import_options opt = { .format = format };
	struct sim_error err = { 0 };
	int rc;
	char *got = imported(text, strlen(text), "in.txt", &opt, &rc, &err);

	assert_null(got);
	if (rc != SIM_EFORMAT || !strstr(err.text, why))
		print_message("# %d %s: %s, not \"%s\"\n", rc, err.where, err.text, why);
	assert_int_equal(rc, SIM_EFORMAT);
	assert_non_null(strstr(err.text, why));
	assert_string_equal(err.where, where);
}
