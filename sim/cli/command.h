/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * command.h - one sub-command of the program: one `const struct command` per cmd_*.c, listed in
 * main.c
 *
 * Only cli/ prints. Exit status: 0 done, 1 failed, 2 used wrongly. main.c makes it 1 when standard
 * output could not be written.
 */
#ifndef SIM_CLI_COMMAND_H
#define SIM_CLI_COMMAND_H

#include "base/err.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct command {
	const char *name;
	const char *summary; /* one line for --help */
	int (*run)(int argc,
		   char **argv); /* argv[0] is "shadownest NAME"; returns an exit status */
};

extern const struct command cmd_capture, cmd_trace, cmd_run, cmd_plot, cmd_mem, cmd_kvm,
	cmd_fit;

/* The command of that name in a table that NULL ends; NULL: none. */
const struct command *command_find(const struct command *const *table, const char *name);

/* Prints "shadownest: where: text" on standard error and returns EXIT_FAILED. */
int command_failed(const struct sim_error *err);

/*
 * Parses a command's options with argp: --help, --usage and wrong use end the program there (0
 * and EXIT_USAGE). Returns EXIT_DONE or EXIT_USAGE.
 */
struct argp;
int command_parse(const struct argp *argp, int argc, char **argv, void *input);

#endif
