/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mmu.h - a memory-virtualization technique: how a guest access becomes a host physical address
 *
 * A technique is one `const struct mmu_ops` in the table of mmu.c. It owns the tables the
 * hardware walks and every exit; it never sees records, only what the machine would tell it: a
 * TLB miss, a control-register write, an invalidation, a fault, a change of memory slots. To
 * add one: doc/adding-a-mode.md.
 *
 * The guest's own page tables are memory: `guest` holds their contents by gfn. The engine
 * writes them as the stream says, the techniques read them (and set A/D), each lane its own
 * copy.
 */
#ifndef SIM_MMU_MMU_H
#define SIM_MMU_MMU_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/counters.h"
#include "base/err.h"
#include "hw/cpu.h"
#include "hw/walk.h"
#include "mem/host.h"
#include "mem/memslot.h"
#include "mem/pages.h"
#include "x86/regs.h"

struct mmu;

/* Scalars of a technique that an experiment may set and sweep; each is used by some technique.
 */
struct mmu_config {
	unsigned tdp_levels;   /* 4 or 5: depth of EPT/NPT tables */
	bool use_vpid;	       /* VMM uses VPIDs; off: each exit flushes the TLB */
	unsigned shadow_quota; /* shadow pages KVM may keep; 0: KVM's default from the size of
				  the slots */
	unsigned kvm_version;  /* 601 for Linux 6.1 (0 too), 618 for 6.18: where they differ */
	bool no_mmio_caching;  /* kvm.mmio_caching=N: device accesses leave no entry behind */
	bool leave_unsync_children; /* kvm.eager_zap_unsync_children=N, where KVM has it: a
				       zapped page's unsync children stay */
	bool pml; /* kvm_intel.pml, where technique and machine have it: the dirty log is by
		     page-modification logging */
	unsigned
		dirty_ring; /* KVM_CAP_DIRTY_LOG_RING: entries per vCPU; 0: a bitmap per slot */
};

#define MMU_QUOTA_MIN 64 /* KVM_MIN_ALLOC_MMU_PAGES */

struct dirty_ring;
struct pml;

struct mmu_vcpu {
	unsigned id;
	struct regs regs;     /* the guest's own */
	struct paging paging; /* what they mean */
	struct paging hw; /* the mode the hardware runs in, which the VMM may have changed */
	struct cpu *cpu;
	void *state;	 /* the technique's */
	struct pml *pml; /* this and ring are dirty_log.h's; NULL: there is none */
	struct dirty_ring *ring;
};

enum fill_status {
	FILL_OK,    /* *t may go into the TLB (the technique has put it there) */
	FILL_FAULT, /* the guest gets #PF with error_code */
	FILL_MMIO,  /* a device access, done; nothing cached */
	FILL_DONE,  /* an emulated write, done by the VMM; nothing cached, hpa in *t as a 4K
		       translation */
};

struct fill {
	gva_t gva;
	struct access access;
	unsigned bytes; /* of the access within this page */
	/* out */
	enum fill_status status;
	unsigned error_code; /* FILL_FAULT */
	gpa_t gpa;	     /* FILL_MMIO, FILL_DONE: of the access */
	struct translation t;
};

struct mmu_ops {
	const char *name;
	const char *meaning; /* one line, for --help */
	bool frames_are_gfn; /* translations end in the guest-physical space (no virtualization)
			      */
	bool forces_wp; /* the hardware runs with CR0.WP and EFER.NXE on, whatever the guest says
			 */

	/* All fallible calls return 0 or SIM_E* (never a guest fault). */
	int (*init)(struct mmu *m, struct sim_error *err); /* NULL: keeps no state */
	void (*fini)(struct mmu *m);			   /* also after a failed init */

	/* TLB miss: make the access possible or say why not; counts walks and exits. */
	int (*fill)(struct mmu *m, struct mmu_vcpu *v, struct fill *f, struct sim_error *err);

	/* The guest executed ...; v->regs still holds the old values, the technique stores the
	 * new. */
	int (*set_cr3)(struct mmu *m, struct mmu_vcpu *v, uint64_t value,
		       struct sim_error *err);
	int (*set_cr0)(struct mmu *m, struct mmu_vcpu *v, uint64_t value,
		       struct sim_error *err);
	int (*set_cr4)(struct mmu *m, struct mmu_vcpu *v, uint64_t value,
		       struct sim_error *err);
	int (*invlpg)(struct mmu *m, struct mmu_vcpu *v, gva_t gva, struct sim_error *err);
	int (*invpcid)(struct mmu *m, struct mmu_vcpu *v, unsigned type, uint16_t pcid,
		       gva_t gva, struct sim_error *err);

