/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * engine.h - one decode, many lanes: replays a trace into several VMs at once
 */
#ifndef SIM_VM_ENGINE_H
#define SIM_VM_ENGINE_H

#include "vm/normalise.h"
#include "vm/vm.h"

/* Called now and then with bytes done and bytes in all (0: not known); non-zero stops the run
 * with SIM_EINTR. */
typedef int engine_progress(void *arg, uint64_t done, uint64_t total);

struct engine_options {
	uint32_t batch;		       /* ops a batch; 0: default */
	uint64_t warmup;	       /* records that are replayed before counting starts */
	const char *trace;	       /* NULL, or its name: where a lane's failure lies */
	struct normaliser *normaliser; /* NULL, or of this trace: the lanes get what it makes */
	const char *const *lane; /* NULL, or their names for messages; else their techniques */
	engine_progress *progress;
	void *arg;
};

/* Replays the whole of an open trace into n lanes. A normalised one has no warm-up. */
SIM_MUST_CHECK int engine_run(struct trace_reader *r, struct vm **lane, unsigned n,
			      const struct engine_options *opt, struct sim_error *err);

#endif
