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

/* The memory that another slot shows at op->alias. */
static int find_alias(const struct mmu *m, const struct host_op *op, struct memslot *wanted,
		      struct sim_error *err)
{
	gfn_t gfn = gfn_make(op->alias >> PAGE_SHIFT);
	const struct memslot *slot = memslots_find(&m->slots, gfn);

	if (!slot || gfn.v + wanted->n_frames > slot->base.v + slot->n_frames)
		return sim_fail(err, SIM_ESTATE, NULL,
				"no slot has 0x%" PRIx64 " bytes at gpa 0x%" PRIx64
				" that another could show",
				op->bytes, op->alias);
	wanted->hva = memslot_hva(slot, gfn);
	wanted->mapping = slot->mapping;
	return 0;
}

static int quota_changed(struct mmu *m, struct sim_error *err)
{
	return m->ops->quota_changed ? m->ops->quota_changed(m, err) : 0;
}

static int slot_add(struct vm *vm, const struct host_op *op, struct sim_error *err)
{
	struct mmu *m = &vm->mmu;
	struct memslot wanted = { .base = gfn_make(op->gpa >> PAGE_SHIFT),
				  .n_frames = op->bytes >> PAGE_SHIFT,
				  .read_only = op->read_only };
	int rc = check_whole_pages(op, err);

	if (rc)
		return rc;
	if (op->alias != HOST_OP_NO_ALIAS) {
		rc = find_alias(m, op, &wanted, err);
	} else {
		rc = host_mmap(m->host, op->bytes, gpa_make(op->gpa), &wanted.hva, err);
		wanted.mapping = wanted.hva;
	}
	if (!rc)
		rc = memslots_add(&m->slots, &wanted, err);
	return rc ? rc : quota_changed(m, err);
}

/* The slot that starts at op->gpa, or NULL. */
static const struct memslot *slot_of(const struct vm *vm, const struct host_op *op,
				     struct sim_error *err)
{
	gfn_t base = gfn_make(op->gpa >> PAGE_SHIFT);
	const struct memslot *slot = memslots_find(&vm->mmu.slots, base);

	if (slot && gfn_eq(slot->base, base))
		return slot;
	sim_fail(err, SIM_ESTATE, NULL, "no memory slot starts at gpa 0x%" PRIx64, op->gpa);
	return NULL;
}

static int slot_del(struct vm *vm, const struct host_op *op, struct sim_error *err)
{
	struct mmu *m = &vm->mmu;
	const struct memslot *slot = slot_of(vm, op, err);
	int rc = 0;

	if (!slot)
		return SIM_ESTATE;
	if (m->ops->slot_removing)
		rc = m->ops->slot_removing(m, slot, err);
	if (!rc)
		rc = memslots_del(&m->slots, slot->base, err);
	return rc ? rc : quota_changed(m, err);
}

/* KVM_SET_NR_MMU_PAGES. */
static int quota(struct vm *vm, const struct host_op *op, struct sim_error *err)
{
	if (op->n < MMU_QUOTA_MIN || op->n > UINT32_MAX)
		return sim_fail(err, SIM_ERANGE, NULL,
				"KVM keeps at least %d shadow pages, not %" PRIu64,
				MMU_QUOTA_MIN, op->n);
	vm->mmu.cfg.shadow_quota = (unsigned)op->n;
	return quota_changed(&vm->mmu, err);
}

/* --- the dirty log --- */

static int log_on(struct vm *vm, const struct host_op *op, struct sim_error *err)
{
	struct mmu *m = &vm->mmu;
	const struct memslot *slot = slot_of(vm, op, err);
	int rc = slot ? memslots_log_on(&m->slots, slot->base, err) : SIM_ESTATE;

	if (rc || slot->read_only || !m->ops->log_started)
		return rc;
	return m->ops->log_started(m, slot, err);
}

static int log_off(struct vm *vm, const struct host_op *op, struct sim_error *err)
{
	struct mmu *m = &vm->mmu;
	const struct memslot *slot = slot_of(vm, op, err);
	int rc = slot ? memslots_log_off(&m->slots, slot->base, err) : SIM_ESTATE;

	if (rc || slot->read_only || !m->ops->log_stopped)
		return rc;
	return m->ops->log_stopped(m, slot, err);
}

static uint64_t take_dirty(const struct memslot *slot)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < slot->n_frames; i++)
		n += memslot_is_dirty(slot, i);
	memslot_clear_dirty(slot);
	return n;
}

static int log_get(struct vm *vm, const struct host_op *op, struct sim_error *err)
{
	struct mmu *m = &vm->mmu;
	const struct memslot *slot = slot_of(vm, op, err);
	int rc = 0;

	if (!slot)
		return SIM_ESTATE;
	if (!slot->dirty)
		return sim_fail(err, SIM_ESTATE, NULL,
				"the memory slot at gpa 0x%" PRIx64 " is not logged", op->gpa);
	if (m->ops->log_taken)
		rc = m->ops->log_taken(m, slot, err);
	vm->dirty_pages = take_dirty(slot);
	return rc;
}

uint64_t vm_dirty_pages(const struct vm *vm)
{
	return vm->dirty_pages;
}

typedef int host_op_handler(struct vm *, const struct host_op *, struct sim_error *);

static host_op_handler *const handlers[HOST_OP_KIND_COUNT] = {
	[HOST_OP_DISCARD] = discard,   [HOST_OP_MOVE] = move,
	[HOST_OP_LOG_ON] = log_on,     [HOST_OP_LOG_OFF] = log_off,
	[HOST_OP_LOG_GET] = log_get,   [HOST_OP_SLOT_ADD] = slot_add,
	[HOST_OP_SLOT_DEL] = slot_del, [HOST_OP_QUOTA] = quota,
};

int vm_host_op(struct vm *vm, const struct host_op *op, struct sim_error *err)
{
	filter_clear(&vm->filter);
	return handlers[op->kind](vm, op, err);
}
