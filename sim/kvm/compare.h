/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * compare.h - KVM's own counters beside the simulator's, of the same stream
 *
 * Truth is what one or more runs on a real KVM counted: now, or when a reference was recorded. A counter that is EXACT in
 * counters.def must be the same in the simulator; one that is LOOSE is shown.
 *
 * A KVM may count a little more in one run than in the next: when the host's scheduler wants the processor, it lets a fault be
 * taken again (mmu_sync_children, RET_PF_RETRY). So runs that do not agree, or a single one that the simulator does
 * not agree with, are followed by up to COMPARE_MORE_RUNS others. Judged by is the kind of run that came most often, at least
 * twice; that a counter varied is shown.
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

/* Runs that agree in everything that is EXACT. */
struct run_kind {
	unsigned runs;
	struct measured m; /* the first of them */
};

#define RUN_KINDS 6 /* more are counted as runs, and in the spans */

struct truth {
	unsigned runs;
	struct span value[COUNTER_COUNT];
	bool have[COUNTER_COUNT];
	struct span dirty_pages;
	struct run_kind kind[RUN_KINDS];
	unsigned n_kinds; /* 0: a recording, whose runs all agree */
};

void compare_add(struct truth *t, const struct measured *m);

/* The two sides, made for a subject and fresh. */
SIM_MUST_CHECK int compare_make_simulator(struct subject *s, const struct stand_in *who,
					  const struct machine *machine, struct replayer *r,
					  struct sim_error *err);
SIM_MUST_CHECK int compare_make_kvm(struct subject *s, const char *device, struct replayer *r,
				    struct sim_error *err);

#define COMPARE_MORE_RUNS 3

/* Runs it on KVM `runs` times, and again while that does not settle it. */
SIM_MUST_CHECK int compare_measure(struct subject *s, const char *device,
				   const struct measured *simulator, unsigned runs,
				   struct truth *t, struct sim_error *err);

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
	int64_t judged; /* of KVM's runs, the value in the kind that came most often */
	int64_t simulator;
	enum compare_verdict verdict;
};

#define COMPARE_LINES (COUNTER_COUNT + 1) /* and the pages of the dirty logs */

struct comparison {
	struct compare_line line[COMPARE_LINES];
	unsigned n;	  /* counters that both sides have */
	unsigned n_exact; /* of those, judged */
	unsigned n_differ;
	unsigned n_vary; /* EXACT, not the same in all of KVM's runs */
};

void compare_judge(struct comparison *c, const struct truth *t,
		   const struct measured *simulator);

/* How far the simulator is from what KVM counted: of a LOOSE counter 0 within the span. */
int64_t compare_difference(const struct compare_line *l);

#endif
