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

static void print_table(const struct event *e, const uint64_t *word)
{
	printf("ptpage gpa 0x%" PRIx64 " level %u", e->gpa, e->level);
	for (unsigned i = 0; i < 512; i++)
		if (word[i])
			printf(" %u:0x%" PRIx64, i, word[i]);
	printf("\n");
}

static void print_process(const struct event *e)
{
	printf("%s pid %" PRIu32, event_name(e->kind), e->pid);
	if (e->kind == EVENT_FORK)
		printf(" child %" PRIu32, e->n);
	if (e->kind == EVENT_MAP || e->kind == EVENT_UNMAP || e->kind == EVENT_PROTECT)
		printf(" gva 0x%" PRIx64 " bytes 0x%" PRIx64, e->gva, e->value);
	if (e->kind == EVENT_MAP || e->kind == EVENT_PROTECT)
		printf(" protection 0x%" PRIx32, e->n);
	printf("\n");
}

static void print_event(const struct event *e, const uint64_t *word)
{
	const char *name = event_name(e->kind);

	switch (e->kind) {
	case EVENT_END:
		printf("%s instructions %" PRIu64 "\n", name, e->value);
		return;
	case EVENT_VCPU:
		printf("%s %u\n", name, e->vcpu);
		return;
	case EVENT_CR0:
	case EVENT_CR3:
	case EVENT_CR4:
	case EVENT_EFER:
	case EVENT_TAG:
		printf("%s 0x%" PRIx64 "\n", name, e->value);
		return;
	case EVENT_INVLPG:
		printf("%s 0x%" PRIx64 "\n", name, e->gva);
		return;
	case EVENT_INVPCID:
		printf("%s type %" PRIu32 " pcid %" PRIu64 " gva 0x%" PRIx64 "\n", name, e->n,
		       e->value, e->gva);
		return;
	case EVENT_PF:
		printf("%s 0x%" PRIx64 " error 0x%" PRIx64 "\n", name, e->gva, e->value);
		return;
	case EVENT_INT:
		printf("%s vector %" PRIu32 "\n", name, e->n);
		return;
	case EVENT_PTPAGE:
		print_table(e, word + e->words);
		return;
	case EVENT_PTW:
		printf("%s gpa 0x%" PRIx64 " value 0x%" PRIx64 "\n", name, e->gpa, e->value);
		return;
	case EVENT_PTFREE:
		printf("%s gpa 0x%" PRIx64 "\n", name, e->gpa);
		return;
	case EVENT_DMA:
		printf("%s gpa 0x%" PRIx64 " bytes %" PRIu32 "\n", name, e->gpa, e->n);
		return;
	case EVENT_PHASE:
		printf("%s %" PRIu32 " %s\n", name, e->n, e->value ? "end" : "begin");
		return;
	case EVENT_RAM_ADD:
	case EVENT_RAM_DEL:
		printf("%s gpa 0x%" PRIx64 " bytes 0x%" PRIx64 "\n", name, e->gpa, e->value);
		return;
	case EVENT_MAP:
	case EVENT_UNMAP:
	case EVENT_PROTECT:
	case EVENT_FORK:
	case EVENT_EXEC:
	case EVENT_EXIT:
	case EVENT_SWITCH:
		print_process(e);
		return;
	case EVENT_KIND_COUNT:
		break;
	}
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
