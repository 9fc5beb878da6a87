/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guest/captured.h"

#include "base/addr.h"
#include "x86/perm.h"
#include "x86/ptformat.h"
#include "x86/regs.h"

#define PAIR	   1u /* arch/x86/mm/pti.c: the user's root is the odd page of a pair */
#define KERNEL_TOP 256u

void captured_init(struct captured *c, uint64_t cr3, unsigned levels)
{
	*c = (struct captured){ .root = cr3_frame(cr3), .root_level = levels };
	map_init(&c->table);
}

void captured_fini(struct captured *c)
{
	map_fini(&c->table);
}

static enum half half_of(const struct captured *c, uint64_t table, unsigned index)
{
	uint64_t known;

	if (!map_get(&c->table, table, &known))
		return HALF_KERNEL;
	if (known >> 1 == c->root_level)
		return index >= KERNEL_TOP ? HALF_KERNEL : HALF_USER;
	return (enum half)(known & 1);
}

/* A table that the entry leads to is of its half. */
static int below(struct captured *c, uint64_t entry, unsigned level, enum half half,
		 struct sim_error *err)
{
	uint64_t gfn = pte_frame(entry, LEVEL_4K), known;

	if (level == LEVEL_4K || !(entry & PTE_P) || pte_is_leaf(entry, level) ||
	    map_get(&c->table, gfn, &known))
		return 0;
	return map_put(&c->table, gfn, (uint64_t)(level - 1) << 1 | half) ? sim_fail_nomem(err)
									  : 0;
}

typedef int event_counter(struct captured *, const struct event *, const uint64_t *words,
			  struct sim_error *);

static int given(struct captured *c, const struct event *e, const uint64_t *words,
		 struct sim_error *err)
{
	uint64_t gfn = e->gpa >> PAGE_SHIFT, known = (uint64_t)e->level << 1;
	int rc = 0;

	if (!map_get(&c->table, gfn, &known) && map_put(&c->table, gfn, known))
		return sim_fail_nomem(err);
	c->counts.tables_given[known & 1]++;
	for (unsigned i = 0; !rc && i < 512; i++)
		rc = below(c, words[i], e->level, half_of(c, gfn, i), err);
	return rc;
}

static int written(struct captured *c, const struct event *e, const uint64_t *words,
		   struct sim_error *err)
{
	uint64_t gfn = e->gpa >> PAGE_SHIFT, known;
	enum half half = half_of(c, gfn, e->gpa % PAGE_BYTES / 8);

	(void)words;
	c->counts.pte_writes[half]++;
	if (!map_get(&c->table, gfn, &known))
		return 0;
	return below(c, e->value, (unsigned)(known >> 1), half, err);
}

static int let_go(struct captured *c, const struct event *e, const uint64_t *words,
		  struct sim_error *err)
{
	uint64_t known = HALF_KERNEL;

	(void)words;
	(void)err;
	map_get(&c->table, e->gpa >> PAGE_SHIFT, &known);
	c->counts.tables_let_go[known & 1]++;
	map_del(&c->table, e->gpa >> PAGE_SHIFT);
	return 0;
}

static int loaded(struct captured *c, const struct event *e, const uint64_t *words,
		  struct sim_error *err)
{
	uint64_t root = cr3_frame(e->value);
	bool is_pair = c->is_isolated && root == (c->root ^ PAIR);

	(void)words;
	(void)err;
	c->counts.cr3_same += root == c->root;
	c->counts.cr3_pair += is_pair;
	c->counts.cr3_other += root != c->root && !is_pair;
	c->root = root;
	return 0;
}

static enum half half_at(uint64_t gva)
{
	return gva < (uint64_t)1 << 47 ? HALF_USER : HALF_KERNEL;
}

static int faulted(struct captured *c, const struct event *e, const uint64_t *words,
		   struct sim_error *err)
{
	(void)words;
	(void)err;
	c->counts.pf[half_at(e->gva)]++;
	c->counts.pf_kernel += half_at(e->gva) == HALF_USER && !(e->value & PFEC_U);
	return 0;
}

static int flushed(struct captured *c, const struct event *e, const uint64_t *words,
		   struct sim_error *err)
{
	(void)words;
	(void)err;
	if (e->kind == EVENT_INVPCID)
		c->counts.invpcid++;
	else
		c->counts.invlpg[half_at(e->gva)]++;
	return 0;
}

static event_counter *const counters[EVENT_KIND_COUNT] = {
	[EVENT_PF] = faulted,	  [EVENT_PTW] = written,     [EVENT_CR3] = loaded,
	[EVENT_INVLPG] = flushed, [EVENT_INVPCID] = flushed, [EVENT_PTPAGE] = given,
	[EVENT_PTFREE] = let_go,
};

int captured_event(struct captured *c, const struct event *e, const uint64_t *words,
		   struct sim_error *err)
{
	struct guest_os_captured before = c->counts;
	int rc = counters[e->kind] ? counters[e->kind](c, e, words, err) : 0;

	if (!c->has_begun)
		c->counts = before;
	return rc;
}
