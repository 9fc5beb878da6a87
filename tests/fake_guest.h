/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fake_guest.h - what a monitor sees of a guest, without one: -machine pc -m 256M,slots=3,maxmem=1G
 */
#ifndef TESTS_FAKE_GUEST_H
#define TESTS_FAKE_GUEST_H

#include "monitor/monitor.h"

#define FAKE_GUEST_PARTS 8

struct fake_guest {
	enum monitor_state state;
	bool has_quit;
	struct board_backend *backend[FAKE_GUEST_PARTS]; /* NULL: none */
	struct board_dimm *dimm[FAKE_GUEST_PARTS];
	uint64_t now;
};

extern const struct monitor_ops fake_guest_ops; /* arg: a struct fake_guest */

/* Stopped before its first instruction; its RAM is the backend pc.ram. False: out of memory. */
bool fake_guest_init(struct fake_guest *g);
void fake_guest_fini(struct fake_guest *g);

#endif
