/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "capture/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PIPE_BYTES    (1 << 20) /* the most that Linux gives without privilege (pipe(7)) */
#define PATIENCE      40	/* times PIPE_WAIT_MS that QEMU has to end */
#define READ_AT_LEAST ((size_t)1 << 16)

/* Has QEMU ended? */
static bool has_exited(struct capture_pipe *p)
{
	if (!p->has_exited && p->pid > 0 &&
	    wait4(p->pid, &p->status, WNOHANG, &p->used) == p->pid)
		p->has_exited = true;
	return p->has_exited;
}

static bool may_go_on(struct capture_pipe *p)
{
	if (!p->is_stopped && p->tick && p->tick(p->arg))
		p->is_stopped = true;
	return !p->is_stopped;
}

/* Waits a while for bytes; true when the stream can give some, or its end. */
static bool wait_for_bytes(struct capture_pipe *p)
{
	struct pollfd want = { .fd = p->fd, .events = POLLIN };

	return poll(&want, 1, PIPE_WAIT_MS) > 0;
}

/* For fopencookie(3): at least a byte, 0 at the end, -1. */
static ssize_t read_cookie(void *cookie, char *buf, size_t size)
{
	struct capture_pipe *p = cookie;

	while (may_go_on(p)) {
		bool was_over = has_exited(p), is_ready = wait_for_bytes(p);
		ssize_t n;

		if (!is_ready && !was_over)
			continue;
		n = read(p->fd, buf, size);
		if (n > 0)
			p->bytes += (uint64_t)n;
		if (n >= 0)
			return n;
		if (errno == EAGAIN && was_over)
			return 0;
		if (errno != EAGAIN && errno != EINTR)
			return -1;
	}
	errno = EINTR;
	return -1;
}

int pipe_open(struct capture_pipe *p, const char *path, struct sim_error *err)
{
	static const cookie_io_functions_t io = { .read = read_cookie };

	p->fd = -1;
	if (mkfifo(path, 0600))
		return sim_fail(err, SIM_EIO, path, "cannot make a FIFO: %s", strerror(errno));
	p->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (p->fd < 0)
		return sim_fail(err, SIM_EIO, path, "cannot open: %s", strerror(errno));
	fcntl(p->fd, F_SETPIPE_SZ, PIPE_BYTES); /* faster, where it is granted */
	p->f = fopencookie(p, "rb", io);
	if (!p->f || setvbuf(p->f, NULL, _IOFBF, READ_AT_LEAST)) {
		pipe_close(p);
		return sim_fail_nomem(err);
	}
	return 0;
}

void pipe_wait(struct capture_pipe *p)
{
	while (!has_exited(p) && may_go_on(p))
		poll(NULL, 0, PIPE_WAIT_MS);
}

void pipe_wait_shortly(struct capture_pipe *p)
{
	for (int i = 0; i < PATIENCE && !has_exited(p); i++)
		poll(NULL, 0, PIPE_WAIT_MS);
}

void pipe_end(struct capture_pipe *p)
{
	if (p->pid <= 0 || has_exited(p))
		return;
	kill(p->pid, SIGTERM);
	pipe_wait_shortly(p);
	if (p->has_exited)
		return;
	kill(p->pid, SIGKILL);
	while (wait4(p->pid, &p->status, 0, &p->used) < 0 && errno == EINTR)
		;
	p->has_exited = true;
}

void pipe_close(struct capture_pipe *p)
{
	if (p->f)
		fclose(p->f);
	if (p->fd >= 0)
		close(p->fd);
	p->f = NULL;
	p->fd = -1;
}
