/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * experiment.h - an experiment file: one question, as a set of simulations
 *
 *     {"name": "quickstart",
 *      "question": "What do shadow paging and EPT cost on ...?",
 *      "traces": ["fork", "pipe"],
 *      "machine": "skylake-sp",        or {"model": "skylake-sp", "stlb.entries": 512}
 *      "host": {"page_size": "4K"},
 *      "mmu": {"vpid": true},
 *      "techniques": ["native", "ept", "spt"],
 *      "cost": "sandy-bridge",         or {"model": "sandy-bridge", "exit_cr3": 1000}
 *      "warmup_percent": 50,
 *      "sweep": {"machine.stlb.entries": [512, 1536]}}
 *
 * "replay": {"stream": "normalised"} replays every trace, under every technique, as a real KVM can (vm/normalise.h);
 * the technique "kvm", this host's own, needs it. "accessed_dirty": "set" sets the page-table entries' A and D bits
 * there, also for `kvm run`; without it they are as captured.
 *
 * "guest": {"thp": "always"} is for traces of bare addresses: a guest OS makes the streams of them that are replayed
 * (streams.h, guest/config.h).
 *
 * question, host, mmu, guest, warmup_percent, sweep and replay may be absent; traces (techniques, machine, cost) is absent
 * when the sweep has the axis trace (technique, machine, cost). The axes are, in this order:
 * the traces, those of the sweep, the techniques; the experiment is their product.
 */
#ifndef SIM_RUN_EXPERIMENT_H
#define SIM_RUN_EXPERIMENT_H

#include "base/err.h"
#include "base/json.h"
#include "run/axis.h"

#define AXES_MAX 10

struct experiment {
	char name[64];
	char *file;  /* for messages */
	json_t *doc; /* as written */
	json_t *fixed; /* machine, host, mmu as objects, warmup_percent: what the axes start from */
	json_t *cost; /* {"cost": {...}} likewise */
	struct axis axis[AXES_MAX];
	unsigned n_axes;
};

/* Reads the structure; values are checked when their simulations are planned. */
SIM_MUST_CHECK int experiment_load(struct experiment *e, const char *path,
				   struct sim_error *err);

/* The same from memory; `name` stands for the file in messages. */
SIM_MUST_CHECK int experiment_parse(struct experiment *e, const char *text, size_t n,
				    const char *name, struct sim_error *err);
void experiment_fini(struct experiment *e);

#endif
