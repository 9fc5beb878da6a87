/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * main.c - the program: finds the command and lets it run
 */
#include "config.h"

#include <argp.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"

/* In the order in which a newcomer meets them. */
static const struct command *const commands[] = {
	&cmd_run,      &cmd_plot, &cmd_trace, &cmd_capture, &cmd_guest,
	&cmd_snapshot, &cmd_mem,  &cmd_kvm,   &cmd_fit,	    NULL,
};

int command_failed(const struct sim_error *err)
{
	fprintf(stderr, "shadownest: %s%s%s\n", err->where, err->where[0] ? ": " : "",
		err->text);
	return EXIT_FAILED;
}

int command_parse(const struct argp *argp, int argc, char **argv, void *input)
{
	argp_err_exit_status = EXIT_USAGE;
	return argp_parse(argp, argc, argv, 0, NULL, input) ? EXIT_USAGE : EXIT_DONE;
}

static void print_help(FILE *f)
{
	fprintf(f, "Usage: shadownest COMMAND [OPTION...]\n"
		   "Replays the memory accesses of a captured guest under several memory-\n"
		   "virtualization techniques and counts VM exits, TLB misses and page-walk\n"
		   "references exactly.\n"
		   "\n"
		   "Commands:\n");
	for (size_t i = 0; commands[i]; i++)
		fprintf(f, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
	fprintf(f,
		"\n"
		"Options:\n"
		"  --help     print this and stop; COMMAND --help tells about a command\n"
		"  --version  print the version and stop\n"
		"\n"
		"Shadow paging beside EPT on three captured traces, as a table and figures:\n"
		"\n"
		"  shadownest run experiments/quickstart.json\n");
}

const struct command *command_find(const struct command *const *table, const char *name)
{
	for (; *table; table++)
		if (!strcmp((*table)->name, name))
			return *table;
	return NULL;
}

static int run(const struct command *c, int argc, char **argv)
{
	char name[64];

	snprintf(name, sizeof(name), "shadownest %s", c->name);
	argv[0] = name;
	return c->run(argc, argv);
}

static int unknown(const char *word)
{
	fprintf(stderr,
		"shadownest: there is no %s \"%s\"; shadownest --help lists what there is\n",
		word[0] == '-' ? "option" : "command", word);
	return EXIT_USAGE;
}

/* Out of memory, jansson's parser (2.14) may drop a character and go on. So it never is. */
static void *allocate_or_exit(size_t n)
{
	void *p = malloc(n ? n : 1);

	if (p)
		return p;
	fputs("shadownest: out of memory\n", stderr);
	exit(EXIT_FAILED);
}

/* A file opened later must not become the standard output that somebody closed. */
static void hold_standard_files(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
			exit(EXIT_FAILED);
}

/* Runs at every exit, argp's after --help too: output that is lost is a failure. */
static void close_output(void)
{
	int is_lost = ferror(stdout);

	if (!fclose(stdout) && !is_lost)
		return;
	fputs("shadownest: standard output: cannot write\n", stderr);
	_exit(EXIT_FAILED);
}

int main(int argc, char **argv)
{
	const struct command *c;

	hold_standard_files();
	/* A file that grows beyond RLIMIT_FSIZE fails with EFBIG, as a full disk does with ENOSPC. */
	signal(SIGXFSZ, SIG_IGN);
	if (atexit(close_output))
		return EXIT_FAILED;
	json_set_alloc_funcs(allocate_or_exit, free);
	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help")) {
		print_help(stdout);
		return EXIT_DONE;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("%s\n", PACKAGE_STRING);
		return EXIT_DONE;
	}
	c = command_find(commands, argv[1]);
	return c ? run(c, argc - 1, argv + 1) : unknown(argv[1]);
}
