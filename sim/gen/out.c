/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gen/out.h"

#include "base/alloc.h"

#define GIB	    ((uint64_t)1 << 30)
#define PLACE_FIRST (16384 * GIB) /* 0x100000000000: above a program, far below its stack */

int out_init(struct out *o, struct sim_error *err)
{
	*o = (struct out){ .next_pid = 2, .next = gva_make(PLACE_FIRST) };
	o->op = sim_calloc(OUT_RECORDS, sizeof(*o->op));
	o->gva = sim_calloc(OUT_RECORDS, sizeof(*o->gva));
	o->count = sim_calloc(OUT_RECORDS, sizeof(*o->count));
	o->event = sim_calloc(OUT_RECORDS, sizeof(*o->event));
	if (o->op && o->gva && o->count && o->event)
		return 0;
	out_fini(o);
	return sim_fail_nomem(err);
}

void out_fini(struct out *o)
{
	sim_free(o->op);
	sim_free(o->gva);
	sim_free(o->count);
	sim_free(o->event);
	*o = (struct out){ .op = NULL };
}

void out_begin(struct out *o)
{
	o->position += o->b.n;
	o->b = (struct batch){ .first = o->position };
}

struct batch out_batch(const struct out *o)
{
	struct batch b = o->b;

	b.op = o->op;
	b.gva = o->gva;
	b.count = o->count;
	b.event = o->event;
	return b;
}

void out_event(struct out *o, const struct event *e)
{
	uint32_t i = o->b.n++;

	assert(i < OUT_RECORDS);
	o->op[i] = OP_EVENT;
	o->count[i] = 0;
	o->gva[i] = o->b.n_event;
	o->event[o->b.n_event++] = *e;
}

/* --- code --- */

static void fetch(struct out *o, gva_t code)
{
	uint32_t i = o->b.n++;

	assert(i < OUT_RECORDS);
	o->op[i] = OP_FETCH | OP_USER;
	o->gva[i] = code.v;
	o->count[i] = o->untold;
	o->b.n_fetch++;
	o->b.instructions += o->untold;
	o->instructions += o->untold;
	o->untold = 0;
	o->code = code;
}

void out_run(struct out *o, uint32_t pid, gva_t code)
{
	if (pid == o->pid && gva_eq(code, o->code) && o->untold < OUT_FETCH_INSTRUCTIONS)
		return;
	if (pid != o->pid) {
		out_event(o, &(struct event){ .kind = EVENT_SWITCH, .pid = pid });
		o->pid = pid;
	}
	fetch(o, code);
}

void out_tell(struct out *o)
{
	if (o->untold)
		fetch(o, o->code);
}

/* --- processes --- */

gva_t out_reserve(struct out *o, uint64_t bytes)
{
	gva_t at = o->next;

	o->next.v += (bytes + 2 * GIB - 1) / GIB * GIB;
	return at;
}

void out_map_file(struct out *o, uint32_t pid, gva_t gva, uint64_t bytes, uint32_t flags,
		  uint64_t offset)
{
	out_event(o, &(struct event){ .kind = EVENT_MAP,
				      .pid = pid,
				      .gva = gva.v,
				      .value = bytes,
				      .n = flags,
				      .gpa = offset });
}

void out_map(struct out *o, uint32_t pid, gva_t gva, uint64_t bytes, uint32_t flags)
{
	out_map_file(o, pid, gva, bytes, flags, 0);
}

void out_unmap(struct out *o, uint32_t pid, gva_t gva, uint64_t bytes)
{
	out_event(o, &(struct event){
			     .kind = EVENT_UNMAP, .pid = pid, .gva = gva.v, .value = bytes });
}

void out_advise(struct out *o, uint32_t pid, gva_t gva, uint64_t bytes, uint32_t advice)
{
	out_event(o, &(struct event){ .kind = EVENT_ADVISE,
				      .pid = pid,
				      .gva = gva.v,
				      .value = bytes,
				      .n = advice });
}

uint32_t out_fork(struct out *o, uint32_t parent)
{
	uint32_t child = o->next_pid++;

	out_event(o, &(struct event){ .kind = EVENT_FORK, .pid = parent, .n = child });
	return child;
}

void out_exec(struct out *o, uint32_t pid)
{
	out_event(o, &(struct event){ .kind = EVENT_EXEC, .pid = pid });
}

void out_exit(struct out *o, uint32_t pid)
{
	out_tell(o);
	out_event(o, &(struct event){ .kind = EVENT_EXIT, .pid = pid });
}

void out_phase(struct out *o, uint32_t phase, uint64_t is_end)
{
	out_tell(o);
	out_event(o, &(struct event){ .kind = EVENT_PHASE, .n = phase, .value = is_end });
}

void out_end(struct out *o)
{
	out_tell(o);
	out_event(o, &(struct event){ .kind = EVENT_END, .value = o->instructions });
}
