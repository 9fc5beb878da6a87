/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * session.h - a guest under a monitor: one stream, a lane for each technique, and a client that may change its memory
 *
 *     session_open(&s, &cfg, err)     builds every lane's board; nothing has run
 *     session_hmp(s, "info mtree -f", &text)
 *     session_run(s, err)             replays, and obeys the client of the socket
 *     session_counters(s, lane)
 *     session_close(s)
 *
 * The client is served between batches, and all the time while the guest stands still: before the first record with
 * -S, after `stop`, and at record cfg.stop_at. What it asks for happens between two records, on every lane. Without a trace
 * there is a board and nothing to replay: it stands still until the client says quit. After -S the firmware has not run
 * before the client says cont.
 *
 * A lane `kvm` is the KVM of this host, and then every lane gets the normalised stream (vm/normalise.h); a run of it ends
 * wherever the client is served. A store and the page-table write that it is, or a CR3 load and the tables that belong to
 * it, are not torn apart: the guest stops a few records later than stop_at where it falls between them.
 */
#ifndef SIM_RUN_SESSION_H
#define SIM_RUN_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/counters.h"
#include "base/err.h"
#include "base/text.h"
#include "mem/kvm_slots.h"
#include "run/setup.h"

#define SESSION_LANES_MAX 8
#define SESSION_NEVER	  UINT64_MAX

/* A slot that KVM was told, or one that went: what one lane's KVM did for it. */
struct session_change {
	uint64_t record;		      /* before which */
	const char *technique;		      /* of the lane */
	const struct kvm_slot_region *region; /* as the ioctl gets it */
	uint64_t zapped;		      /* shadow pages */
};

struct session_config {
	const struct setup *
		setup; /* one a lane; the same trace, replay and memory in all. n 0: a board alone */
	unsigned n;
	struct memory_plan memory; /* of n 0 */
	const char *socket;	   /* NULL: no client */
	uint64_t stop_at;	   /* SESSION_NEVER */
	bool stays; /* at the end of the stream too, until the client says quit */
	/* Called now and then with bytes of the trace done and in all; non-zero ends the session. NULL: nothing. */
	int (*progress)(void *arg, uint64_t done, uint64_t total);
	void (*changed)(void *arg, const struct session_change *c);
	uint64_t (*now)(void *arg); /* microseconds since 1970 */
	void *arg;
};

struct session;

/* cfg is borrowed until session_close. */
SIM_MUST_CHECK int session_open(struct session **s, const struct session_config *cfg,
				struct sim_error *err);
void session_close(struct session *s);

/* What the monitor for people answers; -1: it was not understood, or not done. */
int session_hmp(struct session *s, const char *line, struct text *t);

/* To the end of the stream, or until the client says quit. SIM_EINTR: progress said so. */
SIM_MUST_CHECK int session_run(struct session *s, struct sim_error *err);

/* Whether the stream was replayed to its end, and the record that would have been next. */
bool session_is_done(const struct session *s);
uint64_t session_record(const struct session *s);

/* have[id]: the lane's technique has the counter. */
SIM_MUST_CHECK int session_counters(struct session *s, unsigned lane, struct counters *c,
				    bool have[COUNTER_COUNT], struct sim_error *err);

#endif
