/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kvm/replay_run.h"

#include <stdio.h>

#include "trace/reader.h"

struct run {
	const char *trace;
	const struct replay_config *cfg;
	struct replay_result *result;
	struct trace_reader *reader;
	struct normaliser *normaliser;
	struct replayer vm;
};

static int stopped(const struct run *x, struct sim_error *err)
{
	const struct replay_config *c = x->cfg;

	if (!c->progress || !c->progress(c->arg, trace_bytes_read(x->reader)))
		return 0;
	return sim_fail(err, SIM_EINTR, "", "stopped");
}

/* in: NULL at the end of the trace. */
static int pass(struct run *x, const struct batch *in, struct sim_error *err)
{
	struct batch out;
	int rc = normalise(x->normaliser, in, &out, err);

	if (!rc)
		rc = x->vm.ops->run(x->vm.self, &out, err);
	if (rc) {
		sim_error_within(err, x->trace);
		return rc;
	}
	x->result->records += out.n;
	x->result->accesses += out.n_load + out.n_store;
	return stopped(x, err);
}

static int pass_all(struct run *x, struct sim_error *err)
{
	struct batch b;
	int rc;

	while (!(rc = trace_next(x->reader, 0, &b, err))) {
		rc = pass(x, &b, err);
		if (rc)
			return rc;
	}
	return rc == SIM_EOF ? pass(x, NULL, err) : rc;
}

static void add_hardware(struct replay_hardware *h, const struct perf *p,
			 const struct perf_values *before, const struct perf_values *after)
{
	for (unsigned e = 0; e < PERF_EVENT_COUNT; e++) {
		const struct perf_counter *c = &p->counter[e][PERF_GUEST];

		h->have[e] = c->fd >= 0;
		h->value[e] = after->value[e][PERF_GUEST] - before->value[e][PERF_GUEST];
		if (!h->have[e] && !h->why[0])
			snprintf(h->why, sizeof(h->why), "%s", c->why);
	}
}

static int pass_watched(struct run *x, struct sim_error *err)
{
	struct perf_values before, after;
	struct perf perf;
	int rc;

	perf_open(&perf);
	perf_read(&perf, &before);
	rc = pass_all(x, err);
	perf_read(&perf, &after);
	add_hardware(&x->result->hardware, &perf, &before, &after);
	perf_close(&perf);
	return rc;
}

/* What KVM counts from the first batch on. */
static int measure(struct run *x, struct sim_error *err)
{
	struct replay_result *r = x->result;
	struct counters before;
	int rc = x->vm.ops->counters(x->vm.self, &before, r->have, err);

	if (!rc)
		rc = pass_watched(x, err);
	if (!rc)
		rc = x->vm.ops->counters(x->vm.self, &r->counters, r->have, err);
	if (rc)
		return rc;
	counters_subtract(&r->counters, &before);
	r->times = kvm_replayer_times(&x->vm);
	return 0;
}

static int in_vm(struct run *x, struct sim_error *err)
{
	int rc = kvm_replayer_create(&x->vm, &x->cfg->kvm, normaliser_meta(x->normaliser), err);

	if (rc)
		return rc;
	rc = measure(x, err);
	x->vm.ops->destroy(x->vm.self);
	return rc;
}

static int with_normaliser(struct run *x, struct sim_error *err)
{
	int rc = normaliser_create(&x->normaliser, trace_meta(x->reader), &x->cfg->normalise,
				   err);

	if (rc) {
		sim_error_within(err, x->trace);
		return rc;
	}
	rc = in_vm(x, err);
	normaliser_destroy(x->normaliser);
	return rc;
}

int replay_run(const char *trace, const struct replay_config *cfg, struct replay_result *r,
	       struct sim_error *err)
{
	struct run x = { .trace = trace, .cfg = cfg, .result = r };
	int rc = trace_open(&x.reader, trace, 0, err);

	*r = (struct replay_result){ .records = 0 };
	if (rc)
		return rc;
	rc = with_normaliser(&x, err);
	trace_close(x.reader);
	return rc;
}
