/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scenario.h - a small guest written by hand, and what it and its host do, as a data file
 *
 *     {"name": "fresh-touch",
 *      "about": "first loads of 512 populated pages: prefetch brings eight a fault",
 *      "memory": "256M",                          guest RAM from gpa 0
 *      "host": {"page_size": "4K", "populate": true},
 *      "mmu": {"shadow_quota": 64},               may be absent
 *      "map": [{"gva": "0x40000000", "pages": 512, "gpa": "64M", "flags": "wad"}],
 *      "before": [ steps ],                       not measured
 *      "steps": [{"load": {"gva": "0x40000000", "pages": 512}}, ...]}
 *
 * The guest's tables lie in frames the file does not name; each is mapped in an alias area of every address
 * space, so that the guest edits its tables by storing to them, as a kernel does through its direct
 * map. Steps are turned into an ordinary stream, which passes through vm/normalise.h like a captured one,
 * and into operations of the host (vm/replayer.h). doc/scenarios.md lists all steps.
 */
#ifndef SIM_SCENARIO_SCENARIO_H
#define SIM_SCENARIO_SCENARIO_H

#include "base/counters.h"
#include "base/err.h"
#include "mem/host.h"
#include "mmu/mmu.h"
#include "trace/meta.h"
#include "vm/replayer.h"

struct scenario;

SIM_MUST_CHECK int scenario_load(struct scenario **s, const char *path, struct sim_error *err);
void scenario_destroy(struct scenario *s);

const char *scenario_name(const struct scenario *s);
const char *scenario_about(const struct scenario *s);
const struct trace_meta *scenario_meta(const struct scenario *s); /* normalised */
const struct host_config *scenario_host(const struct scenario *s);
unsigned scenario_quota(const struct scenario *s);

/*
 * Runs it on one replayer, made for it and fresh. *before and *after are its counters around the
 * measured steps.
 */
SIM_MUST_CHECK int scenario_run(struct scenario *s, struct replayer *r, struct counters *before,
				struct counters *after, bool have[COUNTER_COUNT],
				struct sim_error *err);

#endif
