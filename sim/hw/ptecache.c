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

		if (assoc_init(&p->level[i], &g, err)) {
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

enum cache_level ptecache_ref(struct ptecache *p, uint64_t hpa)
{
	uint64_t line = hpa >> CACHE_LINE_SHIFT, key = CONTEXT_VALID | line;
	unsigned found;

	for (found = CACHE_L1; found < CACHE_MEMORY; found++) {
		struct assoc *a = &p->level[found];
		uint32_t set, slot;

		if (!a->sets)
			continue;
		set = assoc_set(a, line);
		slot = assoc_find(a, set, key, key);
		if (slot != ASSOC_NONE) {
			assoc_touch(a, set, slot);
			break;
		}
	}
	for (unsigned i = CACHE_L1; i < found; i++) {
		struct assoc *a = &p->level[i];

		if (a->sets) {
			uint32_t set = assoc_set(a, line);

			assoc_put(a, set, assoc_victim(a, set), key);
		}
	}
	return (enum cache_level)found;
}
