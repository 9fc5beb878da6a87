/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shadownest trace: finds the sub-command. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cli/cmd_trace.h"

static const struct command *const commands[] = {
	&cmd_trace_import, &cmd_trace_info, &cmd_trace_verify, &cmd_trace_cat, NULL,
};

static void print_help(FILE *f)
{
	fprintf(f, "Usage: shadownest trace COMMAND [OPTION...]\n"
		   "Makes, checks and shows traces (.snt files): the memory accesses of a "
		   "guest,\n"
		   "its page tables and every change to them.\n"
		   "\n"
		   "Commands:\n");
	for (size_t i = 0; commands[i]; i++)
		fprintf(f, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
	fprintf(f, "\n"
		   "shadownest trace COMMAND --help tells about a command. For instance:\n"
		   "\n"
		   "  shadownest trace info traces/fork.snt\n"
		   "  shadownest trace import capture.gtr.zst -o new.snt\n"
		   "  shadownest trace verify new.snt\n"
		   "  shadownest trace cat --from 1000 --count 20 new.snt\n");
}

static int run(int argc, char **argv)
{
	const struct command *c;
	char name[64];

	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help")) {
		print_help(stdout);
		return EXIT_DONE;
	}
	c = command_find(commands, argv[1]);
	if (!c) {
		fprintf(stderr,
			"shadownest: there is no trace command \"%s\"; shadownest trace "
			"--help lists what there is\n",
			argv[1]);
		return EXIT_USAGE;
	}
	snprintf(name, sizeof(name), "%s %s", argv[0], c->name);
	argv[1] = name;
	return c->run(argc - 1, argv + 1);
}

const struct command cmd_trace = {
	.name = "trace",
	.summary = "import, describe, verify and show traces",
	.run = run,
};
