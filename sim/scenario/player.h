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

/* Hands what has gathered to the replayer. */
SIM_MUST_CHECK int player_flush(struct player *p, struct sim_error *err);

/* What the guest does: records are added to the stream. */
SIM_MUST_CHECK int player_guest(struct player *p, const struct step *s, struct sim_error *err);

/* What the host does, now. */
SIM_MUST_CHECK int player_host(struct player *p, const struct step *s, struct sim_error *err);

#endif
