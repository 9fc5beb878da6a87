/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inject_guest.c - a guest OS for test_inject: processes, files, huge pages, swap; two streams in turn */
#include "inject_subjects.h"

#include "base/addr.h"
#include "guest/guest.h"
#include "guest/inputs.h"

#define LOADS 40u

struct short_stream {
	struct event e[6];
	uint8_t op[LOADS + 6];
	uint64_t gva[LOADS + 6];
	uint32_t n;
};

static void add(struct short_stream *s, uint8_t op, uint64_t gva)
{
	s->op[s->n] = op;
	s->gva[s->n++] = gva;
}

static void make(struct short_stream *s)
{
	*s = (struct short_stream){
		.e = { { .kind = EVENT_MAP,
			 .pid = 1,
			 .gva = 0x400000,
			 .value = 4 << 20,
			 .n = 3 },
		       { .kind = EVENT_MAP,
			 .pid = 1,
			 .gva = 0x40000000,
			 .value = 1 << 20,
			 .n = 0x203 },
		       { .kind = EVENT_FORK, .pid = 1, .n = 2 },
		       { .kind = EVENT_UNMAP, .pid = 1, .gva = 0x401000, .value = 0x1000 },
		       { .kind = EVENT_EXEC, .pid = 2 },
		       { .kind = EVENT_EXIT, .pid = 2 } }
	};
	add(s, OP_EVENT, 0);
	add(s, OP_EVENT, 1);
	for (unsigned i = 0; i < LOADS; i++)
		add(s, OP_STORE | OP_USER, (i & 1 ? 0x400000 : 0x40000000) + i * PAGE_BYTES);
	for (unsigned i = 2; i < 6; i++)
		add(s, OP_EVENT, i);
}

static int run_guest(struct guest_os *g, struct inputs *t, const struct batch *in,
		     struct sim_error *err)
{
	uint32_t at[2] = { 0, 0 }, used;
	struct batch piece, out;
	unsigned i;
	int rc = 0;

	while (!rc && inputs_wanted(t, &i)) {
		if (at[i] == in->n) {
			rc = inputs_end(t, &piece, err);
		} else {
			rc = inputs_take(t, in, at[i], &piece, &used, err);
			at[i] += used;
		}
		if (!rc)
			rc = guest_os_next(g, &piece, &out, err);
	}
	return rc;
}

int inject_guest(void *arg, struct sim_error *err)
{
	const struct trace_meta meta = { .n_vcpu = 1 };
	struct guest_os_config cfg = guest_os_config_default();
	struct short_stream s;
	struct inputs *t;
	struct guest_os *g;
	struct batch in;
	int rc;

	(void)arg;
	make(&s);
	in = (struct batch){ .n = s.n, .op = s.op, .gva = s.gva, .event = s.e };
	cfg.memory = (uint64_t)64 << 20;
	cfg.swap = (uint64_t)1 << 20;
	rc = inputs_create(&t, 2, 15, err);
	if (rc)
		return rc;
	rc = guest_os_create(&g, &cfg, &meta, err);
	if (!rc) {
		rc = run_guest(g, t, &in, err);
		guest_os_destroy(g);
	}
	inputs_destroy(t);
	return rc;
}
