/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hw/ptecache.h"

#include <string.h>

#include "hw/context.h"

static struct assoc_geometry lines_of(const struct cache_geometry *c)
{
	return (struct assoc_geometry){ .entries = c->bytes >> CACHE_LINE_SHIFT,
					.ways = c->ways,
					.policy = ASSOC_LRU };
}

int ptecache_init(struct ptecache *p, const struct machine *m, struct sim_error *err)
{
	const struct cache_geometry *c[CACHE_MEMORY] = { &m->l1, &m->l2, &m->l3 };

	memset(p, 0, sizeof(*p));
	if (m->pte_cache == PTE_CACHE_NONE)
		return 0;
	for (unsigned i = CACHE_L1; i < CACHE_MEMORY; i++) {
		struct assoc_geometry g = lines_of(c[i]);

		if (assoc_init(&p->level[i], &g, 0, err)) {
			ptecache_fini(p);
			return SIM_ENOMEM;
		}
	}
	return 0;
}

void ptecache_fini(struct ptecache *p)
{
	for (unsigned i = CACHE_L1; i < CACHE_MEMORY; i++)
		assoc_fini(&p->level[i]);
}

enum cache_level ptecache_ref(const struct ptecache *p, uint64_t hpa)
{
	uint64_t line = hpa >> CACHE_LINE_SHIFT, key = CONTEXT_VALID | line, old;
	uint64_t *set[CACHE_MEMORY];
	unsigned found;

	for (unsigned i = CACHE_L1; i < CACHE_MEMORY; i++)
		if (p->level[i].sets) {
			set[i] = assoc_set(&p->level[i], line);
			__builtin_prefetch(set[i]);
		}
	for (found = CACHE_L1; found < CACHE_MEMORY; found++) {
		const struct assoc *a = &p->level[found];
		uint32_t way = a->sets ? assoc_find(a, set[found], key, key) : ASSOC_NONE;

		if (way != ASSOC_NONE) {
			assoc_touch(a, set[found], way);
			break;
		}
	}
	for (unsigned i = CACHE_L1; i < found; i++)
		if (p->level[i].sets)
			assoc_insert(&p->level[i], set[i], key, &old);
	return (enum cache_level)found;
}
