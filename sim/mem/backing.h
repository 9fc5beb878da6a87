/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * backing.h - where the bytes of a RAM block come from: what a memory backend asks for, and who provides it
 *
 * Two providers stand behind the same struct: real memory of this process (mem/backing_map.h: mmap of anonymous memory,
 * a file, or a memfd), and addresses of the simulated host alone (mem/host_backing.h: nothing is allocated). A hva is
 * aligned so that its low 30 bits are those of `like`, with either: a large page of the guest can be one of the
 * host, and the same on every machine. Only pages of hugetlbfs and `align` take those that must be zero.
 *
 * Source: QEMU 7.2 backends/hostmem*.c, util/mmap-alloc.c, util/oslib-posix.c.
 */
#ifndef SIM_MEM_BACKING_H
#define SIM_MEM_BACKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"

enum backing_kind {
	BACKING_ANONYMOUS, /* memory-backend-ram, and RAM without a backend */
	BACKING_FILE,	   /* memory-backend-file */
	BACKING_MEMFD,	   /* memory-backend-memfd */
};

/* libnuma's and the kernel's (MPOL_*), in this order. */
enum numa_policy { NUMA_DEFAULT, NUMA_PREFERRED, NUMA_BIND, NUMA_INTERLEAVE };

#define BACKING_NODES_MAX 128 /* MAX_NODES of QEMU */

/* What a host memory backend is told (QEMU's HostMemoryBackend properties). */
struct backing_config {
	enum backing_kind kind;
	gpa_t like;		   /* see above */
	bool is_shared;		   /* MAP_SHARED */
	bool has_prealloc;	   /* every page is there from the start */
	unsigned prealloc_threads; /* at least 1; one does the work */
	bool has_merge;		   /* MADV_MERGEABLE */
	bool has_dump;		   /* else MADV_DONTDUMP */
	bool has_reserve;	   /* else MAP_NORESERVE */
	bool is_readonly;
	const char
		*mem_path; /* FILE: a file, or a folder (a file in it is made and unlinked) */
	uint64_t offset, align;	    /* FILE; align (of the hva) 0: the page size */
	bool discard_data;	    /* FILE: MADV_REMOVE at the end */
	bool is_pmem;		    /* FILE; changes nothing here */
	bool has_hugetlb, has_seal; /* MEMFD */
	uint64_t hugetlbsize;	    /* MEMFD; 0: the system's default */
	/*
	 * The page that the host should use where the kind leaves it open (all but hugetlbfs). 0: as QEMU, which asks
	 * for transparent huge pages and takes what it gets. LEVEL_4K: none of them. LEVEL_2M: of them; when
	 * preallocated, anonymous private memory is looked at and SIM_EUNSUP when it is not so. LEVEL_1G: ANONYMOUS only,
	 * pages of hugetlbfs; whole ones, so that others may hang over both ends.
	 */
	unsigned page_level;
	enum numa_policy policy;
	uint8_t host_nodes[BACKING_NODES_MAX / 8]; /* bit i: node i */
};

struct backing {
	hva_t hva; /* of the first byte */
	uint64_t bytes;
	uint64_t page_size; /* 4 KiB, or hugetlbfs's 2 MiB or 1 GiB */
	void *private;	    /* the provider's */
};

struct backing_ops {
	/*
	 * Memory for `bytes`, rounded up to whole pages here. SIM_EIO: the system refuses (path, reason and what would be right in the text);
	 * SIM_EUNSUP: no such pages here; SIM_ERANGE; SIM_ENOMEM.
	 */
	int (*alloc)(void *arg, const struct backing_config *cfg, uint64_t bytes,
		     struct backing *b, struct sim_error *err);
	void (*release)(void *arg, struct backing *b);
	/* The bytes themselves, for address_space_rw; NULL when there are none (simulated only). */
	uint8_t *(*bytes)(void *arg, const struct backing *b);
};

/* What a backend asks for when nobody says otherwise: QEMU's defaults (merge on, dump on, reserve on). */
struct backing_config backing_defaults(enum backing_kind kind);

/* What every provider refuses alike, and QEMU too: SIM_ERANGE. */
SIM_MUST_CHECK int backing_check(const struct backing_config *cfg, uint64_t bytes,
				 struct sim_error *err);

/* What is wrong with policy and host_nodes together; NULL: nothing. */
const char *backing_policy_fault(const struct backing_config *cfg);

static inline bool backing_has_node(const struct backing_config *cfg, unsigned node)
{
	return cfg->host_nodes[node / 8] >> node % 8 & 1;
}

#endif
