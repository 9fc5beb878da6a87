/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mem/memslot.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"

void memslots_init(struct memslots *s)
{
	*s = (struct memslots){ 0 };
}

void memslots_fini(struct memslots *s)
{
	for (size_t i = 0; i < s->n; i++)
		sim_free(s->slot[i].dirty);
	sim_free(s->slot);
	memslots_init(s);
}

/* Index of the first slot that ends above gfn. */
static size_t position(const struct memslots *s, gfn_t gfn)
{
	size_t first = 0, end = s->n;

	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (s->slot[middle].base.v + s->slot[middle].n_frames <= gfn.v)
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

struct memslot *memslots_by_id(const struct memslots *s, unsigned id)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->slot[i].id == id)
			return &s->slot[i];
	return NULL;
}

/* Linux 6.1 __kvm_set_memory_region. */
static int check_shape(const struct kvm_slot_region *r, struct sim_error *err)
{
	uint64_t all = r->guest_phys_addr | r->memory_size | r->userspace_addr;

	if (!(all & (PAGE_BYTES - 1)) &&
	    r->guest_phys_addr + r->memory_size >= r->guest_phys_addr &&
	    r->memory_size <= KVM_SLOTS_MAX_BYTES)
		return 0;
	return sim_fail(err, SIM_ERANGE, NULL,
			"a memory slot of 0x%" PRIx64 " bytes at gpa 0x%" PRIx64
			": whole pages of 4 KiB are needed, and at most 0x%" PRIx64 " bytes",
			r->memory_size, r->guest_phys_addr, KVM_SLOTS_MAX_BYTES);
}

static int judge_new(const struct memslots *s, const struct kvm_slot_region *r,
		     enum memslot_change *change, struct sim_error *err)
{
	gfn_t base = gfn_make(r->guest_phys_addr >> PAGE_SHIFT);
	uint64_t end = base.v + (r->memory_size >> PAGE_SHIFT);
	size_t at = position(s, base);

	*change = MEMSLOT_CREATE;
	if (!r->memory_size)
		return sim_fail(err, SIM_ERANGE, NULL, "there is no memory slot %u to delete",
				r->slot);
	if (r->slot >= KVM_SLOTS_MAX)
		return sim_fail(err, SIM_ERANGE, NULL, "KVM has memory slots 0 to %u, not %u",
				KVM_SLOTS_MAX - 1, r->slot);
	if (at == s->n || s->slot[at].base.v >= end)
		return 0;
	return sim_fail(err, SIM_ERANGE, NULL,
			"memory slot at gfn 0x%" PRIx64 " overlaps the one at 0x%" PRIx64,
			base.v, s->slot[at].base.v);
}

static int judge_present(const struct memslot *slot, const struct kvm_slot_region *r,
			 enum memslot_change *change, struct sim_error *err)
{
	bool logs = r->flags & KVM_SLOT_LOG_DIRTY_PAGES;

	if (!r->memory_size) {
		*change = MEMSLOT_DELETE;
		return 0;
	}
	*change = logs == !!slot->dirty ? MEMSLOT_SAME
		  : logs		? MEMSLOT_LOG_ON
					: MEMSLOT_LOG_OFF;
	if (slot->n_frames << PAGE_SHIFT == r->memory_size &&
	    slot->base.v << PAGE_SHIFT == r->guest_phys_addr &&
	    slot->hva.v == r->userspace_addr &&
	    slot->read_only == !!(r->flags & KVM_SLOT_READONLY))
		return 0;
	return sim_fail(
		err, SIM_ERANGE, NULL,
		"memory slot %u cannot be changed in place: delete it and create another",
		slot->id);
}

int memslots_judge(const struct memslots *s, const struct kvm_slot_region *r,
		   enum memslot_change *change, struct memslot **slot, struct sim_error *err)
{
	int rc = check_shape(r, err);

	*slot = memslots_by_id(s, r->slot);
	if (rc)
		return rc;
	return *slot ? judge_present(*slot, r, change, err) : judge_new(s, r, change, err);
}

static int alloc_log(struct memslot *slot, struct sim_error *err)
{
	slot->dirty = sim_calloc(memslot_dirty_words(slot), sizeof(*slot->dirty));
	return slot->dirty ? 0 : sim_fail_nomem(err);
}

int memslots_create(struct memslots *s, const struct kvm_slot_region *r, struct sim_error *err)
{
	struct memslot new = { .id = r->slot,
			       .base = gfn_make(r->guest_phys_addr >> PAGE_SHIFT),
			       .n_frames = r->memory_size >> PAGE_SHIFT,
			       .hva = hva_make(r->userspace_addr),
			       .read_only = r->flags & KVM_SLOT_READONLY };
	size_t at = position(s, new.base);

	if (sim_grow((void **)&s->slot, &s->cap, s->n, sizeof(*s->slot)))
		return sim_fail_nomem(err);
	if ((r->flags & KVM_SLOT_LOG_DIRTY_PAGES) && alloc_log(&new, err))
		return SIM_ENOMEM;
	memmove(s->slot + at + 1, s->slot + at, (s->n - at) * sizeof(*s->slot));
	s->slot[at] = new;
	s->n++;
	s->generation++;
	return 0;
}

void memslots_delete(struct memslots *s, struct memslot *slot)
{
	sim_free(slot->dirty);
	s->n--;
	memmove(slot, slot + 1, (s->n - (size_t)(slot - s->slot)) * sizeof(*slot));
	s->generation++;
}

int memslots_log_on(struct memslots *s, struct memslot *slot, struct sim_error *err)
{
	int rc = alloc_log(slot, err);

	s->generation += !rc;
	return rc;
}

void memslots_log_off(struct memslots *s, struct memslot *slot)
{
	sim_free(slot->dirty);
	slot->dirty = NULL;
	s->generation++;
}

void memslot_clear_dirty(const struct memslot *s)
{
	memset(s->dirty, 0, memslot_dirty_words(s) * sizeof(*s->dirty));
}

struct gfn_range memslots_range(const struct memslots *s, size_t i, hva_t hva, uint64_t n)
{
	const struct memslot *slot = &s->slot[i];
	uint64_t first = hva.v >> PAGE_SHIFT, begin = slot->hva.v >> PAGE_SHIFT;
	uint64_t from = first > begin ? first : begin;
	uint64_t end = begin + slot->n_frames < first + n ? begin + slot->n_frames : first + n;

	if (end <= from)
		return (struct gfn_range){ .n = 0 };
	return (struct gfn_range){ gfn_make(slot->base.v + (from - begin)), end - from };
}

const struct memslot *memslots_find(const struct memslots *s, gfn_t gfn)
{
	size_t i = position(s, gfn);

	return i < s->n && s->slot[i].base.v <= gfn.v ? &s->slot[i] : NULL;
}
