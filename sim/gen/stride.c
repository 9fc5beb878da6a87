/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stride.c - loads or stores at a fixed distance, over and over
 *
 * 3 instructions an access: the access, the addition, the branch. The end of the memory is its
 * beginning again: where the stride divides the size, every pass touches the same addresses.
 */
#include "gen/workload.h"

#define WORK 3

static const char *const kind_names[] = { "load", "store", NULL };

struct stride {
	struct workload w;
	gva_t base;
	uint64_t at, stride, end;
	unsigned kind;
};

static int init(struct workload *w, struct out *o, struct sim_error *err)
{
	struct stride *s = (struct stride *)w;
	uint64_t bytes = workload_value(w, "bytes");

	s->stride = workload_value(w, "stride");
	s->kind = workload_value(w, "kind") ? OP_STORE : OP_LOAD;
	s->end = bytes - bytes % 8;
	if (s->stride % 8 || s->stride >= s->end)
		return sim_fail(err, SIM_ERANGE, w->spec->name,
				"stride must be a multiple of 8 below bytes");
	return workload_region(w, o, bytes, &s->base, err);
}

static enum workload_status step(struct workload *w, struct out *o)
{
	struct stride *s = (struct stride *)w;

	out_access(o, s->kind, workload_at(s->base, s->at), 3);
	out_work(o, WORK);
	s->at += s->stride;
	if (s->at >= s->end)
		s->at -= s->end;
	return WORKLOAD_DONE;
}

static const struct param params[] = {
	WORKLOAD_COUNT("1M", "accesses"),
	WORKLOAD_BYTES("bytes", "64M", "the memory walked over"),
	{ "stride", PARAM_AMOUNT, "4K", 8, WORKLOAD_BYTES_MAX, NULL, "bytes",
	  "from one access to the next; a multiple of 8" },
	WORKLOAD_CHOICE("kind", "load", kind_names, "what an access is"),
	WORKLOAD_POPULATE,
	WORKLOAD_PAGES,
	{ .name = NULL },
};

const struct workload_kind stride_kind = {
	.name = "stride",
	.stresses = "one level at a time: sets of a TLB, lines of tables, upper levels",
	.params = params,
	.size = sizeof(struct stride),
	.init = init,
	.step = step,
};
