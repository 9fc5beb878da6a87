/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu_parts.h - what a cpu is made of; private to hw/ and its tests
 */
#ifndef SIM_HW_CPU_PARTS_H
#define SIM_HW_CPU_PARTS_H

#include "hw/ahead.h"
#include "hw/context.h"
#include "hw/cpu.h"
#include "hw/ptecache.h"
#include "hw/pwc.h"
#include "hw/tlb.h"

enum cpu_side { CPU_DATA, CPU_CODE, CPU_SIDES };

static inline enum cpu_side cpu_side_of(enum access_kind kind)
{
	return kind == ACCESS_FETCH ? CPU_CODE : CPU_DATA;
}

/* What a lookup that found nothing leaves for the fill that follows. */
struct cpu_miss {
	uint64_t vpn; /* CPU_NO_MISS: nothing */
	uint64_t prints;
	const struct assoc *l1, *l2; /* the arrays for 4K, and vpn's sets there */
	uint64_t *l1_set, *l2_set;
};

#define CPU_NO_MISS UINT64_MAX

struct cpu {
	uint64_t epoch;	  /* first: cpu_epoch reads it */
	uint64_t context; /* of lookups and fills: the current PCID's */
	struct cpu_miss miss[CPU_SIDES];
	struct tlb *l1[CPU_SIDES], *l2[CPU_SIDES]; /* [side]: into `tlb` */
	struct counters *counters;
	uint16_t vpid;
	enum pte_cache pte_cache;
	struct tlb tlb[2 * CPU_SIDES]; /* storage of l1 and l2 */
	struct pwc pwc;		       /* linear and combined mappings */
	struct pwc host_pwc;	       /* guest-physical mappings */
	struct tlb ntlb;	       /* guest-physical mappings */
	struct ptecache cache;
	struct ahead ahead;
	struct pml *pml; /* NULL: off */
};

/* A walk reads the table entry at hpa: through the cache model, which counts it. */
static inline void cpu_table_ref(struct cpu *c, uint64_t hpa)
{
	if (c->pte_cache == PTE_CACHE_NONE)
		c->counters->walk_refs_mem++;
	else
		ptecache_ref(&c->cache, hpa, CACHE_WALK);
}

#endif
