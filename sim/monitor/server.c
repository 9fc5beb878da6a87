/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "monitor/server.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"

#define INPUT_MAX  4096 /* bytes read at once */
#define ROUNDS_MAX 16	/* of reading and writing, in one poll */
#define QUEUE	   8	/* clients that wait */
#define REST_MS	   100	/* after a client could not be taken in */

struct server {
	struct qmp *q;
	int listener, client; /* client -1: none */
	struct sockaddr_un addr;
	dev_t dev; /* which file is ours */
	ino_t ino;
	bool is_at_end; /* the client sends nothing more */
	bool is_deaf;	/* it reads nothing more */
	bool is_full;	/* no descriptor was left for a client */
	char in[INPUT_MAX];
	size_t n, taken; /* of `in` */
};

/* --- the socket's name --- */

static int set_path(struct server *s, const char *path, struct sim_error *err)
{
	size_t n = strlen(path);

	if (!n || n >= sizeof(s->addr.sun_path))
		return sim_fail(err, SIM_ERANGE, path,
				"the path of a socket must have 1..%zu bytes, not %zu",
				sizeof(s->addr.sun_path) - 1, n);
	s->addr.sun_family = AF_UNIX;
	memcpy(s->addr.sun_path, path, n + 1);
	return 0;
}

static int fail_system(const struct server *s, const char *what, struct sim_error *err)
{
	return sim_fail(err, SIM_EIO, s->addr.sun_path, "cannot %s the monitor's socket: %s",
			what, strerror(errno));
}

static int new_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* Linux gives the file the mode of the socket: it never has another one. */
static int try_bind(const struct server *s)
{
	if (fchmod(s->listener, 0600))
		return -1;
	return bind(s->listener, (const struct sockaddr *)&s->addr, sizeof(s->addr));
}

/* Does somebody answer there? A full queue (EAGAIN) is somebody. */
static bool is_live(const struct server *s)
{
	int fd = new_socket();
	bool is_dead = fd >= 0 &&
		       connect(fd, (const struct sockaddr *)&s->addr, sizeof(s->addr)) &&
		       errno == ECONNREFUSED;

	if (fd >= 0)
		close(fd);
	return !is_dead;
}

static int remove_dead(const struct server *s, struct sim_error *err)
{
	const char *path = s->addr.sun_path;
	struct stat st;

	if (lstat(path, &st))
		return fail_system(s, "look at", err);
	if (!S_ISSOCK(st.st_mode))
		return sim_fail(err, SIM_ESTATE, path,
				"this is no socket: it is left alone; name a path at which "
				"there is nothing");
	if (is_live(s))
		return sim_fail(err, SIM_ESTATE, path,
				"a server answers at this socket; name another path");
	return unlink(path) ? fail_system(s, "replace", err) : 0;
}

static int take_name(struct server *s, struct sim_error *err)
{
	struct stat st;
	int rc;

	if (try_bind(s)) {
		if (errno != EADDRINUSE)
			return fail_system(s, "make", err);
		rc = remove_dead(s, err);
		if (rc)
			return rc;
		if (try_bind(s))
			return fail_system(s, "make", err);
	}
	if (lstat(s->addr.sun_path, &st))
		return fail_system(s, "look at", err);
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	if (st.st_mode & 077)
		return sim_fail(err, SIM_EUNSUP, s->addr.sun_path,
				"the file system gives this socket the mode %o instead of "
				"0600",
				st.st_mode & 0777u);
	return 0;
}

int server_open(struct server **out, const char *path, struct qmp *q, struct sim_error *err)
{
	struct server *s = sim_calloc(1, sizeof(*s));
	int rc;

	*out = NULL;
	if (!s)
		return sim_fail_nomem(err);
	*s = (struct server){ .q = q, .listener = -1, .client = -1 };
	rc = set_path(s, path, err);
	if (!rc && (s->listener = new_socket()) < 0)
		rc = fail_system(s, "make", err);
	if (!rc)
		rc = take_name(s, err);
	if (!rc && listen(s->listener, QUEUE))
		rc = fail_system(s, "listen at", err);
	if (rc)
		server_close(s);
	else
		*out = s;
	return rc;
}

