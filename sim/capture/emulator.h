/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * emulator.h - the QEMU that is captured from, as the words of its command line
 *
 * Everything that could differ from run to run is fixed: one vCPU in one thread, time that is
 * the count of instructions (-icount; the guest's clock starts on a fixed day), the seed of
 * QEMU's random numbers, no network. With that, KASLR, ASLR and all interrupts come out the same each
 * time. -cpu max has RDRAND, without which the kernel waits for entropy; ERMS is off, for with
 * it string instructions are one record a byte.
 */
#ifndef SIM_CAPTURE_EMULATOR_H
#define SIM_CAPTURE_EMULATOR_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define EMULATOR_THP  1u /* transparent huge pages, always */
#define EMULATOR_PTI  2u /* kernel page-table isolation */
#define EMULATOR_LA57 4u /* 5-level paging */

enum emulator_start {
	EMULATOR_AT_EXEC,   /* where the workload's program is loaded */
	EMULATOR_AT_MARKER, /* where the workload executes its begin marker */
	EMULATOR_AT_PC,	    /* where an address is executed */
	EMULATOR_NOW,	    /* at once: a machine that comes from a migration file */
};

struct emulator {
	const char *memory;	 /* as -m takes it: "512M,slots=2,maxmem=4G" */
	const char *const *dimm; /* sizes; NULL ends it; may be NULL */
	unsigned flags;
	enum emulator_start start;
	uint64_t pc;	     /* EMULATOR_AT_PC */
	uint64_t limit;	     /* data accesses; 0: none */
	const char *cmdline; /* more words for the guest's kernel; may be NULL */

	/* A machine that goes on: its migration file, and the words that describe it. */
	const char *incoming;	  /* NULL: a kernel is booted */
	const char *const *words; /* NULL ends it; may be NULL */
};

/* Where things are. The manifest's line has them all beside it. */
struct emulator_place {
	const char *qemu, *plugin;
	const char
		*dir; /* with vmlinuz, initrd.cpio; for the FIFO, the console; "" or "DIR/" */
	const char *incoming; /* as the machine's, or as it is to be told */
};

#define EMULATOR_FIFO	 "stream"
#define EMULATOR_CONSOLE "console"
#define EMULATOR_MONITOR "monitor" /* .in and .out: FIFOs of a machine that goes on */
#define EMULATOR_KERNEL	 "vmlinuz"
#define EMULATOR_INITRD	 "initrd.cpio"

/* What does not go: NULL, or why (to be freed by nobody). */
const char *emulator_flaw(const struct emulator *m);

/* The words of the command line, NULL at their end; NULL: out of memory. */
SIM_MUST_CHECK char **emulator_words(const struct emulator *m, const struct emulator_place *at);
void emulator_words_free(char **words);

/* The kernel's command line, to be freed; NULL: out of memory. */
SIM_MUST_CHECK char *emulator_cmdline(const struct emulator *m);

/* "exec", "marker", "pc:0x...", "now". */
SIM_MUST_CHECK char *emulator_start_text(const struct emulator *m);

#endif
