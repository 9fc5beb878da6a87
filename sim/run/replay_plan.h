/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * replay_plan.h - what an experiment, or a single trace, asks of a real KVM
 *
 * Of an experiment's axes only those count that a real host has: the trace, host.page_size, host.populate,
 * mmu.shadow_quota and members of memory. Machine, technique and prices are the host's own. The member "replay" of the experiment tells
 * how its traces are normalised (experiment.h).
 */
#ifndef SIM_RUN_REPLAY_PLAN_H
#define SIM_RUN_REPLAY_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "kvm/replay_run.h"
#include "run/files.h"
#include "run/plan.h"

struct replay_point {
	char *key; /* name of its folder: "fork", "fork,host.page_size=2M" */
	char *trace;
	char hash[FILES_HASH_LEN + 1]; /* of the trace */
	uint64_t bytes;
	struct host_config host;
	const struct guest_ram *memory; /* of the plan; NULL: the RAM that the trace names */
	unsigned shadow_quota;
};

struct replay_plan {
	struct normalise_options normalise;
	struct replay_point *point;
	size_t n, cap;
};

/* One point for each replay that the plan's points need. */
SIM_MUST_CHECK int replay_plan_of(struct replay_plan *r, const struct plan *p,
				  struct sim_error *err);

/* A trace alone, on a populated host of 4K pages. */
SIM_MUST_CHECK int replay_plan_of_trace(struct replay_plan *r, const char *path,
					struct sim_error *err);
void replay_plan_fini(struct replay_plan *r);

/* The texts of a point's files; NULL: out of memory. The caller frees. */
SIM_MUST_CHECK char *replay_config_text(const struct replay_plan *r,
					const struct replay_point *p);
SIM_MUST_CHECK char *replay_counters_text(const struct replay_result *x);

/* Where and when it ran: what varies from run to run. */
struct replay_host {
	const char *node, *version; /* of the machine and the program */
	const char *kernel, *processor;
	double seconds; /* all in all */
};

SIM_MUST_CHECK char *replay_host_text(const struct replay_host *h,
				      const struct replay_result *x);

#endif
