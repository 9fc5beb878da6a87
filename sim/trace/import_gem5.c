/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * import_gem5.c - gem5's packet traces, as util/decode_packet_trace.py writes them
 *
 * Format, one packet a line, decimal numbers between commas:
 *
 *     [ID,]COMMAND,ADDRESS,SIZE[,FLAGS],TICK[,PC]
 *
 * COMMAND is r (ReadReq), w (WriteReq) or u (any other). gem5's own monitors always write FLAGS,
 * so that four fields behind the command are with them and without PC. Bit 8 of FLAGS marks the
 * fetch of an instruction (mem/request.hh, INST_FETCH): it is taken for one instruction there.
 * Packets of other commands (write-backs, prefetches, answers) are no accesses of the program,
 * and are passed over. ADDRESS is the physical one: it becomes a virtual address of one process,
 * which keeps what happens within a page and loses how gem5 mapped pages. PC is virtual, hence
 * not used.
 */
#include "config.h"

#include "trace/import_bare.h"

#define INST_FETCH (1u << 8)

struct packet {
	char command;
	uint64_t gva, bytes, flags;
};

/* ",N" up to MAX of them; their number. */
static unsigned take_numbers(struct slice *line, uint64_t *v, unsigned max)
{
	unsigned n = 0;
	struct slice rest = *line;

	while (n < max && slice_take_char(&rest, ',') && slice_take_dec(&rest, &v[n])) {
		n++;
		*line = rest;
	}
	return n;
}

static bool parse(struct slice line, struct packet *p)
{
	uint64_t id, v[5] = { 0 };
	unsigned n;

	if (slice_take_dec(&line, &id) && !slice_take_char(&line, ','))
		return false;
	if (slice_is_empty(&line))
		return false;
	p->command = *line.p++;
	n = take_numbers(&line, v, 5);
	*p = (struct packet){ p->command, v[0], v[1], n > 3 ? v[2] : 0 };
	return (p->command == 'r' || p->command == 'w' || p->command == 'u') && n >= 3 &&
	       slice_is_empty(&line);
}

static int take_line(void *arg, const struct slice *line, struct sim_error *err)
{
	struct import_bare *b = arg;
	struct packet p;
	const char *flaw;

	if (!parse(*line, &p))
		return import_bad(
			b->m, "not a packet: [ID,]r|w|u,ADDRESS,SIZE[,FLAGS],TICK[,PC]", err);
	if (p.command == 'u')
		return 0;
	flaw = import_bare_flaw(p.gva, p.bytes);
	if (flaw)
		return import_bad(b->m, flaw, err);
	if (p.flags & INST_FETCH)
		return import_bare_code(b, p.gva, p.bytes, err);
	return import_bare_data(b, p.command == 'r' ? OP_LOAD : OP_STORE, p.gva, p.bytes, err);
}

static enum import_guess knows(const struct slice *line)
{
	struct packet p;

	return parse(*line, &p) ? GUESS_YES : GUESS_NO;
}

static int run(struct import *m, struct sim_error *err)
{
	struct import_bare b;
	int rc;

	import_bare_init(&b, m, "a packet trace of gem5: physical addresses",
			 "gem5's decode_packet_trace.py, imported by " PACKAGE_STRING);
	rc = import_lines(m, take_line, &b, err);
	return rc ? rc : import_bare_end(&b, err);
}

const struct importer import_gem5 = {
	.name = "gem5",
	.summary = "gem5's packet traces as text: physical addresses",
	.how = "util/decode_packet_trace.py m5out/system.monitor.trace.gz OUT",
	.flags = IMPORT_TEXT | IMPORT_ACCESSES,
	.knows = knows,
	.run = run,
};
