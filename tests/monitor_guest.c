/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * monitor_guest.c - a monitor of a fake guest at the socket that is named, until somebody says quit, or for a minute
 *
 * For tests/check_qmp, which lets clients of others talk to it.
 */
#include <stdio.h>
#include <time.h>

#include "fake_guest.h"
#include "monitor/server.h"

#define DEADLINE_S 60

static int serve(const struct fake_guest *g, struct server *s)
{
	time_t end = time(NULL) + DEADLINE_S;

	while (!g->has_quit && time(NULL) < end)
		server_poll(s, 1000);
	server_close(s);
	return g->has_quit ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct sim_error err = { .code = 0 };
	struct fake_guest g;
	struct server *s;
	struct qmp *q;
	int rc = 1;

	if (argc != 2 || !fake_guest_init(&g))
		return 2;
	if (qmp_create(&q, &fake_guest_ops, &g, &err))
		return 2;
	if (server_open(&s, argv[1], q, &err))
		fprintf(stderr, "monitor_guest: %s: %s\n", err.where, err.text);
	else
		rc = serve(&g, s);
	qmp_destroy(q);
	fake_guest_fini(&g);
	return rc;
}
