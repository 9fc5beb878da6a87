/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "tests/session_client.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/check.h"

#define DEADLINE_MS 20000
#define DEADLINE_S  60 /* of a house */

/* --- the session --- */

static void note(void *arg, const struct session_change *c)
{
	struct house *h = arg;

	if (h->n_changes < CHANGES_MAX)
		h->change[h->n_changes++] =
			(struct noted){ c->record, c->zapped, c->technique, *c->region };
}

struct house *house_new(bool is_served)
{
	struct house *h = calloc(1, sizeof(*h));
	const char *tmp = getenv("TMPDIR");

	assert_non_null(h);
	snprintf(h->dir, sizeof(h->dir), "%.40s/session.XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(h->dir));
	snprintf(h->socket, sizeof(h->socket), "%s/qmp", h->dir);
	sources_init(&h->sources, source_path(h->home, sizeof(h->home), "experiments"), NULL);
	h->cfg = (struct session_config){ .setup = h->setup,
					  .socket = is_served ? h->socket : NULL,
					  .stop_at = SESSION_NEVER,
					  .changed = note,
					  .arg = h };
	h->fd = -1;
	alarm(DEADLINE_S);
	return h;
}

static void add_lane(struct house *h, const char *technique, const char *page_size,
		     const char *qemu, const char *stream)
{
	const char *model = strcmp(technique, "npt") ? "skylake-sp" : "zen3";
	json_t *doc =
		json_pack("{s:s, s:s, s:{s:s}, s:{s:s}, s:s, s:{s:s}}", "trace", "hotplug",
			  "technique", technique, "machine", "model", model, "host",
			  "page_size", page_size, "memory", qemu, "replay", "stream", stream);
	struct jnode root = json_root(doc, "lane");
	struct sim_error err = { 0 };

	assert_non_null(doc);
	if (setup_read(&h->setup[h->cfg.n++], &root, &h->sources, &err))
		fail_msg("%s: %s", err.where, err.text);
	json_decref(doc);
}

void house_lane(struct house *h, const char *technique, const char *page_size, const char *qemu)
{
	add_lane(h, technique, page_size, qemu, "captured");
}

void house_lane_normalised(struct house *h, const char *technique, const char *qemu)
{
	add_lane(h, technique, "4K", qemu, "normalised");
}

void house_open(struct house *h)
{
	struct sim_error err = { 0 };

	if (session_open(&h->s, &h->cfg, &err))
		fail_msg("%s: %s", err.where, err.text);
}

static void *run(void *arg)
{
	struct house *h = arg;

	h->rc = session_run(h->s, &h->err);
	return NULL;
}

void house_start(struct house *h)
{
	assert_int_equal(pthread_create(&h->thread, NULL, run, h), 0);
}

void house_join(struct house *h)
{
	assert_int_equal(pthread_join(h->thread, NULL), 0);
}

void house_free(struct house *h)
{
	if (h->fd >= 0)
		client_hang_up(h);
	session_close(h->s);
	for (unsigned i = 0; i < h->cfg.n; i++)
		setup_fini(&h->setup[i]);
	sources_fini(&h->sources);
	assert_int_equal(rmdir(h->dir), 0); /* the socket is gone */
	alarm(0);
	free(h);
}

/* --- the client --- */

void client_send(struct house *h, const char *text)
{
	assert_int_equal(send(h->fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

void client_dial(struct house *h, bool is_polite)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	json_t *greeting;

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", h->socket);
	h->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	h->n_in = 0;
	assert_true(h->fd >= 0);
	assert_int_equal(connect(h->fd, (struct sockaddr *)&a, sizeof(a)), 0);
	greeting = client_hear(h);
	assert_non_null(json_object_get(greeting, "QMP"));
	json_decref(greeting);
	if (is_polite)
		client_do(h, "qmp_capabilities", NULL);
}

void client_hang_up(struct house *h)
{
	close(h->fd);
	h->fd = -1;
}

static void receive(struct house *h)
{
	struct pollfd p = { .fd = h->fd, .events = POLLIN };
	ssize_t n;

	assert_true(h->n_in < sizeof(h->in));
	assert_int_equal(poll(&p, 1, DEADLINE_MS), 1);
	n = recv(h->fd, h->in + h->n_in, sizeof(h->in) - h->n_in, 0);
	assert_true(n > 0);
	h->n_in += (size_t)n;
}

json_t *client_hear(struct house *h)
{
	char *end;
	json_t *v;

	while (!(end = memchr(h->in, '\n', h->n_in)))
		receive(h);
	v = json_loadb(h->in, (size_t)(end - h->in), 0, NULL);
	assert_non_null(v);
	h->n_in -= (size_t)(end + 1 - h->in);
	memmove(h->in, end + 1, h->n_in);
	return v;
}

void client_wait(struct house *h, const char *event)
{
	bool found = false;

	while (!found) {
		json_t *v = client_hear(h);
		const char *is = json_string_value(json_object_get(v, "event"));

		found = is && !strcmp(is, event);
		json_decref(v);
	}
}

/* The whole answer. */
static json_t *exchange(struct house *h, const char *command, const char *arguments)
{
	char text[2048];
	json_t *v;

	snprintf(text, sizeof(text), "{\"execute\": \"%s\", \"id\": %u%s%s}\n", command,
		 ++h->id, arguments ? ", \"arguments\": " : "", arguments ? arguments : "");
	client_send(h, text);
	for (v = client_hear(h); !json_object_get(v, "id"); v = client_hear(h))
		json_decref(v);
	assert_int_equal(json_integer_value(json_object_get(v, "id")), h->id);
	return v;
}

json_t *client_ask(struct house *h, const char *command, const char *arguments)
{
	json_t *v = exchange(h, command, arguments);
	json_t *r = json_incref(json_object_get(v, "return"));

	if (!r)
		fail_msg("%s: %s", command,
			 json_string_value(
				 json_object_get(json_object_get(v, "error"), "desc")));
	json_decref(v);
	return r;
}

void client_do(struct house *h, const char *command, const char *arguments)
{
	json_decref(client_ask(h, command, arguments));
}

void client_refused(struct house *h, const char *command, const char *arguments,
		    const char *part)
{
	json_t *v = exchange(h, command, arguments);
	const char *text =
		json_string_value(json_object_get(json_object_get(v, "error"), "desc"));

	if (!text || !strstr(text, part))
		fail_msg("%s %s: %s", command, arguments, text ? text : "is taken");
	json_decref(v);
}
