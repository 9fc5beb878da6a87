/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * process.h - another program, run without a shell
 *
 * Its standard input is /dev/null. What it is told is argv alone: the environment is ours. When the thread that
 * started it ends, however that comes, it gets SIGTERM (prctl(2), PR_SET_PDEATHSIG): no QEMU outlives us.
 * Failures are errno values: only the caller can say what the program was for.
 */
#ifndef SIM_BASE_PROCESS_H
#define SIM_BASE_PROCESS_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

/* Where a program runs and says things. */
struct process_place {
	const char *dir; /* NULL: here */
	int out, err;	 /* its standard output and error */
};

/* Starts argv (found by PATH). 0, or an errno: ENOENT when there is no such program. */
SIM_MUST_CHECK int process_start(pid_t *pid, const char *const *argv,
				 const struct process_place *at);

/*
 * Runs argv in `dir` (NULL: here) until its end. The head of what it says on standard output
 * and error goes to said[size], NUL at its end; *status is wait(2)'s. 0, or an errno.
 */
SIM_MUST_CHECK int process_run(const char *const *argv, const char *dir, char *said,
			       size_t size, int *status);

/* Makes one line of a text: white space becomes blanks. Returns its first word's place. */
char *process_one_line(char *text);

#endif
