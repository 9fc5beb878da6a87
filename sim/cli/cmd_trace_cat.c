/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shadownest trace cat: records as text. */
#include "config.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cmd_trace.h"
#include "trace/reader.h"

struct arguments {
	const char *path;
	uint64_t from, count;
	uint64_t seen; /* records, from the first on */
};

static void print_access(const struct batch *b, uint32_t i)
{
	static const char *const kind[] = { "load", "store", "fetch" };
	uint8_t op = b->op[i];

	printf("%s ", kind[op & OP_KIND]);
	if ((op & OP_KIND) != OP_FETCH)
		printf("%u ", 1u << ((op & OP_SIZE) >> OP_SIZE_SHIFT));
	printf("%s0x%" PRIx64, op & OP_USER ? "user " : "", b->gva[i]);
	if (b->frame[i] != FRAME_NONE)
		printf(" frame 0x%" PRIx64, b->frame[i]);
	if ((op & OP_KIND) == OP_FETCH)
		printf(" count %" PRIu64, b->count[i]);
	printf("%s%s\n", op & OP_CROSS ? " cross" : "", op & OP_SYSTEM ? " system" : "");
}

/* --- events: a word and the fields that the kind has --- */

enum source { FROM_VCPU = 1, FROM_N, FROM_PID, FROM_LEVEL, FROM_GVA, FROM_GPA, FROM_VALUE };

struct field {
	enum source from; /* 0 ends the list */
	enum { DEC, HEX } base;
	const char *label; /* NULL: the number alone */
};

#define FIELDS_MAX 5

#define RANGE                                                                                  \
	{ FROM_PID, DEC, "pid" }, { FROM_GVA, HEX, "gva" },                                    \
	{                                                                                      \
		FROM_VALUE, HEX, "bytes"                                                       \
	}
#define GPA_BYTES                                                                              \
	{ FROM_GPA, HEX, "gpa" },                                                              \
	{                                                                                      \
		FROM_VALUE, HEX, "bytes"                                                       \
	}

static const struct field layout[EVENT_KIND_COUNT][FIELDS_MAX] = {
	[EVENT_END] = { { FROM_VALUE, DEC, "instructions" } },
	[EVENT_VCPU] = { { FROM_VCPU, DEC, NULL } },
	[EVENT_CR0] = { { FROM_VALUE, HEX, NULL } },
	[EVENT_CR3] = { { FROM_VALUE, HEX, NULL } },
	[EVENT_CR4] = { { FROM_VALUE, HEX, NULL } },
	[EVENT_EFER] = { { FROM_VALUE, HEX, NULL } },
	[EVENT_TAG] = { { FROM_VALUE, HEX, NULL } },
	[EVENT_INVLPG] = { { FROM_GVA, HEX, NULL } },
	[EVENT_INVPCID] = { { FROM_N, DEC, "type" },
			    { FROM_VALUE, DEC, "pcid" },
			    { FROM_GVA, HEX, "gva" } },
	[EVENT_PF] = { { FROM_GVA, HEX, NULL }, { FROM_VALUE, HEX, "error" } },
	[EVENT_INT] = { { FROM_N, DEC, "vector" } },
	[EVENT_PTPAGE] = { { FROM_GPA, HEX, "gpa" }, { FROM_LEVEL, DEC, "level" } },
	[EVENT_PTW] = { { FROM_GPA, HEX, "gpa" }, { FROM_VALUE, HEX, "value" } },
	[EVENT_PTFREE] = { { FROM_GPA, HEX, "gpa" } },
	[EVENT_DMA] = { { FROM_GPA, HEX, "gpa" }, { FROM_N, DEC, "bytes" } },
	[EVENT_PHASE] = { { FROM_N, DEC, NULL } },
	[EVENT_RAM_ADD] = { GPA_BYTES },
	[EVENT_RAM_DEL] = { GPA_BYTES },
	[EVENT_MAP] = { RANGE, { FROM_N, HEX, "mapping" }, { FROM_GPA, HEX, "file" } },
	[EVENT_UNMAP] = { RANGE },
	[EVENT_PROTECT] = { RANGE, { FROM_N, HEX, "protection" } },
	[EVENT_FORK] = { { FROM_PID, DEC, "pid" }, { FROM_N, DEC, "child" } },
	[EVENT_EXEC] = { { FROM_PID, DEC, "pid" } },
	[EVENT_EXIT] = { { FROM_PID, DEC, "pid" } },
	[EVENT_SWITCH] = { { FROM_PID, DEC, "pid" } },
	[EVENT_ADVISE] = { RANGE, { FROM_N, DEC, "advice" } },
};

