/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scenario.h - a small guest written by hand, and what it and its host do, as a data file
 *
 *     {"name": "fresh-load",
 *      "about": "first loads of 512 populated pages: prefetch brings eight a fault",
 *      "memory": "256M",                          guest RAM from gpa 0
 *      "host": {"page_size": "4K", "populate": true},
 *      "shadow_quota": 64,                        KVM_SET_NR_MMU_PAGES; may be absent
 *      "batch": 1,                                accesses a doorbell; absent: as many as fit
 *      "spaces": 2,                               address spaces; absent: one
 *      "map": [{"gva": "0x40000000", "pages": 512, "gpa": "64M", "flags": "wad"}, ...],
 *      "links": [{"space": 1, "gva": "0x40000000", "level": 2, "to": {"space": 0}}, ...],
 *      "before": [ steps ],                       not measured
 *      "steps": [{"load": {"gva": "0x40000000", "pages": 512}}, ...]}
 *
 * The guest's tables lie in frames the file does not name; each is mapped in an alias area of every address
 * space (scenario/guest.h), so that the guest edits its tables by storing to them, as a kernel does through its
 * direct map. Steps are turned into an ordinary stream, which passes through vm/normalise.h like a captured one,
 * and into operations of the host (vm/replayer.h). doc/scenarios.md lists all members and steps.
 */
#ifndef SIM_SCENARIO_SCENARIO_H
#define SIM_SCENARIO_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/counters.h"
#include "base/err.h"
#include "mem/host.h"
#include "trace/meta.h"
#include "vm/replayer.h"

struct scenario;

/* SIM_EFORMAT, SIM_ERANGE with the JSON path; SIM_EIO, SIM_ENOMEM. */
SIM_MUST_CHECK int scenario_load(struct scenario **s, const char *path, struct sim_error *err);

/* Reads `n` bytes; `name` stands for the file in messages. */
SIM_MUST_CHECK int scenario_parse(struct scenario **s, const char *text, size_t n,
				  const char *name, struct sim_error *err);
void scenario_destroy(struct scenario *s);

const char *scenario_name(const struct scenario *s);
const char *scenario_about(const struct scenario *s);
const struct trace_meta *scenario_meta(const struct scenario *s); /* normalised */
const struct host_config *scenario_host(const struct scenario *s);
unsigned scenario_quota(const struct scenario *s);

struct scenario_result {
	struct counters before, after; /* around the measured steps */
	bool have[COUNTER_COUNT];
	uint64_t dirty_pages; /* that the log_get steps of the measured part reported, in all */
};

/* Runs it on one replayer, made for it and fresh. An error names the step. */
SIM_MUST_CHECK int scenario_run(const struct scenario *s, struct replayer *r,
				struct scenario_result *result, struct sim_error *err);

#endif
