/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * capture-run - runs a command in a guest that is captured
 *
 *     capture-run [--begin=exec|none] COMMAND [ARGUMENT...]
 *
 * The begin marker is executed in the child, as the last thing before its execve: the capture holds the command from
 * its loading on, and none of this program but the fork's return. The end marker is executed when the command has
 * ended; after the workload's own, it says nothing. The status is the command's, 128 + the signal that
 * ended it, 127 when there is no such program.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "marker.h"

enum { NOT_FOUND = 127, CANNOT = 126, SIGNALLED = 128, USAGE = 2 };

static void become(char **argv, int begins_here)
{
	if (begins_here)
		capture_begin();
	execvp(argv[0], argv);
}

static int status_of(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return CANNOT;
	return WIFSIGNALED(status) ? SIGNALLED + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	int begins_here = 1, at = 1, status;
	pid_t pid;

	if (at < argc && !strncmp(argv[at], "--begin=", 8))
		begins_here = strcmp(argv[at++], "--begin=none") != 0;
	if (at >= argc) {
		fputs("usage: capture-run [--begin=exec|none] COMMAND [ARGUMENT...]\n", stderr);
		return USAGE;
	}
	pid = fork();
	if (pid < 0) {
		fprintf(stderr, "capture-run: cannot fork: %s\n", strerror(errno));
		return CANNOT;
	}
	if (!pid) {
		become(argv + at, begins_here);
		status = errno == ENOENT ? NOT_FOUND : CANNOT;
		fprintf(stderr, "capture-run: %s: %s\n", argv[at], strerror(errno));
		_exit(status);
	}
	status = status_of(pid);
	capture_end();
	return status;
}
