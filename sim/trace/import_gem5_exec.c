/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * import_gem5_exec.c - gem5's text of executed instructions (--debug-flags=Exec,-ExecSymbol)
 *
 * Format (gem5, cpu/exetrace.cc), fields that a flag turns on in brackets:
 *
 *     TICK: CPU: [A0 ][T0 : ]0x401006[ @symbol+6][. 1] : DISASSEMBLY : CLASS :[  D=0x1][ A=0x7ff0]...
 *
 * gem5 before 2018 writes no colon behind the CPU, and the symbol in the place of the address:
 * hence -ExecSymbol. ". 1" is the number of a micro-operation; of those of an instruction, and
 * of the line that names the whole (ExecMacro), one counts. A= is a virtual address, and CLASS
 * says whether it was read or written (an atomic is what gem5 calls it, one of both). Sizes are
 * not there: 8 bytes are taken, fewer where these would reach into the next page; of an
 * instruction its first byte. A of [A0] becomes the process. One CPU only. Messages of gem5
 * itself ("info: ") and empty lines are passed over.
 */
#include "config.h"

#include "trace/import_bare.h"

#define USUAL_BYTES 8
#define CPU_MAX	    64

struct exec {
	struct import_bare bare;
	char cpu[CPU_MAX]; /* of the first line */
	uint64_t whole;	   /* address of the last line that was no micro-operation */
};

struct instruction {
	struct slice cpu;
	uint64_t pc, asid;
	int micro;    /* -1: none */
	unsigned ops; /* bit OP_LOAD or OP_STORE, or neither */
	uint64_t gva;
};

/* Where the last `literal` of s begins; NULL: nowhere. */
static const char *last_of(const struct slice *s, const char *literal)
{
	size_t n = strlen(literal), length = slice_length(s);

	for (size_t i = length < n ? 0 : length - n + 1; i-- > 0;)
		if (!memcmp(s->p + i, literal, n))
			return s->p + i;
	return NULL;
}

static const char *first_of(const struct slice *s, const char *literal)
{
	size_t n = strlen(literal), length = slice_length(s);

	for (size_t i = 0; i + n <= length; i++)
		if (!memcmp(s->p + i, literal, n))
			return s->p + i;
	return NULL;
}

/* ". 1" or ".1 " at the end of what names an instruction, or three blanks. */
static int micro_of(const struct slice *name)
{
	struct slice number = { name->end - 2, name->end };
	uint64_t n;

	if (slice_length(name) < 3 || name->end[-3] != '.')
		return -1;
	slice_skip_blanks(&number);
	return slice_take_dec(&number, &n) ? (int)n : -1;
}

/* "A0 T0 : " and the address; what is left begins with " : ". */
static const char *take_place(struct slice *line, struct instruction *i)
{
	struct slice name;
	uint64_t thread;

	i->asid = 0;
	if (slice_take_char(line, 'A') && !slice_take_dec(line, &i->asid))
		return "no number of an address space behind A";
	if (i->asid > UINT32_MAX - IMPORT_BARE_PID)
		return "a number of an address space beyond 32 bits";
	slice_skip_blanks(line);
	if (slice_take_char(line, 'T') &&
	    (!slice_take_dec(line, &thread) || !slice_take(line, " : ")))
		return "no number of a thread behind T";
	if (!slice_is_empty(line) && *line->p == '@')
		return "a symbol where the address should be: gem5 writes addresses with "
		       "--debug-flags=Exec,-ExecSymbol";
	name = *line;
	name.end = first_of(line, " : ");
	if (!name.end || !slice_take_hex(&name, &i->pc))
		return "no address of an instruction";
	i->micro = micro_of(&name);
	line->p = name.end;
	return NULL;
}

static bool contains(const struct slice *s, const char *literal)
{
	return first_of(s, literal);
}

/* OP_LOAD or OP_STORE as a bit; 0: the class says neither. */
static unsigned ops_of(const struct slice *class)
{
	if (contains(class, "Write") || contains(class, "Store"))
		return 1u << OP_STORE;
	return contains(class, "Read") || contains(class, "Load") || contains(class, "Prefetch")
		       ? 1u << OP_LOAD
		       : 0;
}

