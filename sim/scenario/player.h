/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * player.h - a run of a scenario under way: private to scenario/
 */
#ifndef SIM_SCENARIO_PLAYER_H
#define SIM_SCENARIO_PLAYER_H

#include "scenario/parts.h"
#include "scenario/stream.h"

struct player {
	struct replayer *r;
	struct normaliser *n;
	struct guest g;
	struct stream st;
	unsigned space; /* CR3 */
	uint64_t dirty_pages;
};

/* Hands what has gathered on; the batch that the guest is in need not be full yet. */
SIM_MUST_CHECK int player_pass(struct player *p, struct sim_error *err);

/* The same, and lets the guest do it: before the host acts, and after each step of the file. */
SIM_MUST_CHECK int player_flush(struct player *p, struct sim_error *err);

/* What the guest does: records are added to the stream. */
SIM_MUST_CHECK int player_guest(struct player *p, const struct step *s, struct sim_error *err);

/* What the host does, now. */
SIM_MUST_CHECK int player_host(struct player *p, const struct step *s, struct sim_error *err);

#endif
