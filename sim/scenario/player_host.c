/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps of the host. */
#include "scenario/player.h"

static const enum host_op_kind ops[STEP_KIND_COUNT] = {
	[STEP_DISCARD] = HOST_OP_DISCARD,   [STEP_MOVE] = HOST_OP_MOVE,
	[STEP_LOG_ON] = HOST_OP_LOG_ON,	    [STEP_LOG_OFF] = HOST_OP_LOG_OFF,
	[STEP_LOG_GET] = HOST_OP_LOG_GET,   [STEP_SLOT_ADD] = HOST_OP_SLOT_ADD,
	[STEP_SLOT_DEL] = HOST_OP_SLOT_DEL, [STEP_QUOTA] = HOST_OP_QUOTA,
};

static uint64_t or_none(uint64_t member)
{
	return member == STEP_UNSET ? 0 : member;
}

int player_host(struct player *p, const struct step *s, struct sim_error *err)
{
	struct host_op op = { .kind = ops[s->kind],
			      .read_only = s->read_only,
			      .gpa = or_none(s->gpa),
			      .bytes = or_none(s->bytes),
			      .alias = s->alias, /* STEP_UNSET is HOST_OP_NO_ALIAS */
			      .n = or_none(s->n) };
	uint64_t pages = 0;
	int rc = player_flush(p, err);

	if (!rc)
		rc = p->r->ops->host(p->r->self, &op, err);
	if (!rc && s->kind == STEP_LOG_GET)
		rc = p->r->ops->dirty(p->r->self, &pages, err);
	p->dirty_pages += pages;
	return rc;
}
