/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hw/pwc.h"

#include <string.h>

#define LEVEL_BIT   45
#define ENTRY_WORDS 3

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

		if (!g[home].entries)
			continue;
		p->at[level] = &p->store[home];
		if (home == level && assoc_init(&p->store[home], &g[home], ENTRY_WORDS, err)) {
			pwc_fini(p);
			return SIM_ENOMEM;
		}
	}
	return 0;
}

void pwc_fini(struct pwc *p)
{
	for (unsigned level = 2; level <= LEVEL_MAX; level++)
		assoc_fini(&p->store[level]);
	memset(p, 0, sizeof(*p));
}

unsigned pwc_find(const struct pwc *p, uint64_t address, uint64_t context, struct pwc_entry *e)
{
	for (unsigned level = 2; level <= LEVEL_MAX; level++) {
		const struct assoc *a = p->at[level];
		uint64_t key = key_of(address, level, context), *set, *value;
		uint32_t way;

		if (!a)
			continue;
		set = assoc_set(a, reach_of(address, level));
		way = assoc_find(a, set, key, key);
		if (way == ASSOC_NONE)
			continue;
		assoc_touch(a, set, way);
		value = assoc_value(a, set, way);
		*e = (struct pwc_entry){ value[0], value[1], value[2] };
		return level;
	}
	return 0;
}

void pwc_insert(const struct pwc *p, uint64_t address, unsigned level, uint64_t context,
		const struct pwc_entry *e)
{
	const struct assoc *a = p->at[level];
	uint64_t old, *set, *value;

	if (!a)
		return;
	set = assoc_set(a, reach_of(address, level));
	value = assoc_value(a, set,
			    assoc_insert(a, set, key_of(address, level, context), &old));
	value[0] = e->frame;
	value[1] = e->host_frame;
	value[2] = e->rights;
}

static void drop_set(const struct assoc *a, uint64_t *set, const struct scope *scope)
{
	for (uint32_t way = 0; way < a->ways; way++) {
		uint64_t key = *assoc_key(a, set, way), rights = assoc_value(a, set, way)[2];

		if (key && scope_has(scope, key,
				     rights & PWC_COMBINED ? MAPPING_COMBINED : MAPPING_LINEAR))
			assoc_remove(a, set, way);
	}
}

void pwc_drop(const struct pwc *p, const struct scope *scope)
{
	for (unsigned level = 2; level <= LEVEL_MAX; level++)
		for (uint32_t s = 0; s < p->store[level].sets; s++)
			drop_set(&p->store[level], assoc_set(&p->store[level], s), scope);
}

void pwc_drop_address(const struct pwc *p, uint64_t address, const struct scope *scope)
{
	for (unsigned level = 2; level <= LEVEL_MAX; level++) {
		struct scope one = { .mask = scope->mask | ~CONTEXT_MASK,
				     .want = scope->want | key_of(address, level, 0),
				     .kinds = scope->kinds };
		const struct assoc *a = p->at[level];

		if (a)
			drop_set(a, assoc_set(a, reach_of(address, level)), &one);
	}
}
