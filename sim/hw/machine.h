/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine.h - the translation hardware of one processor, read from models/machine/NAME.json
 *
 * Every value in the file is {"value": ..., "source": "...", "sure":
 * "verified|documented|memory|assumed"}; a file whose values lack a source is refused. "about"
 * may say in words what the model leaves out. The members:
 *
 *     name, about         strings
 *     vendor              "intel" | "amd"
 *     l1d, l1i            {SIZES: {entries, ways, policy}, ...}, SIZES one of 4k, 2m, 1g,
 * 4k+2m, 4k+1g, 2m+1g, 4k+2m+1g; without l1i, l1d serves code too stlb, stlb_i        the same;
 * without stlb_i, stlb serves code too pwc, host_pwc       {pde, pdpte, pml4e, pml5e: {entries,
 * ways, policy}} or {unified: ...} ntlb                {entries, ways, policy} l1, l2, l3
 * {bytes, ways} vpid pcid invpcid la57 1g ept_ad    booleans; pml, another, may be absent: false
 *
 * `policy` ("lru", the default, or "plru") stands where somebody measured it. An absent array
 * has no entries. The cache model is a choice of the run, not of the processor: pte_cache is
 * "tables" until machine_set changes it.
 */
#ifndef SIM_HW_MACHINE_H
#define SIM_HW_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"

enum assoc_policy { ASSOC_LRU, ASSOC_PLRU }; /* exact LRU; tree-PLRU (power-of-two ways) */

/* entries = sets x ways; sets need not be a power of two; fully associative: ways = entries. 0
 * entries: absent. */
struct assoc_geometry {
	uint32_t entries, ways;
	enum assoc_policy policy;
};

/* Which page sizes an array holds: bit LEVEL. */
#define HOLDS(level) (1u << (level))

/* One TLB array. */
struct tlb_geometry {
	struct assoc_geometry g;
	unsigned holds; /* HOLDS(LEVEL_4K) | ... */
};

#define TLB_ARRAYS_MAX 3

struct cache_geometry {
	uint32_t bytes, ways; /* 64-byte lines; 0 bytes: absent */
};

enum vendor { VENDOR_INTEL, VENDOR_AMD };
enum pte_cache { PTE_CACHE_NONE, PTE_CACHE_TABLES, PTE_CACHE_FULL };

struct machine {
	char name[32];
	enum vendor vendor;
	struct tlb_geometry l1d[TLB_ARRAYS_MAX],
		l1i[TLB_ARRAYS_MAX];		    /* one array may hold all sizes */
	bool l1_unified;			    /* l1i absent: fetches use l1d */
	struct tlb_geometry stlb[TLB_ARRAYS_MAX];   /* data, or data and code */
	struct tlb_geometry stlb_i[TLB_ARRAYS_MAX]; /* own second level for code (AMD); none:
						       stlb serves both */
	struct assoc_geometry pwc[6];	   /* [level]: caches entries of that level (2 = PDE);
					      unified: see pwc_unified */
	struct assoc_geometry host_pwc[6]; /* the same for EPT/NPT tables */
	bool pwc_unified;	    /* AMD: pwc[2] holds entries of every non-leaf level */
	struct assoc_geometry ntlb; /* guest-physical page -> host page */
	struct cache_geometry l1, l2, l3;
	enum pte_cache pte_cache;
	bool has_vpid, has_pcid, has_invpcid, has_la57, has_1g, has_ept_ad, has_pml;
};

/* Loads and checks a machine file. SIM_EIO, SIM_EFORMAT, SIM_ERANGE with the JSON path. */
SIM_MUST_CHECK int machine_load(struct machine *m, const char *path, struct sim_error *err);

/*
 * Changes one scalar, for sweeps and overrides: machine_names() lists them. What is fully
 * associative stays so when its number of entries changes. The parts may disagree until the
 * last one is set: machine_check() then. SIM_EFORMAT for an unknown name or a wrong type,
 * SIM_ERANGE for a value no machine has, at node n's path.
 */
SIM_MUST_CHECK int machine_set(struct machine *m, const char *name, const struct jnode *n,
			       struct sim_error *err);

/* The names machine_set knows, {a,b} meaning a or b; the last one's name is NULL. */
struct machine_name {
	const char *name, *meaning;
};
const struct machine_name *machine_names(void);

/* SIM_ERANGE when the parts do not fit together. */
SIM_MUST_CHECK int machine_check(const struct machine *m, const char *where,
				 struct sim_error *err);

#endif