static uint64_t field_value(const struct event *e, enum source from)
{
	switch (from) {
	case FROM_VCPU:
		return e->vcpu;
	case FROM_N:
		return e->n;
	case FROM_PID:
		return e->pid;
	case FROM_LEVEL:
		return e->level;
	case FROM_GVA:
		return e->gva;
	case FROM_GPA:
		return e->gpa;
	case FROM_VALUE:
		return e->value;
	}
	return 0;
}

static void print_field(const struct event *e, const struct field *f)
{
	uint64_t value = field_value(e, f->from);

	printf(" %s%s", f->label ? f->label : "", f->label ? " " : "");
	if (f->base == HEX)
		printf("0x%" PRIx64, value);
	else
		printf("%" PRIu64, value);
}

static void print_words(const uint64_t *word)
{
	for (unsigned i = 0; i < 512; i++)
		if (word[i])
			printf(" %u:0x%" PRIx64, i, word[i]);
}

static void print_event(const struct event *e, const uint64_t *word)
{
	const struct field *f = layout[e->kind];

	printf("%s", event_name(e->kind));
	for (unsigned i = 0; i < FIELDS_MAX && f[i].from; i++)
		print_field(e, &f[i]);
	if (e->kind == EVENT_PTPAGE)
		print_words(word + e->words);
	if (e->kind == EVENT_PHASE)
		printf(" %s", e->value ? "end" : "begin");
	printf("\n");
}

/* Prints those records of a batch that were asked for. */
static void print_batch(struct arguments *a, const struct batch *b)
{
	for (uint32_t i = 0; i < b->n && a->count && !ferror(stdout); i++) {
		if (b->first + i < a->from)
			continue;
		printf("%" PRIu64 " ", b->first + i);
		if ((b->op[i] & OP_KIND) == OP_EVENT)
			print_event(&b->event[b->gva[i]], b->word);
		else
			print_access(b, i);
		a->count--;
	}
	a->seen = b->first + b->n;
}

/* At the end of the trace: whether its first record wanted is there. */
static int check_from(const struct arguments *a, struct sim_error *err)
{
	if (a->from < a->seen || !a->from)
		return 0;
	return sim_fail(err, SIM_ERANGE, a->path,
			"there is no record %" PRIu64 ": the trace has %" PRIu64, a->from,
			a->seen);
}

static int cat(struct arguments *a, struct sim_error *err)
{
	struct trace_reader *r;
	struct batch b;
	int rc = trace_open(&r, a->path, TRACE_DETAIL, err);

	if (rc)
		return rc;
	if (a->from && trace_bytes_total(r))
		rc = trace_seek(r, a->from, err);
	while (!rc && a->count && !ferror(stdout)) {
		rc = trace_next(r, 0, &b, err);
		if (!rc)
			print_batch(a, &b);
	}
	trace_close(r);
	return rc == SIM_EOF ? check_from(a, err) : rc;
}

static uint64_t number(const char *arg, struct argp_state *state)
{
	char *end;
	unsigned long long v;

	errno = 0;
	v = strtoull(arg, &end, 10);
	if (errno || end == arg || *end || arg[0] == '-')
		argp_error(state, "\"%s\" is not a number of records", arg);
	return v;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'f':
		a->from = number(arg, state);
		return 0;
	case 'c':
		a->count = number(arg, state);
		return 0;
	case ARGP_KEY_ARG:
		if (a->path)
			argp_usage(state);
		a->path = arg;
		return 0;
	case ARGP_KEY_END:
		if (!a->path)
			argp_error(state, "a trace is needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int run(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "from", 'f', "N", 0, "begin at record N (the first is 0)", 0 },
		{ "count", 'c', "N", 0, "print at most N records", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "TRACE",
		.doc = "Prints the records of TRACE (- is standard input) as text, one a "
		       "line: its position, its kind, and what belongs to it.\v  shadownest "
		       "trace cat --from 1000000 --count 10 traces/fork.snt\n"
		       "  shadownest trace cat traces/fork.snt | grep ptw",
	};
	struct arguments a = { .count = UINT64_MAX };
	struct sim_error err = { 0 };
	int rc = command_parse(&argp, argc, argv, &a);

	if (rc)
		return rc;
	return cat(&a, &err) ? command_failed(&err) : EXIT_DONE;
}

const struct command cmd_trace_cat = {
	.name = "cat",
	.summary = "print records as text",
	.run = run,
};
