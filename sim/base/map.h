/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * map.h - hash map from a 64-bit key to a 64-bit value
 *
 * Open addressing, linear probing, load at most 1/2, no iteration order promised (callers that
 * need one keep their own list, so that results do not depend on the hash).
 */
#ifndef SIM_BASE_MAP_H
#define SIM_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct map {
	uint64_t *key; /* private */
	uint64_t *val;
	uint8_t *used;
	size_t cap, n;
};

void map_init(struct map *m);
void map_fini(struct map *m);

/* True and *val when key is present (val may be NULL). */
bool map_get(const struct map *m, uint64_t key, uint64_t *val);

/* Sets key to val. 0 or SIM_ENOMEM (map unchanged). */
SIM_MUST_CHECK int map_put(struct map *m, uint64_t key, uint64_t val);

/* Removes key if present. */
void map_del(struct map *m, uint64_t key);

#endif
