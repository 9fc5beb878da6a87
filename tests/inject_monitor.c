/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inject_monitor.c - a session with a monitor, for test_inject: memory that runs out ends the session, or is its answer */
#include "config.h"

#include "inject_subjects.h"

#include <string.h>

#include "monitor/qmp.h"
#include "monitor_guest.h"

static const char session[] =
	"{\"execute\": \"qmp_capabilities\", \"id\": 1}\n"
	"{\"execute\": \"query-commands\"}{\"execute\": \"query-memdev\"}\n"
	"{\"execute\": \"object-add\", \"arguments\": {\"qom-type\": \"memory-backend-ram\", \"id\": "
	"\"m1\", \"size\": 134217728}}\n"
	"{\"execute\": \"device_add\", \"arguments\": {\"driver\": \"pc-dimm\", \"id\": \"d1\", "
	"\"memdev\": \"m1\"}}\n"
	"{\"execute\": \"query-memory-devices\"}\n"
	"{\"execute\": \"device_del\", \"arguments\": {\"id\": \"d1\"}}\n"
	"{\"execute\": \"human-monitor-command\", \"arguments\": {\"command-line\": \"object_add "
	"memory-backend-ram,id=m2,size=1M,policy=bind,host-nodes.0=1\"}}\n"
	"{\"execute\": \"human-monitor-command\", \"arguments\": {\"command-line\": \"device_add "
	"pc-dimm,id=d1,memdev=m1\"}}\n"
	"{\"execute\": \"human-monitor-command\", \"arguments\": {\"command-line\": \"help\"}}\n"
	"{\"execute\": \"query-stats\", \"arguments\": {\"target\": \"vm\"}}\n"
	"{\"execute\": \"quit\"}\n";

/* Does all of it come out as it should? */
static int is_complete(const struct qmp *q, const struct monitor_guest *g)
{
	size_t n;
	const char *out = qmp_output(q, &n);

	return !qmp_has_failed(q) && g->boards.has_quit && !memmem(out, n, "out of memory", 13);
}

int inject_monitor(void *arg, struct sim_error *err)
{
	struct monitor_guest g;
	struct qmp *q = NULL;
	int rc;

	(void)arg;
	rc = monitor_guest_create(&g, err);
	if (!rc)
		rc = qmp_create(&q, &monitor_boards_ops, &g.boards, err);
	if (!rc) {
		qmp_greet(q);
		qmp_input(q, session, strlen(session));
		rc = is_complete(q, &g) ? 0 : sim_fail_nomem(err);
	}
	qmp_destroy(q);
	monitor_guest_destroy(&g);
	return rc;
}
