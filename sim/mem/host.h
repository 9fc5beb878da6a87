/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * host.h - the host under the VMM: which physical pages back its virtual memory, in which page
 * size
 *
 * Guest RAM is one or more mappings of the VMM's process, each with its page size:
 *   4K   every page alone
 *   2M   THP-like: each 2 MiB-aligned range that a mapping covers whole is one huge page, the rest 4K
 *   1G   as hugetlbfs: the same with 1 GiB
 * Population: `prepopulated` (every page present and writable from the start) or on demand as Linux does it. What the
 * first touch of an absent page gives:
 *   memory         a read                                       a write
 *   ANONYMOUS      the zero page of that size, read-only        a page of its own (the whole 2M, as Linux from 6.13 on)
 *   SHARED         the page itself, writable                    the same
 *   FILE_PRIVATE   the file's page, read-only                   a copy: another frame
 *   HUGETLB        a page of its own, writable                  the same
 * A write to a page that is there read-only replaces it, and whoever cached it must forget it. A 2M page of which a
 * part is thrown away or moved becomes 512 pages of 4K and stays so; one of HUGETLB, and any 1G page, stays whole.
 * Layout: contiguous, or scattered by a seed (a bijection over the pool, page by page of the
 * backing size), so that HPAs are the same on every machine.
 */
#ifndef SIM_MEM_HOST_H
#define SIM_MEM_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"

enum host_layout { HOST_CONTIGUOUS, HOST_FRAGMENTED };

struct host_config {
	unsigned page_level; /* LEVEL_4K, LEVEL_2M, LEVEL_1G */
	bool prepopulated;
	enum host_layout layout;
	uint64_t seed; /* of HOST_FRAGMENTED */
};

/* What the host's own page table says about one hva. */
struct host_mapping {
	bool present;
	bool writable;	/* false: the shared zero page, or a file's page to be copied */
	unsigned level; /* size of the host's mapping */
	hfn_t hfn;	/* of the 4 KiB page that holds the address */
};

/* Where the pages of a mapping come from. */
enum host_memory {
	HOST_ANONYMOUS,	   /* private; with LEVEL_1G the same as HUGETLB */
	HOST_SHARED,	   /* shmem, a memfd, tmpfs, MAP_SHARED of a file */
	HOST_FILE_PRIVATE, /* MAP_PRIVATE of a file; LEVEL_4K only */
	HOST_HUGETLB,	   /* LEVEL_2M or LEVEL_1G */
};

struct host_map_config {
	uint64_t bytes;
	gpa_t like; /* the low 30 bits of hva, when hva is 0 */
	hva_t hva;  /* where; 0: the host chooses */
	unsigned page_level;
	bool prepopulated;
	enum host_memory memory;
};

struct host;

SIM_MUST_CHECK int host_create(struct host **h, const struct host_config *cfg,
			       struct sim_error *err);
void host_destroy(struct host *h);
const struct host_config *host_config_of(const struct host *h);

/*
 * Gives the VMM memory; *hva is 1 GiB aligned plus the low 30 bits of `like` (as QEMU aligns RAM), or where cfg says.
 * Pages of HUGETLB are whole: others may hang over both ends. SIM_ERANGE; SIM_ESTATE: something is there; SIM_ENOMEM.
 */
SIM_MUST_CHECK int host_map(struct host *h, const struct host_map_config *cfg, hva_t *hva,
			    struct sim_error *err);

/* Takes a whole mapping away, by what host_map or host_mmap gave. Its addresses and frames may be used again. SIM_ESTATE. */
SIM_MUST_CHECK int host_munmap(struct host *h, hva_t hva, struct sim_error *err);

/* host_map of anonymous memory with the host's own page size and population. */
SIM_MUST_CHECK int host_mmap(struct host *h, uint64_t bytes, gpa_t like, hva_t *hva,
			     struct sim_error *err);

/* Looks without touching. */
struct host_mapping host_lookup(const struct host *h, hva_t hva);

/*
 * Touches hva as get_user_pages would: populates, or replaces a read-only page on a write. *was_zero
 * is true when a mapping of the zero page or of a file's page was replaced (whoever cached it must forget it).
 * SIM_ENOMEM.
 */
SIM_MUST_CHECK int host_touch(struct host *h, hva_t hva, bool write, struct host_mapping *m,
			      bool *was_zero, struct sim_error *err);

/* Pages of the VMM's virtual memory. */
struct hva_range {
	hva_t first;
	uint64_t n;
};

/*
 * What the kernel takes out of the page table when it changes n pages from hva, and tells its MMU
 * notifiers: whole huge pages, because one of which a part changes is split.
 */
struct hva_range host_invalidated(const struct host *h, hva_t hva, uint64_t n);

/* Throws n pages away (MADV_DONTNEED): absent until touched again. SIM_ERANGE for a part of a
 * page of HUGETLB. */
SIM_MUST_CHECK int host_discard(struct host *h, hva_t hva, uint64_t n, struct sim_error *err);

/* Puts n pages into other frames, present and writable. SIM_ERANGE as above; SIM_ENOMEM. */
SIM_MUST_CHECK int host_move(struct host *h, hva_t hva, uint64_t n, struct sim_error *err);

/* A frame for the VMM's own tables, and back. Never collides with guest RAM. */
SIM_MUST_CHECK int host_frame_get(struct host *h, hfn_t *hfn, struct sim_error *err);
void host_frame_put(struct host *h, hfn_t hfn);

/* Faults taken so far: populated on demand; read-only page replaced. */
uint64_t host_faults(const struct host *h);
uint64_t host_cow_faults(const struct host *h);

#endif
