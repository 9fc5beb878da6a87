/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/map.h"

#include "base/alloc.h"
#include "base/rng.h"

void map_init(struct map *m)
{
	*m = (struct map){ 0 };
}

void map_fini(struct map *m)
{
	sim_free(m->key);
	sim_free(m->val);
	sim_free(m->used);
	map_init(m);
}

static size_t home(const struct map *m, uint64_t key)
{
	return (size_t)rng_mix(key) & (m->cap - 1);
}

/* The slot that holds key, or the free slot where it belongs. */
static size_t find(const struct map *m, uint64_t key)
{
	size_t i = home(m, key);

	while (m->used[i] && m->key[i] != key)
		i = (i + 1) & (m->cap - 1);
	return i;
}

bool map_get(const struct map *m, uint64_t key, uint64_t *val)
{
	size_t i;

	if (!m->n)
		return false;
	i = find(m, key);
	if (!m->used[i])
		return false;
	if (val)
		*val = m->val[i];
	return true;
}

static void insert(struct map *m, uint64_t key, uint64_t val)
{
	size_t i = find(m, key);

	if (!m->used[i]) {
		m->used[i] = 1;
		m->key[i] = key;
		m->n++;
	}
	m->val[i] = val;
}

static int grow(struct map *m)
{
	struct map big = { .cap = m->cap ? m->cap * 2 : 64 };
	size_t i;

	big.key = sim_calloc(big.cap, sizeof(*big.key));
	big.val = sim_calloc(big.cap, sizeof(*big.val));
	big.used = sim_calloc(big.cap, sizeof(*big.used));
	if (!big.key || !big.val || !big.used) {
		map_fini(&big);
		return SIM_ENOMEM;
	}
	for (i = 0; i < m->cap; i++)
		if (m->used[i])
			insert(&big, m->key[i], m->val[i]);
	map_fini(m);
	*m = big;
	return 0;
}

int map_put(struct map *m, uint64_t key, uint64_t val)
{
	if (2 * (m->n + 1) > m->cap && !map_get(m, key, NULL) && grow(m))
		return SIM_ENOMEM;
	insert(m, key, val);
	return 0;
}

/* Closes the gap at i by moving back every later entry of the run that may live there. */
static void close_gap(struct map *m, size_t i)
{
	size_t mask = m->cap - 1, j;

	for (j = (i + 1) & mask; m->used[j]; j = (j + 1) & mask) {
		size_t h = home(m, m->key[j]);

		if (((j - h) & mask) < ((j - i) & mask))
			continue;
		m->key[i] = m->key[j];
		m->val[i] = m->val[j];
		i = j;
	}
	m->used[i] = 0;
}

void map_del(struct map *m, uint64_t key)
{
	size_t i;

	if (!m->n)
		return;
	i = find(m, key);
	if (!m->used[i])
		return;
	m->n--;
	close_gap(m, i);
}
