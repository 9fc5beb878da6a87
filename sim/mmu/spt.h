/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spt.h - shadow paging as KVM's shadow MMU does it: the shapes its files share
 *
 *     spt.c         the technique's operations: fill, control registers, invalidations
 *     spt_fault.c   the page-fault path: guest walk, host page, building the shadow walk
 *     spt_spte.c    making, installing, prefetching and dropping entries
 *     spt_page.c    shadow pages: find, create, link, zap, recycle
 *     spt_sync.c    unsync pages and the points where they are brought up to date
 *     spt_write.c   emulated writes to protected guest tables
 *     spt_log.c     dirty logging: write protection, splitting, collapsing
 *     spt_root.c    roots, requests and TLB flushes of the vCPUs
 *     shadow_page.h one page of entries, its role
 *     spt_state.h   what is kept, and what travels between these files
 *     rmap.c        from a guest frame to the entries that map it
 *
 * Model: Linux 6.1, arch/x86/kvm/mmu/{mmu.c,paging_tmpl.h,spte.c}.
 */
#ifndef SIM_MMU_SPT_H
#define SIM_MMU_SPT_H

#include <stdbool.h>
#include <stdint.h>

#include "mmu/shadow_page.h"
#include "mmu/spt_state.h"

/* --- spt_fault.c --- */
int spt_page_fault(struct mmu *m, struct mmu_vcpu *v, struct spt_fault *f,
		   struct sim_error *err);

/* Walks the guest's tables as the VMM does, A and D included. */
void spt_guest_walk(struct mmu *m, struct mmu_vcpu *v, gva_t gva, struct access a,
		    struct guest_walk *w);

/* --- spt_spte.c --- */
/* Rights that a 4K entry of the guest gives in `page`: no W while the guest's entry is clean. */
unsigned spt_perm_of_gpte(const struct shadow_page *page, const struct mmu_vcpu *v,
			  uint64_t gpte);
/* Rights and frame of an entry with the write protection that shadowing demands. True: W was
 * withheld. */
bool spt_make_spte(struct mmu *m, const struct spte_request *q, uint64_t old, bool can_unsync,
		   uint64_t *spte);
/* Installs an entry; an enum spt_result or SIM_ENOMEM. */
int spt_set_spte(struct mmu *m, const struct spte_request *q);
/* The entry of a device page, of the slots' present generation, with the rights the guest gives.
 */
uint64_t spt_mmio_spte(const struct mmu *m, unsigned perm);
/* Changes a present leaf; true when TLBs must be flushed. */
bool spt_update_spte(struct mmu *m, struct sptep at, uint64_t spte);
void spt_drop_spte(struct mmu *m, struct sptep at);
/* Installs the entry that `gpte` asks for if that is possible without any fault. 1 done, 0 not,
 * SIM_ENOMEM. */
int spt_prefetch_gpte(struct mmu *m, struct mmu_vcpu *v, struct sptep at, uint64_t gpte);
/* Drops the entry at `at` when gpte gives no reason for one: not present, not accessed,
 * reserved bits. */
bool spt_drop_if_invalid(struct mmu *m, struct mmu_vcpu *v, struct sptep at, uint64_t gpte);
/* Entries around a fixed one: the aligned 8. 0 or SIM_ENOMEM. */
int spt_prefetch(struct mmu *m, struct mmu_vcpu *v, struct sptep fixed);
/* Write-protects every entry that maps gfn; true when there was a writable one. */
bool spt_write_protect(struct mmu *m, gfn_t gfn);
/* The host takes away n pages from hva: removes every entry that maps one of them, and flushes if
 * there was any. */
void spt_unmap_hva(struct mmu *m, hva_t hva, uint64_t n);

/* The same of the host's page, of whatever size, that holds hva. */
void spt_unmap_unit(struct mmu *m, hva_t hva);

/* --- spt_page.c --- */
struct shadow_page *spt_child(const struct spt *s, uint64_t spte);
/* Finds or creates the page of (gfn, role); NULL when out of memory. */
struct shadow_page *spt_get_page(struct mmu *m, struct mmu_vcpu *v, gfn_t gfn, uint32_t role);
/* Points an entry at a child page. 0 or SIM_ENOMEM. */
int spt_link(struct mmu *m, struct sptep at, struct shadow_page *child);
void spt_unlink(struct mmu *m, struct shadow_page *child, struct sptep at);
/* Empties one entry: leaf, link or MMIO. */
void spt_zap_entry(struct mmu *m, struct sptep at);
/* Zaps a page and what hangs unsync below it; spt_commit_zap frees what *list has gathered.
 * Returns the number. */
