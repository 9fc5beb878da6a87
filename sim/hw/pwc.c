/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hw/pwc.h"

#include <string.h>

#include "base/alloc.h"

#define LEVEL_BIT 45

static uint64_t reach_of(uint64_t address, unsigned level)
{
	return (address & (((uint64_t)1 << 57) - 1)) >> level_shift(level);
}

static uint64_t key_of(uint64_t address, unsigned level, uint64_t context)
{
	return context | (uint64_t)level << LEVEL_BIT | reach_of(address, level);
}

int pwc_init(struct pwc *p, const struct assoc_geometry g[LEVEL_MAX + 1], enum pwc_shape shape,
	     struct sim_error *err)
{
	memset(p, 0, sizeof(*p));
	for (unsigned level = 2; level <= LEVEL_MAX; level++) {
		unsigned home = shape == PWC_UNIFIED ? 2 : level;
		struct pwc_store *s = &p->store[home];

		if (!g[home].entries)
			continue;
		p->at[level] = s;
		if (home != level)
			continue;
		if (assoc_init(&s->a, &g[home], err))
			goto fail;
		s->e = sim_calloc((size_t)s->a.sets * s->a.stride, sizeof(*s->e));
		if (!s->e) {
			sim_fail_nomem(err);
			goto fail;
		}
	}
	return 0;
fail:
	pwc_fini(p);
	return SIM_ENOMEM;
}

void pwc_fini(struct pwc *p)
{
	for (unsigned level = 2; level <= LEVEL_MAX; level++) {
		assoc_fini(&p->store[level].a);
		sim_free(p->store[level].e);
	}
	memset(p, 0, sizeof(*p));
}

/* The slot of the entry, or ASSOC_NONE. */
static uint32_t slot_of(const struct pwc_store *s, uint64_t key, uint64_t index, uint32_t *set)
{
	*set = assoc_set(&s->a, index);
	return assoc_find(&s->a, *set, key, key);
}

unsigned pwc_find(struct pwc *p, uint64_t address, uint64_t context, struct pwc_entry *e)
{
	for (unsigned level = 2; level <= LEVEL_MAX; level++) {
		struct pwc_store *s = p->at[level];
		uint32_t set, slot;

		if (!s)
			continue;
		slot = slot_of(s, key_of(address, level, context), reach_of(address, level),
			       &set);
		if (slot == ASSOC_NONE)
			continue;
		assoc_touch(&s->a, set, slot);
		*e = s->e[slot];
		return level;
	}
	return 0;
}

void pwc_insert(struct pwc *p, uint64_t address, unsigned level, uint64_t context,
		const struct pwc_entry *e)
{
	struct pwc_store *s = p->at[level];
	uint64_t key = key_of(address, level, context);
	uint32_t set, slot;

	if (!s)
		return;
	slot = slot_of(s, key, reach_of(address, level), &set);
	if (slot == ASSOC_NONE) {
		slot = assoc_victim(&s->a, set);
		assoc_put(&s->a, set, slot, key);
	} else {
		assoc_touch(&s->a, set, slot);
	}
	s->e[slot] = *e;
}

static void drop_set(struct pwc_store *s, uint32_t set, const struct scope *scope)
{
	uint32_t slot = set * s->a.stride, end = slot + s->a.ways;

	for (; slot < end; slot++) {
		uint64_t key = s->a.key[slot];

		if (key && scope_has(scope, key,
				     s->e[slot].combined ? MAPPING_COMBINED : MAPPING_LINEAR))
			assoc_remove(&s->a, set, slot);
	}
}

void pwc_drop(struct pwc *p, const struct scope *scope)
{
	for (unsigned level = 2; level <= LEVEL_MAX; level++)
		for (uint32_t set = 0; set < p->store[level].a.sets; set++)
			drop_set(&p->store[level], set, scope);
}

void pwc_drop_address(struct pwc *p, uint64_t address, const struct scope *scope)
{
	for (unsigned level = 2; level <= LEVEL_MAX; level++) {
		struct scope one = { .mask = scope->mask | ~CONTEXT_MASK,
				     .want = scope->want | key_of(address, level, 0),
				     .kinds = scope->kinds };

		if (p->at[level])
			drop_set(p->at[level],
				 assoc_set(&p->at[level]->a, reach_of(address, level)), &one);
	}
}