static void remove_name(const struct server *s)
{
	struct stat st;

	if (s->ino && !lstat(s->addr.sun_path, &st) && st.st_dev == s->dev &&
	    st.st_ino == s->ino)
		unlink(s->addr.sun_path);
}

/* --- the client --- */

static void drop(struct server *s)
{
	if (s->client < 0)
		return;
	close(s->client);
	s->client = -1;
	qmp_hang_up(s->q);
}

static void welcome(struct server *s)
{
	s->client = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	s->is_full = s->client < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
				       errno == ENOMEM);
	if (s->client < 0)
		return;
	s->n = s->taken = 0;
	s->is_at_end = s->is_deaf = false;
	qmp_greet(s->q);
}

static bool would_block(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* Sends until the socket is full. Who does not listen any more may have asked for something before: that is done. */
static void flush(struct server *s)
{
	const char *out;
	ssize_t sent = 1;
	size_t n;

	while (s->client >= 0 && sent > 0 && (out = qmp_output(s->q, &n), n)) {
		sent = s->is_deaf ? (ssize_t)n
				  : send(s->client, out, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent > 0)
			qmp_sent(s->q, (size_t)sent);
		else if (!would_block())
			s->is_deaf = true, sent = 1;
	}
}

static void receive(struct server *s)
{
	ssize_t n = recv(s->client, s->in, sizeof(s->in), MSG_DONTWAIT);

	if (n < 0 && would_block())
		return;
	s->taken = 0;
	s->n = n > 0 ? (size_t)n : 0;
	s->is_at_end = n <= 0;
}

static bool has_output(const struct server *s)
{
	size_t n;

	qmp_output(s->q, &n);
	return n;
}

/* Serves what was read, as far as the answers find room; drops who cannot be served, or has all it wanted. */
static void serve(struct server *s)
{
	if (s->client < 0)
		return;
	do {
		flush(s);
		s->taken += qmp_input(s->q, s->in + s->taken, s->n - s->taken);
		flush(s);
	} while (s->taken < s->n && !has_output(s) && !qmp_has_failed(s->q));
	if (qmp_has_failed(s->q) || (s->is_at_end && s->taken == s->n && !has_output(s)))
		drop(s);
}

static short wanted(const struct server *s)
{
	short events = 0;

	if (s->client < 0)
		return POLLIN;
	if (s->taken == s->n && !s->is_at_end)
		events |= POLLIN;
	if (has_output(s))
		events |= POLLOUT;
	return events;
}

/* True while there may be more to do. */
static bool round_of(struct server *s, int timeout_ms)
{
	struct pollfd p = { .fd = s->client < 0 ? s->listener : s->client,
			    .events = wanted(s) };

	if (poll(&p, 1, timeout_ms) <= 0)
		return false;
	if (s->client < 0) {
		welcome(s);
	} else if (!(p.revents & (POLLIN | POLLOUT))) {
		drop(s);
		return true;
	} else if (p.revents & POLLIN) {
		receive(s);
	}
	serve(s);
	return !s->is_full;
}

/* poll() would tell of who waits for a descriptor at once, each time. Returns what is left to wait. */
static int rest(struct server *s, int timeout_ms)
{
	if (!s->is_full)
		return timeout_ms;
	s->is_full = false;
	poll(NULL, 0, timeout_ms < 0 || timeout_ms > REST_MS ? REST_MS : timeout_ms);
	return 0;
}

void server_poll(struct server *s, int timeout_ms)
{
	timeout_ms = rest(s, timeout_ms);
	serve(s); /* events that came since */
	for (int i = 0; i < ROUNDS_MAX && round_of(s, i ? 0 : timeout_ms); i++)
		;
}

void server_close(struct server *s)
{
	if (!s)
		return;
	flush(s);
	drop(s);
	remove_name(s);
	if (s->listener >= 0)
		close(s->listener);
	sim_free(s);
}
