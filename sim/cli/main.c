/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cli/command.h"

int command_failed(const struct sim_error *err)
{
	fprintf(stderr, "shadownest: %s%s%s\n", err->where, err->where[0] ? ": " : "",
		err->text);
	return EXIT_FAILED;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--version")) {
		printf("%s\n", PACKAGE_STRING);
		return EXIT_DONE;
	}
	return EXIT_USAGE;
}
