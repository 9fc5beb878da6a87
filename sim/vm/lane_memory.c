/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The memory of a lane: a board, whose slots go to a simulated KVM. */
#include <string.h>

#include "mem/host_backing.h"
#include "vm/lane.h"

static int create_slot(struct vm *vm, const struct kvm_slot_region *r, struct sim_error *err)
{
	struct mmu *m = &vm->mmu;
	int rc = memslots_create(&m->slots, r, err);

	return rc || !vm->is_live || !m->ops->quota_changed ? rc
							    : m->ops->quota_changed(m, err);
}

static int delete_slot(struct vm *vm, struct memslot *slot, struct sim_error *err)
{
	struct mmu *m = &vm->mmu;
	int rc = 0;

	if (vm->is_live && m->ops->slot_removing)
		rc = m->ops->slot_removing(m, slot, err);
	if (rc)
		return rc;
	memslots_delete(&m->slots, slot);
	return vm->is_live && m->ops->quota_changed ? m->ops->quota_changed(m, err) : 0;
}

/* A read-only slot cannot become dirty: KVM leaves its mappings alone. */
static bool hears_of_log(const struct vm *vm, const struct memslot *slot)
{
	return vm->is_live && !slot->read_only;
}

static int log_on(struct vm *vm, struct memslot *slot, struct sim_error *err)
{
	struct mmu *m = &vm->mmu;
	int rc = memslots_log_on(&m->slots, slot, err);

	if (rc || !hears_of_log(vm, slot) || !m->ops->log_started)
		return rc;
	return m->ops->log_started(m, slot, err);
}

static int log_off(struct vm *vm, struct memslot *slot, struct sim_error *err)
{
	struct mmu *m = &vm->mmu;

	memslots_log_off(&m->slots, slot);
	if (!hears_of_log(vm, slot) || !m->ops->log_stopped)
		return 0;
	return m->ops->log_stopped(m, slot, err);
}

/* KVM_SET_USER_MEMORY_REGION. */
static int set_region(void *arg, const struct kvm_slot_region *r, struct sim_error *err)
{
	struct vm *vm = arg;
	enum memslot_change change;
	struct memslot *slot;
	int rc = memslots_judge(&vm->mmu.slots, r, &change, &slot, err);

	if (rc)
		return rc;
	filter_clear(&vm->filter);
	switch (change) {
	case MEMSLOT_SAME:
		return 0;
	case MEMSLOT_CREATE:
		return create_slot(vm, r, err);
	case MEMSLOT_DELETE:
		return delete_slot(vm, slot, err);
	case MEMSLOT_LOG_ON:
		return log_on(vm, slot, err);
	case MEMSLOT_LOG_OFF:
		return log_off(vm, slot, err);
	}
	return 0;
}

/* KVM_GET_DIRTY_LOG, which starts a new round. */
static int get_dirty_log(void *arg, const struct kvm_slot_region *r, uint64_t *bitmap,
			 struct sim_error *err)
{
	struct vm *vm = arg;
	struct mmu *m = &vm->mmu;
	const struct memslot *slot = memslots_by_id(&m->slots, r->slot);
	int rc = 0;

	if (!slot || !slot->dirty)
		return sim_fail(err, SIM_ESTATE, NULL, "memory slot %u is not logged", r->slot);
	filter_clear(&vm->filter);
	if (vm->is_live && m->ops->log_taken)
		rc = m->ops->log_taken(m, slot, err);
	memcpy(bitmap, slot->dirty, memslot_dirty_words(slot) * sizeof(*bitmap));
	memslot_clear_dirty(slot);
	return rc;
}

static const struct kvm_slots_ops slots_ops = {
	.set_region = set_region,
	.get_dirty_log = get_dirty_log,
};

int lane_memory_create(struct vm *vm, const struct vm_config *cfg,
		       const struct trace_meta *meta, struct sim_error *err)
{
	struct board_config board = {
		.options = cfg->memory.options,
		.parts = cfg->memory.parts,
		.parts_name = cfg->memory.parts_name,
		.backing = cfg->memory.is_real ? &host_real_ops : &host_backing_ops,
		.kvm = &slots_ops,
		.kvm_arg = vm,
	};
	int rc = host_create(&vm->mmu.host, &cfg->host, err);

	board.backing_arg = vm->mmu.host;
	return rc ? rc : board_op_create(&vm->board, &board, meta, err);
}

/* A stream does not say what is stored. */
void lane_mmio(struct vm *vm, const struct fill *f)
{
	struct address_space *as = board_address_space(vm->board);
	struct memory_region_section s = address_space_section(as, f->gpa.v, f->bytes);
	uint8_t data[1u << (OP_SIZE >> OP_SIZE_SHIFT)] = { 0 };

	vm->counters.mmio_unassigned += !s.mr || s.mr->kind == MEMORY_REGION_RESERVED;
	if (f->access.kind == ACCESS_STORE)
		(void)address_space_write(as, f->gpa.v, data, f->bytes);
	else
		(void)address_space_read(as, f->gpa.v, data, f->bytes);
}

void lane_memory_destroy(struct vm *vm)
{
	board_destroy(vm->board);
	memslots_fini(&vm->mmu.slots);
	host_destroy(vm->mmu.host);
}
