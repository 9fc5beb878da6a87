/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd_mem.c - shadownest mem: a guest's memory as QEMU builds it, looked at, or changed while a trace runs
 */
#include "config.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "cli/command.h"
#include "cli/locate.h"
#include "cli/mem_report.h"
#include "cli/mem_setup.h"
#include "cli/progress.h"
#include "cli/stop.h"
#include "run/session.h"

static const char doc[] =
	"Builds a guest's memory as QEMU would from its command line - RAM blocks, MemoryRegions, "
	"FlatViews, KVM slots - and prints what QEMU's monitor prints, or replays a trace on it "
	"while a client changes it.\v"
	"COMMAND, the rest of the line, is one of QEMU's monitor: info mtree -f, info mtree, info "
	"ramblock, info memory-devices, info memory_size_summary, info numa, info memdev. With a trace "
	"it is answered when the trace has run. One of our own, without a trace: slots, the "
	"KVM_SET_USER_MEMORY_REGION calls in their order (with -accel kvm).\n"
	"\n"
	"In LINE, -S means that the firmware has not run: PAM and the BARs are as at reset. With "
	"--qmp, it also lets the guest wait for cont. Options that have no part in memory are read "
	"over.\n"
	"\n"
	"  shadownest mem --qemu '-m 256M,slots=4,maxmem=2G' info mtree -f\n"
	"  shadownest mem --qemu '-accel kvm -m 4G' slots\n"
	"\n"
	"A DIMM that is plugged in while a trace runs, before the guest first uses it:\n"
	"\n"
	"  shadownest mem --qemu '-m 256M,slots=4,maxmem=2G' \\\n"
	"      --trace traces/hotplug.snt --qmp build/qmp --stop-at 1036\n"
	"\n"
	"and in another terminal, line by line\n"
	"\n"
	"  socat - UNIX-CONNECT:build/qmp\n"
	"  {\"execute\": \"qmp_capabilities\"}\n"
	"  {\"execute\": \"object-add\", \"arguments\": {\"id\": \"mem1\",\n"
	"    \"qom-type\": \"memory-backend-ram\", \"size\": 134217728}}\n"
	"  {\"execute\": \"device_add\", \"arguments\": {\"id\": \"dimm1\",\n"
	"    \"driver\": \"pc-dimm\", \"memdev\": \"mem1\"}}\n"
	"  {\"execute\": \"cont\"}";

#define SLOTS "slots" /* a command of our own */

enum { KEY_STOP_AT = 256, KEY_NO_SHUTDOWN };

