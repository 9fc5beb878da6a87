/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * import_drview.c - the text of drmemtrace's view tool
 *
 * Format, as DynamoRIO's clients/drcachesim/tools/view.cpp writes it (to standard error):
 *
 *     Output format:
 *     <--record#-> <--instr#->: <---tid---> <record details>
 *     ------------------------------------------------------------
 *                1           0:      342625 <marker: version 6>
 *                9           1:      342625 ifetch       3 byte(s) @ 0x00007fc205a61940 48 89 e7 mov ...
 *               12           4:      342625 write        8 byte(s) @ 0x00007ffd... by PC 0x0000...
 *     View tool results:
 *                4 : total instructions
 *
 * It names threads (with "W0.T1" the workload before), and no processes: threads of a workload are
 * taken for one process, numbered 1 and up. The instruction's number tells what executed without
 * a fetch (rep movs): it stays. Prefetches, flushes and markers are passed over as in the binary
 * (import_drmemtrace.c); window markers become phases. Text without its last lines is refused:
 * it was cut.
 */
#include "config.h"

#include "trace/import_bare.h"

#define KNOWN_AS "DynamoRIO drmemtrace"

struct drview {
	struct import_bare bare;
	uint64_t instruction; /* number on the last line */
	enum { BEFORE, RECORDS, RESULTS, ENDED } state;
};

struct prefix {
	uint64_t record, instruction;
	uint64_t workload; /* 0 when it is not said */
};

static int bad(struct drview *v, const char *why, struct sim_error *err)
{
	return import_bad(v->bare.m, why, err);
}

/* Takes "  12   4:   342625 " off. */
static bool take_prefix(struct slice *line, struct prefix *p)
{
	struct slice t = *line, word;
	uint64_t tid;

	*p = (struct prefix){ 0 };
	slice_skip_blanks(&t);
	if (!slice_take_dec(&t, &p->record))
		return false;
	slice_skip_blanks(&t);
	if (!slice_take_dec(&t, &p->instruction) || !slice_take_char(&t, ':') ||
	    !slice_take_word(&t, &word))
		return false;
	if (slice_take_char(&word, 'W') &&
	    !(slice_take_dec(&word, &p->workload) && slice_take_char(&word, '.')))
		return false;
	(void)slice_take_char(&word, 'T');
	if (!slice_take_dec(&word, &tid) || !slice_is_empty(&word) ||
	    p->workload >= UINT32_MAX - IMPORT_BARE_PID)
		return false;
	slice_skip_blanks(&t);
	*line = t;
	return true;
}

/* Threads of a workload are one process. */
static int run_as(struct drview *v, const struct prefix *p, struct sim_error *err)
{
	return import_bare_switch(&v->bare, (uint32_t)p->workload + IMPORT_BARE_PID, err);
}

/* "3 byte(s) @ 0x00007fc205a61940" and more */
static bool take_reference(struct slice *t, uint64_t *gva, uint64_t *bytes)
{
	slice_skip_blanks(t);
	return slice_take_dec(t, bytes) && slice_take(t, " byte(s) @ 0x") &&
	       slice_take_hex(t, gva);
}

static int take_marker(struct drview *v, struct slice t, struct sim_error *err)
{
	uint64_t window;

	if (t.end[-1] != '>')
		return bad(v, "a marker that does not end", err);
	if (slice_take(&t, "window ")) {
		if (!slice_take_dec(&t, &window) || window > UINT32_MAX)
			return bad(v, "a window without a number of 32 bits", err);
		return import_bare_phase(&v->bare, (uint32_t)window, err);
	}
	if (slice_take(&t, "trace start for "))
		import_bare_rights(&v->bare, 0);
	else if (slice_take(&t, "trace end for "))
		import_bare_rights(&v->bare, OP_USER);
	return 0;
}

static int take_code(struct drview *v, struct slice t, const struct prefix *p,
		     struct sim_error *err)
{
	uint64_t gva, bytes;
	const char *flaw;
	int rc;

	if (!take_reference(&t, &gva, &bytes))
		return bad(v, "an ifetch without \"N byte(s) @ 0xADDRESS\"", err);
	flaw = import_bare_flaw(gva, bytes);
	if (flaw)
		return bad(v, flaw, err);
	/* A kernel's instructions bear the number of the one before them. */
	if (p->instruction == v->instruction && v->bare.rights)
		return 0;
	rc = run_as(v, p, err);
	return rc ? rc : import_bare_code(&v->bare, gva, bytes, err);
}

static int take_data(struct drview *v, unsigned kind, struct slice t, const struct prefix *p,
		     struct sim_error *err)
{
	uint64_t gva, bytes;
	const char *flaw;
	int rc;