unsigned spt_prepare_zap(struct mmu *m, struct shadow_page *p, struct shadow_page **list);
void spt_commit_zap(struct mmu *m, struct shadow_page **list);
/* KVM's remote_flush_or_zap. */
void spt_flush_or_zap(struct mmu *m, struct shadow_page **list, bool flush);
/* Keeps the number of shadow pages within the quota; SIM_ERANGE when nothing can go. */
int spt_make_room(struct mmu *m, struct sim_error *err);
/* Sets the quota, and keeps it at once (Linux kvm_mmu_change_mmu_pages). */
void spt_set_quota(struct mmu *m, uint64_t quota);
/* A slot is going: every shadow page is obsolete. */
void spt_zap_all(struct mmu *m);
void spt_free_all(struct mmu *m);
bool spt_is_obsolete(const struct spt *s, const struct shadow_page *p);
bool spt_is_tracked(const struct spt *s, gfn_t gfn);
/* The first valid indirect page that mirrors gfn at or after p; NULL at the end. Start with
 * spt_first_mirror. */
struct shadow_page *spt_mirror(const struct spt *s, struct shadow_page *p);
struct shadow_page *spt_first_mirror(const struct spt *s, gfn_t gfn);
/* True when a shadowed table inside forbids a leaf of `level` over gfn. */
bool spt_forbids_large(const struct spt *s, gfn_t gfn, unsigned level);
/* The largest leaf for gfn: as large as `limit`, the host's mapping and the shadowed tables
 * allow. */
unsigned spt_max_level(const struct mmu *m, const struct memslot *slot, gfn_t gfn,
		       unsigned limit);

/* --- spt_sync.c --- */
/* May gfn be mapped writable? Makes its pages unsync when it may; false: it must stay
 * protected. */
bool spt_try_unsync(struct mmu *m, gfn_t gfn, bool can_unsync, bool is_prefetch);
void spt_mark_parent_unsync(struct mmu *m, struct sptep at);
void spt_clear_unsync(struct mmu *m, struct shadow_page *p);
/* Re-reads every entry of an unsync page; true when TLBs must be flushed. */
bool spt_sync_page(struct mmu *m, struct mmu_vcpu *v, struct shadow_page *p);
/* What INVLPG means to one root: the leaf for gva is made anew if its page is unsync. 0 or 1, or
 * SIM_ENOMEM. */
int spt_invalidate_gva(struct mmu *m, struct mmu_vcpu *v, struct shadow_page *root, gva_t gva);
void spt_sync_children(struct mmu *m, struct mmu_vcpu *v, struct shadow_page *parent);
/* Zaps what is unsync below p; the number of pages. */
unsigned spt_zap_unsync_children(struct mmu *m, struct shadow_page *p,
				 struct shadow_page **list);

/* --- spt_log.c --- */
int spt_log_started(struct mmu *m, const struct memslot *slot, struct sim_error *err);
int spt_log_stopped(struct mmu *m, const struct memslot *slot, struct sim_error *err);
int spt_log_taken(struct mmu *m, const struct memslot *slot, struct sim_error *err);
void spt_log_protect(struct mmu *m, const struct memslot *slot, uint64_t offset, uint64_t mask);
void spt_log_flush(struct mmu *m, struct mmu_vcpu *v);

/* --- spt_write.c --- */
/* The VMM wrote `bytes` at gpa for the guest: what becomes of the pages that mirror it. */
void spt_emulated_write(struct mmu *m, gpa_t gpa, unsigned bytes);

/* --- spt_root.c --- */
uint32_t spt_root_role(const struct mmu_vcpu *v);
/* MOV to CR3: the cached root, or none. */
void spt_new_pgd(struct mmu *m, struct mmu_vcpu *v, uint64_t pgd);
void spt_invalidate_pcid(struct mmu *m, struct mmu_vcpu *v, uint16_t pcid);
void spt_free_roots(struct mmu *m, struct mmu_vcpu *v, bool current, unsigned prev_mask);
/* Back into the guest: serves the requests of every vCPU, makes sure that v has a root. */
int spt_enter(struct mmu *m, struct mmu_vcpu *v, struct sim_error *err);
/* The host has acted by itself: what it asks of the vCPUs is served when they go on, but the
 * hardware forgets at once what it must. */
void spt_leave(struct mmu *m);
/* Every vCPU must flush before it goes on. */
void spt_flush_remote(struct mmu *m);
void spt_request_all(struct mmu *m, unsigned request);
/* Flushes one address of the hardware's TLB. */
void spt_flush_gva(struct mmu *m, struct mmu_vcpu *v, gva_t gva);
/* First and next step down the shadow of gva; false below the last table. */
bool shadow_walk_next(const struct spt *s, struct shadow_walk *w, gva_t gva);

#endif
