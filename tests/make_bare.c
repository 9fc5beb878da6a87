/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * make_bare.c - writes a stream without page tables: random programs with their process events, or bare accesses
 *
 *     make_bare events|accesses SEED OUTPUT.snt
 */
#include "config.h"

#include "check.h"

#include <string.h>

#include "base/addr.h"
#include "guest_program.h"
#include "trace/writer.h"

static void checked(int rc, const struct sim_error *err)
{
	if (!rc)
		return;
	fprintf(stderr, "make_bare: %s: %s\n", err->where, err->text);
	exit(1);
}

/* Loads, stores and code of a small program. */
static void bare_accesses(struct guest_stream *s, struct rng *r)
{
	for (unsigned i = 0; i < 20000; i++) {
		uint64_t page = rng_below(r, 300) * PAGE_BYTES;

		if (!rng_below(r, 4))
			stream_access(s, USER_FETCH, 0x400000 + page);
		else
			stream_access(s, rng_below(r, 2) ? USER_LOAD : USER_STORE,
				      0x7f0000000000 + 16 * page);
	}
}

int main(int argc, char **argv)
{
	const struct program_options o = { .n_ops = 2000, .large = true };
	const struct trace_meta meta = {
		.name = "bare", .origin = "", .tools = "", .n_vcpu = 1
	};
	struct guest_stream s = { 0 };
	struct sim_error err = { 0 };
	struct trace_writer *w;
	struct rng r;

	if (argc != 4)
		return 2;
	rng_seed(&r, strtoull(argv[2], NULL, 0));
	if (strcmp(argv[1], "events"))
		bare_accesses(&s, &r);
	else
		program_make(&s, &o, &r);
	stream_event(&s, &(struct event){ .kind = EVENT_END, .value = 1000 });
	checked(trace_writer_create(&w, argv[3], &meta, NULL, &err), &err);
	for (size_t i = 0; i < s.n; i++) {
		struct trace_access a = { .op = s.op[i] & (uint8_t)~OP_CROSS,
					  .gva = gva_make(s.gva[i]),
					  .frame = FRAME_NONE,
					  .count = s.count[i] };

		checked((s.op[i] & OP_KIND) == OP_EVENT
				? trace_writer_event(w, &s.event[s.gva[i]], NULL, &err)
				: trace_writer_access(w, &a, &err),
			&err);
	}
	checked(trace_writer_close(w, &err), &err);
	stream_fini(&s);
	return 0;
}