	if (!take_reference(&t, &gva, &bytes) || !slice_take(&t, " by PC 0x"))
		return bad(v, "an access without \"N byte(s) @ 0xADDRESS by PC 0x...\"", err);
	flaw = import_bare_flaw(gva, bytes);
	if (flaw)
		return bad(v, flaw, err);
	rc = run_as(v, p, err);
	return rc ? rc : import_bare_data(&v->bare, kind, gva, bytes, err);
}

/* Bytes of the instruction on the line before, when they are many. */
static bool is_spill(struct slice t)
{
	while (slice_length(&t) > 1 && slice_digit(t.p[0]) >= 0 && slice_digit(t.p[1]) >= 0) {
		t.p += 2;
		slice_skip_blanks(&t);
	}
	return slice_is_empty(&t);
}

static int take_record(struct drview *v, struct slice t, const struct prefix *p,
		       struct sim_error *err)
{
	if (slice_take(&t, "ifetch "))
		return take_code(v, t, p, err);
	if (slice_take(&t, "read "))
		return take_data(v, OP_LOAD, t, p, err);
	if (slice_take(&t, "write "))
		return take_data(v, OP_STORE, t, p, err);
	if (slice_take(&t, "<marker: "))
		return take_marker(v, t, err);
	if (slice_take(&t, "<thread ") || slice_take(&t, "pref") || slice_take(&t, "iflush ") ||
	    slice_take(&t, "dflush ") || is_spill(t))
		return 0;
	return bad(v, "a record of an unknown kind", err);
}

static bool is_rule(const struct slice *line)
{
	return slice_length(line) == 60 && *line->p == '-' && line->end[-1] == '-';
}

/* A line between the head and the results. */
static int take_body(struct drview *v, struct slice line, struct sim_error *err)
{
	struct prefix p, again;
	int rc;

	if (is_rule(&line) || slice_is_empty(&line))
		return 0;
	if (slice_equals(&line, "View tool results:")) {
		v->state = RESULTS;
		return 0;
	}
	if (!take_prefix(&line, &p))
		return bad(v, "no record (\"RECORD INSTRUCTION: THREAD ...\")", err);
	/* Before a window's marker it may stand twice. */
	while (take_prefix(&line, &again))
		p = again;
	rc = take_record(v, line, &p, err);
	v->instruction = p.instruction;
	return rc;
}

static int take_line(void *arg, const struct slice *line, struct sim_error *err)
{
	struct drview *v = arg;
	struct slice t = *line;
	uint64_t n;

	switch (v->state) {
	case BEFORE: /* what the program itself prints may stand here */
		if (slice_take(&t, "<--record#-> <--instr#->: <---tid---> "))
			v->state = RECORDS;
		else if (slice_take(&t, "<record#>: T<tid> "))
			return source_fail(&v->bare.m->in, 0,
					   "text of an old view tool, which does not number "
					   "instructions",
					   err);
		return 0;
	case RECORDS:
		return take_body(v, t, err);
	case RESULTS:
		slice_skip_blanks(&t);
		if (!slice_take_dec(&t, &n) || !slice_equals(&t, " : total instructions"))
			return bad(v, "not \"N : total instructions\"", err);
		v->state = ENDED;
		return 0;
	case ENDED:
		break;
	}
	return 0;
}

static enum import_guess knows(const struct slice *line)
{
	struct slice t = *line;

	if (slice_take(&t, "<--record#-> <--instr#->: ") ||
	    slice_take(&t, "<record#>: T<tid> "))
		return GUESS_YES;
	return GUESS_MAYBE;
}

static int run(struct import *m, struct sim_error *err)
{
	struct drview v = { .state = BEFORE };
	int rc;

	import_bare_init(&v.bare, m, KNOWN_AS ", as its view tool shows it",
			 KNOWN_AS ", imported by " PACKAGE_STRING);
	rc = import_lines(m, take_line, &v, err);
	if (rc)
		return rc;
	if (v.state == BEFORE)
		return source_fail(&m->in, 0, "no head \"<--record#-> <--instr#->: ...\"", err);
	if (v.state != ENDED)
		return source_fail(&m->in, source_offset(&m->in),
				   "the text ends without \"View tool results:\" and its total",
				   err);
	return import_bare_end(&v.bare, err);
}

const struct importer import_drview = {
	.name = "drview",
	.summary = "DynamoRIO drmemtrace's view tool: the same, as text",
	.how = "drrun -t drmemtrace -tool view -indir DIR 2>OUT",
	.flags = IMPORT_TEXT | IMPORT_ACCESSES,
	.knows = knows,
	.run = run,
};
