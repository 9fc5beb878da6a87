/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * behaviour.h - which MMU KVM uses, decided by what it does
 *
 * A small guest maps one frame twice, then the host changes an entry of its page table behind its back. KVM counts:
 *
 *                                                        shadow     two-dimensional
 *     load through the second gva: pf_fixed                 1             0
 *     host edits an entry, INVLPG, load: pf_fixed           0             1
 *                                                     (old page)     (new page)
 *     invlpg counted by KVM                                 1             0
 *
 * In the first case KVM needs an entry of its own for each gva, and never looks at a table that the host has written;
 * in the second its entries are by gpa, and the hardware reads the guest's tables.
 */
#ifndef SIM_KVM_BEHAVIOUR_H
#define SIM_KVM_BEHAVIOUR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/counters.h"
#include "kvm/kvm_replayer.h"

/* How KVM translates for its guests. */
enum kvm_mmu { KVM_MMU_UNKNOWN, KVM_MMU_SHADOW, KVM_MMU_EPT, KVM_MMU_NPT, KVM_MMU_COUNT };

struct kvm_behaviour {
	bool is_tried;
	char why[384];		  /* not tried, or given up */
	uint64_t second_gva;	  /* pf_fixed */
	uint64_t host_edit;	  /* pf_fixed */
	uint64_t invlpg;	  /* of one */
	uint64_t huge;		  /* pages_2m and pages_1g after a store to a 2M page */
	bool have[COUNTER_COUNT]; /* statistics that KVM keeps */
};

/* What fails is said in b->why. */
void kvm_behaviour_try(struct kvm_behaviour *b, const char *device);

/* `vendor` tells EPT from NPT: as in CPUID. */
enum kvm_mmu kvm_behaviour_mmu(const struct kvm_behaviour *b, const char *vendor);

const char *kvm_mmu_name(enum kvm_mmu m);

#endif
