/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kvm/rounds.h"

#include "base/alloc.h"
#include "vm/payload.h"

struct rounds {
	struct replayer inner;
	struct rounds_options opt;
	uint8_t *op;
	uint64_t *gva;
	size_t op_cap, gva_cap;
	struct batch out;
};

static bool is_event(const struct batch *b, uint32_t i)
{
	return (b->op[i] & OP_KIND) == OP_EVENT;
}

static bool is_payload(const struct batch *b, uint32_t i)
{
	return !is_event(b, i) && payload_owns(b->gva[i]);
}

static int put(struct rounds *r, uint8_t op, uint64_t gva, struct sim_error *err)
{
	size_t n = r->out.n;

	if (sim_grow((void **)&r->op, &r->op_cap, n, sizeof(*r->op)) ||
	    sim_grow((void **)&r->gva, &r->gva_cap, n, sizeof(*r->gva)))
		return sim_fail_nomem(err);
	r->op[n] = op;
	r->gva[n] = gva;
	r->out.n++;
	r->out.n_load += (op & OP_KIND) == OP_LOAD;
	r->out.n_store += (op & OP_KIND) == OP_STORE;
	return 0;
}

/* From `from` on, the first that stands behind a doorbell. */
static uint32_t end_of_run(const struct batch *b, uint32_t from)
{
	uint64_t bell = payload_gva(PAYLOAD_DOORBELL);

	while (from < b->n && (is_event(b, from) || b->gva[from] >> 12 != bell >> 12))
		from++;
	return from < b->n ? from + 1 : from;
}

/* How often the list of a run is made: the VMM's events stand before its first access. */
static uint32_t rounds_of(const struct rounds *r, const struct batch *b, uint32_t from,
			  uint32_t end)
{
	while (from < end && is_event(b, from))
		from++;
	for (; from < end; from++)
		if (is_event(b, from))
			return 1;
	return r->opt.rounds;
}

static int put_list(struct rounds *r, const struct batch *b, uint32_t from, uint32_t end,
		    struct sim_error *err)
{
	int rc = 0;

	for (uint32_t i = from; i < end && !rc; i++)
		rc = put(r, b->op[i], b->gva[i], err);
	return rc;
}

static int put_run(struct rounds *r, const struct batch *b, uint32_t from, uint32_t end,
		   struct sim_error *err)
{
	uint32_t rounds = rounds_of(r, b, from, end), next;
	int rc = 0;

	for (uint32_t i = from; i < end && !rc; i = next) {
		next = i + 1;
		if (is_payload(b, i)) {
			if (r->opt.payload == ROUNDS_KEEP_PAYLOAD)
				rc = put(r, b->op[i], b->gva[i], err);
			continue;
		}
		if (is_event(b, i)) {
			rc = put(r, b->op[i], b->gva[i], err);
			continue;
		}
		while (next < end && !is_event(b, next) && !is_payload(b, next))
			next++;
		for (uint32_t k = 0; k < rounds && !rc; k++)
			rc = put_list(r, b, i, next, err);
	}
	return rc;
}

static int run(void *self, const struct batch *b, struct sim_error *err)
{
	struct rounds *r = self;
	uint64_t first = r->out.first + r->out.n;
	uint32_t end;
	int rc = 0;

	r->out = (struct batch){ .event = b->event, .word = b->word, .n_event = b->n_event };
	r->out.first = first;
	for (uint32_t i = 0; i < b->n && !rc; i = end) {
		end = end_of_run(b, i);
		rc = put_run(r, b, i, end, err);
	}
	r->out.op = r->op;
	r->out.gva = r->gva;
	r->out.instructions = (uint64_t)r->out.n_load + r->out.n_store;
	return rc || !r->out.n ? rc : r->inner.ops->run(r->inner.self, &r->out, err);
}

static int host(void *self, const struct host_op *op, struct sim_error *err)
{
	struct rounds *r = self;

	return r->inner.ops->host(r->inner.self, op, err);
}

static int counters(void *self, struct counters *c, bool have[COUNTER_COUNT],
		    struct sim_error *err)
{
	struct rounds *r = self;

	return r->inner.ops->counters(r->inner.self, c, have, err);
}

static int place(void *self, gva_t gva, struct place *p, struct sim_error *err)
{
	struct rounds *r = self;

	return r->inner.ops->place(r->inner.self, gva, p, err);
}

static int dirty(void *self, uint64_t *pages, struct sim_error *err)
{
	struct rounds *r = self;

	return r->inner.ops->dirty(r->inner.self, pages, err);
}

static void destroy(void *self)
{
	struct rounds *r = self;

	r->inner.ops->destroy(r->inner.self);
	sim_free(r->op);
	sim_free(r->gva);
	sim_free(r);
}

int rounds_create(struct replayer *out, const struct replayer *inner,
		  const struct rounds_options *o, struct sim_error *err)
{
	static const struct replayer_ops ops = {
		.run = run,
		.host = host,
		.counters = counters,
		.place = place,
		.dirty = dirty,
		.destroy = destroy,
	};
	struct rounds *r = sim_calloc(1, sizeof(*r));

	if (!r)
		return sim_fail_nomem(err);
	r->inner = *inner;
	r->opt = *o;
	*out = (struct replayer){ &ops, r };
	return 0;
}
