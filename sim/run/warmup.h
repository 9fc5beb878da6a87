/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * warmup.h - the part of a trace that is replayed but not measured
 *
 * A capture begins in the middle of a guest's life, but its replay begins with cold TLBs and with
 * empty shadow and EPT tables: each page's first touch then costs an exit that the real guest
 * paid long before. With warmup_percent = p the counters of the first p percent of the records
 * are subtracted; gauges and peaks stay those of the whole run.
 *
 * Instructions are counted by fetch records, of which a loop within one page has few. How many
 * had run at the mark is interpolated, record by record, between the fetch records around it.
 */
#ifndef SIM_RUN_WARMUP_H
#define SIM_RUN_WARMUP_H

#include <stdint.h>

#include "base/err.h"

#define WARMUP_PERCENT_MAX 95

struct warmup {
	uint64_t records;      /* that are replayed before counting begins */
	uint64_t counted;      /* instructions that their fetch records count */
	uint64_t instructions; /* and those that had run, interpolated */
};

/* What `percent` of the trace's records are. Reads that part of it. */
SIM_MUST_CHECK int warmup_find(struct warmup *w, const char *path, unsigned percent,
			       struct sim_error *err);

#endif
