/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * import_lackey.c - the text of Valgrind's tool lackey (--trace-mem=yes)
 *
 * Format, as Valgrind 3.19 writes it (lackey/lk_main.c; addresses hexadecimal, sizes decimal):
 *
 *     I  0401ab70,3        an instruction
 *      L 1fff000628,8      a load      S: a store      M: both, a load and then a store
 *     SB 0401ab70          a superblock is entered (--trace-superblocks=yes); passed over
 *     ==31897== Command: ls
 *
 * Valgrind's own messages stand in the same stream: "==pid==", "--pid--" or "**pid**" and text.
 * The command among them becomes the origin. Messages of a second process mean that accesses of
 * both are mixed, for a line does not say whose it is: such a line is malformed.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "trace/import_bare.h"

#define KNOWN_AS "Valgrind lackey"

struct lackey {
	struct import_bare bare;
	uint64_t pid; /* of the messages; 0: none yet */
	char origin[192];
};

struct reference {
	char kind;
	uint64_t gva, bytes;
};

/* "I  addr,size" and the like. */
static bool parse_reference(struct slice line, struct reference *r)
{
	if (slice_take(&line, "I  "))
		r->kind = 'I';
	else if (slice_length(&line) > 3 && line.p[0] == ' ' && line.p[2] == ' ' &&
		 (line.p[1] == 'L' || line.p[1] == 'S' || line.p[1] == 'M')) {
		r->kind = line.p[1];
		line.p += 3;
	} else
		return false;
	return slice_take_hex(&line, &r->gva) && slice_take_char(&line, ',') &&
	       slice_take_dec(&line, &r->bytes) && slice_is_empty(&line);
}

/* Takes "==pid== " off; true for a message of Valgrind's, pid 0 when it does not say. */
static bool take_message(struct slice *line, uint64_t *pid)
{
	char c = slice_is_empty(line) ? '\0' : *line->p;

	*pid = 0;
	if ((c != '=' && c != '-' && c != '*') || !slice_take_char(line, c) ||
	    !slice_take_char(line, c))
		return false;
	if (!slice_take_dec(line, pid) || !slice_take_char(line, c) ||
	    !slice_take_char(line, c))
		*pid = 0;
	slice_skip_blanks(line);
	return true;
}

static int take_valgrind(struct lackey *k, struct slice line, uint64_t pid,
			 struct sim_error *err)
{
	if (pid && k->pid && pid != k->pid)
		return import_bad(k->bare.m,
				  "messages of two processes, whose accesses are mixed here "
				  "(valgrind's --log-file=NAME.%p gives each its own file)",
				  err);
	if (pid)
		k->pid = pid;
	if (slice_take(&line, "Command: "))
		snprintf(k->origin, sizeof(k->origin), KNOWN_AS " of: %.*s",
			 (int)slice_length(&line), line.p);
	return 0;
}

static int take_reference(struct lackey *k, const struct reference *r, struct sim_error *err)
{
	const char *flaw = import_bare_flaw(r->gva, r->bytes);
	int rc = 0;

	if (flaw)
		return import_bad(k->bare.m, flaw, err);
	if (r->kind == 'I')
		return import_bare_code(&k->bare, r->gva, r->bytes, err);
	if (r->kind != 'S')
		rc = import_bare_data(&k->bare, OP_LOAD, r->gva, r->bytes, err);
	if (!rc && r->kind != 'L')
		rc = import_bare_data(&k->bare, OP_STORE, r->gva, r->bytes, err);
	return rc;
}

static bool is_superblock(struct slice line)
{
	uint64_t gva;

	return slice_take(&line, "SB ") && slice_take_hex(&line, &gva) && slice_is_empty(&line);
}

static int take_line(void *arg, const struct slice *line, struct sim_error *err)
{
	struct lackey *k = arg;
	struct slice rest = *line;
	struct reference r;
	uint64_t pid;

	if (parse_reference(*line, &r))
		return take_reference(k, &r, err);
	if (take_message(&rest, &pid))
		return take_valgrind(k, rest, pid, err);
	if (is_superblock(*line))
		return 0;
	return import_bad(k->bare.m,
			  "not a line of lackey's (\"I  addr,size\", \" L addr,size\")", err);
}

static enum import_guess knows(const struct slice *line)
{
	struct slice rest = *line;
	struct reference r;
	uint64_t pid;

	if (parse_reference(*line, &r))
		return GUESS_YES;
	if (!take_message(&rest, &pid))
		return is_superblock(*line) ? GUESS_MAYBE : GUESS_NO;
	return slice_take(&rest, "Lackey,") ? GUESS_YES : GUESS_MAYBE;
}

static int run(struct import *m, struct sim_error *err)
{
	struct lackey k = { .origin = KNOWN_AS };
	int rc;

	import_bare_init(&k.bare, m, k.origin, KNOWN_AS ", imported by " PACKAGE_STRING);
	rc = import_lines(m, take_line, &k, err);
	return rc ? rc : import_bare_end(&k.bare, err);
}

const struct importer import_lackey = {
	.name = "lackey",
	.summary = "Valgrind lackey: a program's accesses, as text",
	.how = "valgrind --tool=lackey --trace-mem=yes --log-file=OUT PROGRAM",
	.flags = IMPORT_TEXT | IMPORT_ACCESSES,
	.knows = knows,
	.run = run,
};
