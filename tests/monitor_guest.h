/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * monitor_guest.h - the guest of a monitor: -machine pc -m 256M,slots=3,maxmem=1G, without devices, stopped before its first
 * instruction
 */
#ifndef TESTS_MONITOR_GUEST_H
#define TESTS_MONITOR_GUEST_H

#include "monitor/boards.h"
#include "small_board.h"

struct monitor_guest {
	struct small_board small;
	struct monitor_boards
		boards; /* for monitor_boards_ops; it has two counters, and one time of day */
};

/* It must stay where it is. */
SIM_MUST_CHECK int monitor_guest_create(struct monitor_guest *g, struct sim_error *err);
void monitor_guest_destroy(struct monitor_guest *g);

#endif
