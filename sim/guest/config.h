/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * config.h - what kind of guest it is: its memory, its kernel's build and sysctls
 *
 * Written as JSON, strictly, every member optional; the defaults are those of Linux 6.1 as Debian 12 builds it, unless
 * it says otherwise:
 *
 *     {"memory": "4G", "fragmentation": 0, "seed": 1, "direct_map": "1G", "kpti": false, "pcid": true,
 *      "thp": "always", "thp_zero_page": true,
 *      "khugepaged_scan": 10000000000, "khugepaged_pages": 4096, "khugepaged_max_ptes_none": 511,
 *      "fault_around": "64K", "tlb_flush_ceiling": 33, "stack_limit": "8M",
 *      "swap": "0", "hugepages_2M": 0, "hugepages_1G": 0, "quantum": 4000000,
 *      "unmapped": "map", "unmapped_region": "2M"}
 *
 * Sizes are strings: a number, in bytes or with K, M, G, T behind it.
 */
#ifndef SIM_GUEST_CONFIG_H
#define SIM_GUEST_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"

enum guest_os_thp { GUEST_THP_ALWAYS, GUEST_THP_MADVISE, GUEST_THP_NEVER };
enum guest_os_unmapped { GUEST_UNMAPPED_MAP, GUEST_UNMAPPED_FAULT };
enum guest_os_direct_map { GUEST_DIRECT_2M, GUEST_DIRECT_1G };

struct guest_os_config {
	uint64_t memory; /* bytes of RAM, as a pc: up to 3 GiB from 0, the rest from 4 GiB */
	uint64_t
		fragmentation; /* percent of the 2 MiB blocks that hold a page nobody can move */
	uint64_t seed;	       /* which blocks, and where in them */
	uint64_t
		direct_map; /* enum guest_os_direct_map: the largest leaves of the kernel's direct map */
	bool kpti, pcid;
	uint64_t thp; /* enum guest_os_thp */
	bool thp_zero_page;
	uint64_t khugepaged_scan; /* accesses between two scans; 0: no khugepaged */
	uint64_t khugepaged_pages, khugepaged_max_ptes_none;
	uint64_t fault_around;		     /* bytes */
	uint64_t tlb_flush_ceiling;	     /* pages */
	uint64_t stack_limit;		     /* bytes a MAPPING_GROWSDOWN may reach */
	uint64_t swap;			     /* bytes */
	uint64_t hugepages_2m, hugepages_1g; /* pool of hugetlb pages, reserved at the start */
	uint64_t quantum;  /* accesses that one of several inputs runs before the next does */
	uint64_t unmapped; /* enum guest_os_unmapped: an access that no EVENT_MAP explains */
	uint64_t unmapped_region; /* bytes, aligned to themselves, that it maps */
	/* Not JSON: what the input has of tables, faults and flushes of another kernel is left out and
	 * counted, and until the first process event a CR3 write is taken as a switch of processes. */
	bool is_stripped;
};

struct guest_os_config guest_os_config_default(void);

/* An absent node (.v NULL) gives the defaults. SIM_EFORMAT, SIM_ERANGE with the JSON path. */
SIM_MUST_CHECK int guest_os_config_read(struct guest_os_config *c, const struct jnode *n,
					struct sim_error *err);

/* Sets the member `key` from a text: "thp=never" as on a command line. */
SIM_MUST_CHECK int guest_os_config_set(struct guest_os_config *c, const char *key,
				       const char *value, struct sim_error *err);

/* The effective configuration, every member; NULL: out of memory. */
SIM_MUST_CHECK json_t *guest_os_config_json(const struct guest_os_config *c);

/* The i-th member's name and what it means; NULL at the end. */
const char *guest_os_config_key(unsigned i, const char **meaning);

#endif
