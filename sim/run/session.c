/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/session.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "monitor/boards.h"
#include "monitor/hmp.h"
#include "monitor/server.h"
#include "run/session_lane.h"
#include "trace/reader.h"
#include "vm/normalise.h"

#define BATCH	65536u /* records between two looks at the client */
#define WAIT_MS 200    /* for the client, while the guest stands still; then for signals */

struct session {
	const struct session_config *cfg;
	struct session_lane lane[SESSION_LANES_MAX];
	unsigned n_lanes;
	struct board *board[SESSION_LANES_MAX];
	struct monitor_boards guest;
	struct qmp *qmp;
	struct server *server; /* NULL: no client */
	struct trace_reader *reader;
	struct normaliser *normaliser; /* NULL: lanes get the trace as it is */
	uint64_t record;
	bool has_stopped; /* at cfg->stop_at */
	bool has_booted;  /* the firmware has run */
	struct sim_error boot_error;
	bool is_done;
};

/* --- what the monitor asks --- */

static bool stat_of(void *arg, size_t i, struct monitor_stat *out)
{
	struct session *s = arg;
	struct session_lane *l = &s->lane[0];
	bool have[COUNTER_COUNT];
	struct counters c;

	if (!l->r.ops || l->r.ops->counters(l->r.self, &c, have, NULL))
		return false;
	for (unsigned id = 0; id < COUNTER_COUNT; id++) {
		if (!have[id] || counter_info[id].truth == COUNTER_OURS || i--)
			continue;
		*out = (struct monitor_stat){ counter_info[id].name, counters_at(&c, id) };
		return true;
	}
	return false;
}

static uint64_t now(void *arg)
{
	const struct session *s = arg;

	return s->cfg->now ? s->cfg->now(s->cfg->arg) : 0;
}

/* After -S the firmware runs when the client says cont. */
static void boot(void *arg)
{
	struct session *s = arg;
	int rc = 0;

	for (unsigned i = 0; i < s->n_lanes && !rc && !s->has_booted; i++) {
		rc = board_boot(s->board[i], &s->boot_error);
		if (rc)
			sim_error_prefix(&s->boot_error, "%s: ", s->lane[i].technique);
	}
	s->has_booted = true;
}

/* --- building --- */

static const struct trace_meta *stream_meta(const struct session *s)
{
	return s->normaliser ? normaliser_meta(s->normaliser) : trace_meta(s->reader);
}

static int open_stream(struct session *s, struct sim_error *err)
{
	const struct setup *first = &s->cfg->setup[0];
	int rc = trace_open(&s->reader, first->trace->path, 0, err);

	if (rc || !first->replay.is_normalised)
		return rc;
	return normaliser_create(&s->normaliser, trace_meta(s->reader), &first->replay.how,
				 err);
}

static int create_lanes(struct session *s, struct sim_error *err)
{
	int rc = 0;

	s->n_lanes = s->cfg->n ? s->cfg->n : 1;
	for (unsigned i = 0; i < s->n_lanes && !rc; i++) {
		struct session_lane *l = &s->lane[i];

		l->cfg = s->cfg;
		l->record = &s->record;
		rc = s->cfg->n ? session_lane_create(l, &s->cfg->setup[i], stream_meta(s), err)
			       : session_lane_create_board(l, &s->cfg->memory, err);
		s->board[i] = l->board;
	}
	return rc;
}

/* -S */
static bool is_stopped(const struct session *s)
{
	const struct board_options *o = board_options(s->board[0]);

	return o && o->is_stopped;
}

static int create_monitor(struct session *s, struct sim_error *err)
{
	int rc;

	s->has_booted = !is_stopped(s);
	s->guest = (struct monitor_boards){ .board = s->board,
					    .n = s->n_lanes,
					    .state = !s->cfg->n || !s->has_booted
							     ? MONITOR_PRELAUNCH
							     : MONITOR_RUNNING,
					    .stat = stat_of,
					    .now = now,
					    .cont = boot,
					    .arg = s };
	rc = qmp_create(&s->qmp, &monitor_boards_ops, &s->guest, err);
	if (rc || !s->cfg->socket)
		return rc;
	return server_open(&s->server, s->cfg->socket, s->qmp, err);
}

static int build(struct session *s, struct sim_error *err)
{
	int rc = s->cfg->n ? open_stream(s, err) : 0;

	if (!rc)
		rc = create_lanes(s, err);
	return rc ? rc : create_monitor(s, err);
}

int session_open(struct session **out, const struct session_config *cfg, struct sim_error *err)
{
	struct session *s = sim_calloc(1, sizeof(*s));
	int rc;

	*out = NULL;
	if (!s)
		return sim_fail_nomem(err);
	s->cfg = cfg;
	rc = build(s, err);
	if (rc)
		session_close(s);
	else
		*out = s;
	return rc;
}

void session_close(struct session *s)
{
	if (!s)
		return;
	if (s->server)
		server_close(s->server);
	if (s->qmp)
		qmp_destroy(s->qmp);
	for (unsigned i = 0; i < s->n_lanes; i++)
		session_lane_destroy(&s->lane[i]);
	if (s->normaliser)
		normaliser_destroy(s->normaliser);
	if (s->reader)
		trace_close(s->reader);
	sim_free(s);
}

/* --- replaying --- */

