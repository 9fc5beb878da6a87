/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/recency.h"

#include <string.h>

#include "base/alloc.h"

#define NONE	  UINT32_MAX
#define PAGES_MAX ((size_t)1 << 30)
#define TIMES_MIN 4096u

void recency_init(struct recency *r)
{
	*r = (struct recency){ 0 };
	map_init(&r->index);
}

void recency_fini(struct recency *r)
{
	map_fini(&r->index);
	sim_free(r->page);
	sim_free(r->at);
	sim_free(r->tree);
	recency_init(r);
}

/* --- Fenwick tree: node i (from 1) has the sum of the i & -i times up to i - 1 --- */

static void tree_add(struct recency *r, uint32_t time, uint32_t by)
{
	for (uint32_t i = time + 1; i <= r->times; i += i & (0 - i))
		r->tree[i] += by;
}

/* Times in use before `time`. */
static uint32_t tree_before(const struct recency *r, uint32_t time)
{
	uint32_t sum = 0;

	for (uint32_t i = time; i; i &= i - 1)
		sum += r->tree[i];
	return sum;
}

/* All at once: each node passes its sum on to the next that has it. */
static void tree_build(struct recency *r)
{
	memset(r->tree, 0, ((size_t)r->times + 1) * sizeof(*r->tree));
	for (uint32_t i = 1; i <= r->times; i++) {
		uint32_t next = i + (i & (0 - i));

		r->tree[i] += r->at[i - 1] != NONE;
		if (next <= r->times)
			r->tree[next] += r->tree[i];
	}
}

/* --- times --- */

/* The times in use become 0, 1, ... in their order. */
static void number_afresh(struct recency *r)
{
	uint32_t n = 0;

	for (uint32_t t = 0; t < r->now; t++) {
		if (r->at[t] == NONE)
			continue;
		r->page[r->at[t]].time = n;
		r->at[n++] = r->at[t];
	}
	r->now = n;
}

/* At least as many free times as pages that have one. */
static int make_times(struct recency *r)
{
	uint32_t times = r->times ? r->times : TIMES_MIN;
	uint32_t *at, *tree;

	number_afresh(r);
	while (times < 2 * r->now)
		times *= 2;
	at = sim_realloc(r->at, times, sizeof(*at));
	if (!at)
		return SIM_ENOMEM;
	r->at = at;
	tree = sim_realloc(r->tree, (size_t)times + 1, sizeof(*tree));
	if (!tree)
		return SIM_ENOMEM;
	r->tree = tree;
	r->times = times;
	for (uint32_t t = r->now; t < times; t++)
		r->at[t] = NONE;
	tree_build(r);
	return 0;
}

/* The last of the front leaves it. */
static void leave_front(struct recency *r)
{
	uint32_t index = r->front[--r->n_front];

	r->page[index].time = r->now;
	r->at[r->now] = index;
	tree_add(r, r->now++, 1);
	r->in_tree++;
}

static void come_back(struct recency *r, struct recency_page *p, uint64_t *distance)
{
	*distance = r->n_front + (r->in_tree - tree_before(r, p->time) - 1);
	tree_add(r, p->time, UINT32_MAX); /* -1 */
	r->at[p->time] = NONE;
	r->in_tree--;
}

static int add_page(struct recency *r, uint64_t key)
{
	if (r->n == PAGES_MAX)
		return SIM_ERANGE;
	if (sim_grow((void **)&r->page, &r->cap, r->n, sizeof(*r->page)) ||
	    map_put(&r->index, key, r->n))
		return SIM_ENOMEM;
	r->page[r->n++] = (struct recency_page){ .key = key };
	return 0;
}

int recency_find(struct recency *r, uint64_t key, struct recency_page **page,
		 uint64_t *distance)
{
	uint64_t index;
	int rc = 0;

	if (r->n_front == RECENCY_FRONT && r->now == r->times)
		rc = make_times(r);
	if (rc)
		return rc;
	*distance = RECENCY_FIRST;
	if (map_get(&r->index, key, &index)) {
		come_back(r, &r->page[index], distance);
	} else {
		index = r->n;
		rc = add_page(r, key);
		if (rc)
			return rc;
	}
	if (r->n_front == RECENCY_FRONT)
		leave_front(r);
	memmove(r->front + 1, r->front, r->n_front * sizeof(*r->front));
	r->front[0] = (uint32_t)index;
	r->n_front++;
	*page = &r->page[index];
	return 0;
}
