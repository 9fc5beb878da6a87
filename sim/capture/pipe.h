/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pipe.h - the stream from the plugin in QEMU: a FIFO as a FILE, that ends when QEMU does
 *
 * A read waits for bytes at most PIPE_WAIT_MS at a time; between, `tick` is asked whether to go on, and QEMU
 * whether it still runs. When QEMU has ended, so does the stream, whether or not anybody ever
 * opened the FIFO to write.
 */
#ifndef SIM_CAPTURE_PIPE_H
#define SIM_CAPTURE_PIPE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/err.h"

#define PIPE_WAIT_MS 50

/* Non-zero: stop. */
typedef int capture_tick(void *arg);

struct capture_pipe {
	FILE *f; /* what pipe_open made; reads fail with EINTR after a stop */
	pid_t pid;
	capture_tick *tick;
	void *arg;
	uint64_t bytes; /* that came */
	bool is_stopped;
	bool has_exited; /* QEMU, with: */
	int status;
	struct rusage used;

	int fd; /* private */
};

/* Makes the FIFO `path`, and opens it to read. Then pid is the caller's to set. */
SIM_MUST_CHECK int pipe_open(struct capture_pipe *p, const char *path, struct sim_error *err);

/* Ends QEMU if it still runs: asks it, then kills it. Harmless without a pid. */
void pipe_end(struct capture_pipe *p);

/* Waits until QEMU ends by itself, or tick wants to stop. */
void pipe_wait(struct capture_pipe *p);

/* The same for a QEMU that is about to end: not for long. */
void pipe_wait_shortly(struct capture_pipe *p);

void pipe_close(struct capture_pipe *p);

#endif
