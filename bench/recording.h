/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * recording.h - the accesses of a trace in memory, 9 bytes each, without its events
 */
#ifndef BENCH_RECORDING_H
#define BENCH_RECORDING_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "trace/record.h"

#define RECORDING_BATCH 4096u

struct recording {
	uint8_t *op;
	uint64_t *gva;
	size_t n, cap;
	struct batch *batch; /* of RECORDING_BATCH accesses each, the last of fewer */
	size_t n_batch;
};

SIM_MUST_CHECK int recording_make(struct recording *r, const char *path, struct sim_error *err);
void recording_fini(struct recording *r);

#endif
