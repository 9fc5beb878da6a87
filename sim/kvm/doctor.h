/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * doctor.h - what the probe found, as lines to read: what, found, verdict, what to do next
 */
#ifndef SIM_KVM_DOCTOR_H
#define SIM_KVM_DOCTOR_H

#include "base/err.h"
#include "base/json.h"
#include "kvm/perf.h"
#include "kvm/probe.h"

enum doctor_verdict {
	DOCTOR_GOOD,
	DOCTOR_NOTE,	/* works, and should be known */
	DOCTOR_MISSING, /* something cannot be done without it */
	DOCTOR_VERDICT_COUNT
};

struct doctor_line {
	char what[40], found[160], next[160];
	enum doctor_verdict verdict;
};

#define DOCTOR_LINES 48

struct doctor {
	struct doctor_line line[DOCTOR_LINES];
	unsigned n;
};

const char *doctor_verdict_name(enum doctor_verdict v);

/* The next line, empty; its caller fills it. */
struct doctor_line *doctor_add(struct doctor *d, const char *what);
void doctor_say(struct doctor_line *l, enum doctor_verdict verdict, const char *fmt, ...)
	SIM_PRINTF(3, 4);
void doctor_next(struct doctor_line *l, const char *fmt, ...) SIM_PRINTF(2, 3);

/* What a probe found. */
void doctor_probe(struct doctor *d, const struct kvm_probe *p, const struct kvm_paths *paths);
void doctor_perf(struct doctor *d, const struct perf *p, const struct kvm_probe *probe);

/* A program that something can use; `path` is where it is, NULL: nowhere. */
void doctor_tool(struct doctor *d, const char *name, const char *path, const char *use);

/* {"host": what kvm_probe_json() says, "lines": [{"what", "found", "verdict", "next"}, ...]}. NULL: out of memory. */
SIM_MUST_CHECK json_t *doctor_json(const struct doctor *d, const struct kvm_probe *p);

#endif
