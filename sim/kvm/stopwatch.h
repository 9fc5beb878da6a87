/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stopwatch.h - a replayer that notes the time, and the hardware's counters, whenever it is asked for its counters
 *
 * A scenario asks before and after its measured steps (scenario/scenario.h).
 */
#ifndef SIM_KVM_STOPWATCH_H
#define SIM_KVM_STOPWATCH_H

#include <stdint.h>

#include "kvm/perf.h"
#include "vm/replayer.h"

struct stopwatch_mark {
	uint64_t ns, batches;
	struct perf_values hardware;
};

struct stopwatch {
	struct replayer inner;						  /* borrowed */
	void (*read)(const struct replayer *r, struct stopwatch_mark *m); /* ns and batches */
	const struct perf *perf;
	struct stopwatch_mark before, after; /* the last two */
};

/* *r passes everything on through *w, and owns nothing. */
void stopwatch_init(struct stopwatch *w, struct replayer *r);

#endif
