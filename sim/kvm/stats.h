/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stats.h - KVM's own binary statistics of a VM and its vCPU, by the names of counters.def
 *
 * Source: Linux Documentation/virt/kvm/api.rst "KVM_GET_STATS_FD".
 */
#ifndef SIM_KVM_STATS_H
#define SIM_KVM_STATS_H

#include <stdbool.h>

#include "base/counters.h"
#include "base/err.h"

struct stats;

SIM_MUST_CHECK int stats_open(struct stats **s, int vm, int vcpu, struct sim_error *err);
void stats_close(struct stats *s);

/* *c: what KVM counts, 0 elsewhere; have[id]: it does. */
SIM_MUST_CHECK int stats_read(const struct stats *s, struct counters *c,
			      bool have[COUNTER_COUNT], struct sim_error *err);

#endif
