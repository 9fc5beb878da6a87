/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * perf.h - hardware counters of the processor, as far as it has any and lets us read them
 *
 * Events are named as libpfm4 names them for the processor at hand. Each counts this thread twice: in the guest and
 * outside it. One that cannot be had is absent, with the reason; opening never fails.
 *
 *     perf_open(&p);
 *     perf_read(&p, &before);
 *     ...
 *     perf_read(&p, &after);
 *     after.value[PERF_WALK_CYCLES][PERF_GUEST] - before.value[...]
 *     perf_close(&p);
 */
#ifndef SIM_KVM_PERF_H
#define SIM_KVM_PERF_H

#include <stdbool.h>
#include <stdint.h>

enum perf_event {
	PERF_CYCLES,
	PERF_INSTRUCTIONS,
	PERF_DTLB_MISSES, /* loads that missed every TLB */
	PERF_DTLB_WALKS,  /* of those, walks that were completed */
	PERF_WALK_CYCLES, /* with a walk for a load in progress */
	PERF_EPT_CYCLES,  /* with a walk of EPT tables in progress */
	PERF_EVENT_COUNT
};

enum perf_side { PERF_GUEST, PERF_HOST, PERF_SIDE_COUNT };

struct perf_counter {
	int fd;		/* < 0: absent */
	char event[64]; /* libpfm4's name */
	char why[80];	/* it is absent */
};

struct perf {
	struct perf_counter counter[PERF_EVENT_COUNT][PERF_SIDE_COUNT];
};

struct perf_values {
	uint64_t value[PERF_EVENT_COUNT][PERF_SIDE_COUNT]; /* 0 where absent */
};

const char *perf_event_label(enum perf_event e); /* "dtlb_misses" */
const char *perf_side_label(enum perf_side s);	 /* "guest" */

/* Counts from here on, for the calling thread. */
void perf_open(struct perf *p);
void perf_close(struct perf *p);
void perf_read(const struct perf *p, struct perf_values *v);

/* How many of PERF_EVENT_COUNT x PERF_SIDE_COUNT there are. */
unsigned perf_present(const struct perf *p);

#endif
