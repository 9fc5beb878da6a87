/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vm/vm.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "vm/lane.h"

static int check_mode(const struct vm_config *cfg, const struct trace_meta *meta,
		      struct sim_error *err)
{
	struct paging mode = paging_of(&meta->regs);
	int rc = trace_meta_need_tables(meta, err);

	if (rc)
		return rc;
	if (!mode.levels)
		return sim_fail(err, SIM_ERANGE, NULL,
				"the guest is not in 64-bit paging (CR0 0x%" PRIx64
				", CR4 0x%" PRIx64 ", EFER 0x%" PRIx64 ")",
				meta->regs.cr0, meta->regs.cr4, meta->regs.efer);
	if (mode.levels == 5 && !cfg->machine.has_la57)
		return sim_fail(err, SIM_ERANGE, NULL,
				"the guest uses 5-level paging, which machine %s does not have",
				cfg->machine.name);
	if (mode.pcide && !cfg->machine.has_pcid)
		return sim_fail(err, SIM_ERANGE, NULL,
				"the guest uses PCIDs, which machine %s does not have",
				cfg->machine.name);
	if (cfg->mmu.tdp_levels != 4 && cfg->mmu.tdp_levels != 5)
		return sim_fail(err, SIM_ERANGE, NULL, "host tables have 4 or 5 levels, not %u",
				cfg->mmu.tdp_levels);
	return 0;
}

/* Tags: VPIDs where VMM and machine use them; AMD tags by ASID always; a native machine has no
 * exits to flush at. */
static uint16_t tag_of(const struct vm_config *cfg, unsigned vcpu)
{
	bool tagged = cfg->machine.vendor == VENDOR_AMD ||
		      (cfg->machine.has_vpid && cfg->mmu.use_vpid);

	return tagged ? (uint16_t)(vcpu + 1) : 0;
}

static int make_vcpus(struct vm *vm, const struct vm_config *cfg, const struct trace_meta *meta,
		      struct sim_error *err)
{
	struct mmu *m = &vm->mmu;

	m->vcpu = sim_calloc(meta->n_vcpu, sizeof(*m->vcpu));
	vm->has_run = sim_calloc(meta->n_vcpu, sizeof(*vm->has_run));
	if (!m->vcpu || !vm->has_run)
		return sim_fail_nomem(err);
	m->n_vcpu = meta->n_vcpu;
	for (unsigned i = 0; i < m->n_vcpu; i++) {
		struct mmu_vcpu *v = &m->vcpu[i];
		int rc = cpu_create(&v->cpu, &vm->machine, tag_of(cfg, i), &vm->counters, err);

		if (rc)
			return rc;
		v->id = i;
		v->regs = meta->regs;
		mmu_derive_mode(m, v);
		cpu_set_pcid(v->cpu, cr3_pcid(v->regs.cr3, &v->paging));
	}
	vm->current = m->vcpu;
	return 0;
}

static int make(struct vm *vm, const struct vm_config *cfg, const struct trace_meta *meta,
		struct sim_error *err)
{
	struct mmu *m = &vm->mmu;
	int rc = lane_memory_create(vm, cfg, meta, err);

	if (!rc)
		rc = make_vcpus(vm, cfg, meta, err);
	if (!rc && m->ops->init)
		rc = m->ops->init(m, err);
	vm->is_live = !rc;
	return rc;
}

int vm_create(struct vm **out, const struct vm_config *cfg, const struct trace_meta *meta,
	      struct sim_error *err)
{
	const struct mmu_ops *ops = mmu_find(cfg->technique);
	struct vm *vm;
	int rc;

	if (!ops)
		return sim_fail(err, SIM_ERANGE, NULL, "there is no technique \"%s\"",
				cfg->technique);
	rc = check_mode(cfg, meta, err);
	if (rc)
		return rc;
	vm = sim_calloc(1, sizeof(*vm));
	if (!vm)
		return sim_fail_nomem(err);
	vm->machine = cfg->machine;
	vm->mmu = (struct mmu){
		.ops = ops, .cfg = cfg->mmu, .machine = &vm->machine, .c = &vm->counters
	};
	pages_init(&vm->mmu.guest);
	memslots_init(&vm->mmu.slots);
	map_init(&vm->tables);
	filter_init(&vm->filter, &vm->machine);
	rc = make(vm, cfg, meta, err);
	if (rc) {
		vm_destroy(vm);
		return rc;
	}
	*out = vm;
	return 0;
}

void vm_destroy(struct vm *vm)
{
	struct mmu *m;

	if (!vm)
		return;
	m = &vm->mmu;
	vm->is_live = false;
	if (m->ops->fini)
		m->ops->fini(m);
	for (unsigned i = 0; i < m->n_vcpu; i++)
		cpu_destroy(m->vcpu[i].cpu);
	sim_free(m->vcpu);
	sim_free(vm->has_run);
	map_fini(&vm->tables);
	pages_fini(&m->guest);
	lane_memory_destroy(vm);
	sim_free(vm);
}

/* What others count, or count later. */
static void bring_up_to_date(struct vm *vm)
{
	for (unsigned i = 0; i < vm->mmu.n_vcpu; i++)
		cpu_settle(vm->mmu.vcpu[i].cpu);
	vm->counters.host_faults = host_faults(vm->mmu.host);
	vm->counters.host_cow_faults = host_cow_faults(vm->mmu.host);
}

void vm_mark(struct vm *vm)
{
	bring_up_to_date(vm);
	vm->marked = vm->counters;
}

const struct counters *vm_counters(struct vm *vm)
{
	bring_up_to_date(vm);
	vm->reported = vm->counters;
	counters_subtract(&vm->reported, &vm->marked);
	return &vm->reported;
}

struct mmu *vm_mmu(struct vm *vm)
{
	return &vm->mmu;
}

struct board *vm_board(struct vm *vm)
{
	return vm->board;
}
