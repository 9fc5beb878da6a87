/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * recency.h - an LRU stack: how many other pages were touched since this one was
 *
 * Exact distances of any length. A page's distance is its depth in a list kept in the order of last use (Mattson
 * et al., "Evaluation techniques for storage hierarchies", 1970): 0 when it was the last one touched. A fully
 * associative LRU of n entries misses the touches of distance n and more, and the first ones.
 *
 *     front[]: the 16 most recent, in order: searched one by one, where nearly all touches end
 *     the rest: each has the time at which it left the front, one bit per time, and a Fenwick tree
 *               over those bits (Bennett and Kruskal, "LRU stack processing", 1975) counts the
 *               later ones. When times run out, those in use are numbered afresh.
 *
 * Cost:   O(log n) for n pages, and O(1) in the front.
 * Memory: per page ever touched 24 bytes, 34 to 68 of map, 24 to 48 of times and tree.
 */
#ifndef SIM_TRACE_RECENCY_H
#define SIM_TRACE_RECENCY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/map.h"

#define RECENCY_FRONT 16u
#define RECENCY_FIRST UINT64_MAX /* distance of a first touch */

struct recency_page {
	uint64_t key;
	uint32_t time;	/* when it left the front */
	uint32_t epoch; /* the caller's, 0 at first */
};

struct recency {
	struct map index; /* key -> index in page[] */
	struct recency_page *page;
	size_t n, cap;
	uint32_t front[RECENCY_FRONT]; /* indices, most recent first */
	unsigned n_front;
	uint32_t *at;	/* time -> index of the page, or none */
	uint32_t *tree; /* counts of times in use */
	uint32_t times, now;
	uint32_t in_tree;
};

void recency_init(struct recency *r);
void recency_fini(struct recency *r);

/* What recency_touch does for a page that is not in the front. */
SIM_MUST_CHECK int recency_find(struct recency *r, uint64_t key, struct recency_page **page,
				uint64_t *distance);

/* Touches a page. 0, SIM_ENOMEM, or SIM_ERANGE beyond 2^30 pages. *page holds until the next touch. */
SIM_MUST_CHECK static inline int recency_touch(struct recency *r, uint64_t key,
					       struct recency_page **page, uint64_t *distance)
{
	for (unsigned i = 0; i < r->n_front; i++) {
		uint32_t index = r->front[i];

		if (r->page[index].key != key)
			continue;
		*page = &r->page[index];
		*distance = i;
		for (; i; i--)
			r->front[i] = r->front[i - 1];
		r->front[0] = index;
		return 0;
	}
	return recency_find(r, key, page, distance);
}

#endif
