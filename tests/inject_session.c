/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inject_session.c - for test_inject: a session over two lanes, whose memory is looked at and changed */
#include "config.h"

#include "inject_subjects.h"

#include <string.h>

#include "run/session.h"

#define LANES 2

static int read_setup(struct setup *s, struct sources *from, const char *technique,
		      struct sim_error *err)
{
	json_t *doc = json_pack("{s:s, s:s, s:{s:s}, s:s}", "trace", "hotplug", "technique",
				technique, "machine", "model", "skylake-sp", "memory",
				"-m 256M,slots=1,maxmem=1G -vga none -nic none -S");
	struct jnode root = json_root(doc, "lane");
	int rc = doc ? setup_read(s, &root, from, err) : sim_fail_nomem(err);

	json_decref(doc);
	return rc;
}

/* The monitor's answer is all that says of a failure. */
static int say(struct session *s, const char *line, struct sim_error *err)
{
	struct text t = { .s = NULL };
	int failed;

	session_hmp(s, line, &t);
	failed = t.failed || (t.s && strstr(t.s, "out of memory"));
	text_fini(&t);
	return failed ? sim_fail_nomem(err) : 0;
}

static int use(struct session *s, struct sim_error *err)
{
	static const char *const lines[] = {
		"info mtree -f",
		"object_add memory-backend-ram,id=m,size=128M",
		"device_add pc-dimm,id=d,memdev=m",
		"info memory-devices",
		"device_del d",
		"object_del m",
	};
	int rc = 0;

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines) && !rc; i++)
		rc = say(s, lines[i], err);
	return rc;
}

int inject_session(void *arg, struct sim_error *err)
{
	static const char *const technique[LANES] = { "spt", "ept" };
	struct setup setup[LANES] = { 0 };
	struct session_config cfg = { .setup = setup, .n = LANES, .stop_at = SESSION_NEVER };
	struct session *s = NULL;
	struct sources from;
	int rc = 0;

	sources_init(&from, arg, NULL);
	for (unsigned i = 0; i < LANES && !rc; i++)
		rc = read_setup(&setup[i], &from, technique[i], err);
	if (!rc)
		rc = session_open(&s, &cfg, err);
	if (!rc)
		rc = use(s, err);
	session_close(s);
	for (unsigned i = 0; i < LANES; i++)
		setup_fini(&setup[i]);
	sources_fini(&from);
	return rc;
}
