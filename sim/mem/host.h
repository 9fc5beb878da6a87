/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * host.h - the host under the VMM: which physical pages back its virtual memory, in which page
 * size
 *
 * Guest RAM is one or more anonymous private mappings of the VMM's process. Backing page sizes:
 *   4K   every page alone
 *   2M   THP-like: each 2 MiB-aligned range that a mapping covers whole is one huge page, the rest 4K
 *   1G   as hugetlbfs: the same with 1 GiB
 * Population: `prepopulated` (every page present and writable from the start) or on demand as Linux does it: a
 * read of an absent page of 4K or 2M maps the shared zero page of that size read-only, a write puts a
 * page of its own there (the whole 2M, as Linux from 6.13 on); pages of 1G are allocated on first touch.
 * A 2M page of which a part is thrown away or moved becomes 512 pages of 4K and stays so.
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
	bool writable;	/* false: the shared zero page */
	unsigned level; /* size of the host's mapping */
	hfn_t hfn;	/* of the 4 KiB page that holds the address */
};

struct host;

SIM_MUST_CHECK int host_create(struct host **h, const struct host_config *cfg,
			       struct sim_error *err);
void host_destroy(struct host *h);

/* Gives the VMM `bytes` of memory; *hva is 1 GiB aligned plus the low 30 bits of `like` (as
 * QEMU aligns RAM). */
SIM_MUST_CHECK int host_mmap(struct host *h, uint64_t bytes, gpa_t like, hva_t *hva,
			     struct sim_error *err);

/* Looks without touching. */
struct host_mapping host_lookup(const struct host *h, hva_t hva);

/*
 * Touches hva as get_user_pages would: populates, or breaks the zero page on a write. *was_zero
 * is true when a mapping of the zero page was replaced (whoever cached it must forget it).
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

/* Throws n pages away (MADV_DONTNEED): absent until touched again. SIM_ERANGE for a part of a 1G
 * page. */
SIM_MUST_CHECK int host_discard(struct host *h, hva_t hva, uint64_t n, struct sim_error *err);

/* Puts n pages into other frames, present and writable. SIM_ERANGE as above; SIM_ENOMEM. */
SIM_MUST_CHECK int host_move(struct host *h, hva_t hva, uint64_t n, struct sim_error *err);

/* A frame for the VMM's own tables, and back. Never collides with guest RAM. */
SIM_MUST_CHECK int host_frame_get(struct host *h, hfn_t *hfn, struct sim_error *err);
void host_frame_put(struct host *h, hfn_t hfn);

/* Faults taken so far: populated on demand; zero page replaced. */
uint64_t host_faults(const struct host *h);
uint64_t host_cow_faults(const struct host *h);

#endif
