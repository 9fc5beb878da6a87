/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"

/* execvp wants strings that it could write to. */
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

/* In the child: PR_SET_PDEATHSIG asks for a signal when its parent ends, which may have happened already. */
static int settle(const struct process_place *at, pid_t parent)
{
	int null;

	if (prctl(PR_SET_PDEATHSIG, SIGTERM) || getppid() != parent)
		return errno ? errno : ECHILD;
	null = open("/dev/null", O_RDONLY);
	if (null < 0 || (null != STDIN_FILENO && dup2(null, STDIN_FILENO) < 0))
		return errno;
	if (null > STDERR_FILENO)
		close(null);
	if (at->dir && chdir(at->dir))
		return errno;
	if (dup2(at->out, STDOUT_FILENO) < 0 || dup2(at->err, STDERR_FILENO) < 0)
		return errno;
	return 0;
}

/* Becomes the program; what forbids that goes to `report`, which closes by itself when nothing does. */
static void become(char **argv, const struct process_place *at, pid_t parent, int report)
{
	int number;

	signal(SIGXFSZ, SIG_DFL); /* what we ignore, it would inherit */
	errno = 0;
	number = settle(at, parent);
	if (!number) {
		execvp(argv[0], argv);
		number = errno;
	}
	if (write(report, &number, sizeof(number)) < 0)
		_exit(126);
	_exit(127);
}

/* The child's errno; 0: it has become the program. */
static int outcome(pid_t pid, int report)
{
	int number = 0;
	ssize_t n;

	do
		n = read(report, &number, sizeof(number));
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(number))
		return 0;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return number;
}

int process_start(pid_t *pid, const char *const *argv, const struct process_place *at)
{
	pid_t parent = getpid(), child;
	int report[2], rc = 0;
	char **copy = copy_of(argv);

	if (!copy)
		return ENOMEM;
	if (pipe2(report, O_CLOEXEC)) {
		rc = errno;
		sim_free(copy);
		return rc;
	}
	child = fork();
	if (!child)
		become(copy, at, parent, report[1]);
	if (child < 0)
		rc = errno;
	close(report[1]);
	if (!rc)
		rc = outcome(child, report[0]);
	if (!rc)
		*pid = child;
	close(report[0]);
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
