/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * import_drmemtrace.c - a final offline trace of DynamoRIO's drmemtrace (drcachesim)
 *
 * Format: records of 12 bytes without padding, little-endian: u16 type, u16 size, u64 address or
 * value; DynamoRIO's clients/drcachesim/common/trace_entry.h, versions 2 to 6. A file is what
 * raw2trace makes of one thread, or of one core; it begins with a header record and ends with a
 * footer. gzip, lz4 and zip (chunks, one after the other) are unpacked on the way.
 *
 *     instructions     code; those that repeat without a fetch (rep movs) do not count, as
 *                      DynamoRIO's own tools have it
 *     reads, writes    data
 *     prefetches       passed over: they fault nothing and are bound to nothing
 *     cache flushes    passed over
 *     encodings        passed over
 *     thread, pid      the process of what follows
 *     window markers   EVENT_PHASE: n = the window
 *     kernel code      between the markers of a system call's or switch's trace: not user
 *     other markers    passed over, among them physical addresses: those are the tracing host's
 *
 * What cannot be read is named: raw files from before raw2trace, 32-bit traces, and what an online
 * tracer sends through its pipe.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "trace/bytes.h"
#include "trace/import_bare.h"

#define RECORD_BYTES 12
#define KNOWN_AS     "DynamoRIO drmemtrace"

/* trace_type_t, as far as types differ here. */
enum {
	TYPE_READ = 0,
	TYPE_WRITE = 1,
	TYPE_PREFETCH = 2, /* to 9 */
	TYPE_PREFETCH_LAST = 9,
	TYPE_INSTR = 10, /* to 16: branches of all kinds */
	TYPE_INSTR_LAST = 16,
	TYPE_INSTR_BUNDLE = 17,
	TYPE_FLUSH = 18, /* to 21 */
	TYPE_FLUSH_LAST = 21,
	TYPE_THREAD = 22,
	TYPE_THREAD_EXIT = 23,
	TYPE_PID = 24,
	TYPE_HEADER = 25,
	TYPE_FOOTER = 26,
	TYPE_HARDWARE_PREFETCH = 27,
	TYPE_MARKER = 28,
	TYPE_INSTR_NO_FETCH = 29,
	TYPE_INSTR_MAYBE_FETCH = 30, /* online alone */
	TYPE_INSTR_SYSENTER = 31,
	TYPE_PREFETCH2 = 32, /* to 46 */
	TYPE_PREFETCH2_LAST = 46,
	TYPE_ENCODING = 47,
	TYPE_INSTR_TAKEN = 48,
	TYPE_INSTR_UNTAKEN = 49,
	TYPE_COUNT
};

/* trace_marker_type_t, those that matter here. */
enum {
	MARKER_SPLIT_VALUE = 8, /* raw files alone */
	MARKER_FILETYPE = 9,
	MARKER_WINDOW_ID = 14,
	MARKER_SYSCALL_START = 27,
	MARKER_SYSCALL_END = 28,
	MARKER_SWITCH_START = 34,
	MARKER_SWITCH_END = 35,
};

/* offline_file_type_t */
#define FILETYPE_INSTRUCTIONS 0x4u
#define FILETYPE_ARM32	      0x10u
#define FILETYPE_X86_32	      0x20u
#define FILETYPE_FILTERED     0x181u /* by the tracer: data, code, or both as old ones say */
#define VERSION_MIN	      2u
#define VERSION_MAX	      255u /* more is no header */

struct drmemtrace {
	struct import_bare bare;
	uint64_t next_pc; /* behind the last instruction */
	bool is_ended;
	char origin[160];
};

struct record {
	unsigned type, size;
	uint64_t addr;
	const uint8_t *bytes; /* of addr */
};

static int bad(struct drmemtrace *d, const char *why, struct sim_error *err)
{
	return import_bad(d->bare.m, why, err);
}

static int refuse(struct drmemtrace *d, const char *why, struct sim_error *err)
{
	return source_fail(&d->bare.m->in, d->bare.m->record, why, err);
}

/* --- instructions and data --- */

static int take_code(struct drmemtrace *d, uint64_t pc, uint64_t bytes, struct sim_error *err)
{
	const char *flaw = import_bare_flaw(pc, bytes);

	if (flaw)
		return bad(d, flaw, err);
	d->next_pc = pc + bytes;
	return import_bare_code(&d->bare, pc, bytes, err);
}

