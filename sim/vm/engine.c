/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vm/engine.h"

#include <inttypes.h>

/* Says in which lane of which trace it happened. */
static void say_where(const struct engine_options *opt, struct vm *vm, unsigned i,
		      struct sim_error *err)
{
	sim_error_prefix(err, "%s: ", opt->lane ? opt->lane[i] : vm_mmu(vm)->ops->name);
	if (opt->trace)
		sim_error_within(err, opt->trace);
}

static int run_batch(const struct batch *b, struct vm **lane, unsigned n,
		     const struct engine_options *opt, struct sim_error *err)
{
	for (unsigned i = 0; i < n; i++) {
		int rc = vm_run(lane[i], b, err);

		if (rc) {
			say_where(opt, lane[i], i, err);
			return rc;
		}
	}
	return 0;
}

/* A batch of the trace, as the lanes get it; NULL: its end. */
static int pass(const struct batch *b, struct vm **lane, unsigned n,
		const struct engine_options *opt, struct sim_error *err)
{
	struct batch out;
	int rc;

	if (!opt->normaliser)
		return b ? run_batch(b, lane, n, opt, err) : 0;
	rc = normalise(opt->normaliser, b, &out, err);
	if (rc && opt->trace)
		sim_error_within(err, opt->trace);
	return rc || !out.n ? rc : run_batch(&out, lane, n, opt, err);
}

/* Ops of the next batch, so that one ends where the warm-up does. */
static uint32_t batch_limit(const struct engine_options *opt, uint64_t done)
{
	uint64_t left = opt->warmup - done;

	if (done >= opt->warmup || left > UINT32_MAX || (opt->batch && left > opt->batch))
		return opt->batch;
	return (uint32_t)left;
}

int engine_run(struct trace_reader *r, struct vm **lane, unsigned n,
	       const struct engine_options *opt, struct sim_error *err)
{
	uint64_t done = 0;
	struct batch b;
	int rc;

	while (!(rc = trace_next(r, batch_limit(opt, done), &b, err))) {
		rc = pass(&b, lane, n, opt, err);
		if (rc)
			return rc;
		done += b.n;
		for (unsigned i = 0; i < n && done == opt->warmup; i++)
			vm_mark(lane[i]);
		if (opt->progress &&
		    opt->progress(opt->arg, trace_bytes_read(r), trace_bytes_total(r)))
			return sim_fail(err, SIM_EINTR, NULL, "stopped");
	}
	if (rc == SIM_EOF && done <= opt->warmup && opt->warmup)
		return sim_fail(err, SIM_ERANGE, NULL,
				"a warm-up of %" PRIu64
				" records leaves nothing of a trace of %" PRIu64,
				opt->warmup, done);
	return rc == SIM_EOF ? pass(NULL, lane, n, opt, err) : rc;
}
