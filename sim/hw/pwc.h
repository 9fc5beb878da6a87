/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pwc.h - paging-structure caches of one dimension: what a walk may skip
 *
 * An entry of level L stands for the table entries of L and above on the way to an address:
 * where the table of L-1 is, and the rights gathered so far (AND of R/W and U/S, OR of XD). A
 * lookup probes all levels at once and the longest match, the lowest level, wins (Intel SDM
 * vol. 3A "Caching paging structures": PDE cache, PDPTE cache, PML4E cache). One store per
 * level, or one for all levels (AMD's page-walk cache).
 *
 * Contexts:  the PCID, never global. The host-side cache is keyed by guest-physical address and
 * has PCID 0. Fills:     the walker fills only from entries that were present, valid and
 * accessed.
 *
 *     key: 63..48 context | 47..45 level | 44..0 address bits above the level's reach
 */
#ifndef SIM_HW_PWC_H
#define SIM_HW_PWC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "hw/assoc.h"
#include "hw/context.h"
#include "hw/machine.h"

#define PWC_HOST_WRITABLE                                                                      \
	((uint64_t)1 << 8)		/* two dimensions: the host maps the table writable */
#define PWC_COMBINED ((uint64_t)1 << 9) /* made by a two-dimensional walk */

struct pwc_entry {
	uint64_t frame;	     /* of the next table, in the table's own address space */
	uint64_t host_frame; /* the same frame in host-physical memory */
	uint64_t rights;     /* PERM_* gathered from the top down to this entry; PWC_* */
};

struct pwc {
	struct assoc store[LEVEL_MAX + 1];     /* a way's values: the words of a pwc_entry */
	const struct assoc *at[LEVEL_MAX + 1]; /* [level]: NULL when not cached */
};

/* `unified`: g[2] holds entries of every level. SIM_ENOMEM. */
enum pwc_shape { PWC_PER_LEVEL, PWC_UNIFIED };
SIM_MUST_CHECK int pwc_init(struct pwc *p, const struct assoc_geometry g[LEVEL_MAX + 1],
			    enum pwc_shape shape, struct sim_error *err);
void pwc_fini(struct pwc *p);

/* The deepest entry for the address, made most recent; its level, or 0. */
unsigned pwc_find(const struct pwc *p, uint64_t address, uint64_t context, struct pwc_entry *e);

/* Installs the entry of `level`, which the last pwc_find of that address did not find; no effect
 * when that level is not cached. */
void pwc_insert(const struct pwc *p, uint64_t address, unsigned level, uint64_t context,
		const struct pwc_entry *e);

void pwc_drop(const struct pwc *p, const struct scope *scope);

/* Drops the entries in scope that translate the address. */
void pwc_drop_address(const struct pwc *p, uint64_t address, const struct scope *scope);

#endif
