/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fault.h - page faults, huge pages, the page cache, reclaim */
#ifndef SIM_GUEST_FAULT_H
#define SIM_GUEST_FAULT_H

#include "guest/mm.h"

/* --- files.c: the page cache --- */
#define FILES_OWN	((uint64_t)1 << 20) /* first file number that no stream can have */
#define FILES_MAX_PAGES ((uint64_t)1 << 32) /* of one file: 16 TiB */
uint64_t files_key(uint64_t file, uint64_t pgoff);
/* SIM_EFORMAT for a mapping that its file cannot have: beyond 16 TiB, or of other pages than it had before. */
SIM_MUST_CHECK int files_check(struct guest_os *g, const struct vma *v, struct sim_error *err);
SIM_MUST_CHECK int files_page(struct guest_os *g, const struct vma *v, uint64_t gva,
			      uint64_t *gfn, struct sim_error *err);
/* A file that no stream names. */
SIM_MUST_CHECK int files_make(struct guest_os *g, enum file_kind kind, uint64_t *file,
			      struct sim_error *err);
/* Nobody maps the page, and it goes. */
void files_drop(struct guest_os *g, uint64_t gfn);
/* Mappings in [start, end) are about to go; behind that, drops the pages of own files that nobody maps any more. */
SIM_MUST_CHECK int files_leave(struct guest_os *g, const struct aspace *a, uint64_t start,
			       uint64_t end, struct sim_error *err);
void files_collect(struct guest_os *g);
void files_fini(struct guest_os *g);

/* --- fault.c --- */
struct fault {
	struct process *p;
	struct vma *v;
	uint64_t gva;
	struct access a;
	struct gpt_walk w; /* as it stood when the fault was taken */
};
/* The frame of an access within one page; faults until it has one. */
SIM_MUST_CHECK int fault_in(struct guest_os *g, uint8_t op, uint64_t gva, uint64_t *frame,
			    struct sim_error *err);
/* The pages of v, which p has, are there without a fault. */
SIM_MUST_CHECK int fault_present(struct guest_os *g, struct process *p, const struct vma *v,
				 struct sim_error *err);
/* A fresh anonymous page, with zeros, the contents of the frame `from`, or, FRAME_NONE, what a device brings. */
#define FILL_ZERO ((uint64_t)0)
SIM_MUST_CHECK int fault_anon_page(struct guest_os *g, const struct fault *f, uint64_t from,
				   uint64_t *gfn, struct sim_error *err);
/* Bits of an entry that v's rights give a page that must be copied before it is written. */
uint64_t fault_prot(const struct vma *v);
uint64_t fault_writable(const struct vma *v, uint64_t entry);
SIM_MUST_CHECK int fault_cow(struct guest_os *g, struct fault *f, struct sim_error *err);
bool fault_is_zero_page(const struct guest_os *g, uint64_t entry);

/* --- thp.c, khugepaged.c, hugetlb.c: huge pages --- */
bool thp_is_zero(const struct guest_os *g, uint64_t entry);
/* A huge page for a fault on nothing, if policy and memory give one. */
SIM_MUST_CHECK int thp_fault(struct guest_os *g, struct fault *f, bool *done,
			     struct sim_error *err);
/* A write to a huge page without the right to: made writable (*done), or split. */
SIM_MUST_CHECK int thp_wp(struct guest_os *g, struct fault *f, bool *done,
			  struct sim_error *err);
/* The huge entry at gva becomes a table of small ones. */
SIM_MUST_CHECK int thp_split(struct guest_os *g, struct process *p, uint64_t gva,
			     struct sim_error *err);
/* A table is kept for a huge page, and let go with it. */
SIM_MUST_CHECK int thp_deposit(struct guest_os *g, struct process *p, struct sim_error *err);
uint64_t thp_take_deposit(struct process *p);
void thp_withdraw(struct guest_os *g, struct process *p);
/* May v have a huge page around gva? */
bool thp_fits(const struct guest_os *g, const struct vma *v, uint64_t gva);
/* Its frames get an owner, and are filled. */
void thp_own(struct guest_os *g, uint64_t gfn, uint64_t gva);
SIM_MUST_CHECK int thp_fill(struct guest_os *g, uint64_t gfn, struct sim_error *err);
SIM_MUST_CHECK int khugepaged_run(struct guest_os *g, struct sim_error *err);
SIM_MUST_CHECK int hugetlb_fault(struct guest_os *g, struct fault *f, struct sim_error *err);
/* Is the frame of a pool? */
bool hugetlb_is(const struct guest_os *g, uint64_t gfn);
/* One owner of a page less. */
void hugetlb_put(struct guest_os *g, uint64_t gfn);
SIM_MUST_CHECK int hugetlb_boot(struct guest_os *g, unsigned level, uint64_t n,
				struct sim_error *err);

/* --- reclaim.c, swap.c --- */
/* Puts a new page on its list. */
void reclaim_list_page(struct guest_os *g, uint64_t gfn);
void reclaim_unlist_page(struct guest_os *g, uint64_t gfn);
/* MADV_FREE: with the files' pages, to be dropped when it is still clean. */
void reclaim_lazyfree(struct guest_os *g, uint64_t gfn);
/* Frees frames up to the high watermark, or as many as it can. */
SIM_MUST_CHECK int reclaim_run(struct guest_os *g, struct sim_error *err);
void reclaim_boot(struct guest_os *g);
/* Every entry that maps a frame; fn's error ends it. */
struct rmap_entry {
	struct process *p;
	uint64_t gva;
	struct gpt_walk w;
};
typedef int rmap_visitor(struct guest_os *g, const struct rmap_entry *e, void *arg,
			 struct sim_error *err);
SIM_MUST_CHECK int rmap_walk(struct guest_os *g, uint64_t gfn, rmap_visitor *fn, void *arg,
			     struct sim_error *err);
static inline bool swap_is_entry(uint64_t entry)
{
	return entry && !(entry & (PTE_P | PTE_PROTNONE));
}
SIM_MUST_CHECK int swap_boot(struct guest_os *g, struct sim_error *err);
/* One owner of a slot less, one more. */
void swap_put(struct guest_os *g, uint64_t entry);
void swap_get(struct guest_os *g, uint64_t entry);
/* A free slot's entry; 0: there is none. */
uint64_t swap_make(struct guest_os *g);
SIM_MUST_CHECK int swap_in(struct guest_os *g, struct fault *f, struct sim_error *err);

#endif
