/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hmp_line.h - a line of the monitor for people, taken apart: the command, then what it takes
 */
#ifndef SIM_MONITOR_HMP_LINE_H
#define SIM_MONITOR_HMP_LINE_H

#include "monitor/monitor.h"

enum hmp_takes {
	HMP_NOTHING,
	HMP_WORD,     /* one, perhaps in quotes */
	HMP_REST,     /* everything to the end of the line, at least something */
	HMP_ANYTHING, /* the rest of the line, or nothing */
	HMP_FLAGS,    /* -f -d ..., in the order of `flags` */
};

struct hmp_call {
	const struct monitor *m;
	struct text *out;
	const char *arg; /* "" when it has none */
	unsigned flags;	 /* bit i: flags[i] was given */
};

struct hmp_command {
	const char *name; /* "stop|s"; NULL: the end */
	enum hmp_takes takes;
	const char *flags;
	const char *params, *help;
	int (*run)(const struct hmp_call *c); /* 0; -1: it failed, and the text says why */
	const struct hmp_command *sub;	      /* commands of which the next word is one */
};

/* Is the word one of a command's names? */
bool hmp_line_names(const struct hmp_command *c, const char *word, size_t n);

/* Finds the line's command, or says that there is none: NULL. *rest: behind its name. */
const struct hmp_command *hmp_line_find(const struct hmp_command *table, const char *line,
					const char **rest, struct text *out);

/* Reads what the command takes; false, and says why, when it takes no such thing. c->arg is allocated: free it. */
bool hmp_line_read(const struct hmp_command *cmd, const char *rest, struct hmp_call *c,
		   char **arg);

#endif
