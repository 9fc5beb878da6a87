/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inject_monitor.c - a session with a monitor, for test_inject: memory that runs out ends the session, or is its answer */
#include "config.h"

#include "inject_subjects.h"

#include <string.h>

#include "fake_guest.h"
#include "monitor/qmp.h"

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
static int is_complete(const struct qmp *q, const struct fake_guest *g)
{
	size_t n;
	const char *out = qmp_output(q, &n);

	return !qmp_has_failed(q) && g->has_quit && !memmem(out, n, "out of memory", 13);
}

int inject_monitor(void *arg, struct sim_error *err)
{
	struct fake_guest g;
	struct qmp *q = NULL;
	int rc;

	(void)arg;
	rc = fake_guest_init(&g) ? 0 : sim_fail_nomem(err);
	if (!rc)
		rc = qmp_create(&q, &fake_guest_ops, &g, err);
	if (!rc) {
		qmp_greet(q);
		qmp_input(q, session, strlen(session));
		rc = is_complete(q, &g) ? 0 : sim_fail_nomem(err);
	}
	qmp_destroy(q);
	fake_guest_fini(&g);
	return rc;
}
