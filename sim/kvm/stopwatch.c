/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kvm/stopwatch.h"

static int run(void *self, const struct batch *b, struct sim_error *err)
{
	struct stopwatch *w = self;

	return w->inner.ops->run(w->inner.self, b, err);
}

static int host(void *self, const struct host_op *op, struct sim_error *err)
{
	struct stopwatch *w = self;

	return w->inner.ops->host(w->inner.self, op, err);
}

static int counters(void *self, struct counters *c, bool have[COUNTER_COUNT],
		    struct sim_error *err)
{
	struct stopwatch *w = self;

	w->before = w->after;
	w->read(&w->inner, &w->after);
	perf_read(w->perf, &w->after.hardware);
	return w->inner.ops->counters(w->inner.self, c, have, err);
}

static int place(void *self, gva_t gva, struct place *p, struct sim_error *err)
{
	struct stopwatch *w = self;

	return w->inner.ops->place(w->inner.self, gva, p, err);
}

static int dirty(void *self, uint64_t *pages, struct sim_error *err)
{
	struct stopwatch *w = self;

	return w->inner.ops->dirty(w->inner.self, pages, err);
}

static void destroy(void *self)
{
	(void)self;
}

void stopwatch_init(struct stopwatch *w, struct replayer *r)
{
	static const struct replayer_ops ops = {
		.run = run,
		.host = host,
		.counters = counters,
		.place = place,
		.dirty = dirty,
		.destroy = destroy,
	};

	*r = (struct replayer){ &ops, w };
}
