/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * measure_state.h - measurements under way: private to measure*.c
 */
#ifndef SIM_KVM_MEASURE_STATE_H
#define SIM_KVM_MEASURE_STATE_H

#include "kvm/measure.h"
#include "kvm/stand_in.h"

struct measure {
	struct measure_config cfg;
	struct stand_in host; /* what the simulator is to be */
	struct perf perf;
	struct measure_result *result;
	size_t n, next; /* which is next in this round */
	unsigned round; /* 0: warm-up */
};

#endif
