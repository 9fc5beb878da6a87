/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * compare.h - KVM's own counters beside the simulator's, of the same stream
 *
 * Truth is what one or more runs on a real KVM counted: now, or when a reference was recorded. A counter that is EXACT in
 * counters.def must be the same in every run and in the simulator; one that is LOOSE is shown.
 */
#ifndef SIM_KVM_COMPARE_H
#define SIM_KVM_COMPARE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/counters.h"
#include "base/err.h"
#include "hw/machine.h"
#include "kvm/stand_in.h"
#include "kvm/subject.h"

struct span {
	int64_t min, max;
};

struct truth {
	unsigned runs;
	struct span value[COUNTER_COUNT];
	bool have[COUNTER_COUNT];
	struct span dirty_pages;
};

void compare_add(struct truth *t, const struct measured *m);

/* The two sides, made for a subject and fresh. */
SIM_MUST_CHECK int compare_make_simulator(struct subject *s, const struct stand_in *who,
					  const struct machine *machine, struct replayer *r,
					  struct sim_error *err);
SIM_MUST_CHECK int compare_make_kvm(struct subject *s, const char *device, struct replayer *r,
				    struct sim_error *err);

/* Runs the subject on one of them and destroys it. */
SIM_MUST_CHECK int compare_run(struct subject *s, struct replayer *r, struct measured *m,
			       struct sim_error *err);

enum compare_verdict {
	COMPARE_EQUAL,
	COMPARE_DIFFERS,
	COMPARE_SHOWN, /* LOOSE: not judged */
};

struct compare_line {
	const char *name;
	struct span kvm;
	int64_t simulator;
	enum compare_verdict verdict;
};

#define COMPARE_LINES (COUNTER_COUNT + 1) /* and the pages of the dirty logs */

struct comparison {
	struct compare_line line[COMPARE_LINES];
	unsigned n;	  /* counters that both sides have */
	unsigned n_exact; /* of those, judged */
	unsigned n_differ;
};

void compare_judge(struct comparison *c, const struct truth *t,
		   const struct measured *simulator);

/* How far the simulator is from what KVM counted: 0 within the span. */
int64_t compare_difference(const struct compare_line *l);

#endif
