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
 *     spt_root.c    roots, requests and TLB flushes of the vCPUs
 *     rmap.c        from a guest frame to the entries that map it
 *
 * Model: Linux 6.1, arch/x86/kvm/mmu/{mmu.c,paging_tmpl.h,spte.c}. A shadow page is 512 entries
 * the hardware walks. It is known by (gfn, role): the guest table it mirrors (indirect), or the
 * first frame it maps linearly (direct), and the circumstances under which its entries are
 * valid.
 */
#ifndef SIM_MMU_SPT_H
#define SIM_MMU_SPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"
#include "mem/guest_walk.h"
#include "mmu/mmu.h"
#include "mmu/rmap.h"

/*
 * A role in one word:  bits 0-3 level   bit 4 direct   bits 5-7 rights (PERM_*) of the entries
 * above and, the same for all pages of a root, bits 8-.. the mode: CR0.WP, EFER.NXE, SMEP
 * without WP, SMAP without WP.
 */
#define ROLE_LEVEL	 15u
#define ROLE_DIRECT	 (1u << 4)
#define ROLE_PERM_SHIFT	 5
#define ROLE_PERM	 (7u << ROLE_PERM_SHIFT)
#define ROLE_WP		 (1u << 8)
#define ROLE_NXE	 (1u << 9)
#define ROLE_SMEP_NOT_WP (1u << 10)
#define ROLE_SMAP_NOT_WP (1u << 11)

static inline unsigned role_level(uint32_t role)
{
	return role & ROLE_LEVEL;
}

static inline unsigned role_perm(uint32_t role)
{
	return (role & ROLE_PERM) >> ROLE_PERM_SHIFT;
}

/* Bits of a shadow entry that the hardware ignores. */
#define SPTE_HOST_WRITABLE ((uint64_t)1 << 9)  /* the host lets us write the page */
#define SPTE_MMU_WRITABLE  ((uint64_t)1 << 10) /* writable as far as shadowing is concerned */
#define SPTE_GEN_SHIFT	   52 /* MMIO entries: low bits of the slots' generation */
#define SPTE_GEN	   ((uint64_t)0x3ff << SPTE_GEN_SHIFT)

struct shadow_page {
	struct shadow_page *newer, *older; /* active list; `older` also chains zapped pages */
	struct shadow_page *same_gfn;	   /* next page of the same gfn */
	gfn_t gfn;
	hfn_t hfn; /* where the hardware finds it */
	uint64_t *spt;
	uint32_t role;
	bool is_invalid; /* zapped, perhaps still somebody's root */
	bool is_unsync;
	uint8_t valid_gen;
	unsigned n_writes; /* emulated writes since its last use: flood detection */
	unsigned root_count;
	unsigned n_unsync_children;
	uint64_t unsync_child[8]; /* bitmap */
	struct sptep *parent;	  /* entries that point here */
	size_t n_parent, cap_parent;
	gfn_t mapped[512]; /* gfn of each installed leaf */
};

struct spt_root {
	struct shadow_page *page; /* NULL: none */
	uint64_t pgd;		  /* guest CR3 it stands for, PCID included */
};

#define SPT_PREV_ROOTS 3

enum spt_request {
	SPT_SYNC = 1,		/* bring the current root up to date */
	SPT_FLUSH = 2,		/* flush the vCPU's TLB: asked by anyone */
	SPT_FLUSH_CURRENT = 4,	/* the same, asked by the guest's CR3 load */
	SPT_FLUSH_GUEST = 8,	/* the guest flushed everything: sync all roots, flush */
	SPT_FREE_OBSOLETE = 16, /* drop roots that were zapped */
};

struct spt_vcpu {
	struct spt_root root, prev[SPT_PREV_ROOTS];
	unsigned requests; /* enum spt_request */
};

struct spt {
	struct pages tables; /* shadow pages' entries, by hfn */
	struct map by_hfn;   /* hfn -> struct shadow_page * */
	struct map by_gfn;   /* gfn -> newest struct shadow_page * of that gfn */
	struct shadow_page *newest, *oldest;
	uint64_t n_used, n_max;
	uint64_t n_indirect;
	uint8_t valid_gen;
	struct rmap rmap;
	struct map tracked;	  /* gfn -> number of upper-level pages that shadow it */
	struct map no_large;	  /* (range, level) -> number of shadowed tables inside */
	struct mmu_vcpu *current; /* the vCPU whose exit is being handled */
};

/* Where an iteration over the shadow of a gva stands. */
struct shadow_walk {
	struct shadow_page *page;
	unsigned level, index;
};

/* A page fault on its way through the handler. */
struct spt_fault {
	gva_t gva;
	struct access access;
	unsigned error_code; /* as the hardware found it in the shadow tables */
	/* found on the way */
	struct guest_walk w;
	unsigned perm; /* rights the guest's tables give, W withheld while D must be watched */
	gfn_t gfn;
	const struct memslot *slot; /* NULL: a device */
	struct host_mapping host;
	unsigned max_level, goal_level;
};

/* An entry to be installed. */
struct spte_request {
	struct shadow_page *page;
	unsigned index;
	unsigned perm;
	gfn_t gfn; /* first frame the entry maps */
	hfn_t hfn;
	bool has_slot;
	bool host_writable;
	bool is_prefetch;
	bool is_write_fault;
};

/* How a fault ended (KVM's RET_PF_*); negative values are SIM_E*. */
enum spt_result {
	SPT_RETRY = 1, /* let the guest try again */
	SPT_EMULATE,   /* a write to a protected table */
	SPT_MMIO,      /* a device access */
	SPT_FIXED,
	SPT_SPURIOUS,
	SPT_REFLECT, /* the guest's own fault */
};

static inline struct spt *spt_of(const struct mmu *m)
{
	return m->state;
}

static inline struct spt_vcpu *spt_vcpu_of(const struct mmu_vcpu *v)
{
	return v->state;
}

/* --- spt_fault.c --- */
int spt_page_fault(struct mmu *m, struct mmu_vcpu *v, struct spt_fault *f,
		   struct sim_error *err);

/* --- spt_spte.c --- */
static inline bool spte_is_mmio(uint64_t spte)
{
	return spte & PTE_MMIO;
}

static inline bool spte_is_present(uint64_t spte)
{
	return (spte & PTE_P) && !spte_is_mmio(spte);
}

/* KVM's is_last_spte: says nothing about presence at level 1. */
static inline bool spte_is_last(uint64_t spte, unsigned level)
{
	return level == LEVEL_4K || (spte & PTE_PS);
}

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
/* Removes every entry that maps gfn; true when there was one. */
bool spt_unmap(struct mmu *m, gfn_t gfn);

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
/* Every vCPU must flush before it goes on. */
void spt_flush_remote(struct mmu *m);
void spt_request_all(struct mmu *m, unsigned request);
/* Flushes one address of the hardware's TLB. */
void spt_flush_gva(struct mmu *m, struct mmu_vcpu *v, gva_t gva);
/* First and next step down the shadow of gva; false below the last table. */
bool shadow_walk_next(const struct spt *s, struct shadow_walk *w, gva_t gva);

#endif
