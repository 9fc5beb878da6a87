/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/warmup.h"

#include <stdbool.h>

#include "trace/reader.h"

/* What fetch records have told up to now. */
struct count {
	uint64_t at, instructions; /* position behind the last one, and its sum */
};

/* a * b / c for b <= c, without overflow while c < 2^32 */
static uint64_t scale(uint64_t a, uint64_t b, uint64_t c)
{
	return a / c * b + a % c * b / c;
}

static uint64_t interpolate(const struct count *from, uint64_t to, uint64_t instructions,
			    uint64_t mark)
{
	if (to <= from->at)
		return from->instructions;
	return from->instructions + scale(instructions, mark - from->at, to - from->at);
}

/* Looks through a batch for the first count behind the mark; true when it is found. */
static bool look(struct warmup *w, struct count *c, const struct batch *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		uint64_t behind = b->first + i + 1, more;

		if ((b->op[i] & OP_KIND) == OP_FETCH)
			more = b->count[i];
		else if ((b->op[i] & OP_KIND) == OP_EVENT &&
			 b->event[b->gva[i]].kind == EVENT_END &&
			 b->event[b->gva[i]].value > c->instructions)
			more = b->event[b->gva[i]].value - c->instructions;
		else
			continue;
		if (behind > w->records) {
			w->counted = c->instructions;
			w->instructions = interpolate(c, behind, more, w->records);
			return true;
		}
		c->at = behind;
		c->instructions += more;
	}
	return false;
}

static int find(struct warmup *w, struct trace_reader *r, unsigned percent,
		struct sim_error *err)
{
	struct count c = { 0, 0 };
	struct batch b;
	uint64_t n;
	int rc = trace_length(r, &n, err);

	if (rc)
		return rc;
	w->records = scale(n, percent, 100);
	while (!rc && !(rc = trace_next(r, 0, &b, err)))
		if (look(w, &c, &b))
			return 0;
	if (rc != SIM_EOF)
		return rc;
	w->counted = w->instructions = c.instructions;
	return 0;
}

int warmup_find(struct warmup *w, const char *path, unsigned percent, struct sim_error *err)
{
	struct trace_reader *r;
	int rc;

	*w = (struct warmup){ 0 };
	if (!percent)
		return 0;
	rc = trace_open(&r, path, TRACE_DETAIL, err);
	if (rc)
		return rc;
	rc = find(w, r, percent, err);
	trace_close(r);
	return rc;
}
