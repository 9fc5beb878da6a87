/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "recording.h"

#include <string.h>

#include "base/alloc.h"
#include "trace/reader.h"

static int reserve(struct recording *r, size_t more)
{
	size_t cap = r->cap ? r->cap : 1 << 20;
	void *p;

	while (cap - r->n < more)
		cap *= 2;
	if (cap == r->cap)
		return 0;
	p = sim_realloc(r->op, cap, sizeof(*r->op));
	if (!p)
		return SIM_ENOMEM;
	r->op = p;
	p = sim_realloc(r->gva, cap, sizeof(*r->gva));
	if (!p)
		return SIM_ENOMEM;
	r->gva = p;
	r->cap = cap;
	return 0;
}

static void append(struct recording *r, const struct batch *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		if ((b->op[i] & OP_KIND) == OP_EVENT)
			continue;
		r->op[r->n] = b->op[i];
		r->gva[r->n++] = b->gva[i];
	}
}

static struct batch slice(const struct recording *r, size_t at)
{
	size_t left = r->n - at;
	struct batch b = { .n = left < RECORDING_BATCH ? (uint32_t)left : RECORDING_BATCH,
			   .op = r->op + at,
			   .gva = r->gva + at,
			   .first = at };

	for (uint32_t i = 0; i < b.n; i++) {
		b.n_load += (b.op[i] & OP_KIND) == OP_LOAD;
		b.n_store += (b.op[i] & OP_KIND) == OP_STORE;
		b.n_fetch += (b.op[i] & OP_KIND) == OP_FETCH;
		b.n_cross += (b.op[i] & OP_CROSS) != 0;
	}
	return b;
}

static int cut(struct recording *r)
{
	size_t n = (r->n + RECORDING_BATCH - 1) / RECORDING_BATCH;

	r->batch = sim_calloc(n, sizeof(*r->batch));
	if (!r->batch)
		return SIM_ENOMEM;
	for (; r->n_batch < n; r->n_batch++)
		r->batch[r->n_batch] = slice(r, r->n_batch * RECORDING_BATCH);
	return 0;
}

int recording_make(struct recording *r, const char *path, struct sim_error *err)
{
	struct trace_reader *in;
	struct batch b;
	int rc = trace_open(&in, path, 0, err);

	*r = (struct recording){ 0 };
	if (rc)
		return rc;
	while (!(rc = trace_next(in, 0, &b, err))) {
		if (reserve(r, b.n)) {
			rc = sim_fail_nomem(err);
			break;
		}
		append(r, &b);
	}
	trace_close(in);
	if (rc == SIM_EOF)
		rc = cut(r) ? sim_fail_nomem(err) : 0;
	if (!rc)
		return 0;
	recording_fini(r);
	return rc;
}

void recording_fini(struct recording *r)
{
	sim_free(r->op);
	sim_free(r->gva);
	sim_free(r->batch);
	*r = (struct recording){ 0 };
}
