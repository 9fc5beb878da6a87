/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vm/piece.h"

#include <assert.h>
#include <string.h>

#include "base/addr.h"
#include "base/alloc.h"

/* Events that say what is, and those that merely happen. None is forgotten: 0 is neither. */
enum { STATE = 1, HAPPENING };

static const uint8_t nature[] = {
	[EVENT_END] = HAPPENING,    [EVENT_VCPU] = STATE,	 [EVENT_CR0] = STATE,
	[EVENT_CR3] = STATE,	    [EVENT_CR4] = STATE,	 [EVENT_EFER] = STATE,
	[EVENT_INVLPG] = HAPPENING, [EVENT_INVPCID] = HAPPENING, [EVENT_PF] = HAPPENING,
	[EVENT_INT] = HAPPENING,    [EVENT_PTPAGE] = STATE,	 [EVENT_PTW] = HAPPENING,
	[EVENT_PTFREE] = HAPPENING, [EVENT_DMA] = HAPPENING,	 [EVENT_PHASE] = HAPPENING,
	[EVENT_TAG] = HAPPENING,    [EVENT_RAM_ADD] = STATE,	 [EVENT_RAM_DEL] = STATE,
	[EVENT_MAP] = STATE,	    [EVENT_UNMAP] = STATE,	 [EVENT_PROTECT] = STATE,
	[EVENT_FORK] = STATE,	    [EVENT_EXEC] = STATE,	 [EVENT_EXIT] = STATE,
	[EVENT_SWITCH] = STATE,	    [EVENT_ADVISE] = STATE,
};

static_assert(sizeof(nature) == EVENT_KIND_COUNT, "each kind has its nature");

bool piece_is_prologue(enum event_kind kind)
{
	assert(nature[kind]);
	return nature[kind] == STATE;
}

bool piece_can_begin(const struct batch *b, uint32_t i)
{
	enum event_kind kind;

	if ((b->op[i] & OP_KIND) != OP_EVENT)
		return true;
	kind = b->event[b->gva[i]].kind;
	return kind != EVENT_END && kind != EVENT_PTW && !piece_is_prologue(kind);
}

void piece_meta(const struct stream_state *s, struct trace_meta *m)
{
	m->regs = *stream_state_regs(s);
	m->n_ram = s->n_first;
	memcpy(m->ram, s->ram.ram, sizeof(m->ram));
}

/* --- one event after the other --- */

static int put(struct trace_writer *w, const struct event *e, uint64_t *records,
	       struct sim_error *err)
{
	++*records;
	return trace_writer_event(w, e, NULL, err);
}

int piece_registers(struct trace_writer *w, const struct regs *now, const struct regs *wanted,
		    uint64_t *records, struct sim_error *err)
{
	const struct {
		enum event_kind kind;
		uint64_t now, wanted;
	} reg[] = { { EVENT_CR0, now->cr0, wanted->cr0 },
		    { EVENT_CR4, now->cr4, wanted->cr4 },
		    { EVENT_EFER, now->efer, wanted->efer },
		    { EVENT_CR3, now->cr3, wanted->cr3 } };
	int rc = 0;

	for (unsigned i = 0; !rc && i < sizeof(reg) / sizeof(*reg); i++)
		if (reg[i].now != reg[i].wanted)
			rc = put(w,
				 &(struct event){ .kind = reg[i].kind, .value = reg[i].wanted },
				 records, err);
	return rc;
}

int piece_table(const struct stream_state *s, uint64_t gfn, struct trace_writer *w,
		uint64_t *records, struct sim_error *err)
{
	struct event e = { .kind = EVENT_PTPAGE,
			   .gpa = gfn << PAGE_SHIFT,
			   .level = stream_state_table(s, gfn)->level };

	++*records;
	return trace_writer_event(w, &e, pages_get(&s->tables, gfn), err);
}

int piece_mappings(const struct mappings *p, size_t from, size_t to, struct trace_writer *w,
		   uint64_t *records, struct sim_error *err)
{
	int rc = 0;

	for (; !rc && from < to; from++) {
		struct event map, advise;
		unsigned n = mappings_to_events(&p->m[from], &map, &advise);

		rc = put(w, &map, records, err);
		if (!rc && n == 2)
			rc = put(w, &advise, records, err);
	}
	return rc;
}

/* --- the prologue --- */

static int put_ram(const struct stream_state *s, struct trace_writer *w, uint64_t *records,
		   struct sim_error *err)
{
	int rc = 0;

	for (unsigned i = s->n_first; !rc && i < s->ram.n_ram; i++)
		rc = put(w,
			 &(struct event){ .kind = EVENT_RAM_ADD,
					  .gpa = s->ram.ram[i].gpa,
					  .value = s->ram.ram[i].bytes },
			 records, err);
	return rc;
}

static int put_tables(const struct stream_state *s, struct trace_writer *w, uint64_t *records,
		      struct sim_error *err)
{
	uint64_t *gfn = stream_state_list(s);
	int rc = 0;

	if (!gfn)
		return sim_fail_nomem(err);
	for (size_t i = 0; !rc && i < s->n_table; i++)
		rc = piece_table(s, gfn[i], w, records, err);
	sim_free(gfn);
	return rc;
}

/* Goes to vCPU i, if another is current. */
static int put_vcpu(struct trace_writer *w, unsigned *current, unsigned i, uint64_t *records,
		    struct sim_error *err)
{
	if (*current == i)
		return 0;
	*current = i;
	return put(w, &(struct event){ .kind = EVENT_VCPU, .vcpu = (uint16_t)i }, records, err);
}

static int put_all_registers(const struct stream_state *s, struct trace_writer *w,
			     unsigned *current, uint64_t *records, struct sim_error *err)
{
	const struct regs *first = stream_state_regs(s);
	int rc = 0;

	for (unsigned i = 0; !rc && i < s->n_vcpu; i++) {
		if (!memcmp(&s->v[i].regs, first, sizeof(*first)))
			continue;
		rc = put_vcpu(w, current, i, records, err);
		if (!rc)
			rc = piece_registers(w, first, &s->v[i].regs, records, err);
	}
	return rc;
}

static int put_switches(const struct stream_state *s, struct trace_writer *w, unsigned *current,
			uint64_t *records, struct sim_error *err)
{
	int rc = 0;

	for (unsigned i = 0; !rc && i < s->n_vcpu; i++) {
		if (!s->v[i].has_pid)
			continue;
		rc = put_vcpu(w, current, i, records, err);
		if (!rc)
			rc = put(w, &(struct event){ .kind = EVENT_SWITCH, .pid = s->v[i].pid },
				 records, err);
	}
	return rc;
}

int piece_begin(const struct stream_state *s, struct trace_writer *w, uint64_t *records,
		struct sim_error *err)
{
	unsigned current = 0;
	int rc;

	if ((rc = put_ram(s, w, records, err)) || (rc = put_tables(s, w, records, err)) ||
	    (rc = put_all_registers(s, w, &current, records, err)) ||
	    (rc = piece_mappings(&s->processes, 0, s->processes.n, w, records, err)) ||
	    (rc = put_switches(s, w, &current, records, err)))
		return rc;
	return put_vcpu(w, &current, s->vcpu, records, err);
}
