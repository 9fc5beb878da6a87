/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * server.h - a monitor on a Unix socket, one client at a time
 *
 * Nothing here blocks a replay: all is polled. Between batches the replay calls server_poll(s, 0), and while the guest
 * is stopped server_poll(s, -1), which returns when something has happened. A client that does not read, sends without end,
 * or vanishes costs a bounded amount of memory, and of time in each call; others wait in the queue of the socket.
 *
 * The socket belongs to its owner alone (mode 0600) from the moment it has a name. A name that something else bears, or at
 * which a server answers, is refused; a socket without a server is replaced.
 */
#ifndef SIM_MONITOR_SERVER_H
#define SIM_MONITOR_SERVER_H

#include "base/err.h"
#include "monitor/qmp.h"

struct server;

/* Listens at `path`; `q` is borrowed. SIM_EIO, SIM_ERANGE (the path is too long), SIM_ESTATE (it is taken). */
SIM_MUST_CHECK int server_open(struct server **s, const char *path, struct qmp *q,
			       struct sim_error *err);

/* Sends what can be sent without waiting; removes the socket if it is still this one. */
void server_close(struct server *s);

/*
 * Serves what can be served without waiting. Waits up to timeout_ms for something to happen (-1: however long), or for a
 * signal.
 */
void server_poll(struct server *s, int timeout_ms);

#endif
