/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * measure_plan.h - what `kvm measure` measures: a file of small scenarios
 *
 *     {"about": "...",
 *      "access": [{"pages": [16, 64, ...], "page_sizes": ["4K", "2M"], "ways": ["list", "chain"],
 *                  "accesses": 262144, "plain": true}, ...],
 *      "defaults": {"memory": "256M", ...},          members of every scenario below
 *      "points": [{"name": "shadow-fault-8", "group": "event", "steps": [...]}, ...]}
 *
 * "access" becomes one point for each combination: a working set of so many pages of 4 KiB, in that page size,
 * gone through as a "list" of loads, as a "store" list, or as a "chain", in which each address depends on the load
 * before it. With "plain" a plain process makes them too. A point of
 * "points" is a scenario (scenario/scenario.h) with a group, and "per": how many events its steps are, for the table.
 * The one named MEASURE_BELL tells what ending a batch costs. One with "traps" in the place of "per" times that
 * many ways to the guest's kernel and back after its steps: no stream has them, so they are in the table alone.
 *
 * A third of the points is held out of every fit: those whose name has a hash that 3 divides.
 */
#ifndef SIM_KVM_MEASURE_PLAN_H
#define SIM_KVM_MEASURE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "kvm/encode.h"

#define MEASURE_GVA ((uint64_t)1 << 45) /* of the memory that access points use */

#define MEASURE_BELL "doorbell"

enum measure_group { MEASURE_ACCESS, MEASURE_EVENT, MEASURE_MIXED, MEASURE_GROUP_COUNT };
enum measure_length { MEASURE_FULL, MEASURE_QUICK };

struct measure_plan_point {
	char *name;
	enum measure_group group;
	bool is_held_out;
	char *scenario;	 /* its text */
	uint64_t events; /* for the table; 0: it has no time per event */
	bool is_trap;	 /* the events are ways to the kernel and back */
	/* of access points */
	uint64_t pages, accesses; /* of the working set, in 4K; between the snapshots */
	uint64_t bytes;		  /* that it spans */
	unsigned page_level;
	bool has_plain;
	struct encode_style style;
};

struct measure_plan {
	struct measure_plan_point *point;
	size_t n, cap;
};

/* Reads a plan; MEASURE_QUICK: a quarter of the accesses, no working set of more than 16 MiB. SIM_EIO, SIM_EFORMAT with the path. */
SIM_MUST_CHECK int measure_plan_load(struct measure_plan *p, const char *path,
				     enum measure_length length, struct sim_error *err);
void measure_plan_fini(struct measure_plan *p);

const char *measure_group_name(enum measure_group g);

/* The rule by which points are held out. */
bool measure_holds_out(const char *name);

#endif
