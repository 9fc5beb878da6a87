/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reason.h - why nothing came of a capture, in a sentence
 */
#ifndef SIM_CAPTURE_REASON_H
#define SIM_CAPTURE_REASON_H

#include <stdint.h>

#include "base/err.h"
#include "capture/console.h"

/* What is known of a run of QEMU. */
struct reason {
	const char *qemu; /* the program */
	int status;	  /* wait(2)'s */
	char said[300];	  /* on its standard error, in one line */
	struct console console;
	uint64_t stream_bytes;
	int boots;	   /* a kernel, not a migration file */
	int at_marker;	   /* the workload itself was to begin */
	unsigned may_fail; /* the workload may have any status */
};

/* The stream never began or broke off; `stream` is the importer's complaint. Returns its code. */
int reason_no_stream(const struct reason *r, const struct sim_error *stream,
		     struct sim_error *err);

/* The stream is whole: what of the guest's end forbids to keep it? 0: nothing. */
int reason_of_end(const struct reason *r, struct sim_error *err);

/* QEMU could not be started: an errno. */
int reason_not_started(const char *qemu, int number, struct sim_error *err);

#endif
