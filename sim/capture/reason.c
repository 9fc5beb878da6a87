/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "capture/reason.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>

#define NOT_FOUND 127 /* a shell's status for a program that it cannot find (POSIX) */
#define KILLED	  (128 + SIGKILL)
#define NOTHING	  4096 /* a capture that began has at least given the table that CR3 names */

int reason_not_started(const char *qemu, int number, struct sim_error *err)
{
	if (number == ENOMEM)
		return sim_fail_nomem(err);
	if (number == ENOENT)
		return sim_fail(err, SIM_EIO, NULL,
				"%s is not installed (Debian: qemu-system-x86)", qemu);
	return sim_fail(err, SIM_EIO, qemu, "cannot start: %s", strerror(number));
}

/* QEMU itself refused, or ended in the middle. */
static int of_qemu(const struct reason *r, struct sim_error *err)
{
	if (strstr(r->said, "-plugin: invalid option"))
		return sim_fail(err, SIM_EUNSUP, r->qemu,
				"this QEMU has no TCG plugins: it was built without "
				"--enable-plugins (Debian's qemu-system-x86 has them)");
	if (WIFSIGNALED(r->status))
		return sim_fail(err, SIM_EIO, r->qemu, "QEMU was ended by signal %d%s%s",
				WTERMSIG(r->status), r->said[0] ? ": " : "", r->said);
	if (WEXITSTATUS(r->status))
		return sim_fail(err, SIM_EIO, r->qemu, "QEMU failed with status %d: %s",
				WEXITSTATUS(r->status),
				r->said[0] ? r->said : "it says nothing");
	return 0;
}

static int of_panic(const struct reason *r, struct sim_error *err)
{
	const struct console *c = &r->console;

	if (!c->panic[0])
		return 0;
	if (strstr(c->panic, "System is deadlocked on memory") || c->out_of_memory)
		return sim_fail(err, SIM_ESTATE, NULL,
				"the guest ran out of memory: give it more with --memory "
				"(its kernel panicked: %.150s)",
				c->panic);
	return sim_fail(err, SIM_ESTATE, NULL, "the guest's kernel panicked: %.200s", c->panic);
}

/* Python's and Perl's words for a module that is not there. */
static bool lacks_library(const char *said)
{
	return strstr(said, "No module named") || strstr(said, "in @INC") ||
	       strstr(said, "BEGIN failed--compilation aborted");
}

/* The workload's own end; `always`: a status of 0 is a reason as well. */
static int of_workload(const struct reason *r, const char *what, struct sim_error *err)
{
	const struct console *c = &r->console;
	const char *said = c->said[0] ? c->said : "nothing";

	if (c->status == NOT_FOUND)
		return sim_fail(err, SIM_ESTATE, NULL,
				"%sthe workload was not found in the guest (status 127): "
				"--program puts a program of this machine there; it said: %s",
				what, said);
	if (lacks_library(said))
		return sim_fail(
			err, SIM_ESTATE, NULL,
			"%sthe workload exited with status %u: its interpreter lacks "
			"its library, which --file puts there (-f /usr/lib/python3.11); "
			"it said: %s",
			what, c->status, said);
	if (c->out_of_memory && c->status == KILLED)
		return sim_fail(err, SIM_ESTATE, NULL,
				"%sthe guest ran out of memory and its kernel killed the "
				"workload: give it more with --memory",
				what);
	return sim_fail(err, SIM_ESTATE, NULL,
			"%sthe workload exited with status %u; it said: %s", what, c->status,
			said);
}

/* A guest that ended without a capture having begun. */
static int of_guest(const struct reason *r, struct sim_error *err)
{
	const struct console *c = &r->console;

	if (c->has_ended && r->at_marker && c->status != NOT_FOUND)
		return sim_fail(err, SIM_ESTATE, NULL,
				"the workload never executed the begin marker, and ended with "
				"status %u: it must call capture_begin() of capture/marker.h, "
				"or be captured with --start-at exec; it said: %s",
				c->status, c->said[0] ? c->said : "nothing");
	if (c->has_ended)
		return of_workload(r, "nothing was captured: ", err);
	if (r->boots && !c->has_begun)
		return sim_fail(err, SIM_ESTATE, NULL,
				"the guest ended before its workload began%s%s (too little "
				"--memory? --keep-log keeps what it says)",
				c->note[0] ? ": " : "", c->note);
	return 0;
}

int reason_no_stream(const struct reason *r, const struct sim_error *stream,
		     struct sim_error *err)
{
	int rc = of_panic(r, err);

	if (!rc)
		rc = of_qemu(r, err);
	if (!rc && r->stream_bytes < NOTHING)
		rc = of_guest(r, err);
	if (!rc)
		rc = sim_fail(err, stream->code, stream->where, "%s", stream->text);
	return rc;
}

int reason_of_end(const struct reason *r, struct sim_error *err)
{
	const struct console *c = &r->console;
	int rc;

	if (!r->boots)
		return 0;
	rc = of_panic(r, err);
	if (!rc)
		rc = of_qemu(r, err);
	if (rc)
		return rc;
	if (!c->has_ended)
		return sim_fail(err, SIM_ESTATE, NULL,
				"the guest ended without the workload's status");
	if (c->status && !r->may_fail)
		return of_workload(r, "", err);
	return 0;
}
