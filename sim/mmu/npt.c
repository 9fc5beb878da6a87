/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * npt - AMD's nested page tables under KVM
 *
 * Tables in x86-64 format, every access a user access, tags by ASID: a flush drops everything
 * of the guest. Device pages carry a reserved bit. Every MOV to CR4 exits (Linux
 * arch/x86/kvm/svm/svm.c).
 */
#include "mmu/tdp.h"

static uint64_t *npf(struct counters *c)
{
	return &c->exit_npf;
}

static uint64_t *npf_mmio(struct counters *c)
{
	return &c->exit_npf_mmio;
}

static bool cr4_exits(uint64_t old, uint64_t value)
{
	(void)old;
	(void)value;
	return true;
}

static const struct tdp_flavor flavor = {
	.kind = PT_NPT,
	.nonleaf = PTE_P | PTE_W | PTE_U,
	.leaf = PTE_P | PTE_U,
	.write = PTE_W,
	.large = PTE_PS,
	.mmio = PTE_P | PTE_MMIO,
	.dirty = PTE_D,
	.ad = PTE_A | PTE_D,
	.violation = npf,
	.mmio_exit = npf_mmio,
	.flush = cpu_flush_asid,
	.cr4_exits = cr4_exits,
};

static int init(struct mmu *m, struct sim_error *err)
{
	return tdp_init(m, &flavor, err);
}

const struct mmu_ops mmu_npt = {
	.name = "npt",
	.meaning = "AMD NPT: as ept with AMD's tables, tags and exits",
	.init = init,
	TDP_OPS,
};
