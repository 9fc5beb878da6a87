/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * info.h - what stands in a trace, counted
 */
#ifndef SIM_TRACE_INFO_H
#define SIM_TRACE_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/map.h"
#include "trace/record.h"

#define INFO_SIZES 7 /* 1, 2, 4 ... 64 bytes */

struct trace_info {
	uint64_t records;
	uint64_t instructions; /* as EVENT_END says */
	uint64_t counted;      /* as the fetches say */
	uint64_t access[3][2]; /* [load, store, fetch][CPL 0..2, CPL 3] */
	uint64_t size[INFO_SIZES];
	uint64_t cross;
	uint64_t system; /* made by the processor itself */
	uint64_t event[EVENT_KIND_COUNT];
	uint64_t cr3_values;	/* different ones */
	uint64_t invlpg_user;	/* in the lower half of the address space */
	uint64_t frame_changes; /* accesses to another frame than the last access whose page
				   number has the same low 16 bits */

	struct map cr3;	 /* private: values seen */
	uint64_t *frame; /* private: the last by page number */
};

SIM_MUST_CHECK int trace_info_init(struct trace_info *t, struct sim_error *err);
void trace_info_fini(struct trace_info *t);

/* Adds a batch of a reader opened with TRACE_DETAIL. */
SIM_MUST_CHECK int trace_info_add(struct trace_info *t, const struct batch *b,
				  struct sim_error *err);

/* A count under its name in `trace info --json`; the i-th, false when there are no more. */
struct trace_info_line {
	const char *key, *meaning;
	uint64_t value;
};

bool trace_info_line(const struct trace_info *t, unsigned i, struct trace_info_line *line);

#endif
