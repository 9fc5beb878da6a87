/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mix.c - several workloads as phases of one program; gen.c runs the parts
 *
 *     sequential    one after the other, each its own phase
 *     interleaved   `burst` operations of each in turn until all are done, one phase
 */
#include "gen/mix.h"

#include "gen/workload.h"

static const char *const order_names[] = { "sequential", "interleaved", NULL };

static const struct param params[] = {
	WORKLOAD_CHOICE("order", "sequential", order_names, "one after the other, or in turns"),
	{ "burst", PARAM_AMOUNT, "64", 1, WORKLOAD_COUNT_MAX, NULL, "operations",
	  "of a part in its turn (interleaved)" },
	{ .name = NULL },
};

/* One that a TLB serves well and one that it does not: the change between them can be seen. */
const char *const mix_normal_parts[] = { "stream", "gups", NULL };

const struct workload_kind mix_kind = {
	.name = "mix",
	.stresses = "what its parts do, and the change from one to the other",
	.params = params,
};
