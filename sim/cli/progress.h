/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * progress.h - how far a run is: a bar on a terminal, a line now and then elsewhere
 */
#ifndef SIM_CLI_PROGRESS_H
#define SIM_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdio.h>

#include "run/run.h"

struct progress {
	FILE *out;
	const char *what; /* are counted */
	bool is_terminal;
	double begin;	   /* seconds */
	double drawn;	   /* when last drawn */
	unsigned percent;  /* last written, not on a terminal */
	bool is_open_line; /* the bar stands there */
};

void progress_init(struct progress *p, FILE *out);

/* Draws, if it is time to. */
void progress_show(struct progress *p, const struct run_progress *r);

/* A line of the caller's own: redrawn on a terminal, elsewhere every PROGRESS_LINE_SECONDS. */
#define PROGRESS_LINE_SECONDS 10.0
void progress_text(struct progress *p, const char *line);

/* Takes the bar away. */
void progress_fini(struct progress *p);

/* Seconds of a clock that only moves forward. */
double progress_seconds(void);

#endif
