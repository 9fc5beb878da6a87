/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * import_qemu.c - the text of QEMU's log, -d mmu,int, of an x86 guest under TCG
 *
 * It has no accesses: an events-only stream, to hold against what a capture of the same guest
 * counts. Format, as QEMU 7.2 writes it (target/i386: helper.c, cpu.c and tcg/):
 *
 *     CR0 update: CR0=0x80050033                  EVENT_CR0
 *     CR3 update: CR3=00000000072b6000            EVENT_CR3; logged while paging is on
 *     check_exception old: 0xffffffff new 0xe     an exception may become a double fault; passed over
 *     Servicing hardware INT=0x30                 EVENT_INT, unless the next line tells of it
 *          0: v=0e e=0002 i=0 cpl=0 IP=... CR2=...   v=0e: EVENT_PF with CR2 and error code;
 *                                                 otherwise EVENT_INT with the vector
 *     SMM: enter, SMM: after RSM, CPU Reset       passed over
 *     RAX=... to EFER=...                         registers at that moment; passed over
 *
 * In real mode QEMU logs no "v=" line. Of several vCPUs the log does not say whose a line is:
 * the events are those of all. It counts no instructions.
 */
#include "config.h"

#include "trace/import.h"

#define KNOWN_AS      "QEMU -d mmu,int"
#define VECTOR_PF     0x0e
#define NO_VECTOR     UINT64_MAX
#define VECTORS	      256
#define REGISTER_WORD 4 /* longest name of a register in a dump's first word */

struct qemu_log {
	struct import *m;
	uint64_t events;
	uint64_t pending; /* vector of a "Servicing" line; NO_VECTOR: none */
};

static int emit(struct qemu_log *q, const struct event *e, struct sim_error *err)
{
	q->events++;
	return trace_writer_event(q->m->w, e, NULL, err);
}

/* The interrupt that no "v=" line told of: it met real mode. */
static int settle(struct qemu_log *q, struct sim_error *err)
{
	const struct event e = { .kind = EVENT_INT, .n = (uint32_t)q->pending };
	bool is_pending = q->pending != NO_VECTOR;

	q->pending = NO_VECTOR;
	return is_pending ? emit(q, &e, err) : 0;
}

/* --- lines; each is taken apart before anything is written --- */

static bool parse_register(struct slice t, struct event *e)
{
	if (slice_take(&t, "CR0 update: CR0="))
		e->kind = EVENT_CR0;
	else if (slice_take(&t, "CR3 update: CR3="))
		e->kind = EVENT_CR3;
	else
		return false;
	return slice_take_hex(&t, &e->value) && slice_is_empty(&t);
}

static bool parse_servicing(struct slice t, uint64_t *vector)
{
	return slice_take(&t, "Servicing hardware INT=") && slice_take_hex(&t, vector) &&
	       *vector < VECTORS && slice_is_empty(&t);
}

/* Moves behind the next " name=". */
static bool find(struct slice *t, const char *name)
{
	struct slice word;

	while (slice_take_word(t, &word))
		if (slice_take(&word, name)) {
			t->p = word.p;
			return true;
		}
	return false;
}

static bool parse_exception(struct slice t, struct event *e)
{
	uint64_t vector, code;

	slice_skip_blanks(&t);
	if (!slice_take_dec(&t, &code) || !slice_take(&t, ": v=") ||
	    !slice_take_hex(&t, &vector) || vector >= VECTORS || !slice_take(&t, " e=") ||
	    !slice_take_hex(&t, &code) || code > UINT32_MAX)
		return false;
	e->kind = EVENT_INT;
	e->n = (uint32_t)vector;
	if (vector != VECTOR_PF)
		return find(&t, "IP=");
	*e = (struct event){ .kind = EVENT_PF, .value = code };
	return find(&t, "IP=") && find(&t, "CR2=") && slice_take_hex(&t, &e->gva) &&
	       slice_is_empty(&t);
}

/* A register's name in capitals and digits, then blanks, then '='. */
static bool is_dump(struct slice t)
{
	const char *first = t.p;

	while (t.p < t.end && ((*t.p >= 'A' && *t.p <= 'Z') || (*t.p >= '0' && *t.p <= '9')))
		t.p++;
	if (t.p - first < 2 || t.p - first > REGISTER_WORD + 2)
		return false;
	slice_skip_blanks(&t);
	return slice_take_char(&t, '=');
}

static bool is_remark(struct slice t)
{
	return slice_is_empty(&t) || slice_take(&t, "check_exception old: 0x") ||
	       slice_take(&t, "SMM: enter") || slice_take(&t, "SMM: after RSM") ||
	       slice_take(&t, "CPU Reset (CPU ") || slice_take(&t, "Triple fault");
}

static int take_exception(struct qemu_log *q, const struct event *e, struct sim_error *err)
{
	if (e->kind == EVENT_INT && e->n == q->pending)
		q->pending = NO_VECTOR;
	return emit(q, e, err);
}

static int take_line(void *arg, const struct slice *line, struct sim_error *err)
{
	struct qemu_log *q = arg;
	struct event e = { .kind = EVENT_END };
	uint64_t vector;
	int rc;

	if (parse_exception(*line, &e))
		return take_exception(q, &e, err);
	if (is_dump(*line))
		return 0;
	if (parse_register(*line, &e)) {
		rc = settle(q, err);
		return rc ? rc : emit(q, &e, err);
	}
	if (parse_servicing(*line, &vector)) {
		rc = settle(q, err);
		q->pending = vector;
		return rc;
	}
	if (is_remark(*line))
		return 0;
	return import_bad(q->m, "not a line of QEMU's -d mmu,int", err);
}

static enum import_guess knows(const struct slice *line)
{
	struct event e = { .kind = EVENT_END };
	uint64_t vector;

	if (parse_register(*line, &e) || parse_exception(*line, &e) ||
	    parse_servicing(*line, &vector))
		return GUESS_YES;
	return is_remark(*line) || is_dump(*line) ? GUESS_MAYBE : GUESS_NO;
}

static int run(struct import *m, struct sim_error *err)
{
	const struct trace_meta meta = {
		.origin = KNOWN_AS ": events alone, without accesses",
		.tools = KNOWN_AS ", imported by " PACKAGE_STRING,
		.n_vcpu = 1,
	};
	const struct event end = { .kind = EVENT_END };
	struct qemu_log q = { .m = m, .pending = NO_VECTOR };
	int rc = import_start(m, &meta, err);

	if (!rc)
		rc = import_lines(m, take_line, &q, err);
	if (!rc)
		rc = settle(&q, err);
	if (!rc && !q.events)
		rc = source_fail(&m->in, 0, "there is no event in it", err);
	return rc ? rc : emit(&q, &end, err);
}

const struct importer import_qemu = {
	.name = "qemu-log",
	.summary = "QEMU -d mmu,int: CR0, CR3, #PF, interrupts; no accesses",
	.how = "qemu-system-x86_64 -accel tcg ... -d mmu,int -D OUT",
	.flags = IMPORT_TEXT,
	.knows = knows,
	.run = run,
};
