/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shadownest trace filter: some of the accesses, and all that the tables need. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/cmd_trace.h"
#include "cli/sieve_run.h"

struct arguments {
	const char *in;
	struct trace_output out;
	struct sieve_rule rule;
	struct text what; /* the rule, for people */
};

static void tell(struct arguments *a, const char *option, const char *value)
{
	text_add(&a->what, "%s%s %s", a->what.n ? ", " : "", option, value);
}

/* --- lists of kinds --- */

#define EACH_EVENT(k) (enum event_kind k = EVENT_END; k < EVENT_KIND_COUNT; k++)

/* A bit for each event kind that the word names; 0: none. */
static uint64_t events_of(const char *word, size_t n)
{
	uint64_t set = 0;

	for
		EACH_EVENT(k)
		{
			bool is_process = k >= EVENT_MAP;

			if ((strlen(event_name(k)) == n && !strncmp(word, event_name(k), n)) ||
			    (is_process && n == 7 && !strncmp(word, "process", n)))
				set |= (uint64_t)1 << k;
		}
	return set;
}

static unsigned accesses_of(const char *word, size_t n)
{
	static const char *const name[] = { "load", "store", "fetch" };

	for (unsigned i = 0; i < 3; i++)
		if (strlen(name[i]) == n && !strncmp(word, name[i], n))
			return 1u << i;
	return 0;
}

static uint64_t droppable(void)
{
	uint64_t set = 0;

	for
		EACH_EVENT(k)
		{
			if (sieve_can_drop(k))
				set |= (uint64_t)1 << k;
		}
	return set;
}

static void unknown(const char *word, size_t n, struct argp_state *state)
{
	argp_error(state,
		   "\"%.*s\" is no kind of record; there are load, store, fetch, process (map "
		   "... advise) and what \"trace cat\" calls events",
		   (int)n, word);
}

/* Kinds that stay. */
static void parse_kinds(struct arguments *a, const char *list, struct argp_state *state)
{
	unsigned accesses = 0;
	uint64_t events = 0;

	for (const char *p = list; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL) {
		size_t n = strcspn(p, ",");

		if (!accesses_of(p, n) && !events_of(p, n))
			unknown(p, n, state);
		accesses |= accesses_of(p, n);
		events |= events_of(p, n);
	}
	a->rule.kinds = accesses;
	if (events)
		a->rule.drop_events |= droppable() & ~events;
}

static void parse_drop(struct arguments *a, const char *list, struct argp_state *state)
{
	for (const char *p = list; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL) {
		size_t n = strcspn(p, ",");
		uint64_t events = events_of(p, n);

		if (!events)
			unknown(p, n, state);
		if (events & ~droppable())
			argp_error(
				state,
				"events \"%.*s\" must stay: the tables of the stream, or what "
				"a processor remembers of them, would not be right without",
				(int)n, p);
		a->rule.drop_events |= events;
	}
}

static void parse_cpl(struct arguments *a, const char *arg, struct argp_state *state)
{
	if (!strcmp(arg, "user") || !strcmp(arg, "3"))
		a->rule.rings = 2;
	else if (!strcmp(arg, "kernel") || !strcmp(arg, "0"))
		a->rule.rings = 1;
	else
		argp_error(state, "--cpl is user or kernel, not \"%s\"", arg);
}

static void parse_space(struct arguments *a, enum sieve_space by, const char *arg,
			struct argp_state *state)
{
	if (a->rule.space_by != SPACE_ANY)
		argp_error(state, "one of --cr3, --address-space and --pid is enough");
	a->rule.space_by = by;
	a->rule.space = trace_number(arg, "a number", state);
}

/* --- options --- */

enum { KEY_CPL = 256, KEY_KIND, KEY_GVA, KEY_CR3, KEY_SPACE, KEY_PID, KEY_DROP };

static const struct argp_option options[] = {
	{ "cpl", KEY_CPL, "user|kernel", 0, "accesses made at CPL 3, or below", 0 },
	{ "kind", KEY_KIND, "LIST", 0,
	  "kinds of record that stay, of load, store, fetch and event kinds; when it names event "
	  "kinds, harmless ones that it does not name go",
	  0 },
	{ "gva", KEY_GVA, "FROM-TO", 0, "accesses whose first byte lies there, TO included",
	  0 },
	{ "cr3", KEY_CR3, "VALUE", 0, "accesses while CR3 leads to this root table", 0 },
	{ "address-space", KEY_SPACE, "N", 0,
	  "the same, by its number: 0 is the one that the trace begins in", 0 },
	{ "pid", KEY_PID, "N", 0,
	  "accesses while the process N runs, as the stream's switch events say", 0 },
	{ "drop-events", KEY_DROP, "LIST", 0,
	  "harmless events that go, of int, dma, phase, tag, process (map ... advise)", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	static const char *const name[] = { "cpl",	     "kind", "gva",	      "cr3",
					    "address space", "pid",  "without events" };
	struct arguments *a = state->input;

	if (key >= KEY_CPL && key <= KEY_DROP)
		tell(a, name[key - KEY_CPL], arg);
	switch (key) {
	case KEY_CPL:
		parse_cpl(a, arg, state);
		return 0;
	case KEY_KIND:
		parse_kinds(a, arg, state);
		return 0;
	case KEY_GVA:
		trace_range(arg, "an address", &a->rule.gva_first, &a->rule.gva_last, state);
		return 0;
	case KEY_CR3:
		parse_space(a, SPACE_CR3, arg, state);
		return 0;
	case KEY_SPACE:
		parse_space(a, SPACE_NUMBER, arg, state);
		return 0;
	case KEY_PID:
		parse_space(a, SPACE_PID, arg, state);
		return 0;
	case KEY_DROP:
		parse_drop(a, arg, state);
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->out;
		return 0;
	case ARGP_KEY_END:
		if (!a->what.n)
			argp_error(state, "what is to pass? --cpl, --kind, --gva, --cr3, "
					  "--address-space, --pid or --drop-events");
		return 0;
	default:
		return trace_parse_input(key, arg, state, &a->in);
	}
}

static const struct argp_child children[] = { { &trace_output_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "IN.snt -o OUT.snt",
	.doc = "Writes the accesses of IN.snt (- is standard input) that every option lets pass, "
	       "and all events that its page tables need.\v"
	       "What stays, whatever the options: tables and every write to them, each with the "
	       "store that makes it; register writes, invalidations, page faults. So the result "
	       "replays under every technique. The instructions of fetches that go are counted by "
	       "the next fetch that stays, or at the end.\n"
	       "\n"
	       "  shadownest trace filter --cpl user traces/pipe.snt -o user.snt\n"
	       "  shadownest trace filter --kind load,store --gva 0x0-0x7fffffffffff "
	       "traces/pipe.snt -o data.snt\n"
	       "  shadownest trace filter --kind ptw traces/fork.snt -o tables.snt",
	.children = children,
};

static int run(int argc, char **argv)
{
	struct arguments a = { .rule = sieve_all, .out = { .verb = "filter" } };
	int rc = command_parse(&argp, argc, argv, &a);

	if (!rc)
		rc = sieve_run(a.in, &a.out, &a.rule, a.what.s);
	text_fini(&a.what);
	return rc;
}

const struct command cmd_trace_filter = {
	.name = "filter",
	.summary = "write some of the accesses, by CPL, kind, address, space",
	.run = run,
};
