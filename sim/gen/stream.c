/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stream.c - McCalpin's STREAM: copy, scale, add, triad over three arrays
 *
 *     copy   c[i] = a[i]            scale  b[i] = s c[i]
 *     add    c[i] = a[i] + b[i]     triad  a[i] = b[i] + s c[i]
 *
 * An access is `access` bytes: 8 as the scalar loop, 64 as with AVX-512. Instructions an element: each
 * load, each store, the multiplication, the addition where there is one, and 2 for the loop (add,
 * branch, unrolled no further).
 */
#include "gen/workload.h"

enum { A, B, C, ARRAYS };

static const struct kernel {
	int load[2], store; /* -1: none */
	unsigned work;
} kernels[] = {
	{ { A, -1 }, C, 4 },
	{ { C, -1 }, B, 5 },
	{ { A, B }, C, 6 },
	{ { B, C }, A, 7 },
};

#define KERNELS 4u

static const char *const kernel_names[] = { "all", "copy", "scale", "add", "triad", NULL };

struct stream {
	struct workload w;
	gva_t array[ARRAYS];
	unsigned first, last, kernel; /* kernels */
	unsigned size_log;
	uint64_t elements, at;
};

static int init(struct workload *w, struct out *o, struct sim_error *err)
{
	struct stream *s = (struct stream *)w;
	uint64_t bytes = workload_value(w, "bytes"), chosen = workload_value(w, "kernel");
	uint64_t access = workload_value(w, "access");
	int rc = 0;

	while ((uint64_t)1 << s->size_log < access)
		s->size_log++;
	if (access & (access - 1))
		return sim_fail(err, SIM_ERANGE, w->spec->name,
				"access must be 1, 2, 4, 8, 16, 32 or 64");
	s->elements = bytes >> s->size_log;
	s->first = s->kernel = chosen ? (unsigned)chosen - 1 : 0;
	s->last = chosen ? s->first : KERNELS - 1;
	for (unsigned i = 0; !rc && i < ARRAYS; i++)
		rc = workload_region(w, o, bytes, &s->array[i], err);
	return rc;
}

static enum workload_status step(struct workload *w, struct out *o)
{
	struct stream *s = (struct stream *)w;
	const struct kernel *k = &kernels[s->kernel];
	uint64_t offset = s->at << s->size_log;

	out_access(o, OP_LOAD, workload_at(s->array[k->load[0]], offset), s->size_log);
	if (k->load[1] >= 0)
		out_access(o, OP_LOAD, workload_at(s->array[k->load[1]], offset), s->size_log);
	out_access(o, OP_STORE, workload_at(s->array[k->store], offset), s->size_log);
	out_work(o, k->work);
	if (++s->at < s->elements)
		return WORKLOAD_MORE;
	s->at = 0;
	if (s->kernel++ < s->last)
		return WORKLOAD_MORE;
	s->kernel = s->first;
	return WORKLOAD_DONE;
}

static const struct param params[] = {
	WORKLOAD_COUNT("1", "passes"),
	WORKLOAD_BYTES("bytes", "16M", "each of three arrays"),
	WORKLOAD_CHOICE("kernel", "all", kernel_names, "one, or all in turn"),
	{ "access", PARAM_AMOUNT, "64", 1, 64, NULL, "bytes", "a power of two" },
	WORKLOAD_POPULATE,
	WORKLOAD_PAGES,
	{ .name = NULL },
};

const struct workload_kind stream_kind = {
	.name = "stream",
	.stresses = "bandwidth: three sequential streams, few TLB misses",
	.params = params,
	.size = sizeof(struct stream),
	.init = init,
	.step = step,
};
