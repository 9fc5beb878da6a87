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

/* Looks in one level, and makes the line the most recent there, found or not. */
static bool use(const struct assoc *a, uint64_t *set, uint64_t key)
{
	uint32_t way = assoc_find(a, set, key, key);
	uint64_t old;

	if (way == ASSOC_NONE)
		assoc_insert(a, set, key, &old);
	else
		assoc_touch(a, set, way);
	return way != ASSOC_NONE;
}

/* The level below the first where the line is. */
static enum cache_level look_below(const struct ptecache *p, const struct ptecache_ref *r)
{
	unsigned level = CACHE_L2;

	while (level < CACHE_MEMORY &&
	       !(p->level[level].sets && use(&p->level[level], r->set[level], r->key)))
		level++;
	return (enum cache_level)level;
}

void ptecache_settle(struct ptecache *p)
{
	for (unsigned i = 0; i < p->n_waiting; i++) {
		const struct ptecache_ref *r = &p->waiting[i];

		p->found[r->user][look_below(p, r)]++;
	}
	p->n_waiting = 0;
}

static SIM_NOINLINE void wait_for(struct ptecache *p, uint64_t line, enum cache_user user)
{
	struct ptecache_ref *r = &p->waiting[p->n_waiting++];

	r->key = CONTEXT_VALID | line;
	r->user = user;
	for (unsigned i = CACHE_L2; i < CACHE_MEMORY; i++) {
		if (!p->level[i].sets)
			continue;
		r->set[i] = assoc_set(&p->level[i], line);
		SIM_PREFETCH(r->set[i]);
		SIM_PREFETCH(r->set[i] + 8);
	}
	if (p->n_waiting == PTECACHE_WAITING)
		ptecache_settle(p);
}

void ptecache_ref(struct ptecache *p, uint64_t hpa, enum cache_user user)
{
	const struct assoc *l1 = &p->level[CACHE_L1];
	uint64_t line = hpa >> CACHE_LINE_SHIFT;

	if (l1->sets && use(l1, assoc_set(l1, line), CONTEXT_VALID | line))
		p->found[user][CACHE_L1]++;
	else
		wait_for(p, line, user);
}
