/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vm/host_op.h"

#include <inttypes.h>

#include "vm/lane.h"

static int check_whole_pages(const struct host_op *op, struct sim_error *err)
{
	if (!((op->gpa | op->bytes) & (PAGE_BYTES - 1)))
		return 0;
	return sim_fail(err, SIM_ERANGE, NULL,
			"memory changes by whole pages, not by 0x%" PRIx64
			" bytes at gpa 0x%" PRIx64,
			op->bytes, op->gpa);
}

/* --- pages of the host --- */

static int invalidate(struct mmu *m, hva_t hva, uint64_t n, struct sim_error *err)
{
	struct hva_range r = host_invalidated(m->host, hva, n);

	if (!m->ops->host_invalidate)
		return 0;
	return m->ops->host_invalidate(m, r.first, r.n, err);
}

typedef int change_pages(struct host *h, hva_t hva, uint64_t n, struct sim_error *err);

/* Slot by slot; KVM hears of it before it happens. */
static int change_memory(struct vm *vm, const struct host_op *op, change_pages *change,
			 struct sim_error *err)
{
	struct mmu *m = &vm->mmu;
	uint64_t gfn = op->gpa >> PAGE_SHIFT, end = gfn + (op->bytes >> PAGE_SHIFT);
	int rc = check_whole_pages(op, err);

	while (gfn < end && !rc) {
		const struct memslot *slot = memslots_find(&m->slots, gfn_make(gfn));
		uint64_t n;
		hva_t hva;

		if (!slot)
			return sim_fail(err, SIM_ESTATE, NULL, "no memory at gpa 0x%" PRIx64,
					gfn << PAGE_SHIFT);
		n = slot->base.v + slot->n_frames - gfn;
		n = n < end - gfn ? n : end - gfn;
		hva = memslot_hva(slot, gfn_make(gfn));
		rc = invalidate(m, hva, n, err);
		if (!rc)
			rc = change(m->host, hva, n, err);
		gfn += n;
	}
	return rc;
}

static int discard(struct vm *vm, const struct host_op *op, struct sim_error *err)
{
	return change_memory(vm, op, host_discard, err);
}

static int move(struct vm *vm, const struct host_op *op, struct sim_error *err)
{
	return change_memory(vm, op, host_move, err);
}

int vm_host_write(struct vm *vm, gpa_t gpa, uint64_t bytes, struct sim_error *err)
{
	struct mmu *m = &vm->mmu;
	uint64_t last = (gpa.v + (bytes ? bytes - 1 : 0)) >> PAGE_SHIFT;
	int rc = 0;

	if (m->ops->frames_are_gfn)
		return 0;
	for (uint64_t gfn = gpa.v >> PAGE_SHIFT; gfn <= last && !rc; gfn++) {
		const struct memslot *slot = memslots_find(&m->slots, gfn_make(gfn));
		struct host_mapping h;
		bool was_zero;
		hva_t hva;

		if (!slot)
			continue;
		hva = memslot_hva(slot, gfn_make(gfn));
		rc = host_touch(m->host, hva, true, &h, &was_zero, err);
		if (!rc && was_zero)
			rc = invalidate(m, hva, 1, err);
	}
	return rc;
}

/* --- slots --- */

static int change_slots(struct vm *vm, const struct host_op *op, struct sim_error *err)
{
	return board_op_host(vm->board, op, &vm->dirty_pages, err);
}

/* KVM_SET_NR_MMU_PAGES. */
static int quota(struct vm *vm, const struct host_op *op, struct sim_error *err)
{
	if (op->n < MMU_QUOTA_MIN || op->n > UINT32_MAX)
		return sim_fail(err, SIM_ERANGE, NULL,
				"KVM keeps at least %d shadow pages, not %" PRIu64,
				MMU_QUOTA_MIN, op->n);
	vm->mmu.cfg.shadow_quota = (unsigned)op->n;
	return vm->mmu.ops->quota_changed ? vm->mmu.ops->quota_changed(&vm->mmu, err) : 0;
}

uint64_t vm_dirty_pages(const struct vm *vm)
{
	return vm->dirty_pages;
}

typedef int host_op_handler(struct vm *, const struct host_op *, struct sim_error *);

static host_op_handler *const handlers[HOST_OP_KIND_COUNT] = {
	[HOST_OP_DISCARD] = discard,	   [HOST_OP_MOVE] = move,
	[HOST_OP_LOG_ON] = change_slots,   [HOST_OP_LOG_OFF] = change_slots,
	[HOST_OP_LOG_GET] = change_slots,  [HOST_OP_SLOT_ADD] = change_slots,
	[HOST_OP_SLOT_DEL] = change_slots, [HOST_OP_QUOTA] = quota,
};

int vm_host_op(struct vm *vm, const struct host_op *op, struct sim_error *err)
{
	filter_clear(&vm->filter);
	return handlers[op->kind](vm, op, err);
}
