/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vm/stream_state.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/alloc.h"

int stream_state_init(struct stream_state *s, const struct trace_meta *meta, unsigned keeps,
		      struct sim_error *err)
{
	*s = (struct stream_state){ .keeps = keeps, .n_vcpu = meta->n_vcpu };
	s->ram.n_ram = s->n_first = meta->n_ram;
	memcpy(s->ram.ram, meta->ram, sizeof(meta->ram));
	pages_init(&s->tables);
	map_init(&s->place);
	mappings_init(&s->processes);
	s->v = sim_calloc(meta->n_vcpu, sizeof(*s->v));
	if (!s->v)
		return sim_fail_nomem(err);
	for (unsigned i = 0; i < s->n_vcpu; i++)
		s->v[i].regs = meta->regs;
	return 0;
}

void stream_state_fini(struct stream_state *s)
{
	pages_fini(&s->tables);
	map_fini(&s->place);
	mappings_fini(&s->processes);
	sim_free(s->table);
	sim_free(s->v);
	*s = (struct stream_state){ 0 };
}

/* --- registers --- */

static int take_vcpu(struct stream_state *s, const struct event *e, const uint64_t *words,
		     struct sim_error *err)
{
	(void)words;
	if (e->vcpu >= s->n_vcpu)
		return sim_fail(err, SIM_ERANGE, NULL, "vCPU %u of %u", e->vcpu, s->n_vcpu);
	s->vcpu = e->vcpu;
	return 0;
}

static int take_register(struct stream_state *s, const struct event *e, const uint64_t *words,
			 struct sim_error *err)
{
	struct regs *r = &s->v[s->vcpu].regs;

	(void)words;
	(void)err;
	*(e->kind == EVENT_CR0	 ? &r->cr0
	  : e->kind == EVENT_CR3 ? &r->cr3
	  : e->kind == EVENT_CR4 ? &r->cr4
				 : &r->efer) = e->value;
	return 0;
}

/* --- memory --- */

static int take_ram_add(struct stream_state *s, const struct event *e, const uint64_t *words,
			struct sim_error *err)
{
	struct trace_meta *m = &s->ram;

	(void)words;
	if (m->n_ram == TRACE_RAM_MAX)
		return sim_fail(err, SIM_ERANGE, NULL, "more than %d ranges of RAM",
				TRACE_RAM_MAX);
	m->ram[m->n_ram++] = (struct trace_ram){ e->gpa, e->value };
	return 0;
}

static int take_ram_del(struct stream_state *s, const struct event *e, const uint64_t *words,
			struct sim_error *err)
{
	struct trace_meta *m = &s->ram;

	(void)words;
	for (unsigned i = 0; i < m->n_ram; i++) {
		if (m->ram[i].gpa != e->gpa || m->ram[i].bytes != e->value)
			continue;
		m->n_ram--;
		s->n_first -= i < s->n_first;
		memmove(m->ram + i, m->ram + i + 1, (m->n_ram - i) * sizeof(*m->ram));
		return 0;
	}
	return sim_fail(err, SIM_ESTATE, NULL, "RAM unplugged that was not there");
}

/* --- tables --- */

static int list_table(struct stream_state *s, uint64_t gfn, uint8_t level)
{
	uint64_t at;

	if (map_get(&s->place, gfn, &at)) {
		s->table[at].level = level;
		return 0;
	}
	if (sim_grow((void **)&s->table, &s->table_cap, s->n_table, sizeof(*s->table)) ||
	    map_put(&s->place, gfn, s->n_table))
		return SIM_ENOMEM;
	s->table[s->n_table++] = (struct stream_table){ gfn, level };
	return 0;
}

static int take_table(struct stream_state *s, const struct event *e, const uint64_t *words,
		      struct sim_error *err)
{
	uint64_t gfn = e->gpa >> PAGE_SHIFT, *page;

