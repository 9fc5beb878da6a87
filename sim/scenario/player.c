/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/player.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"

static_assert(STEP_UNSET == HOST_OP_NO_ALIAS, "an alias that the file does not give is none");

static int run_normalised(struct player *p, const struct batch *in, struct sim_error *err)
{
	struct batch out;
	int rc = normalise(p->n, in, &out, err);

	return rc || !out.n ? rc : p->r->ops->run(p->r->self, &out, err);
}

int player_pass(struct player *p, struct sim_error *err)
{
	struct batch b = stream_batch(&p->st);
	int rc = b.n ? run_normalised(p, &b, err) : 0;

	stream_clear(&p->st);
	return rc;
}

int player_flush(struct player *p, struct sim_error *err)
{
	int rc = player_pass(p, err);

	return rc ? rc : run_normalised(p, NULL, err);
}

static int play(struct player *p, const struct step_list *l, struct sim_error *err);

static int play_step(struct player *p, const struct step *s, struct sim_error *err)
{
	int rc = 0;

	if (s->kind == STEP_REPEAT) {
		for (uint64_t i = 0; !rc && i < s->n; i++)
			rc = play(p, &s->body, err);
		return rc;
	}
	rc = s->kind < STEP_DISCARD ? player_guest(p, s, err) : player_host(p, s, err);
	if (rc)
		sim_error_within(err, s->where);
	return rc;
}

static int play(struct player *p, const struct step_list *l, struct sim_error *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < l->n; i++)
		rc = play_step(p, &l->step[i], err);
	return rc;
}

/* The steps of the file, each in batches of its own. */
static int play_all(struct player *p, const struct step_list *l, struct sim_error *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < l->n; i++) {
		rc = play_step(p, &l->step[i], err);
		if (rc)
			break;
		rc = player_flush(p, err);
		if (rc)
			sim_error_within(err, l->step[i].where);
	}
	return rc;
}

/* The stream begins with all tables. */
static int begin(struct player *p, struct sim_error *err)
{
	int rc = 0;

	for (unsigned i = 0; !rc && i < p->g.n_tables; i++)
		rc = stream_table(&p->st, GUEST_TABLE_GFN + i, p->g.level[i], p->g.table[i],
				  err);
	return rc ? rc : player_flush(p, err);
}

static int play_measured(struct player *p, const struct scenario *s,
			 struct scenario_result *result, struct sim_error *err)
{
	int rc = begin(p, err);

	if (!rc)
		rc = play_all(p, &s->before, err);
	if (!rc)
		rc = p->r->ops->counters(p->r->self, &result->before, result->have, err);
	p->dirty_pages = 0;
	if (!rc)
		rc = play_all(p, &s->steps, err);
	if (!rc)
		rc = p->r->ops->counters(p->r->self, &result->after, result->have, err);
	result->dirty_pages = p->dirty_pages;
	return rc;
}

int scenario_run(const struct scenario *s, struct replayer *r, struct scenario_result *result,
		 struct sim_error *err)
{
	struct player p = { .r = r, .g = s->guest };
	int rc;

	p.g.table = sim_calloc(GUEST_TABLES, sizeof(*p.g.table));
	if (!p.g.table)
		return sim_fail_nomem(err);
	memcpy(p.g.table, s->guest.table, GUEST_TABLES * sizeof(*p.g.table));
	rc = normaliser_create(&p.n, &s->meta, &s->options, err);
	if (!rc)
		rc = play_measured(&p, s, result, err);
	if (p.n)
		normaliser_destroy(p.n);
	stream_fini(&p.st);
	guest_fini(&p.g);
	return rc;
}
