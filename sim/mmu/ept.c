/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ept - Intel's extended page tables under KVM
 *
 * MOV to CR3, INVLPG and page faults stay in the guest. With EPT A/D bits a walk of guest
 * tables counts as a write to EPT. Device pages misconfigure: W and X without R (Linux
 * arch/x86/kvm/vmx/vmx.c, mmu/spte.c).
 */
#include "mmu/tdp.h"

static uint64_t *violation(struct counters *c)
{
	return &c->exit_ept_violation;
}

static uint64_t *misconfig(struct counters *c)
{
	return &c->exit_ept_misconfig;
}

static bool cr4_exits(uint64_t old, uint64_t value)
{
	return (old ^ value) & ~(VMX_CR4_GUEST_OWNED | CR4_PGE);
}

static const struct tdp_flavor flavor = {
	.kind = PT_EPT,
	.nonleaf = EPT_RWX,
	.leaf = EPT_R | EPT_X | EPT_MT_WB,
	.write = EPT_W,
	.large = EPT_PS,
	.mmio = EPT_MISCONFIG,
	.dirty = EPT_D,
	.ad = EPT_A | EPT_D,
	.violation = violation,
	.mmio_exit = misconfig,
	.flush = cpu_invept,
	.cr4_exits = cr4_exits,
};

static int init(struct mmu *m, struct sim_error *err)
{
	return tdp_init(m, &flavor, err);
}

const struct mmu_ops mmu_ept = {
	.name = "ept",
	.meaning = "Intel EPT: two-dimensional walks, exits for missing host mappings only",
	.init = init,
	TDP_OPS,
};
