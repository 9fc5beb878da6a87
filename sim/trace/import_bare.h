/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * import_bare.h - writes the stream of a source that knows addresses only
 *
 * What comes out looks like a captured stream without its page tables: metadata without RAM,
 * registers 0, neither tables nor frames; EVENT_SWITCH names the process; every access is one
 * of CPL 3, unless the source tells of the kernel's too; a fetch when the page of the code changes, its count the instructions since the
 * fetch before; EVENT_END with the instructions in all. sim/guest makes a whole guest of it.
 *
 * Sizes: the container holds 1, 2, 4 ... 64 bytes (record.h). An access of another size up to
 * 64 becomes one of a size that touches the same pages: the next smaller power of two, or the
 * next larger when the access crosses into another page. A larger one becomes pieces of 64
 * bytes, the last of which is what is left. An instruction that crosses into another page
 * fetches from both.
 */
#ifndef SIM_TRACE_IMPORT_BARE_H
#define SIM_TRACE_IMPORT_BARE_H

#include "trace/import.h"

#define IMPORT_BARE_PID	 1u    /* of a source that knows no processes */
#define IMPORT_BYTES_MAX 4096u /* of one access */

struct import_bare {
	struct import *m;
	const char *origin, *tools;
	uint32_t pid;
	uint8_t rights;	    /* OP_USER, or 0: of the accesses that follow */
	uint64_t code_page; /* UINT64_MAX: none fetched yet */
	uint64_t instructions;
	uint64_t counted; /* of these, by fetch records so far */
	uint32_t phase;	  /* one is open when in_phase */
	bool in_phase;
};

/* Nothing is written before the first access. origin and tools (metadata) must last until
 * then. */
void import_bare_init(struct import_bare *b, struct import *m, const char *origin,
		      const char *tools);

/* NULL, or why such an access cannot be: for import_bad() before anything is written. */
const char *import_bare_flaw(uint64_t gva, uint64_t bytes);

/* The process that runs from here on. */
SIM_MUST_CHECK int import_bare_switch(struct import_bare *b, uint32_t pid,
				      struct sim_error *err);

/* rights: OP_USER, or 0 for the kernel, from here on. */
void import_bare_rights(struct import_bare *b, uint8_t rights);

/* Phase n from here on, to the next one or the end of the stream. */
SIM_MUST_CHECK int import_bare_phase(struct import_bare *b, uint32_t n, struct sim_error *err);

/* One instruction of `bytes` at gva. */
SIM_MUST_CHECK int import_bare_code(struct import_bare *b, uint64_t gva, uint64_t bytes,
				    struct sim_error *err);

/* What is known of an access whose size is not: at most `usual` bytes, a power of two, fewer
 * where that many would reach into a page that nothing says was touched. */
uint64_t import_bare_bytes(uint64_t gva, uint64_t usual);

/* kind: OP_LOAD or OP_STORE */
SIM_MUST_CHECK int import_bare_data(struct import_bare *b, unsigned kind, uint64_t gva,
				    uint64_t bytes, struct sim_error *err);

/* The end of the stream; SIM_EFORMAT when there was no access at all. */
SIM_MUST_CHECK int import_bare_end(struct import_bare *b, struct sim_error *err);

#endif
