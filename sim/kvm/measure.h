/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * measure.h - the times of a plan's points, on a real KVM and as a plain process, beside what the simulator counts
 *
 * Each run of a point is a guest of its own, fresh, with its memory populated before. The points take turns: guest,
 * plain, the next point, and all again. The first round is warm-up; the simulator runs in it, once for each point, on
 * the identical normalised stream. Times are thread CPU time between the snapshots of KVM's statistics.
 *
 *     measure_create(&m, &cfg, &plan, &err);
 *     while (!(rc = measure_step(m, &err)))     SIM_EOF: all rounds are done
 *             ...
 *     measure_json(m), measure_at(m, i) ...
 *
 * Nothing of the host is changed. Whoever wants a processor to itself pins the thread before.
 */
#ifndef SIM_KVM_MEASURE_H
#define SIM_KVM_MEASURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/counters.h"
#include "base/json.h"
#include "hw/machine.h"
#include "kvm/measure_plan.h"
#include "kvm/perf.h"
#include "kvm/probe.h"
#include "kvm/sample.h"

struct measure_config {
	const char *device;
	const struct kvm_probe *probe; /* of this host, borrowed */
	struct machine machine;	       /* that the simulator takes for this processor */
	unsigned rounds;	       /* 1..SAMPLE_MAX, after the one for warm-up */
};

enum measure_side { MEASURE_GUEST, MEASURE_PLAIN, MEASURE_SIDE_COUNT };

/* One point on one side. */
struct measure_result {
	const struct measure_plan_point *point;
	enum measure_side side;
	struct sample sample;
	uint64_t batches;	   /* each ends with a doorbell; of a plain process 0 */
	struct counters simulated; /* over the timed part */
	struct counters kvm;	   /* the same */
	bool have[COUNTER_COUNT];  /* of kvm */
	struct perf_values hardware;
	char missing[384]; /* why this host cannot do it; empty: it can */
};

struct measure;

SIM_MUST_CHECK int measure_create(struct measure **m, const struct measure_config *cfg,
				  const struct measure_plan *plan, struct sim_error *err);
void measure_destroy(struct measure *m);

/* One run. SIM_EOF: there are no more; any failure names the point. */
SIM_MUST_CHECK int measure_step(struct measure *m, struct sim_error *err);

/* Runs done, and in all; rounds done, warm-up not counted. */
size_t measure_done(const struct measure *m);
size_t measure_total(const struct measure *m);
unsigned measure_rounds_done(const struct measure *m);

size_t measure_count(const struct measure *m);
const struct measure_result *measure_at(const struct measure *m, size_t i);

/* False: a counter that KVM reproduces from run to run, and the simulator counts otherwise. */
bool measure_agrees(const struct measure_result *r, unsigned id);

const char *measure_side_name(enum measure_side s);

/* The document that shadownest fit reads; the caller owns it. NULL: out of memory. */
SIM_MUST_CHECK json_t *measure_json(const struct measure *m);

/* Median time of a batch's end, from MEASURE_BELL; 0: not measured. */
uint64_t measure_bell_ns(const struct measure *m);

#endif
