/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pointer_chase.c - loads that each need the one before: a random cycle through all nodes
 *
 * The successor of the i-th node is the (i+1)-th, and the i-th node lies at place P(i) for a random
 * permutation P: one cycle through all of them, as Sattolo's algorithm would make, without storing it. One
 * instruction a load: the unrolled `mov rax, [rax]` of lmbench's lat_mem_rd.
 */
#include "gen/workload.h"

#define WORK 1

struct pointer {
	struct workload w;
	gva_t nodes;
	uint64_t node_bytes, at;
	struct rng_permutation place;
};

static int init(struct workload *w, struct out *o, struct sim_error *err)
{
	struct pointer *p = (struct pointer *)w;
	uint64_t bytes = workload_value(w, "bytes");

	p->node_bytes = workload_value(w, "node");
	if (p->node_bytes > bytes)
		return sim_fail(err, SIM_ERANGE, w->spec->name,
				"a node must not be larger than the memory");
	rng_permutation_init(&p->place, bytes / p->node_bytes, rng_next(&w->rng));
	return workload_region(w, o, bytes, &p->nodes, err);
}

static enum workload_status step(struct workload *w, struct out *o)
{
	struct pointer *p = (struct pointer *)w;

	out_load(o, workload_at(p->nodes, rng_permuted(&p->place, p->at) * p->node_bytes));
	out_work(o, WORK);
	p->at = p->at + 1 < p->place.n ? p->at + 1 : 0;
	return WORKLOAD_DONE;
}

static const struct param params[] = {
	WORKLOAD_COUNT("1M", "loads"),
	WORKLOAD_BYTES("bytes", "64M", "all nodes"),
	{ "node", PARAM_AMOUNT, "64", 8, (uint64_t)1 << 30, NULL, "bytes",
	  "of a node; its first word is loaded" },
	WORKLOAD_POPULATE,
	WORKLOAD_PAGES,
	{ .name = NULL },
};

const struct workload_kind pointer_kind = {
	.name = "pointer-chase",
	.stresses = "latency of one walk: loads that wait for each other",
	.params = params,
	.size = sizeof(struct pointer),
	.init = init,
	.step = step,
};
