/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * boards.h - a monitor's guest, made of boards: one for each lane that replays the stream
 *
 *     struct monitor_boards g = { .board = boards, .n = lanes, .state = MONITOR_PRELAUNCH };
 *     qmp_create(&q, &monitor_boards_ops, &g, err);
 *     between batches: server_poll(s, 0); while (g.state != MONITOR_RUNNING && !g.has_quit) server_poll(s, -1);
 *
 * A change is made on every board, or, when one refuses, on none; questions are answered by the first. A DIMM goes where the
 * first board puts it. What is taken away does not come back: every board is asked before, and an error that comes after all
 * (of the memory itself, which is good for nothing then, see mem/memory.h) says that the boards differ.
 */
#ifndef SIM_MONITOR_BOARDS_H
#define SIM_MONITOR_BOARDS_H

#include "monitor/monitor.h"

struct monitor_boards {
	struct board **board; /* n of them, borrowed; at least one */
	size_t n;
	enum monitor_state state; /* the replay obeys it, and says when the stream has ended */
	bool has_quit;
	/* As in struct monitor_ops, with `arg`; NULL: none. */
	bool (*stat)(void *arg, size_t i, struct monitor_stat *s);
	uint64_t (*now)(void *arg);
	void (*cont)(void *arg); /* the guest is about to go on */
	void *arg;
};

extern const struct monitor_ops monitor_boards_ops; /* arg: a struct monitor_boards */

#endif