/* "... : CLASS :  D=0x1 A=0x7ff0 ..." */
static const char *take_effect(const struct slice *line, struct instruction *i)
{
	struct slice class = *line, address = *line;

	i->ops = 0;
	class.end = last_of(line, " A=0x");
	if (!class.end)
		return NULL;
	address.p = class.end + 3;
	if (!slice_take_hex(&address, &i->gva) ||
	    (!slice_is_empty(&address) && *address.p != ' '))
		return "no address behind A=";
	class.end = last_of(&class, " : ");
	class.p = class.end ? last_of(&class, " : ") : NULL;
	if (!class.p)
		return "no class of the operation before A=";
	i->ops = ops_of(&class);
	return i->ops ? import_bare_flaw(i->gva, import_bare_bytes(i->gva, USUAL_BYTES))
		      : "a class of operations that says neither read nor write";
}

static const char *parse(struct slice line, struct instruction *i)
{
	const char *flaw;
	uint64_t tick;

	slice_skip_blanks(&line);
	if (!slice_take_dec(&line, &tick) || !slice_take(&line, ": ") ||
	    !slice_take_word(&line, &i->cpu))
		return "not \"TICK: CPU: ...\"";
	if (i->cpu.end[-1] == ':')
		i->cpu.end--;
	slice_skip_blanks(&line);
	flaw = take_place(&line, i);
	if (!flaw)
		flaw = import_bare_flaw(i->pc, 1);
	return flaw ? flaw : take_effect(&line, i);
}

static bool is_message(struct slice line)
{
	static const char *const starts[] = { "info: ", "warn: ", "hack: ", "gem5 ",
					      "**** REAL" };

	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++)
		if (slice_take(&line, starts[i]))
			return true;
	slice_skip_blanks(&line);
	return slice_is_empty(&line);
}

/* Remembers the first; false for another. */
static bool is_cpu(struct exec *x, const struct slice *cpu)
{
	if (!x->cpu[0])
		snprintf(x->cpu, sizeof(x->cpu), "%.*s", (int)slice_length(cpu), cpu->p);
	return slice_equals(cpu, x->cpu);
}

/* Whether this line is the one of an instruction's that counts. */
static bool counts(struct exec *x, const struct instruction *i)
{
	if (i->micro < 0)
		x->whole = i->pc;
	return i->micro < 0 || (i->micro == 0 && x->whole != i->pc);
}

static int take_line(void *arg, const struct slice *line, struct sim_error *err)
{
	struct exec *x = arg;
	struct instruction i;
	const char *flaw;
	int rc;

	if (is_message(*line))
		return 0;
	flaw = parse(*line, &i);
	if (!flaw && !is_cpu(x, &i.cpu))
		flaw = "the line of another CPU; one can be imported";
	if (flaw)
		return import_bad(x->bare.m, flaw, err);
	rc = import_bare_switch(&x->bare, IMPORT_BARE_PID + (uint32_t)i.asid, err);
	if (!rc && counts(x, &i))
		rc = import_bare_code(&x->bare, i.pc, 1, err);
	if (rc || !i.ops)
		return rc;
	return import_bare_data(&x->bare, i.ops & 1u << OP_LOAD ? OP_LOAD : OP_STORE, i.gva,
				import_bare_bytes(i.gva, USUAL_BYTES), err);
}

static enum import_guess knows(const struct slice *line)
{
	struct instruction i;

	if (is_message(*line))
		return GUESS_MAYBE;
	return parse(*line, &i) ? GUESS_NO : GUESS_YES;
}

static int run(struct import *m, struct sim_error *err)
{
	struct exec x = { .whole = UINT64_MAX };
	int rc;

	import_bare_init(&x.bare, m, "instructions executed by gem5",
			 "gem5 --debug-flags=Exec, imported by " PACKAGE_STRING);
	rc = import_lines(m, take_line, &x, err);
	return rc ? rc : import_bare_end(&x.bare, err);
}

const struct importer import_gem5_exec = {
	.name = "gem5-exec",
	.summary = "gem5's text of executed instructions: virtual addresses",
	.how = "gem5.opt --debug-flags=Exec,-ExecSymbol,-ExecKernel --debug-file=OUT CONFIG",
	.flags = IMPORT_TEXT | IMPORT_ACCESSES,
	.knows = knows,
	.run = run,
};