	if (!(s->keeps & STREAM_TABLES))
		return 0;
	if (gfn >> PAGES_FRAME_BITS)
		return sim_fail(err, SIM_ERANGE, NULL,
				"a page table at gpa 0x%" PRIx64 ", beyond %d bits", e->gpa,
				PAGES_FRAME_BITS + PAGE_SHIFT);
	page = pages_make(&s->tables, gfn);
	if (!page || list_table(s, gfn, e->level))
		return sim_fail_nomem(err);
	memcpy(page, words, PAGE_BYTES);
	return 0;
}

static int take_write(struct stream_state *s, const struct event *e, const uint64_t *words,
		      struct sim_error *err)
{
	uint64_t *page = pages_get(&s->tables, e->gpa >> PAGE_SHIFT);

	(void)words;
	(void)err;
	if (page)
		page[e->gpa >> 3 & 511] = e->value;
	return 0;
}

static int take_free(struct stream_state *s, const struct event *e, const uint64_t *words,
		     struct sim_error *err)
{
	uint64_t gfn = e->gpa >> PAGE_SHIFT, at;
	const struct stream_table *last;

	(void)words;
	if (!map_get(&s->place, gfn, &at))
		return 0;
	last = &s->table[--s->n_table];
	s->table[at] = *last;
	if (last->gfn != gfn && map_put(&s->place, last->gfn, at))
		return sim_fail_nomem(err);
	map_del(&s->place, gfn);
	pages_drop(&s->tables, gfn);
	return 0;
}

/* --- processes --- */

static int take_mapping(struct stream_state *s, const struct event *e, const uint64_t *words,
			struct sim_error *err)
{
	(void)words;
	if (!(s->keeps & STREAM_PROCESSES) || !mappings_event(&s->processes, e))
		return 0;
	return sim_fail_nomem(err);
}

static int take_switch(struct stream_state *s, const struct event *e, const uint64_t *words,
		       struct sim_error *err)
{
	(void)words;
	(void)err;
	s->v[s->vcpu].pid = e->pid;
	s->v[s->vcpu].has_pid = true;
	return 0;
}

/* --- all --- */

typedef int event_taker(struct stream_state *, const struct event *, const uint64_t *,
			struct sim_error *);

/* Kinds without one change nothing that lasts. */
static event_taker *const takers[EVENT_KIND_COUNT] = {
	[EVENT_VCPU] = take_vcpu,	[EVENT_CR0] = take_register,
	[EVENT_CR3] = take_register,	[EVENT_CR4] = take_register,
	[EVENT_EFER] = take_register,	[EVENT_PTPAGE] = take_table,
	[EVENT_PTW] = take_write,	[EVENT_PTFREE] = take_free,
	[EVENT_RAM_ADD] = take_ram_add, [EVENT_RAM_DEL] = take_ram_del,
	[EVENT_MAP] = take_mapping,	[EVENT_UNMAP] = take_mapping,
	[EVENT_PROTECT] = take_mapping, [EVENT_FORK] = take_mapping,
	[EVENT_EXEC] = take_mapping,	[EVENT_EXIT] = take_mapping,
	[EVENT_ADVISE] = take_mapping,	[EVENT_SWITCH] = take_switch,
};

int stream_state_event(struct stream_state *s, const struct event *e, const uint64_t *words,
		       struct sim_error *err)
{
	return takers[e->kind] ? takers[e->kind](s, e, words, err) : 0;
}

const struct stream_table *stream_state_table(const struct stream_state *s, uint64_t gfn)
{
	uint64_t at;

	return map_get(&s->place, gfn, &at) ? &s->table[at] : NULL;
}

static int by_gfn(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

uint64_t *stream_state_list(const struct stream_state *s)
{
	uint64_t *list = sim_calloc(s->n_table, sizeof(*list));

	if (!list)
		return NULL;
	for (size_t i = 0; i < s->n_table; i++)
		list[i] = s->table[i].gfn;
	qsort(list, s->n_table, sizeof(*list), by_gfn);
	return list;
}
