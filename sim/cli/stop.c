/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/stop.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t stopped_by;

static void on_signal(int number)
{
	stopped_by = number;
}

void stop_catch(void)
{
	struct sigaction a = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };

	sigemptyset(&a.sa_mask);
	sigaction(SIGINT, &a, NULL);
	sigaction(SIGTERM, &a, NULL);
	sigaction(SIGHUP, &a, NULL);
	/* Whoever started us may have ignored it, which is inherited: children would vanish before we ask how they ended. */
	a.sa_handler = SIG_DFL;
	sigaction(SIGCHLD, &a, NULL);
}

int stop_signal(void)
{
	return stopped_by;
}
