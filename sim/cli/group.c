/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/group.h"

#include <stdio.h>
#include <string.h>

static void print_help(const struct command_group *g, FILE *f)
{
	fprintf(f, "Usage: shadownest %s COMMAND [OPTION...]\n%s\nCommands:\n", g->name,
		g->about);
	for (size_t i = 0; g->commands[i]; i++)
		fprintf(f, "  %-9s %s\n", g->commands[i]->name, g->commands[i]->summary);
	fprintf(f, "\nshadownest %s COMMAND --help tells about a command. For instance:\n\n%s",
		g->name, g->examples);
}

int command_group_run(const struct command_group *g, int argc, char **argv)
{
	const struct command *c;
	char name[64];

	if (argc < 2) {
		print_help(g, stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help")) {
		print_help(g, stdout);
		return EXIT_DONE;
	}
	c = command_find(g->commands, argv[1]);
	if (!c) {
		fprintf(stderr,
			"shadownest: there is no %s command \"%s\"; shadownest %s --help lists "
			"what there is\n",
			g->name, argv[1], g->name);
		return EXIT_USAGE;
	}
	snprintf(name, sizeof(name), "%s %s", argv[0], c->name);
	argv[1] = name;
	return c->run(argc - 1, argv + 1);
}
