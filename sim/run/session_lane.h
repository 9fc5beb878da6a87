/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * session_lane.h - a lane of a session: a replayer of either kind, its board, and who watches its slots
 */
#ifndef SIM_RUN_SESSION_LANE_H
#define SIM_RUN_SESSION_LANE_H

#include "run/session.h"
#include "vm/replayer.h"

struct session_lane {
	const char *technique;
	struct replayer r; /* ops NULL: a board alone */
	struct board *board;
	struct host *host;		  /* of a board alone */
	const struct session_config *cfg; /* NULL: nobody wants to know any more */
	const uint64_t *record;		  /* of the session, now */
	uint64_t zapped;		  /* shadow pages, when it was last told of */
};

/* A technique of a setup. SIM_EUNSUP and others as its replayer's. */
SIM_MUST_CHECK int session_lane_create(struct session_lane *l, const struct setup *s,
				       const struct trace_meta *meta, struct sim_error *err);

/* A board and nobody who replays. */
SIM_MUST_CHECK int session_lane_create_board(struct session_lane *l,
					     const struct memory_plan *plan,
					     struct sim_error *err);
void session_lane_destroy(struct session_lane *l);

#endif
