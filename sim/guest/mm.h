/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mm.h - processes and their mappings; pages and tables that go */
#ifndef SIM_GUEST_MM_H
#define SIM_GUEST_MM_H

#include "guest/gpt.h"

/* --- mm.c: processes --- */
/* SIM_ERANGE for a range that ends within a hugetlb page. */
SIM_MUST_CHECK int mm_check_hugetlb(const struct process *p, uint64_t start, uint64_t end,
				    struct sim_error *err);
struct process *mm_find(const struct guest_os *g, uint32_t pid);
/* The process, made if there is none. */
SIM_MUST_CHECK int mm_get(struct guest_os *g, uint32_t pid, struct process **p,
			  struct sim_error *err);
/* A new root for p. */
SIM_MUST_CHECK int mm_new_root(struct guest_os *g, struct process *p, struct sim_error *err);
/* Frees the root and all of p, whose mappings are gone. */
SIM_MUST_CHECK int mm_free_root(struct guest_os *g, uint64_t root, struct sim_error *err);
void mm_remove(struct guest_os *g, struct process *p);
void mm_fini(struct guest_os *g);
SIM_MUST_CHECK int mm_fork(struct guest_os *g, struct process *p, uint32_t pid,
			   struct sim_error *err);
SIM_MUST_CHECK int mm_exec(struct guest_os *g, struct process *p, struct sim_error *err);
/* The first stack of a new program is where its arguments belong, if they are still where exec put them. */
bool exec_is_stack(const struct process *p, const struct vma *v);
SIM_MUST_CHECK int exec_place_stack(struct guest_os *g, struct process *p,
				    const struct vma *stack, struct sim_error *err);
/* All mappings, pages and tables; p has none then. */
SIM_MUST_CHECK int mm_tear_down(struct guest_os *g, struct process *p, struct sim_error *err);
SIM_MUST_CHECK int mm_exit(struct guest_os *g, struct process *p, struct sim_error *err);
SIM_MUST_CHECK int mm_map(struct guest_os *g, struct process *p, const struct vma *v,
			  struct sim_error *err);
/* Splits a mapping that crosses `at`, and a huge page that does (split_huge_pmd_if_needed()). */
SIM_MUST_CHECK int mm_split(struct guest_os *g, struct process *p, uint64_t at,
			    struct sim_error *err);
SIM_MUST_CHECK int mm_unmap(struct guest_os *g, struct process *p, uint64_t start, uint64_t end,
			    struct sim_error *err);
SIM_MUST_CHECK int mm_protect(struct guest_os *g, struct process *p, const struct vma *range,
			      struct sim_error *err);
SIM_MUST_CHECK int mm_advise(struct guest_os *g, struct process *p, const struct vma *range,
			     unsigned advice, struct sim_error *err);

/* --- zap.c: pages and tables that go, freed after a flush (Linux, mm/mmu_gather.c) --- */
struct gather {
	struct process *p;
	uint64_t start, end; /* what is flushed */
	unsigned shift;	     /* smallest entry among it */
	bool whole_mm;	     /* the address space goes: flushed whole */
	uint64_t *gfn;	     /* to be freed then */
	size_t n, cap;
	size_t n_slot; /* what Linux has gathered: a huge page once */
};
void zap_begin(struct gather *z, struct process *p);
SIM_MUST_CHECK int zap_finish(struct guest_os *g, struct gather *z, struct sim_error *err);
void zap_fini(struct gather *z);
/* [gva, gva + 2^shift) wants a flush. */
void zap_flush_later(struct gather *z, uint64_t gva, unsigned shift);
/* Takes the pages of [start, end), which v holds, away. */
SIM_MUST_CHECK int zap_pages(struct guest_os *g, struct gather *z, uint64_t start, uint64_t end,
			     struct sim_error *err);
/* Frees tables that no mapping needs any more. */
SIM_MUST_CHECK int zap_tables(struct guest_os *g, struct gather *z, uint64_t start,
			      uint64_t end, struct sim_error *err);
/* One owner less of a page; it is freed at once when that was the last. */
void zap_put_page(struct guest_os *g, uint64_t gfn);

#endif
