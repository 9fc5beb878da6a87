/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * group.h - a command that has commands of its own: `shadownest trace info`
 */
#ifndef SIM_CLI_GROUP_H
#define SIM_CLI_GROUP_H

#include "cli/command.h"

struct command_group {
	const char *name;		       /* "trace" */
	const char *about;		       /* lines for --help */
	const char *examples;		       /* the same, indented */
	const struct command *const *commands; /* NULL ends it */
};

/* Finds the command that argv[1] names and lets it run. Returns an exit status. */
int command_group_run(const struct command_group *g, int argc, char **argv);

#endif
