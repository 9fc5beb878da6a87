/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "kvm/deadline.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

struct deadline {
	timer_t timer;
	sigset_t signal, before; /* the one; what the thread blocked before */
};

int deadline_signal(void)
{
	return SIGRTMIN;
}

int deadline_create(struct deadline **out, struct sim_error *err)
{
	struct deadline *d = sim_calloc(1, sizeof(*d));
	struct sigevent e = { .sigev_notify = SIGEV_THREAD_ID,
			      .sigev_signo = deadline_signal() };

	if (!d)
		return sim_fail_nomem(err);
	e.sigev_notify_thread_id = gettid();
	if (timer_create(CLOCK_MONOTONIC, &e, &d->timer) < 0) {
		sim_free(d);
		return sim_fail(err, SIM_EIO, "", "cannot make a timer: %s", strerror(errno));
	}
	sigemptyset(&d->signal);
	sigaddset(&d->signal, deadline_signal());
	*out = d;
	return SIM_OK;
}

void deadline_destroy(struct deadline *d)
{
	if (!d)
		return;
	timer_delete(d->timer);
	sim_free(d);
}

void deadline_start(struct deadline *d, unsigned ms)
{
	struct itimerspec t = { .it_value = { .tv_sec = (time_t)(ms / 1000),
					      .tv_nsec = (long)(ms % 1000) * 1000000 } };

	pthread_sigmask(SIG_BLOCK, &d->signal, &d->before);
	timer_settime(d->timer, 0, &t, NULL);
}

/* Takes the signal, if it has come. */
static bool has_come(const struct deadline *d)
{
	const struct timespec now = { 0, 0 };

	return sigtimedwait(&d->signal, NULL, &now) > 0;
}

/* Looks before it disarms, since newer kernels drop the signal then, and after, since older ones do not. */
bool deadline_stop(struct deadline *d)
{
	const struct itimerspec off = { .it_value = { 0, 0 } };
	bool passed = has_come(d);

	timer_settime(d->timer, 0, &off, NULL);
	passed |= has_come(d);
	pthread_sigmask(SIG_SETMASK, &d->before, NULL);
	return passed;
}
