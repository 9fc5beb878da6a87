/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * axis.h - the axes of an experiment: which scalar takes which values
 *
 *     "host.page_size": ["4K", "2M"]                             a list
 *     "machine.stlb.entries": {"from": 64, "to": 4096, "factor": 2}   a log range
 *     "mmu.shadow_quota": {"from": 100, "to": 500, "step": 100}  a range, both ends included
 *
 * A range of integers gives integers (a log range rounds and drops what repeats). An axis is
 * "trace", "technique", "machine", "cost", or a member of "machine", "host", "mmu", "memory", "guest" or "cost".
 */
#ifndef SIM_RUN_AXIS_H
#define SIM_RUN_AXIS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/json.h"

#define AXIS_VALUES_MAX 1000
#define AXIS_TEXT_MAX	96

struct axis {
	char *name;
	json_t *values; /* array of scalars, no two of the same text */
};

/* Reads the values of axis `name` from a list or a range. SIM_EFORMAT, SIM_ERANGE. */
SIM_MUST_CHECK int axis_read(struct axis *a, const char *name, const struct jnode *n,
			     struct sim_error *err);
void axis_fini(struct axis *a);

size_t axis_length(const struct axis *a);

/* True when the axis changes prices only: no simulation depends on it. */
bool axis_is_cost(const struct axis *a);

/* True for a member of the guest's memory, or a member of one: memory.machine, memory.m.size. */
bool axis_is_memory(const struct axis *a);

/* True when a value says of itself what it is: a trace, a technique, a model. */
bool axis_is_plain(const struct axis *a);

/* The i-th value as tables and folders show it: "2M", "512", "fork"; returns buf. */
const char *axis_text(const struct axis *a, size_t i, char buf[AXIS_TEXT_MAX]);

/*
 * Sets the axis's scalar in the object that setup_read() or the cost reader takes ("machine",
 * "cost": the member model of that object).
 */
SIM_MUST_CHECK int axis_apply(const struct axis *a, size_t i, json_t *doc);

#endif
