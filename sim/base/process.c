/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"

/* posix_spawn wants strings that it could write to. */
static char **copy_of(const char *const *argv)
{
	size_t n = 0;
	char **copy;

	while (argv[n])
		n++;
	copy = sim_calloc(n + 1, sizeof(*copy));
	if (copy)
		memcpy(copy, argv, n * sizeof(*copy));
	return copy;
}

static int prepare(posix_spawn_file_actions_t *a, const struct process_place *at)
{
	int rc = posix_spawn_file_actions_addopen(a, STDIN_FILENO, "/dev/null", O_RDONLY, 0);

	if (!rc && at->dir)
		rc = posix_spawn_file_actions_addchdir_np(a, at->dir);
	if (!rc)
		rc = posix_spawn_file_actions_adddup2(a, at->out, STDOUT_FILENO);
	if (!rc)
		rc = posix_spawn_file_actions_adddup2(a, at->err, STDERR_FILENO);
	return rc;
}

int process_start(pid_t *pid, const char *const *argv, const struct process_place *at)
{
	posix_spawn_file_actions_t a;
	char **copy = copy_of(argv);
	int rc;

	if (!copy)
		return ENOMEM;
	rc = posix_spawn_file_actions_init(&a);
	if (!rc) {
		rc = prepare(&a, at);
		if (!rc)
			rc = posix_spawnp(pid, copy[0], &a, NULL, copy, environ);
		posix_spawn_file_actions_destroy(&a);
	}
	sim_free(copy);
	return rc;
}

/* All that comes out of fd until its end; the head of it in buf. */
static void listen_to(int fd, char *buf, size_t size)
{
	char rest[256];
	size_t at = 0;
	ssize_t n;

	do {
		size_t room = size - 1 - at;

		n = room ? read(fd, buf + at, room) : read(fd, rest, sizeof(rest));
		if (n > 0 && room)
			at += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	buf[at] = '\0';
}

int process_run(const char *const *argv, const char *dir, char *said, size_t size, int *status)
{
	int fd[2], rc;
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC))
		return errno;
	rc = process_start(&pid, argv, &(struct process_place){ dir, fd[1], fd[1] });
	close(fd[1]);
	if (!rc) {
		listen_to(fd[0], said, size);
		while (waitpid(pid, status, 0) < 0) {
			if (errno == EINTR)
				continue;
			rc = errno;
			break;
		}
	}
	close(fd[0]);
	return rc;
}

char *process_one_line(char *text)
{
	for (char *p = text; *p; p++)
		if (*p == '\n' || *p == '\t' || *p == '\r')
			*p = ' ';
	return text + strspn(text, " ");
}
