/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fit_data.h - what was measured: streams with their counters and the time they took
 *
 *     {"format": 1, "machine": "skylake-sp", "host": {"cpu": ..., "kernel": ..., "mmu": ..., ...},
 *      "points": [{"name": "seq-4K-64", "group": "access", "side": "guest", "holdout": false,
 *                  "counters": {"instructions": 1000000, ...}, "repeats": 9,
 *                  "ns": {"median": 5.1e6, "low": 5.0e6, "high": 5.3e6, "min": 4.9e6}}]}
 *
 * ns is the time of the whole stream whose counters the simulator gives: the median of the repeats,
 * low to high its spread. A counter that is not there is 0. kvm and hardware may hold what KVM and
 * the processor counted. "dependent": true says that each access waited for the one before: such
 * points are not fitted, as prices add up what overlaps in a replay, and would be those of neither.
 */
#ifndef SIM_COST_FIT_DATA_H
#define SIM_COST_FIT_DATA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/counters.h"
#include "base/err.h"
#include "base/json.h"

enum fit_group { FIT_ACCESS, FIT_EVENT, FIT_MIXED, FIT_GROUP_COUNT };
enum fit_side { FIT_GUEST, FIT_PLAIN };

struct fit_point {
	char *name;
	enum fit_group group;
	enum fit_side side; /* in a VM, or as a plain process */
	bool is_held_out;   /* never used in the fit */
	bool is_dependent;  /* each access waited for the one before; not used either */
	struct counters counters;
	double ns, spread_ns; /* median, half of low to high */
};

struct fit_data {
	struct fit_point *point;
	size_t n, cap;
	json_t *host; /* of the first file; all must name the same cpu, kernel and mmu */
	char machine[64];
};

/* All zero: empty. Adds the points of one file. SIM_EIO, SIM_EFORMAT, SIM_ERANGE, SIM_ENOMEM. */
SIM_MUST_CHECK int fit_data_load(struct fit_data *d, const char *path, struct sim_error *err);

/* The same from a parsed document. */
SIM_MUST_CHECK int fit_data_read(struct fit_data *d, const struct jnode *root,
				 struct sim_error *err);
void fit_data_fini(struct fit_data *d);

/* What a point is for: one of these. */
enum fit_use {
	FIT_USE_FITTED,
	FIT_USE_HELD_OUT,
	FIT_USE_PLAIN,	   /* of the plain process */
	FIT_USE_DEPENDENT, /* on either side, held out or not */
	FIT_USE_COUNT
};

static inline enum fit_use fit_data_use(const struct fit_point *p)
{
	if (p->is_dependent)
		return FIT_USE_DEPENDENT;
	if (p->side == FIT_PLAIN)
		return FIT_USE_PLAIN;
	return p->is_held_out ? FIT_USE_HELD_OUT : FIT_USE_FITTED;
}

static inline bool fit_data_uses(const struct fit_point *p)
{
	return fit_data_use(p) == FIT_USE_FITTED;
}

#endif
