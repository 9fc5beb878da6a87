/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spt_state.h - what shadow paging keeps: of the VM, of each vCPU, of a fault on its way through the handler
 */
#ifndef SIM_MMU_SPT_STATE_H
#define SIM_MMU_SPT_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"
#include "mem/guest_walk.h"
#include "mmu/mmu.h"
#include "mmu/rmap.h"
#include "mmu/shadow_page.h"

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
	bool is_flushed; /* the hardware has nothing cached; SPT_FLUSH is still to be served */
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
	const struct memslot *slot; /* NULL: a device */
	bool host_writable;
	bool is_prefetch;
	bool no_dirty_log; /* a prefetch that must not dirty a page of a logged slot */
	bool is_write_fault;
};

/* How a fault ended (KVM's RET_PF_*); negative values are SIM_E*. */
enum spt_result {
	SPT_RETRY = 1, /* let the guest try again */
	SPT_EMULATE,   /* a write to a protected table */
	SPT_MMIO,      /* a device access, or a store to a read-only slot */
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

#endif