static const struct argp_option options[] = {
	{ "qemu", 'q', "LINE", 0, "Options of QEMU's command line (default: -m 128M)", 0 },
	{ "trace", 't', "TRACE", 0, "Replay this trace on it", 0 },
	{ "technique", 'T', "LIST", 0,
	  "Under these, comma between (default: spt); beside kvm, the KVM of this host, its own "
	  "technique is simulated as it is there",
	  0 },
	{ "machine", 'm', "NAME", 0, "On this processor (default: skylake-sp)", 0 },
	{ "page-size", 'p', "SIZE", 0,
	  "Host pages where no backend decides: 4K (default), 2M, 1G", 0 },
	{ "allocate", 'a', NULL, 0,
	  "Give the guest real memory, as the backends say; else a simulated one has addresses only",
	  0 },
	{ "qmp", 'Q', "SOCKET", 0, "Let a QMP client change it, at this Unix socket", 0 },
	{ "stop-at", KEY_STOP_AT, "N", 0, "Stop before record N, until the client says cont",
	  0 },
	{ "no-shutdown", KEY_NO_SHUTDOWN, NULL, 0,
	  "Stay at the end of the trace, until the client says quit", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

struct arguments {
	struct mem_setup_options o;
	const char *socket;
	uint64_t stop_at;
	bool stays;
	bool is_replay; /* an option says how to replay */
	char *command;	/* NULL: none */
};

static uint64_t number(const char *arg, struct argp_state *state)
{
	char *end;
	unsigned long long v;

	errno = 0;
	v = strtoull(arg, &end, 10);
	if (errno || end == arg || *end || arg[0] < '0' || arg[0] > '9')
		argp_error(state, "\"%s\" is not the number of a record", arg);
	return v;
}

/* The command is all that follows, its own options too. */
static error_t take_command(struct arguments *a, struct argp_state *state)
{
	struct text t = { .s = NULL };

	for (int i = state->next - 1; i < state->argc; i++)
		text_add(&t, "%s%s", t.n ? " " : "", state->argv[i]);
	state->next = state->argc;
	a->command = text_take(&t);
	return a->command ? 0 : ENOMEM;
}

static error_t check(const struct arguments *a, struct argp_state *state)
{
	if (!a->o.trace && !a->socket && !a->command)
		argp_error(state, "what shall it show? For example: info mtree -f");
	if (!a->o.trace && a->stop_at != SESSION_NEVER)
		argp_error(state, "--stop-at needs a --trace");
	if (!a->o.trace && a->is_replay)
		argp_error(state, "--technique, --machine and --page-size need a --trace");
	if (a->o.trace && a->command && !strcmp(a->command, SLOTS))
		argp_error(state, "slots is about a board alone: leave --trace out");
	if (a->stop_at != SESSION_NEVER && !a->socket)
		argp_error(state, "--stop-at needs a --qmp, for somebody to say cont");
	if (a->stays && !a->socket)
		argp_error(state, "--no-shutdown needs a --qmp, for somebody to say quit");
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'q':
		a->o.line = arg;
		return 0;
	case 't':
		a->o.trace = arg;
		return 0;
	case 'T':
		a->o.techniques = arg;
		a->is_replay = true;
		return 0;
	case 'm':
		a->o.machine = arg;
		a->is_replay = true;
		return 0;
	case 'p':
		a->o.page_size = arg;
		a->is_replay = true;
		return 0;
	case 'a':
		a->o.allocate = true;
		return 0;
	case 'Q':
		a->socket = arg;
		return 0;
	case KEY_STOP_AT:
		a->stop_at = number(arg, state);
		return 0;
	case KEY_NO_SHUTDOWN:
		a->stays = true;
		return 0;
	case ARGP_KEY_ARG:
		return take_command(a, state);
	case ARGP_KEY_END:
		return check(a, state);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = { options, parse, "[COMMAND...]", doc, NULL, NULL, NULL };

/* --- what a session asks of its front end --- */

struct front {
	struct progress progress;
	struct mem_changes changes;
};

static int on_progress(void *arg, uint64_t done, uint64_t total)
{
	struct front *f = arg;
	const struct run_progress p = { .bytes_done = done, .bytes_total = total };

	if (total)
		progress_show(&f->progress, &p);
	return stop_signal();
}

static void on_change(void *arg, const struct session_change *c)
{
	struct front *f = arg;

	mem_changes_add(&f->changes, c);
}

static uint64_t microseconds(void *arg)
{
	struct timespec t;

	(void)arg;
	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* --- */

static int run_session(struct session *s, struct front *f, struct sim_error *err)
{
	int rc;

	stop_catch();
	progress_init(&f->progress, stderr);
	rc = session_run(s, err);
	progress_fini(&f->progress);
	return rc;
}

static int answer(struct session *s, const struct front *f, const char *command,
		  struct sim_error *err)
{
	struct text t = { .s = NULL };
	int status, rc = 0;
	char *text;

	if (!strcmp(command, SLOTS))
		return mem_changes_print_calls(&f->changes, stdout, err);
	if (strncmp(command, "info", 4) != 0 && strncmp(command, "help", 4) != 0)
		return sim_fail(
			err, SIM_EFORMAT, command,
			"no such command: info ..., or slots; what changes a guest is said "
			"by a client of --qmp");
	status = session_hmp(s, command, &t);
	text_add(&t, "%s", "");
	text = text_take(&t);
	if (!text)
		return sim_fail_nomem(err);
	if (status)
		rc = sim_fail(err, SIM_EFORMAT, command,
			      "%.*s; shadownest mem --help tells what there is",
			      (int)strcspn(text, "\r\n"), text);
	else
		fputs(text, stdout);
	sim_free(text);
	return rc;
}

static int use(struct session *s, struct front *f, const struct arguments *a,
	       const struct session_config *cfg, struct sim_error *err)
{
	int rc = 0;

	if (cfg->n || cfg->socket)
		rc = run_session(s, f, err);
	if (!rc && cfg->n)
		rc = mem_report_print(s, cfg, &f->changes, stdout, err);
	if (!rc && a->command)
		rc = answer(s, f, a->command, err);
	return rc;
}

static int with_setup(const struct mem_setup *m, const struct arguments *a,
		      struct sim_error *err)
{
	struct front f = { .changes = { .n = 0 } };
	const struct session_config cfg = { .setup = m->setup,
					    .n = m->n,
					    .memory = m->memory,
					    .socket = a->socket,
					    .stop_at = a->stop_at,
					    .stays = a->stays,
					    .progress = on_progress,
					    .changed = on_change,
					    .now = microseconds,
					    .arg = &f };
	struct session *s;
	int rc = session_open(&s, &cfg, err);

	if (!rc)
		rc = use(s, &f, a, &cfg, err);
	session_close(s);
	mem_changes_fini(&f.changes);
	return rc;
}

static int mem(const struct arguments *a, struct sim_error *err)
{
	struct mem_setup m;
	int rc = mem_setup_create(&m, &a->o, err);

	if (rc)
		mem_setup_say_option(err);
	else
		rc = with_setup(&m, a, err);
	mem_setup_fini(&m);
	return rc;
}

static int run(int argc, char **argv)
{
	struct arguments a = { .o = { .line = "-m 128M",
				      .techniques = "spt",
				      .machine = "skylake-sp",
				      .page_size = "4K" },
			       .stop_at = SESSION_NEVER };
	struct sim_error err = { 0 };
	int rc;

	argp_err_exit_status = EXIT_USAGE;
	if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &a))
		return EXIT_USAGE;
	rc = mem(&a, &err);
	sim_free(a.command);
	if (rc == SIM_EINTR && stop_signal())
		raise(stop_signal());
	return rc ? command_failed(&err) : EXIT_DONE;
}

const struct command cmd_mem = {
	.name = "mem",
	.summary = "a guest's memory as QEMU builds it, and as a client changes it",
	.run = run,
};
