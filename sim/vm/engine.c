/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vm/engine.h"

static int run_batch(const struct batch *b, struct vm **lane, unsigned n, struct sim_error *err)
{
	for (unsigned i = 0; i < n; i++) {
		int rc = vm_run(lane[i], b, err);

		if (rc) {
			sim_error_prefix(err, "%s: ", vm_mmu(lane[i])->ops->name);
			return rc;
		}
	}
	return 0;
}

int engine_run(struct trace_reader *r, struct vm **lane, unsigned n,
	       const struct engine_options *opt, struct sim_error *err)
{
	struct batch b;
	int rc;

	while (!(rc = trace_next(r, opt->batch, &b, err))) {
		rc = run_batch(&b, lane, n, err);
		if (rc)
			return rc;
		if (opt->progress &&
		    opt->progress(opt->arg, trace_bytes_read(r), trace_bytes_total(r)))
			return sim_fail(err, SIM_EINTR, NULL, "stopped");
	}
	return rc == SIM_EOF ? 0 : rc;
}
