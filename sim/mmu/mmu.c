/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmu/mmu.h"

#include <inttypes.h>
#include <string.h>

#include "mmu/dirty_log.h"

/* One line per technique. */
static const struct mmu_ops *const techniques[] = {
	&mmu_native,
	&mmu_ept,
	&mmu_npt,
	&mmu_spt,
};

const struct mmu_ops *mmu_at(unsigned i)
{
	return i < sizeof(techniques) / sizeof(*techniques) ? techniques[i] : NULL;
}

const struct mmu_ops *mmu_find(const char *name)
{
	const struct mmu_ops *ops;

	for (unsigned i = 0; (ops = mmu_at(i)); i++)
		if (!strcmp(ops->name, name))
			return ops;
	return NULL;
}

void mmu_exit(struct mmu *m, struct mmu_vcpu *v, uint64_t *reason)
{
	m->c->exits++;
	(*reason)++;
	cpu_vm_exit(v->cpu);
	dirty_log_exited(m, v);
}

void mmu_emulate_mmio(struct mmu *m)
{
	m->c->insn_emulation++;
	m->c->mmio_exits++;
}

void mmu_irq_exit(struct mmu *m, struct mmu_vcpu *v, uint64_t *reason)
{
	m->c->irq_exits++;
	mmu_exit(m, v, reason);
}

void mmu_derive_mode(const struct mmu *m, struct mmu_vcpu *v)
{
	v->paging = v->hw = paging_of(&v->regs);
	if (m->ops->forces_wp)
		v->hw.wp = v->hw.nxe = true;
}

void mmu_store_cr3(struct mmu_vcpu *v, uint64_t value)
{
	v->regs.cr3 = v->paging.pcide ? value & ~CR3_NOFLUSH : value;
}

void mmu_store_cr0(const struct mmu *m, struct mmu_vcpu *v, uint64_t value)
{
	v->regs.cr0 = value;
	mmu_derive_mode(m, v);
}

void mmu_store_cr4(const struct mmu *m, struct mmu_vcpu *v, uint64_t value)
{
	v->regs.cr4 = value;
	mmu_derive_mode(m, v);
}

void mmu_hw_cr3(struct mmu_vcpu *v, uint64_t value)
{
	uint16_t pcid = cr3_pcid(value, &v->paging);

	cpu_set_pcid(v->cpu, pcid);
	if (!(v->paging.pcide && (value & CR3_NOFLUSH)))
		cpu_flush_pcid(v->cpu, pcid);
}

/* Intel SDM vol. 3A "Operations that invalidate TLBs and paging-structure caches". */
void mmu_hw_cr4(struct mmu_vcpu *v, uint64_t value)
{
	uint64_t changed = v->regs.cr4 ^ value;

	if ((changed & CR4_PGE) || (changed & ~value & CR4_PCIDE))
		cpu_flush_all_pcids(v->cpu);
	else if ((changed & CR4_PAE) || (changed & value & CR4_SMEP))
		cpu_flush_pcid(v->cpu, cr3_pcid(v->regs.cr3, &v->paging));
	if (changed & ~value & CR4_PCIDE)
		cpu_set_pcid(v->cpu, 0);
}

void mmu_hw_invpcid(struct mmu_vcpu *v, unsigned type, uint16_t pcid, gva_t gva)
{
	switch (type) {
	case 0:
		cpu_invpcid_addr(v->cpu, gva, pcid);
		break;
	case 1:
		cpu_flush_pcid(v->cpu, pcid);
		break;
	case 2:
		cpu_flush_all_pcids(v->cpu);
		break;
	default:
		cpu_flush_non_global(v->cpu);
	}
}

struct access mmu_faulting_access(unsigned error_code)
{
	return (struct access){
		.kind = error_code & PFEC_I   ? ACCESS_FETCH
			: error_code & PFEC_W ? ACCESS_STORE
					      : ACCESS_LOAD,
		.user = error_code & PFEC_U,
	};
}

unsigned mmu_max_level(const struct memslot *slot, gfn_t gfn, unsigned host_level)
{
	unsigned level = host_level;

	for (; level > LEVEL_4K; level--) {
		uint64_t mask = level_frames(level) - 1;
		uint64_t first = gfn.v & ~mask;

		if (first >= slot->base.v && first + mask < slot->base.v + slot->n_frames &&
		    !((slot->base.v ^ (slot->hva.v >> PAGE_SHIFT)) & mask))
			break;
	}
	return level;
}

bool mmu_unmap_hva(struct mmu *m, hva_t hva, uint64_t n,
		   bool (*unmap)(struct mmu *m, struct gfn_range r))
{
	bool any = false;

	for (size_t i = 0; i < m->slots.n; i++) {
		struct gfn_range r = memslots_range(&m->slots, i, hva, n);

		if (r.n)
			any |= unmap(m, r);
	}
	return any;
}

int mmu_unknown_table(uint64_t frame, gva_t gva, struct sim_error *err)
{
	return sim_fail(err, SIM_ESTATE, NULL,
			"walking gva 0x%" PRIx64
			" needs the page table in guest frame 0x%" PRIx64
			", whose contents the stream never gave",
			gva.v, frame);
}
