/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * capture_report.h - what `shadownest capture` shows: the line that moves, and what came of it
 */
#ifndef SIM_CLI_CAPTURE_REPORT_H
#define SIM_CLI_CAPTURE_REPORT_H

#include <stdbool.h>

#include "capture/capture.h"
#include "cli/progress.h"

struct capture_watch {
	struct progress progress;
	bool is_quiet;
	double timeout;	 /* seconds; 0: none */
	double patience; /* the same, with nothing new */
	bool has_timed_out, has_stalled;
	uint64_t accesses; /* that were the last news, when: */
	double news;
	enum capture_phase phase;
	double began[CAPTURE_FINISH + 1]; /* seconds from the start; 0: not yet */
};

void capture_watch_init(struct capture_watch *w, FILE *out);

/* A capture_hook; arg is a struct capture_watch. */
int capture_watch_hook(void *arg, enum capture_phase phase, uint64_t accesses);

/* What it was at last. */
const char *capture_watch_doing(const struct capture_watch *w);

/* Prints what was captured, and how fast. */
void capture_report(FILE *out, const char *path, struct capture_watch *w,
		    const struct capture_result *r);

#endif
