/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * import_perf.c - samples of memory accesses, as `perf script` prints them
 *
 * Format, as perf 6.1 writes it (tools/perf/builtin-script.c): perf prints the fields asked for in an
 * order of its own:
 *
 *     comm pid/tid [cpu] time: period event: addr sym (dso) data_src weight ip sym (dso) ...
 *       ls 20621/20621 11455.340845: page-faults:     555d955cf5c0 ffffffff8175336a
 *
 * The event, the address and the instruction pointer are needed; pid or tid too. Addresses are
 * columns of 16: that tells them from symbols. With call chains (-g) the instruction is the chain's
 * first line. What data_src says ("|OP LOAD", "|OP STORE") decides the kind; without it, an event
 * with "store" in its name, or a breakpoint on writes, is a store and any other a load. A sample without
 * an address (0) is malformed.
 *
 * The stream is sparse: each sample is one instruction and its access; what runs between two samples is
 * not in it. perf does not say sizes: an access is of 8 bytes, fewer at a page's
 * end. Code above 2^63 is the kernel's.
 * Without pid, each thread counts as a process.
 */
#include "config.h"

#include "trace/import_bare.h"

#define KNOWN_AS "perf script"
#define USUAL	 8u /* bytes of an access */
#define COLUMN	 17 /* of an address: 16, and the blank before it */

struct sample {
	uint64_t pid, gva, ip;
	unsigned kind;
	bool has_ip;
};

struct perf {
	struct import_bare bare;
	struct sample waiting; /* for its chain's first line, when is_waiting */
	uint64_t number;       /* of its line */
	bool is_waiting;
};

/* --- the head: up to the event's name --- */

/* "1234" or "1200/1234": the process */
static bool parse_pid(struct slice word, uint64_t *pid)
{
	uint64_t tid;

	if (!slice_take_dec(&word, pid) || *pid > UINT32_MAX)
		return false;
	return slice_is_empty(&word) || (slice_take_char(&word, '/') &&
					 slice_take_dec(&word, &tid) && slice_is_empty(&word));
}

static bool is_time(struct slice word)
{
	uint64_t n;

	return slice_take_dec(&word, &n) && slice_take_char(&word, '.') &&
	       slice_take_dec(&word, &n) && slice_take_char(&word, ':') &&
	       slice_is_empty(&word);
}

static bool contains(struct slice t, const char *what)
{
	for (; !slice_is_empty(&t); t.p++) {
		struct slice rest = t;

		if (slice_take(&rest, what))
			return true;
	}
	return false;
}

static unsigned kind_of(const struct slice *event)
{
	struct slice t = *event;
	uint64_t address;

	if (contains(t, "store"))
		return OP_STORE;
	/* A breakpoint: "mem:0x1000:w:" or "mem:0x1000/8:w:u:". Of rw it is not known which. */
	if (!slice_take(&t, "mem:0x") || !slice_take_hex(&t, &address))
		return OP_LOAD;
	return contains(t, ":w:") ? OP_STORE : OP_LOAD;
}

/*
 * Takes everything up to the event's name off. A program's name may be of several words, also of
 * digits: the process is the last number before the time. Without a time, it is the first number, for
 * the period may follow.
 */
static bool take_head(struct slice *line, struct sample *s)
{
	struct slice t = *line, word;
	bool has_pid = false, has_time = false;
	uint64_t pid, last = 0;

	while (slice_take_word(&t, &word)) {
		if (is_time(word)) {
			has_time = true;
			s->pid = last;
		} else if (!has_time && parse_pid(word, &pid)) {
			if (!has_pid)
				s->pid = pid;
			has_pid = true;
			last = pid;
		} else if (word.end[-1] == ':' && has_pid) {
			s->kind = kind_of(&word);
			*line = t;
			return true;
		}
	}
	return false;
}

/* --- the rest: addresses and what belongs to them --- */

/* The next column of hexadecimal digits; words that are none are passed over. */
static bool take_column(struct slice *t, uint64_t *v)
{
	struct slice word;
	const char *before = t->p;

	while (slice_take_word(t, &word)) {
		struct slice digits = word;

		if (word.end - before >= COLUMN && slice_take_hex(&digits, v) &&
		    slice_is_empty(&digits))
			return true;
		before = word.end;
	}
	return false;
}

/* " 68100142 |OP LOAD|LVL L1 hit|SNP None|..." */
static void take_data_source(struct slice *t, struct sample *s)
{
	struct slice rest = *t;

	if (contains(rest, "|OP STORE"))
		s->kind = OP_STORE;
	else if (contains(rest, "|OP LOAD"))
		s->kind = OP_LOAD;
	else
		return;
	while (t->p < t->end && *t->p != '|')
		t->p++;
}

