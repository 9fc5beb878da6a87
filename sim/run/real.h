/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * real.h - the points of a plan that no simulator runs: technique "kvm", the KVM of this host
 *
 * They run after the simulations, one at a time, REAL_ROUNDS times in turns, so that whatever the host does
 * meanwhile meets them all. A round before that warms up. The point's folder gets, beside the three files that every
 * point has, times.json; config.json names the host, so that another host, or another kernel, does not take the
 * result for its own.
 *
 * counters.json has what KVM counts, under KVM's names, of the first round; `exits` is KVM's own, which no
 * reasons add up to, and instructions are the accesses that were replayed. What KVM does not count is 0 there.
 */
#ifndef SIM_RUN_REAL_H
#define SIM_RUN_REAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "kvm/sample.h"
#include "run/plan.h"
#include "run/run.h"
#include "run/store.h"

#define REAL_ROUNDS 9u
#define REAL_DEVICE "/dev/kvm"

/* Runs what is not done yet. */
SIM_MUST_CHECK int real_run(struct plan *p, const struct store *s, const struct run_options *o,
			    struct run_progress *progress, struct sim_error *err);

/* Of its trace, over all rounds: for progress. */
uint64_t real_bytes(const struct point *pt);

/* Reads the times of a point that the store has; *found is false when there are none. SIM_ENOMEM. */
SIM_MUST_CHECK int real_get(const struct store *s, struct point *pt, bool *found,
			    struct sim_error *err);

/*
 * The host of REAL_DEVICE, or of another device, as config.json names it: JSON, which the caller frees. SIM_EUNSUP
 * when it cannot replay.
 */
SIM_MUST_CHECK int real_host(const char *device, json_t **host, struct sim_error *err);

#endif