/* Several instructions without a branch; the first begins where the one before ended. */
static int take_bundle(struct drmemtrace *d, const struct record *r, struct sim_error *err)
{
	uint64_t bytes = 0;
	int rc = 0;

	if (!r->size || r->size > 8 || memchr(r->bytes, 0, r->size))
		return bad(d, "a bundle of instructions that has not 1 to 8 of them", err);
	for (unsigned i = 0; i < r->size; i++)
		bytes += r->bytes[i];
	if (import_bare_flaw(d->next_pc, bytes))
		return bad(d, "a bundle of instructions that leaves the address space", err);
	for (unsigned i = 0; !rc && i < r->size; i++)
		rc = take_code(d, d->next_pc, r->bytes[i], err);
	return rc;
}

static int take_data(struct drmemtrace *d, const struct record *r, struct sim_error *err)
{
	const char *flaw = import_bare_flaw(r->addr, r->size);

	if (flaw)
		return bad(d, flaw, err);
	return import_bare_data(&d->bare, r->type == TYPE_READ ? OP_LOAD : OP_STORE, r->addr,
				r->size, err);
}

/* --- the rest --- */

static int take_pid(struct drmemtrace *d, uint64_t pid, struct sim_error *err)
{
	if (!pid || pid > UINT32_MAX)
		return bad(d, "a process number must have 32 bits", err);
	return import_bare_switch(&d->bare, (uint32_t)pid, err);
}

static int take_filetype(struct drmemtrace *d, uint64_t type, struct sim_error *err)
{
	if (type & (FILETYPE_ARM32 | FILETYPE_X86_32))
		return refuse(d, "a trace of a 32-bit program: 64-bit ones are read", err);
	snprintf(d->origin, sizeof(d->origin), "%s%s%s", KNOWN_AS,
		 type & FILETYPE_FILTERED ? ", without what hit the tracer's filter" : "",
		 type & FILETYPE_INSTRUCTIONS ? ", instructions alone" : "");
	return 0;
}

static int take_window(struct drmemtrace *d, uint64_t window, struct sim_error *err)
{
	if (window > UINT32_MAX)
		return bad(d, "a window number must have 32 bits", err);
	return import_bare_phase(&d->bare, (uint32_t)window, err);
}

static int take_marker(struct drmemtrace *d, const struct record *r, struct sim_error *err)
{
	switch (r->size) {
	case MARKER_SPLIT_VALUE:
		return bad(d, "a marker that raw files alone have", err);
	case MARKER_FILETYPE:
		return take_filetype(d, r->addr, err);
	case MARKER_WINDOW_ID:
		return take_window(d, r->addr, err);
	case MARKER_SYSCALL_START:
	case MARKER_SWITCH_START:
		import_bare_rights(&d->bare, 0);
		return 0;
	case MARKER_SYSCALL_END:
	case MARKER_SWITCH_END:
		import_bare_rights(&d->bare, OP_USER);
		return 0;
	default:
		return 0;
	}
}

static int take_header(struct drmemtrace *d, const struct record *r, struct sim_error *err)
{
	if (r->addr < VERSION_MIN || r->addr > VERSION_MAX)
		return refuse(d, "a header whose version is not 2 or more", err);
	return 0;
}

static bool is_code(unsigned type)
{
	return (type >= TYPE_INSTR && type <= TYPE_INSTR_LAST) || type == TYPE_INSTR_SYSENTER ||
	       type == TYPE_INSTR_TAKEN || type == TYPE_INSTR_UNTAKEN;
}

static bool is_passed_over(unsigned type)
{
	return (type >= TYPE_PREFETCH && type <= TYPE_PREFETCH_LAST) ||
	       (type >= TYPE_FLUSH && type <= TYPE_FLUSH_LAST) ||
	       (type >= TYPE_PREFETCH2 && type <= TYPE_PREFETCH2_LAST) ||
	       type == TYPE_HARDWARE_PREFETCH || type == TYPE_INSTR_NO_FETCH ||
	       type == TYPE_ENCODING || type == TYPE_THREAD || type == TYPE_THREAD_EXIT;
}