static int run_lanes(struct session *s, const struct batch *b, struct sim_error *err)
{
	int rc = 0;

	for (unsigned i = 0; i < s->n_lanes && !rc; i++) {
		struct session_lane *l = &s->lane[i];

		rc = l->r.ops->run(l->r.self, b, err);
		if (rc)
			sim_error_prefix(err, "%s: ", l->technique);
	}
	return rc;
}

/* NULL: what the normaliser still holds, so that the guest stands where the stream does. */
static int pass(struct session *s, const struct batch *in, struct sim_error *err)
{
	struct batch out;
	int rc;

	if (!s->normaliser)
		return in ? run_lanes(s, in, err) : 0;
	rc = normalise(s->normaliser, in, &out, err);
	return rc || !out.n ? rc : run_lanes(s, &out, err);
}

/* Records until the next look at the client. */
static uint32_t batch_limit(const struct session *s)
{
	uint64_t left = s->cfg->stop_at - s->record;

	return s->record < s->cfg->stop_at && left < BATCH ? (uint32_t)left : BATCH;
}

static int progress(struct session *s, struct sim_error *err)
{
	const struct session_config *c = s->cfg;
	uint64_t done = s->reader ? trace_bytes_read(s->reader) : 0;
	uint64_t total = s->reader ? trace_bytes_total(s->reader) : 0;

	if (c->progress && c->progress(c->arg, done, total))
		return sim_fail(err, SIM_EINTR, NULL, "stopped");
	return 0;
}

/* SIM_EOF: no record is left. */
static int pass_next(struct session *s, uint32_t limit, struct sim_error *err)
{
	struct batch b;
	int rc = trace_next(s->reader, limit, &b, err);

	if (rc)
		return rc;
	s->record += b.n;
	return pass(s, &b, err);
}

/* Goes on to where every record has been made, so that something may change behind it. */
static int settle(struct session *s, struct sim_error *err)
{
	int rc = 0;

	while (!rc && normaliser_waits(s->normaliser))
		rc = pass_next(s, 1, err);
	if (rc < 0)
		return rc;
	return pass(s, NULL, err);
}

static int advance(struct session *s, struct sim_error *err)
{
	int rc = pass_next(s, batch_limit(s), err);

	if (!rc && s->server && s->normaliser)
		rc = settle(s, err);
	return rc ? rc : progress(s, err);
}

static void stop_here(struct session *s)
{
	s->guest.state = MONITOR_PAUSED;
	qmp_event(s->qmp, "STOP", NULL);
}

static void end_of_stream(struct session *s)
{
	s->is_done = true;
	s->guest.state = MONITOR_SHUTDOWN;
	qmp_event(s->qmp, "SHUTDOWN",
		  json_pack("{s:b, s:s}", "guest", 1, "reason", "guest-shutdown"));
}

/* One batch, or the end. */
static int step(struct session *s, struct sim_error *err)
{
	int rc;

	if (s->server && s->record >= s->cfg->stop_at && s->guest.state == MONITOR_RUNNING &&
	    !s->has_stopped) {
		s->has_stopped = true;
		stop_here(s);
		return 0;
	}
	rc = advance(s, err);
	if (rc != SIM_EOF) {
		if (rc)
			sim_error_within(err, s->cfg->setup[0].trace->path);
		return rc;
	}
	rc = pass(s, NULL, err);
	if (!rc)
		end_of_stream(s);
	return rc;
}

/* A board alone may be told to run; there is nothing to do then. */
static bool can_step(const struct session *s)
{
	return s->reader && s->guest.state == MONITOR_RUNNING;
}

/* Serves the client; waits for it while there is nothing else to do. */
static int serve(struct session *s, struct sim_error *err)
{
	bool waits = !can_step(s);

	if (!s->server)
		return 0;
	server_poll(s->server, waits ? WAIT_MS : 0);
	if (s->boot_error.code)
		return sim_fail(err, s->boot_error.code, s->boot_error.where, "%s",
				s->boot_error.text);
	for (unsigned i = 0; i < s->n_lanes; i++)
		if (memory_check(board_memory(s->board[i]), err))
			return SIM_ESTATE;
	return waits ? progress(s, err) : 0;
}

static bool has_ended(const struct session *s)
{
	return s->guest.has_quit || (s->is_done && !(s->server && s->cfg->stays));
}

int session_run(struct session *s, struct sim_error *err)
{
	int rc = 0;

	if (!s->server && s->guest.state != MONITOR_RUNNING)
		return sim_fail(err, SIM_ESTATE, NULL,
				"the guest stands still (-S), and there is no monitor to say "
				"cont: give it a socket, or leave -S out");
	while (!rc && !has_ended(s)) {
		rc = serve(s, err);
		if (!rc && can_step(s) && !s->guest.has_quit)
			rc = step(s, err);
	}
	return rc;
}

/* --- asking --- */

int session_hmp(struct session *s, const char *line, struct text *t)
{
	return hmp_run(qmp_monitor(s->qmp), line, t);
}

bool session_is_done(const struct session *s)
{
	return s->is_done;
}

uint64_t session_record(const struct session *s)
{
	return s->record;
}

int session_counters(struct session *s, unsigned lane, struct counters *c,
		     bool have[COUNTER_COUNT], struct sim_error *err)
{
	struct session_lane *l = &s->lane[lane];

	return l->r.ops->counters(l->r.self, c, have, err);
}