	/* The guest took #PF at gva (a record of the stream): what it costs to deliver it. */
	int (*guest_fault)(struct mmu *m, struct mmu_vcpu *v, gva_t gva, unsigned error_code,
			   struct sim_error *err);
	/* An external interrupt reached the guest. NULL, like those below: costs nothing,
	 * changes nothing. */
	void (*interrupt)(struct mmu *m, struct mmu_vcpu *v);

	/* m->slots is about to lose `slot`. */
	int (*slot_removing)(struct mmu *m, const struct memslot *slot, struct sim_error *err);
	/* m->slots have changed, or cfg.shadow_quota has. */
	int (*quota_changed)(struct mmu *m, struct sim_error *err);
	/* The host takes away n pages from hva (MMU notifier). */
	int (*host_invalidate)(struct mmu *m, hva_t hva, uint64_t n, struct sim_error *err);
	/* slot->dirty is there, empty; is gone; is about to be emptied: writes to its pages must be
	 * noticed again. */
	int (*log_started)(struct mmu *m, const struct memslot *slot, struct sim_error *err);
	int (*log_stopped)(struct mmu *m, const struct memslot *slot, struct sim_error *err);
	int (*log_taken)(struct mmu *m, const struct memslot *slot, struct sim_error *err);
	/* For dirty_log.c. Writes to pages offset + i of the slot, bit i of mask, must be noticed
	 * again. */
	void (*log_protect)(struct mmu *m, const struct memslot *slot, uint64_t offset,
			    uint64_t mask);
	/* After that: all vCPUs forget what they cached; v is inside KVM, NULL: the host acts by
	 * itself. */
	void (*log_flush)(struct mmu *m, struct mmu_vcpu *v);
};

struct mmu {
	const struct mmu_ops *ops;
	struct mmu_config cfg;
	const struct machine *machine;
	struct counters *c;
	struct pages guest; /* contents of guest table pages, by gfn */
	struct memslots slots;
	struct host *host;
	struct mmu_vcpu *vcpu;
	unsigned n_vcpu;
	void *state;	/* the technique's */
	bool pml_is_on; /* dirty_log.h's */
};

/* NULL when there is no technique of that name. */
const struct mmu_ops *mmu_find(const char *name);

/* The i-th technique, NULL at the end: for --help and tests. */
const struct mmu_ops *mmu_at(unsigned i);

/* The VMM's process does a device access for the guest. */
void mmu_emulate_mmio(struct mmu *m);

/* An external interrupt, or another vCPU's IPI, forces v out. */
void mmu_irq_exit(struct mmu *m, struct mmu_vcpu *v, uint64_t *reason);

/* Works out the modes that v's registers mean. */
void mmu_derive_mode(const struct mmu *m, struct mmu_vcpu *v);

/* The guest's registers and mode after a write; what set_cr0, set_cr3 and set_cr4 of every
 * technique store. */
void mmu_store_cr3(struct mmu_vcpu *v, uint64_t value);
void mmu_store_cr0(const struct mmu *m, struct mmu_vcpu *v, uint64_t value);
void mmu_store_cr4(const struct mmu *m, struct mmu_vcpu *v, uint64_t value);

/* What a MOV to CR3 or CR4, INVLPG or INVPCID that runs without an exit does to the hardware's
 * caches. */
void mmu_hw_cr3(struct mmu_vcpu *v, uint64_t value);
void mmu_hw_cr4(struct mmu_vcpu *v, uint64_t value);
void mmu_hw_invpcid(struct mmu_vcpu *v, unsigned type, uint16_t pcid, gva_t gva);

/* The access that a #PF error code describes. */
struct access mmu_faulting_access(unsigned error_code);

/* Records that a walk needs the contents of guest frame `frame`, which the stream never gave;
 * SIM_ESTATE. */
int mmu_unknown_table(uint64_t frame, gva_t gva, struct sim_error *err);

/*
 * The largest level at which KVM may map gfn: the host's mapping is that large, the range lies
 * in the slot, and gfn and hva are congruent.
 */
unsigned mmu_max_level(const struct memslot *slot, gfn_t gfn, unsigned host_level);

/* Calls unmap for each range of guest frames that shows one of n host pages from hva (Linux
 * kvm_handle_hva_range); true when one of the calls returned true. */
bool mmu_unmap_hva(struct mmu *m, hva_t hva, uint64_t n,
		   bool (*unmap)(struct mmu *m, struct gfn_range r));

/* CR0 and CR4 bits a VMX guest may write without an exit (Linux
 * arch/x86/kvm/kvm_cache_regs.h, 6.1). */
#define VMX_CR0_GUEST_OWNED ((uint64_t)1 << 3)
#define VMX_CR4_GUEST_OWNED ((uint64_t)0x1070e)

/* Counts one exit for `reason` (a field of m->c) and lets the hardware do what an exit and
 * entry do. */
void mmu_exit(struct mmu *m, struct mmu_vcpu *v, uint64_t *reason);

extern const struct mmu_ops mmu_native, mmu_ept, mmu_npt, mmu_spt;

#endif
