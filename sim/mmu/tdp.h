/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tdp.h - two-dimensional paging as KVM's TDP MMU does it; EPT and NPT are its two flavours
 *
 * One table from guest-physical to host-physical for the whole VM, built page by page as the
 * hardware reports violations, in the host's page size where slot and host allow it; no
 * prefetch, no reverse map, the guest's own tables left alone. Source: Linux 6.1
 * arch/x86/kvm/mmu/tdp_mmu.c, mmu.c (direct_page_fault).
 */
#ifndef SIM_MMU_TDP_H
#define SIM_MMU_TDP_H

#include "mmu/mmu.h"

/* What differs between vendors. */
struct tdp_flavor {
	enum pt_kind kind;
	uint64_t nonleaf, leaf, write, large, mmio, dirty, ad; /* entry bits */
	uint64_t *(*violation)(struct counters *c); /* exit reason of a missing mapping */
	uint64_t *(*mmio_exit)(
		struct counters *c);  /* exit reason of an access to an MMIO entry */
	void (*flush)(struct cpu *c); /* how KVM flushes what guests cached */
	/* Does MOV to CR4 of value exit? */
	bool (*cr4_exits)(uint64_t old, uint64_t value);
};

/* All vCPUs forget what they cached; those other than v are kicked out for it. NULL: the host acts
 * by itself. */
void tdp_flush_all(struct mmu *m, struct mmu_vcpu *v);

int tdp_init(struct mmu *m, const struct tdp_flavor *flavor, struct sim_error *err);
void tdp_fini(struct mmu *m);
int tdp_fill(struct mmu *m, struct mmu_vcpu *v, struct fill *f, struct sim_error *err);
int tdp_set_cr3(struct mmu *m, struct mmu_vcpu *v, uint64_t value, struct sim_error *err);
int tdp_set_cr0(struct mmu *m, struct mmu_vcpu *v, uint64_t value, struct sim_error *err);
int tdp_set_cr4(struct mmu *m, struct mmu_vcpu *v, uint64_t value, struct sim_error *err);
int tdp_invlpg(struct mmu *m, struct mmu_vcpu *v, gva_t gva, struct sim_error *err);
int tdp_invpcid(struct mmu *m, struct mmu_vcpu *v, unsigned type, uint16_t pcid, gva_t gva,
		struct sim_error *err);
int tdp_guest_fault(struct mmu *m, struct mmu_vcpu *v, gva_t gva, unsigned error_code,
		    struct sim_error *err);
void tdp_interrupt(struct mmu *m, struct mmu_vcpu *v);
int tdp_slot_removing(struct mmu *m, const struct memslot *slot, struct sim_error *err);
int tdp_host_invalidate(struct mmu *m, hva_t hva, uint64_t n, struct sim_error *err);
int tdp_log_started(struct mmu *m, const struct memslot *slot, struct sim_error *err);
int tdp_log_stopped(struct mmu *m, const struct memslot *slot, struct sim_error *err);
int tdp_log_taken(struct mmu *m, const struct memslot *slot, struct sim_error *err);
void tdp_log_protect(struct mmu *m, const struct memslot *slot, uint64_t offset, uint64_t mask);

/* The operations that both flavours share; .name, .meaning and .init are their own. */
#define TDP_OPS                                                                                \
	.fini = tdp_fini, .fill = tdp_fill, .set_cr3 = tdp_set_cr3, .set_cr0 = tdp_set_cr0,    \
	.set_cr4 = tdp_set_cr4, .invlpg = tdp_invlpg, .invpcid = tdp_invpcid,                  \
	.guest_fault = tdp_guest_fault, .interrupt = tdp_interrupt,                            \
	.slot_removing = tdp_slot_removing, .host_invalidate = tdp_host_invalidate,            \
	.log_started = tdp_log_started, .log_stopped = tdp_log_stopped,                        \
	.log_taken = tdp_log_taken, .log_protect = tdp_log_protect, .log_flush = tdp_flush_all

#endif
