/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * subject.h - what a comparison replays: a scenario, or a captured trace
 */
#ifndef SIM_KVM_SUBJECT_H
#define SIM_KVM_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/counters.h"
#include "base/err.h"
#include "mem/host.h"
#include "trace/meta.h"
#include "vm/replayer.h"

struct subject;

/* Changes of one replayer's counters over one run. */
struct measured {
	int64_t value[COUNTER_COUNT];
	bool have[COUNTER_COUNT];
	uint64_t dirty_pages; /* what the dirty logs reported */
};

/* NAME.snt is a trace, over a host that `host` describes; anything else a scenario, which has its own. */
SIM_MUST_CHECK int subject_open(struct subject **s, const char *path,
				const struct host_config *host, struct sim_error *err);
void subject_close(struct subject *s);

const char *subject_name(const struct subject *s);
const char *subject_path(const struct subject *s);
bool subject_is_trace(const struct subject *s);
const struct trace_meta *subject_meta(const struct subject *s); /* normalised */
const struct host_config *subject_host(const struct subject *s);
unsigned subject_quota(const struct subject *s);

/* Runs it, normalised, on a replayer made for it and fresh. */
SIM_MUST_CHECK int subject_run(struct subject *s, struct replayer *r, struct measured *m,
			       struct sim_error *err);

/* The same of a trace, with a batch that ends before each CR3 load: no batch has two address spaces. */
SIM_MUST_CHECK int subject_run_by_space(struct subject *s, struct replayer *r,
					struct sim_error *err);

#endif