static int take_record(struct drmemtrace *d, const struct record *r, struct sim_error *err)
{
	if (is_code(r->type))
		return take_code(d, r->addr, r->size, err);
	if (is_passed_over(r->type))
		return 0;
	switch (r->type) {
	case TYPE_READ:
	case TYPE_WRITE:
		return take_data(d, r, err);
	case TYPE_INSTR_BUNDLE:
		return take_bundle(d, r, err);
	case TYPE_MARKER:
		return take_marker(d, r, err);
	case TYPE_PID:
		return take_pid(d, r->addr, err);
	case TYPE_HEADER:
		return take_header(d, r, err);
	case TYPE_FOOTER:
		d->is_ended = true;
		return 0;
	case TYPE_INSTR_MAYBE_FETCH:
		return bad(d, "an instruction as an online tracer sends it", err);
	default:
		return bad(d, "a record of an unknown type", err);
	}
}

/* --- the file --- */

/*
 * A file of the tracer, before raw2trace: words of 64 bits, the first with type 6 (extended) in
 * bits 61-63, 0 or 4 (a header, as old and new ones write it) in 56-60, and its version, below
 * 256, in bits 48-55 or, in old ones, 0-47.
 */
static bool is_raw(const uint8_t *head, size_t n)
{
	uint64_t word = n >= 8 ? le_get(head, 8) : 0;

	return word >> 56 == 0xc4 || (word >> 56 == 0xc0 && (word & 0xffffffffffff) < 256);
}

/* Records of 8 bytes: a 32-bit tracer's. */
static bool is_narrow(const uint8_t *head, size_t n)
{
	return n >= 12 && le_get(head, 4) == TYPE_HEADER && le_get(head + 8, 2) == TYPE_MARKER;
}

static bool is_final(const uint8_t *head, size_t n)
{
	return n >= RECORD_BYTES && le_get(head, 4) == TYPE_HEADER &&
	       le_get(head + 4, 8) >= VERSION_MIN && le_get(head + 4, 8) <= VERSION_MAX;
}

static bool probe(const char *in_name, const uint8_t *head, size_t n)
{
	(void)in_name;
	return is_raw(head, n) || is_narrow(head, n) || is_final(head, n);
}

static int check_head(struct drmemtrace *d, struct sim_error *err)
{
	const struct trace_source *in = &d->bare.m->in;
	const uint8_t *head = in->buf + in->at;
	size_t n = in->n - in->at;

	if (is_raw(head, n))
		return refuse(
			d,
			"a raw file of drmemtrace's tracer: the final trace is needed, "
			"which raw2trace, or any tool of drrun -t drmemtrace with -indir, "
			"makes of its folder",
			err);
	if (is_narrow(head, n))
		return refuse(d, "a trace of a 32-bit program: 64-bit ones are read", err);
	if (!is_final(head, n))
		return refuse(d, "not drmemtrace: it must begin with a header record", err);
	return 0;
}

static int take(void *arg, const uint8_t *b, struct sim_error *err)
{
	struct drmemtrace *d = arg;
	const struct record r = { .type = (unsigned)le_get(b, 2),
				  .size = (unsigned)le_get(b + 2, 2),
				  .addr = le_get(b + 4, 8),
				  .bytes = b + 4 };

	if (d->is_ended)
		return refuse(d, "records behind the footer", err);
	return take_record(d, &r, err);
}

static int run(struct import *m, struct sim_error *err)
{
	struct drmemtrace d = { .origin = KNOWN_AS };
	int rc;

	import_bare_init(&d.bare, m, d.origin, KNOWN_AS ", imported by " PACKAGE_STRING);
	if ((rc = check_head(&d, err)) || (rc = import_records(m, RECORD_BYTES, take, &d, err)))
		return rc;
	if (!d.is_ended)
		return source_fail(&m->in, source_offset(&m->in),
				   "the file ends without a footer", err);
	return import_bare_end(&d.bare, err);
}

const struct importer import_drmemtrace = {
	.name = "drmemtrace",
	.summary = "DynamoRIO drmemtrace: a thread's accesses, after raw2trace",
	.how = "drrun -t drmemtrace -offline -- PROGRAM; drrun -t drmemtrace -tool basic_counts "
	       "-indir DIR; then DIR/trace/*.trace.*",
	.flags = IMPORT_ACCESSES,
	.probe = probe,
	.run = run,
};
