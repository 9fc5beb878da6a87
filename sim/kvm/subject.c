/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kvm/subject.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "scenario/scenario.h"
#include "trace/reader.h"
#include "vm/normalise.h"

#define TRACE_SUFFIX ".snt"

struct subject {
	char *path, *name;
	struct scenario *scenario;     /* NULL: a trace */
	struct normaliser *normaliser; /* of a trace: keeps its meta */
	struct host_config host;
};

/* --- traces --- */

/* One replay of a trace under way. */
struct replay {
	struct trace_reader *reader;
	struct normaliser *normaliser;
	struct replayer *r;
};

static int replay_open(struct replay *p, const char *path, struct sim_error *err)
{
	const struct normalise_options o = { .batch = 0 };
	int rc = trace_open(&p->reader, path, 0, err);

	if (rc)
		return rc;
	rc = normaliser_create(&p->normaliser, trace_meta(p->reader), &o, err);
	if (rc)
		trace_close(p->reader);
	return rc;
}

static void replay_close(struct replay *p)
{
	trace_close(p->reader);
	normaliser_destroy(p->normaliser);
}

/* `in` = NULL: the last run of the guest so far ends here. */
static int replay_batch(struct replay *p, const struct batch *in, struct sim_error *err)
{
	struct batch out;
	int rc = normalise(p->normaliser, in, &out, err);

	return rc || !out.n ? rc : p->r->ops->run(p->r->self, &out, err);
}

static bool loads_cr3(const struct batch *b, uint32_t i)
{
	return (b->op[i] & OP_KIND) == OP_EVENT && b->event[b->gva[i]].kind == EVENT_CR3;
}

/* A batch in pieces that begin with CR3 loads. */
static int replay_pieces(struct replay *p, const struct batch *in, struct sim_error *err)
{
	int rc = 0;

	for (uint32_t from = 0, to; !rc && from < in->n; from = to) {
		struct batch piece = *in;

		for (to = from + 1; to < in->n && !loads_cr3(in, to);)
			to++;
		piece.op += from;
		piece.gva += from;
		piece.n = to - from;
		piece.first += from;
		if (loads_cr3(&piece, 0))
			rc = replay_batch(p, NULL, err);
		if (!rc)
			rc = replay_batch(p, &piece, err);
	}
	return rc;
}

typedef int replay_piece(struct replay *, const struct batch *, struct sim_error *);

static int replay_trace(struct subject *s, struct replayer *r, replay_piece *piece,
			struct sim_error *err)
{
	struct replay p = { .r = r };
	struct batch b;
	int rc = replay_open(&p, s->path, err);

	if (rc)
		return rc;
	while (!(rc = trace_next(p.reader, 0, &b, err)) && !(rc = piece(&p, &b, err)))
		;
	if (rc == SIM_EOF)
		rc = replay_batch(&p, NULL, err);
	if (rc)
		sim_error_within(err, s->path);
	replay_close(&p);
	return rc;
}

static int open_trace(struct subject *s, const struct host_config *host, struct sim_error *err)
{
	struct replay p;
	const char *name;
	int rc = replay_open(&p, s->path, err);

	if (rc)
		return rc;
	name = trace_meta(p.reader)->name;
	s->host = *host;
	s->normaliser = p.normaliser;
	s->name = sim_strdup(name && *name ? name : "trace");
	trace_close(p.reader);
	return s->name ? 0 : sim_fail_nomem(err);
}

/* --- either --- */

static bool is_trace(const char *path)
{
	size_t n = strlen(path), suffix = strlen(TRACE_SUFFIX);

	return n > suffix && !strcmp(path + n - suffix, TRACE_SUFFIX);
}

static int open_scenario(struct subject *s, struct sim_error *err)
{
	int rc = scenario_load(&s->scenario, s->path, err);

	if (rc)
		return rc;
	s->host = *scenario_host(s->scenario);
	s->name = sim_strdup(scenario_name(s->scenario));
	return s->name ? 0 : sim_fail_nomem(err);
}

int subject_open(struct subject **out, const char *path, const struct host_config *host,
		 struct sim_error *err)
{
	struct subject *s = sim_calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return sim_fail_nomem(err);
	s->path = sim_strdup(path);
	if (!s->path)
		rc = sim_fail_nomem(err);
	else
		rc = is_trace(path) ? open_trace(s, host, err) : open_scenario(s, err);
	if (rc)
		subject_close(s);
	*out = rc ? NULL : s;
	return rc;
}

void subject_close(struct subject *s)
{
	if (!s)
		return;
	scenario_destroy(s->scenario);
	normaliser_destroy(s->normaliser);
	sim_free(s->name);
	sim_free(s->path);
	sim_free(s);
}

const char *subject_name(const struct subject *s)
{
	return s->name;
}

const char *subject_path(const struct subject *s)
{
	return s->path;
}

bool subject_is_trace(const struct subject *s)
{
	return !s->scenario;
}

const struct trace_meta *subject_meta(const struct subject *s)
{
	return s->scenario ? scenario_meta(s->scenario) : normaliser_meta(s->normaliser);
}

const struct host_config *subject_host(const struct subject *s)
{
	return &s->host;
}

unsigned subject_quota(const struct subject *s)
{
	return s->scenario ? scenario_quota(s->scenario) : 0;
}

static int measure_trace(struct subject *s, struct replayer *r, struct scenario_result *m,
			 struct sim_error *err)
{
	int rc = r->ops->counters(r->self, &m->before, m->have, err);

	if (!rc)
		rc = replay_trace(s, r, replay_batch, err);
	return rc ? rc : r->ops->counters(r->self, &m->after, m->have, err);
}

int subject_run(struct subject *s, struct replayer *r, struct measured *m,
		struct sim_error *err)
{
	struct scenario_result x = { .dirty_pages = 0 };
	int rc = s->scenario ? scenario_run(s->scenario, r, &x, err)
			     : measure_trace(s, r, &x, err);

	for (unsigned i = 0; i < COUNTER_COUNT; i++) {
		m->value[i] = (int64_t)(counters_at(&x.after, i) - counters_at(&x.before, i));
		m->have[i] = x.have[i];
	}
	m->dirty_pages = x.dirty_pages;
	return rc;
}

int subject_run_by_space(struct subject *s, struct replayer *r, struct sim_error *err)
{
	return replay_trace(s, r, replay_pieces, err);
}
