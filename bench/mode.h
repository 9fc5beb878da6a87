/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BENCH_MODE_H
#define BENCH_MODE_H

#include <stdint.h>

#include "base/counters.h"
#include "base/err.h"
#include "hw/machine.h"
#include "recording.h"

enum mode {
	MODE_DECODE,
	MODE_TLB_EACH,
	MODE_TLB_MEMORY,
	MODE_TLB,
	MODE_NATIVE,
	MODE_EPT,
	MODE_NPT,
	MODE_SPT,
	MODE_COUNT
};

extern const char *const mode_names[MODE_COUNT];

struct mode_machines {
	struct machine intel, amd; /* npt runs on amd */
};

struct mode_run {
	double seconds; /* of CPU time, from opening the file to the last free */
	struct counters n;
};

/* `rec`: the accesses of the same trace, for MODE_TLB_MEMORY. */
SIM_MUST_CHECK int mode_measure(enum mode mode, const struct mode_machines *m, const char *path,
				const struct recording *rec, struct mode_run *run,
				struct sim_error *err);

#endif