/* Weights and latencies, in decimal, may stand before the instruction pointer: no code lies in the
 * first 64 KiB (vm.mmap_min_addr of Linux). */
#define CODE_MIN 0x10000u

static bool take_sample(struct slice t, struct sample *s)
{
	if (!take_column(&t, &s->gva))
		return false;
	take_data_source(&t, s);
	do
		s->has_ip = take_column(&t, &s->ip);
	while (s->has_ip && s->ip < CODE_MIN);
	return true;
}

/* --- what comes of it --- */

static int write_sample(struct perf *p, const struct sample *s, struct sim_error *err)
{
	const char *flaw = import_bare_flaw(s->gva, 1);
	int rc;

	if (!flaw)
		flaw = import_bare_flaw(s->ip, 1);
	if (!flaw && !s->gva)
		flaw = "a sample whose address is not known (0)";
	if (flaw)
		return import_bad(p->bare.m, flaw, err);
	import_bare_rights(&p->bare, s->ip >> 63 ? 0 : OP_USER);
	if ((rc = import_bare_switch(&p->bare, (uint32_t)s->pid, err)) ||
	    (rc = import_bare_code(&p->bare, s->ip, 1, err)))
		return rc;
	return import_bare_data(&p->bare, s->kind, s->gva, import_bare_bytes(s->gva, USUAL),
				err);
}

static int lacks_ip(struct perf *p, struct sim_error *err)
{
	return import_bad(p->bare.m,
			  "a sample that has not both addr and ip; \"perf script -F "
			  "comm,pid,tid,time,event,addr,ip\" prints them",
			  err);
}

/* Another sample begins where the chain of the one that waits should: a line that is gone. */
static int give_up(struct perf *p, struct sim_error *err)
{
	struct import *m = p->bare.m;
	const struct slice line = m->line;
	uint64_t number = m->lines.number;
	int rc;

	p->is_waiting = false;
	m->line = (struct slice){ NULL, NULL };
	m->lines.number = p->number;
	rc = lacks_ip(p, err);
	m->line = line;
	m->lines.number = number;
	return rc;
}

/* A line of a call chain: a tab, and an address. */
static int take_chain(struct perf *p, struct slice t, struct sim_error *err)
{
	struct sample s = p->waiting;

	slice_skip_blanks(&t);
	if (!slice_take_hex(&t, &s.ip))
		return import_bad(p->bare.m, "not a line of a call chain", err);
	if (!p->is_waiting)
		return 0;
	p->is_waiting = false;
	return write_sample(p, &s, err);
}

static int take_line(void *arg, const struct slice *line, struct sim_error *err)
{
	struct perf *p = arg;
	struct slice t = *line;
	struct sample s = { .kind = OP_LOAD };
	int rc = 0;

	if (!slice_is_empty(&t) && *t.p == '\t')
		return take_chain(p, t, err);
	if (p->is_waiting)
		rc = give_up(p, err);
	if (rc || slice_is_empty(&t) || *t.p == '#')
		return rc;
	if (!take_head(&t, &s))
		return import_bad(p->bare.m,
				  "no sample: \"comm pid/tid time: event: addr ip\" is meant",
				  err);
	if (!take_sample(t, &s))
		return lacks_ip(p, err);
	if (s.has_ip)
		return write_sample(p, &s, err);
	p->waiting = s;
	p->number = p->bare.m->lines.number;
	p->is_waiting = true;
	return 0;
}

static enum import_guess knows(const struct slice *line)
{
	struct slice t = *line;
	struct sample s;

	if (slice_is_empty(&t) || *t.p == '#' || *t.p == '\t')
		return GUESS_MAYBE;
	return take_head(&t, &s) ? GUESS_YES : GUESS_NO;
}

static int run(struct import *m, struct sim_error *err)
{
	struct perf p = { .is_waiting = false };
	int rc;

	import_bare_init(&p.bare, m,
			 "samples of perf: sparse, what ran between two of them is missing",
			 KNOWN_AS ", imported by " PACKAGE_STRING);
	rc = import_lines(m, take_line, &p, err);
	if (!rc && p.is_waiting)
		rc = give_up(&p, err);
	return rc ? rc : import_bare_end(&p.bare, err);
}

const struct importer import_perf = {
	.name = "perf",
	.summary = "perf script: samples of memory accesses",
	.how = "perf mem record PROGRAM (or perf record -d -e EVENT); perf script -F "
	       "comm,pid,tid,time,event,addr,ip,data_src",
	.flags = IMPORT_TEXT | IMPORT_ACCESSES,
	.knows = knows,
	.run = run,
};
