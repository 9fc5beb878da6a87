/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * console.h - what a captured guest said on its serial console
 *
 * Reads the console's bytes in pieces of any size and keeps what tells how the guest fared: the
 * lines of capture/init ("shadownest: ...") and those of Linux that tell why nothing
 * came of it: a panic (kernel/panic.c), no process 1 (init/main.c), the OOM killer (mm/oom_kill.c).
 * Bounded: a line counts up to CONSOLE_LINE bytes, and what was said up to CONSOLE_SAID.
 */
#ifndef SIM_CAPTURE_CONSOLE_H
#define SIM_CAPTURE_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CONSOLE_LINE 256
#define CONSOLE_SAID 200

struct console {
	bool has_begun;		  /* the workload was started */
	bool has_ended;		  /* and came to an end, with this status: */
	unsigned status;	  /* 128 + a signal's number when one ended it */
	bool out_of_memory;	  /* the guest's kernel had to kill for memory */
	char panic[CONSOLE_LINE]; /* what the kernel said of its panic; empty: none */
	char said[CONSOLE_SAID];  /* the end of the workload's own output, in one line */
	char note[CONSOLE_LINE];  /* a complaint of init itself; empty: none */
	uint64_t lines;

	char line[CONSOLE_LINE]; /* private: as far as it has come */
	size_t n;
};

/* All zero is a guest that said nothing. */
void console_add(struct console *c, const char *bytes, size_t n);

/* Adds all of a file, its unfinished last line too. */
void console_read(struct console *c, FILE *f);

#endif
