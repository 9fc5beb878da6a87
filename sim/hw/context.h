/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * context.h - the tags of cached mappings, and which of them an invalidation means
 *
 * Keys of TLBs and paging-structure caches carry a context above their low 48 bits:
 *
 *     63 valid | 60 global | 59..48 PCID
 *
 * A global mapping has no PCID and matches any. The VPID or ASID is no tag here: a cpu serves
 * one guest.
 */
#ifndef SIM_HW_CONTEXT_H
#define SIM_HW_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#define CONTEXT_MASK	   (~(uint64_t)0 << 48)
#define CONTEXT_VALID	   ((uint64_t)1 << 63)
#define CONTEXT_GLOBAL_BIT ((uint64_t)1 << 60)
#define CONTEXT_GLOBAL	   (CONTEXT_VALID | CONTEXT_GLOBAL_BIT)

static inline uint64_t context_pcid(uint16_t pcid)
{
	return CONTEXT_VALID | (uint64_t)(pcid & 0xfff) << 48;
}

/* Mapping kinds of the SDM (vol. 3C "Information that may be cached"), as bits. Guest-physical
 * ones have stores of their own. */
#define MAPPING_LINEAR	 1u
#define MAPPING_COMBINED 2u
#define MAPPING_BOTH	 3u

/* The mappings whose key, under mask, is want and whose kind is among `kinds`. */
struct scope {
	uint64_t mask, want;
	unsigned kinds;
};

static inline bool scope_has(const struct scope *s, uint64_t key, unsigned kind)
{
	return (key & s->mask) == s->want && (s->kinds & kind);
}

#endif
