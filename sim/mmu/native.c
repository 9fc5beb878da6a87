/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * native - no virtualization: the hardware walks the guest's own tables, physical addresses are
 * guest-physical
 *
 * The yardstick: nothing exits, nothing is translated twice.
 */
#include "mmu/mmu.h"

static void walk(struct mmu *m, struct mmu_vcpu *v, gva_t gva, struct access a,
		 struct walk_result *r)
{
	struct walk_table t = { .kind = PT_X86,
				.pages = &m->guest,
				.root = cr3_frame(v->regs.cr3),
				.levels = v->paging.levels,
				.ad = true };

	walk_1d(v->cpu, &t, &v->paging, gva, a, r);
}

static int native_fill(struct mmu *m, struct mmu_vcpu *v, struct fill *f, struct sim_error *err)
{
	struct walk_result r;

	walk(m, v, f->gva, f->access, &r);
	if (r.status == WALK_UNKNOWN)
		return mmu_unknown_table(r.gpa.v >> PAGE_SHIFT, f->gva, err);
	if (r.status == WALK_FAULT) {
		f->status = FILL_FAULT;
		f->error_code = r.error_code;
		cpu_pf_delivered(v->cpu, f->gva);
		return 0;
	}
	cpu_tlb_fill(v->cpu, f->gva, f->access, &r.t);
	f->status = FILL_OK;
	f->gpa = r.gpa;
	f->t = r.t;
	return 0;
}

static int native_cr3(struct mmu *m, struct mmu_vcpu *v, uint64_t value, struct sim_error *err)
{
	(void)m;
	(void)err;
	mmu_hw_cr3(v, value);
	mmu_store_cr3(v, value);
	return 0;
}

static int native_cr0(struct mmu *m, struct mmu_vcpu *v, uint64_t value, struct sim_error *err)
{
	(void)err;
	mmu_store_cr0(m, v, value);
	return 0;
}

static int native_cr4(struct mmu *m, struct mmu_vcpu *v, uint64_t value, struct sim_error *err)
{
	(void)err;
	mmu_hw_cr4(v, value);
	mmu_store_cr4(m, v, value);
	return 0;
}

static int native_invlpg(struct mmu *m, struct mmu_vcpu *v, gva_t gva, struct sim_error *err)
{
	(void)m;
	(void)err;
	cpu_invlpg(v->cpu, gva);
	return 0;
}

static int native_invpcid(struct mmu *m, struct mmu_vcpu *v, unsigned type, uint16_t pcid,
			  gva_t gva, struct sim_error *err)
{
	(void)m;
	(void)err;
	mmu_hw_invpcid(v, type, pcid, gva);
	return 0;
}

static int native_guest_fault(struct mmu *m, struct mmu_vcpu *v, gva_t gva, unsigned error_code,
			      struct sim_error *err)
{
	struct walk_result r;

	(void)err;
	walk(m, v, gva, mmu_faulting_access(error_code), &r);
	cpu_pf_delivered(v->cpu, gva);
	return 0;
}

const struct mmu_ops mmu_native = {
	.name = "native",
	.meaning = "no virtualization: the guest's tables are the machine's",
	.frames_are_gfn = true,
	.fill = native_fill,
	.set_cr3 = native_cr3,
	.set_cr0 = native_cr0,
	.set_cr4 = native_cr4,
	.invlpg = native_invlpg,
	.invpcid = native_invpcid,
	.guest_fault = native_guest_fault,
};
