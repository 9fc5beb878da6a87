/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * replay_run.h - a whole trace, normalised, on a real KVM: what it counted, and how long it took
 */
#ifndef SIM_KVM_REPLAY_RUN_H
#define SIM_KVM_REPLAY_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/counters.h"
#include "base/err.h"
#include "kvm/kvm_replayer.h"
#include "kvm/perf.h"
#include "vm/normalise.h"

/* Called now and then with bytes of the trace done; non-zero stops the run with SIM_EINTR. */
typedef int replay_progress(void *arg, uint64_t done);

struct replay_config {
	struct kvm_config kvm;
	struct normalise_options normalise;
	replay_progress *progress; /* NULL: none */
	void *arg;		   /* progress's */
};

/* What the processor counted while it ran the guest. */
struct replay_hardware {
	bool have[PERF_EVENT_COUNT];
	uint64_t value[PERF_EVENT_COUNT];
	char why[80]; /* one is absent; empty: none is */
};

struct replay_result {
	uint64_t records;  /* of the normalised stream */
	uint64_t accesses; /* loads and stores among them, the payload's own included */
	struct counters counters;
	bool have[COUNTER_COUNT]; /* KVM counts it */
	struct kvm_times times;
	struct replay_hardware hardware;
};

/* Makes a VM, replays the trace in it, and takes it down again. Errors as kvm_replayer.h and the trace's own. */
SIM_MUST_CHECK int replay_run(const char *trace, const struct replay_config *cfg,
			      struct replay_result *r, struct sim_error *err);

#endif
