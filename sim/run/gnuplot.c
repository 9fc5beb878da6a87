/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "run/gnuplot.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Starts argv in folder `dir`, its output into fd `said`; 0 or an errno. */
static int start(pid_t *pid, const char *dir, const char *const argv[6], int said)
{
	posix_spawn_file_actions_t a;
	char *copy[6];
	int rc = posix_spawn_file_actions_init(&a);

	if (rc)
		return rc;
	memcpy(copy, argv, sizeof(copy));
	rc = posix_spawn_file_actions_addchdir_np(&a, dir);
	if (!rc)
		rc = posix_spawn_file_actions_adddup2(&a, said, STDOUT_FILENO);
	if (!rc)
		rc = posix_spawn_file_actions_adddup2(&a, said, STDERR_FILENO);
	if (!rc)
		rc = posix_spawnp(pid, copy[0], &a, NULL, copy, environ);
	posix_spawn_file_actions_destroy(&a);
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

/* One line, so that it fits a message. */
static const char *one_line(char *text)
{
	for (char *p = text; *p; p++)
		if (*p == '\n' || *p == '\t' || *p == '\r')
			*p = ' ';
	return text + strspn(text, " ");
}

static int judge(int status, char *said, const char *script, struct sim_error *err)
{
	const char *text = one_line(said);

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0; /* with a warning perhaps */
	if (WIFSIGNALED(status))
		return sim_fail(err, SIM_EIO, script, "gnuplot was ended by signal %d",
				WTERMSIG(status));
	return sim_fail(err, SIM_EIO, script, "gnuplot failed with status %d: %s",
			WEXITSTATUS(status), *text ? text : "it says nothing");
}

static int wait_for(pid_t pid, int fd, const char *script, struct sim_error *err)
{
	char said[300];
	int status;

	listen_to(fd, said, sizeof(said));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return sim_fail(err, SIM_EIO, NULL, "cannot wait for gnuplot: %s",
					strerror(errno));
	return judge(status, said, script, err);
}

int gnuplot_run(const char *dir, const char *script, const char *terminal, const char *output,
		struct sim_error *err)
{
	const char *const argv[6] = { "gnuplot", "-c", script, terminal, output, NULL };
	int fd[2], rc;
	pid_t pid;

	if (pipe(fd))
		return sim_fail(err, SIM_EIO, NULL, "cannot make a pipe: %s", strerror(errno));
	rc = start(&pid, dir, argv, fd[1]);
	close(fd[1]);
	if (rc == ENOENT)
		rc = sim_fail(err, SIM_EIO, NULL,
			      "gnuplot is not installed (Debian: gnuplot-nox)");
	else if (rc)
		rc = sim_fail(err, SIM_EIO, NULL, "cannot start gnuplot: %s", strerror(rc));
	else
		rc = wait_for(pid, fd[0], script, err);
	close(fd[0]);
	return rc;
}
