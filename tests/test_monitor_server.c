/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_monitor_server.c - the monitor on a real socket: whose it is, and clients that behave badly */
#include "config.h"

#include "check.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "monitor/server.h"
#include "monitor_guest.h"

#define DEADLINE_MS 10000

struct house {
	char dir[64], path[96];
	struct monitor_guest guest;
	struct qmp *q;
	struct server *s;
};

/* --- in place of the C library's: how often it was called, and how long it would have rested --- */

static unsigned n_polls;
static int rested_ms;

int poll(struct pollfd *p, nfds_t n, int timeout_ms)
{
	struct timespec ts = { .tv_sec = timeout_ms / 1000,
			       .tv_nsec = timeout_ms % 1000 * 1000000L };

	if (!n) {
		rested_ms += timeout_ms;
		return 0;
	}
	n_polls++;
	return ppoll(p, n, timeout_ms < 0 ? NULL : &ts, NULL);
}

/* The mode of a socket counts for nothing on some file systems. */
static bool has_no_modes;

int fchmod(int fd, mode_t mode)
{
	return has_no_modes ? 0 : (int)syscall(SYS_fchmod, fd, mode);
}

static int begin(void **state)
{
	struct house *h = sim_calloc(1, sizeof(*h));
	const char *tmp = getenv("TMPDIR");

	assert_non_null(h);
	snprintf(h->dir, sizeof(h->dir), "%.40s/qmp.XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(h->dir));
	snprintf(h->path, sizeof(h->path), "%s/socket", h->dir);
	assert_int_equal(monitor_guest_create(&h->guest, NULL), 0);
	assert_int_equal(qmp_create(&h->q, &monitor_boards_ops, &h->guest.boards, NULL), 0);
	*state = h;
	return 0;
}

static int begin_open(void **state)
{
	struct house *h;

	begin(state);
	h = *state;
	assert_int_equal(server_open(&h->s, h->path, h->q, NULL), 0);
	return 0;
}

static int end(void **state)
{
	struct house *h = *state;

	server_close(h->s);
	qmp_destroy(h->q);
	monitor_guest_destroy(&h->guest);
	unlink(h->path);
	assert_int_equal(rmdir(h->dir), 0);
	sim_free(h);
	return 0;
}

/* --- a client --- */

static struct sockaddr_un address(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	return a;
}

static int dial(const struct house *h)
{
	struct sockaddr_un a = address(h->path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static void say(int fd, const char *s)
{
	assert_int_equal(send(fd, s, strlen(s), MSG_NOSIGNAL), strlen(s));
}

/* What is there without waiting, as a string; *n -1: the connection is closed. */
static const char *hear_all(int fd, ssize_t *n)
{
	static char buf[1 << 16];

	*n = recv(fd, buf, sizeof(buf) - 1, MSG_DONTWAIT);
	if (!*n || (*n < 0 && errno != EAGAIN)) {
		*n = -1;
		return "";
	}
	*n = *n < 0 ? 0 : *n;
	buf[*n] = '\0';
	return buf;
}

static void hears(int fd, const char *part)
{
	ssize_t n;
	const char *s = hear_all(fd, &n);

	if (!strstr(s, part))
		print_message("# heard %s\n", s);
	assert_non_null(strstr(s, part));
}

static void hears_nothing(int fd)
{
	ssize_t n;

	hear_all(fd, &n);
	assert_int_equal(n, 0);
}

static void is_hung_up(int fd)
{
	ssize_t n;

	do
		hear_all(fd, &n);
	while (n > 0);
	assert_int_equal(n, -1);
}

static int dial_and_negotiate(struct house *h)
{
	int fd = dial(h);

	server_poll(h->s, 0);
	hears(fd, "{\"QMP\": ");
	say(fd, "{\"execute\": \"qmp_capabilities\"}\n");
	server_poll(h->s, DEADLINE_MS);
	hears(fd, "{\"return\": {}}\r\n");
	return fd;
}

/* --- its name --- */

static void is_private_from_the_start(void **state)
{
	struct house *h = *state;
	mode_t was = umask(0);
	struct stat st;

	assert_int_equal(server_open(&h->s, h->path, h->q, NULL), 0);
	umask(was);
	assert_int_equal(lstat(h->path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0600);
	server_close(h->s);
	h->s = NULL;
	assert_int_equal(lstat(h->path, &st), -1);
}

static void refuses(const struct house *h, const char *path, int code, const char *part)
{
	struct sim_error err = { .code = 0 };
	struct server *s = NULL;

	assert_int_equal(server_open(&s, path, h->q, &err), code);
	assert_null(s);
	assert_non_null(strstr(err.text, part));
}

/* Nobody else may talk to the guest: no socket is better than one for all. */
static void refuses_a_public_socket(void **state)
{
	struct house *h = *state;
	mode_t was = umask(0);
	struct stat st;

	has_no_modes = true;
	refuses(h, h->path, SIM_EUNSUP, "instead of 0600");
	has_no_modes = false;
	umask(was);
	assert_int_equal(lstat(h->path, &st), -1);
}

static void refuses_what_is_no_socket(void **state)
{
	struct house *h = *state;
	FILE *f = fopen(h->path, "w");
	struct stat st;

	assert_non_null(f);
	fputs("precious", f);
	fclose(f);
	refuses(h, h->path, SIM_ESTATE, "no socket");
	assert_int_equal(lstat(h->path, &st), 0);
	assert_int_equal(st.st_size, 8);
	unlink(h->path);
	assert_int_equal(symlink("nowhere", h->path), 0);
	refuses(h, h->path, SIM_ESTATE, "no socket");
}

static void refuses_a_live_server(void **state)
{
	struct house *h = *state;
	int fd = dial_and_negotiate(h);

	refuses(h, h->path, SIM_ESTATE, "a server answers");
	say(fd, "{\"execute\": \"query-name\"}");
	server_poll(h->s, DEADLINE_MS);
	hears(fd, "{\"return\": {}}\r\n");
	close(fd);
}

static void replaces_a_dead_socket(void **state)
{
	struct house *h = *state;
	struct sockaddr_un a = address(h->path);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	close(fd);
	assert_int_equal(server_open(&h->s, h->path, h->q, NULL), 0);
	close(dial_and_negotiate(h));
}

static void refuses_impossible_paths(void **state)
{
	char path[300];

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	refuses(*state, path, SIM_ERANGE, "must have 1..107 bytes, not 299");
	refuses(*state, "", SIM_ERANGE, "must have 1..107 bytes, not 0");
	refuses(*state, "/nonexistent/folder/socket", SIM_EIO, "cannot make");
}

static void leaves_what_is_not_its_own(void **state)
{
	struct house *h = *state;
	struct stat st;
	FILE *f;

	unlink(h->path);
	f = fopen(h->path, "w");
	assert_non_null(f);
	fclose(f);
	server_close(h->s);
	h->s = NULL;
	assert_int_equal(lstat(h->path, &st), 0);
}

/* --- its clients --- */

static void second_client_waits(void **state)
{
	struct house *h = *state;
	int first = dial_and_negotiate(h), second = dial(h);

	server_poll(h->s, 0);
	hears_nothing(second);
	say(second, "{\"execute\": \"qmp_capabilities\"}\n");
	server_poll(h->s, 0);
	hears_nothing(second);
	say(first, "{\"execute\": \"query-name\", \"id\": 1}");
	server_poll(h->s, 0);
	hears(first, "\"id\": 1}\r\n");
	close(first);
	server_poll(h->s, 0);
	hears(second, "{\"QMP\": ");
	close(second);
}

static void vanished_client(void **state)
{
	struct house *h = *state;
	int fd = dial_and_negotiate(h);

	say(fd, "{\"execute\": \"que");
	server_poll(h->s, 0);
	close(fd);
	server_poll(h->s, 0);
	fd = dial_and_negotiate(h); /* nothing is left of the other's words */
	h->guest.boards.state = MONITOR_RUNNING;
	say(fd, "{\"execute\": \"stop\"}");
	close(fd);
	server_poll(h->s, 0);
	assert_int_equal(h->guest.boards.state, MONITOR_PAUSED);
	/* all at once, and nobody there to read the greeting */
	fd = dial(h);
	say(fd, "{\"execute\": \"qmp_capabilities\"}{\"execute\": \"quit\"}");
	close(fd);
	server_poll(h->s, 0);
	assert_true(h->guest.boards.has_quit);
}

static void half_closed_client(void **state)
{
	struct house *h = *state;
	int fd = dial(h);

	say(fd,
	    "{\"execute\": \"qmp_capabilities\"}\n{\"execute\": \"query-name\", \"id\": 5}\n");
	shutdown(fd, SHUT_WR);
	server_poll(h->s, 0);
	hears(fd, "{\"return\": {}, \"id\": 5}\r\n");
	is_hung_up(fd);
	close(fd);
}

static size_t count_lines(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += *s == '\n';
	return n;
}

/* Asks until the socket takes no more; the answers are more than its buffer holds. */
static size_t ask_without_reading(struct house *h, int fd)
{
	static const char request[] = "{\"execute\": \"query-commands\"}\n";
	size_t asked = 0, waiting;

	while (send(fd, request, strlen(request), MSG_NOSIGNAL | MSG_DONTWAIT) > 0) {
		asked++;
		server_poll(h->s, 0);
		qmp_output(h->q, &waiting);
		assert_true(waiting < QMP_OUTPUT_HIGH + 4096);
	}
	return asked;
}

static void client_that_does_not_read(void **state)
{
	struct house *h = *state;
	int fd = dial_and_negotiate(h);
	size_t asked = ask_without_reading(h, fd), answered = 0;
	ssize_t n;

	assert_true(asked > 100);
	for (unsigned i = 0; answered < asked && i < 100000; i++) {
		answered += count_lines(hear_all(fd, &n));
		assert_true(n >= 0);
		server_poll(h->s, 0);
	}
	assert_int_equal(answered, asked);
	close(fd);
}

/* Told of events without end, it is given up; the next one is served. */
static void events_that_nobody_reads(void **state)
{
	struct house *h = *state;
	int fd = dial_and_negotiate(h);
	size_t waiting;

	for (unsigned i = 0; i < 100000; i++) {
		qmp_event(h->q, "STOP", NULL);
		qmp_output(h->q, &waiting);
		assert_true(waiting <= QMP_OUTPUT_MAX + 4096);
	}
	server_poll(h->s, 0);
	is_hung_up(fd);
	close(fd);
	close(dial_and_negotiate(h));
}

static void event_between_polls(void **state)
{
	struct house *h = *state;
	int fd = dial_and_negotiate(h);

	qmp_event(h->q, "STOP", NULL);
	server_poll(h->s, 0);
	hears(fd, "\"event\": \"STOP\"}\r\n");
	close(fd);
}

/* Garbage without end, more than one poll takes: each poll ends. */
static void client_that_floods(void **state)
{
	static char garbage[1 << 17];
	struct house *h = *state;
	int fd = dial_and_negotiate(h);
	ssize_t n;

	memset(garbage, ']', sizeof(garbage));
	for (unsigned i = 0; i < 100; i++) {
		(void)send(fd, garbage, sizeof(garbage), MSG_NOSIGNAL | MSG_DONTWAIT);
		server_poll(h->s, 0);
		hear_all(fd, &n);
		assert_true(n > 0);
	}
	close(fd);
	for (unsigned i = 0; i < 100; i++) /* what is left of it */
		server_poll(h->s, 0);
	close(dial_and_negotiate(h));
}

/* Without end, but something is there: it returns. */
static void waiting_ends_when_asked(void **state)
{
	struct house *h = *state;
	int fd = dial(h);

	server_poll(h->s, -1);
	hears(fd, "{\"QMP\": ");
	say(fd, "{\"execute\": \"qmp_capabilities\"}\n{\"execute\": \"cont\"}");
	server_poll(h->s, -1);
	hears(fd, "\"event\": \"RESUME\"}\r\n");
	assert_int_equal(h->guest.boards.state, MONITOR_RUNNING);
	close(fd);
}

static void says_goodbye(void **state)
{
	struct house *h = *state;
	int fd = dial_and_negotiate(h);

	say(fd, "{\"execute\": \"quit\"}");
	server_poll(h->s, -1);
	server_close(h->s);
	h->s = NULL;
	hears(fd, "\"event\": \"SHUTDOWN\"");
	is_hung_up(fd);
	close(fd);
}

/* Who cannot be taken in is not told of again and again; later he is. */
static void no_descriptor_left(void **state)
{
	struct house *h = *state;
	struct rlimit all, none;
	int fd = dial(h);

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &all), 0);
	none = all;
	none.rlim_cur = 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	n_polls = 0;
	rested_ms = 0;
	server_poll(h->s, DEADLINE_MS);
	assert_int_equal(n_polls, 1);
	assert_int_equal(rested_ms, 0);
	for (unsigned i = 0; i < 3; i++)
		server_poll(h->s, -1);
	assert_int_equal(n_polls, 4);
	assert_in_range(rested_ms, 30, 3000);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &all), 0);
	server_poll(h->s, 0);
	hears(fd, "{\"QMP\": ");
	close(fd);
}

#define CLOSED(f) cmocka_unit_test_setup_teardown(f, begin, end)
#define OPEN(f)	  cmocka_unit_test_setup_teardown(f, begin_open, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLOSED(is_private_from_the_start),
		CLOSED(refuses_a_public_socket),
		CLOSED(refuses_what_is_no_socket),
		OPEN(refuses_a_live_server),
		CLOSED(replaces_a_dead_socket),
		CLOSED(refuses_impossible_paths),
		OPEN(leaves_what_is_not_its_own),
		OPEN(second_client_waits),
		OPEN(vanished_client),
		OPEN(half_closed_client),
		OPEN(client_that_does_not_read),
		OPEN(events_that_nobody_reads),
		OPEN(event_between_polls),
		OPEN(client_that_floods),
		OPEN(waiting_ends_when_asked),
		OPEN(says_goodbye),
		OPEN(no_descriptor_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
