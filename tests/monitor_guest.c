/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "monitor_guest.h"

static bool stat(void *arg, size_t i, struct monitor_stat *s)
{
	static const struct monitor_stat all[] = { { "pages_4k", 7 }, { "mmu_unsync", 3 } };

	(void)arg;
	if (i < 2)
		*s = all[i];
	return i < 2;
}

static uint64_t now(void *arg)
{
	(void)arg;
	return 5000007;
}

int monitor_guest_create(struct monitor_guest *g, struct sim_error *err)
{
	g->boards = (struct monitor_boards){ .board = &g->small.board,
					     .n = 1,
					     .state = MONITOR_PRELAUNCH,
					     .stat = stat,
					     .now = now };
	return small_board_create(&g->small, "-S -nodefaults -m 256M,slots=3,maxmem=1G", NULL,
				  err);
}

void monitor_guest_destroy(struct monitor_guest *g)
{
	small_board_destroy(&g->small);
}
