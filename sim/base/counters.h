/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * counters.h - the event counters of one lane (one technique on one stream)
 *
 * One uint64_t per line of counters.def, as a named field and, in the same order, through an
 * index.
 */
#ifndef SIM_BASE_COUNTERS_H
#define SIM_BASE_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

struct counters {
#define COUNTER(group, name, kind, truth, unit, meaning) uint64_t name;
#include "base/counters.def"
#undef COUNTER
};

enum counter_id {
#define COUNTER(group, name, kind, truth, unit, meaning) COUNTER_##name,
#include "base/counters.def"
#undef COUNTER
	COUNTER_COUNT
};

enum counter_kind { COUNTER_SUM, COUNTER_GAUGE, COUNTER_PEAK };
enum counter_group {
	COUNTER_GROUP_STREAM,
	COUNTER_GROUP_TLB,
	COUNTER_GROUP_WALK,
	COUNTER_GROUP_EXITS,
	COUNTER_GROUP_KVM,
	COUNTER_GROUP_HOST,
	COUNTER_GROUP_MEMORY,
};
enum counter_truth { COUNTER_OURS, COUNTER_EXACT, COUNTER_LOOSE };

struct counter_info {
	const char *name, *unit, *meaning;
	enum counter_group group;
	enum counter_kind kind;
	enum counter_truth truth;
};

extern const struct counter_info counter_info[COUNTER_COUNT];

static inline uint64_t counters_at(const struct counters *c, unsigned id)
{
	return ((const uint64_t *)(const void *)c)[id];
}

/* The index of a name; false when there is none. */
bool counters_find(const char *name, unsigned *id);

/* Takes `earlier` from the sums of c; gauges and peaks stay. */
void counters_subtract(struct counters *c, const struct counters *earlier);

/* Sum of every exit_* counter: must equal `exits`. */
uint64_t counters_sum_exits(const struct counters *c);

#endif
