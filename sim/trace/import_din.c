/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * import_din.c - the text that the cache simulator Dinero IV reads, traditional and extended
 *
 * Format (Dinero IV, dinfmt.c and xdinfmt.c: -informat d and D), one access a line, fields set
 * apart by blanks, numbers hexadecimal with or without 0x, the rest of the line a comment:
 *
 *     LABEL ADDRESS         0 read, 1 write, 2 instruction fetch, 3 other, 4 flush the caches
 *     TYPE ADDRESS SIZE     r read, w write, i instruction fetch, m other, c copy back,
 *                           v invalidate; capitals too
 *
 * The first kind has no sizes: Dinero takes the aligned 4 bytes, and so does this. "Other" is a
 * read that is not prefetched for. What concerns caches alone is passed over; so are lines of
 * blanks. All of it is CPL 3 of one process.
 */
#include "config.h"

#include "trace/import_bare.h"

#define WORD_BYTES 4

enum action { READ, WRITE, FETCH, NOTHING };

struct reference {
	enum action action;
	uint64_t gva, bytes;
};

static bool take_action(struct slice *line, enum action *a)
{
	static const char labels[] = "01234rwimcv";
	static const enum action actions[] = { READ,  WRITE, FETCH, READ,    NOTHING, READ,
					       WRITE, FETCH, READ,  NOTHING, NOTHING };
	char c = slice_is_empty(line) ? '\0' : *line->p;
	const char *found;

	if (c >= 'A' && c <= 'Z')
		c = (char)(c - 'A' + 'a');
	found = c ? strchr(labels, c) : NULL;
	if (!found)
		return false;
	line->p++;
	*a = actions[found - labels];
	return true;
}

static bool at_blank(const struct slice *line)
{
	return slice_is_empty(line) || *line->p == ' ' || *line->p == '\t';
}

/* NULL, or what is wrong. */
static const char *parse(struct slice line, struct reference *r)
{
	enum { TRADITIONAL, EXTENDED } kind;

	slice_skip_blanks(&line);
	kind = !slice_is_empty(&line) && *line.p >= '0' && *line.p <= '9' ? TRADITIONAL
									  : EXTENDED;
	if (!take_action(&line, &r->action) || !at_blank(&line))
		return "neither a label 0..4 nor a type r, w, i, m, c, v";
	slice_skip_blanks(&line);
	if (!slice_take_hex(&line, &r->gva) || !at_blank(&line))
		return "no hexadecimal address of 64 bits";
	if (kind == TRADITIONAL) {
		r->gva &= ~(uint64_t)(WORD_BYTES - 1);
		r->bytes = WORD_BYTES;
	} else {
		slice_skip_blanks(&line);
		if (!slice_take_hex(&line, &r->bytes) || !at_blank(&line))
			return "no hexadecimal size";
	}
	return r->action == NOTHING ? NULL : import_bare_flaw(r->gva, r->bytes);
}

static bool is_blank(struct slice line)
{
	slice_skip_blanks(&line);
	return slice_is_empty(&line);
}

static int take_line(void *arg, const struct slice *line, struct sim_error *err)
{
	struct import_bare *b = arg;
	struct reference r;
	const char *flaw;

	if (is_blank(*line))
		return 0;
	flaw = parse(*line, &r);
	if (flaw)
		return import_bad(b->m, flaw, err);
	switch (r.action) {
	case READ:
		return import_bare_data(b, OP_LOAD, r.gva, r.bytes, err);
	case WRITE:
		return import_bare_data(b, OP_STORE, r.gva, r.bytes, err);
	case FETCH:
		return import_bare_code(b, r.gva, r.bytes, err);
	case NOTHING:
		break;
	}
	return 0;
}

static enum import_guess knows(const struct slice *line)
{
	struct reference r;

	if (is_blank(*line))
		return GUESS_MAYBE;
	return parse(*line, &r) ? GUESS_NO : GUESS_YES;
}

static int run(struct import *m, struct sim_error *err)
{
	struct import_bare b;
	int rc;

	import_bare_init(&b, m, "a din trace", "imported by " PACKAGE_STRING);
	rc = import_lines(m, take_line, &b, err);
	return rc ? rc : import_bare_end(&b, err);
}

const struct importer import_din = {
	.name = "din",
	.summary = "Dinero's text, \"LABEL ADDRESS\" or \"TYPE ADDRESS SIZE\"",
	.flags = IMPORT_TEXT | IMPORT_ACCESSES,
	.knows = knows,
	.run = run,
};
