/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memslot.h - guest RAM as KVM knows it: ranges of gfn with the VMM's virtual address of each
 *
 * The shape of kvm_userspace_memory_region (Linux include/uapi/linux/kvm.h). Slots never
 * overlap as guest memory, but two may show the same host memory. A gfn in no slot is a device
 * or a hole: MMIO; so is a store to a read-only slot. A slot with a dirty bitmap logs which of
 * its pages the guest may have written.
 */
#ifndef SIM_MEM_MEMSLOT_H
#define SIM_MEM_MEMSLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "mem/kvm_slots.h"

struct memslot {
	unsigned id; /* as the VMM numbers them */
	gfn_t base;
	uint64_t n_frames;
	hva_t hva;	 /* of the first frame, page aligned */
	bool read_only;	 /* KVM_MEM_READONLY */
	uint64_t *dirty; /* KVM_MEM_LOG_DIRTY_PAGES: a bit per frame; NULL: not logged */
};

/* Frames of one slot. */
struct gfn_range {
	gfn_t first;
	uint64_t n;
};

struct memslots {
	struct memslot *slot; /* ascending by base */
	size_t n, cap;
	uint64_t generation; /* grows with each change */
};

void memslots_init(struct memslots *s);
void memslots_fini(struct memslots *s);

/* What a record of KVM_SET_USER_MEMORY_REGION asks for. */
enum memslot_change {
	MEMSLOT_SAME,
	MEMSLOT_CREATE,
	MEMSLOT_DELETE,
	MEMSLOT_LOG_ON,
	MEMSLOT_LOG_OFF,
};

/*
 * Judges a record as KVM does; *slot: the one that it is about (not for CREATE). SIM_ERANGE: unaligned, empty,
 * overlapping, a slot that is not there, or one that would be changed in place.
 */
SIM_MUST_CHECK int memslots_judge(const struct memslots *s, const struct kvm_slot_region *r,
				  enum memslot_change *change, struct memslot **slot,
				  struct sim_error *err);

/* Carries out what memslots_judge said of a record. SIM_ENOMEM: nothing has changed. */
SIM_MUST_CHECK int memslots_create(struct memslots *s, const struct kvm_slot_region *r,
				   struct sim_error *err);
void memslots_delete(struct memslots *s, struct memslot *slot);
SIM_MUST_CHECK int memslots_log_on(struct memslots *s, struct memslot *slot,
				   struct sim_error *err);
void memslots_log_off(struct memslots *s, struct memslot *slot);

/* The slot that holds gfn, or NULL. */
const struct memslot *memslots_find(const struct memslots *s, gfn_t gfn);

/* The slot of that number, or NULL. */
struct memslot *memslots_by_id(const struct memslots *s, unsigned id);

/* What slot i shows of n pages of host memory from hva; n = 0: nothing. */
struct gfn_range memslots_range(const struct memslots *s, size_t i, hva_t hva, uint64_t n);

static inline bool memslot_is_dirty(const struct memslot *s, uint64_t i)
{
	return s->dirty[i / 64] >> (i % 64) & 1;
}

/* Words of a bitmap with a bit a page. */
static inline uint64_t memslot_dirty_words(const struct memslot *s)
{
	return (s->n_frames + 63) / 64;
}

/* Forgets which pages are dirty. */
void memslot_clear_dirty(const struct memslot *s);

static inline void memslot_mark_dirty(const struct memslot *s, gfn_t gfn)
{
	uint64_t i = gfn.v - s->base.v;

	if (s->dirty)
		s->dirty[i / 64] |= (uint64_t)1 << (i % 64);
}

static inline hva_t memslot_hva(const struct memslot *s, gfn_t gfn)
{
	return hva_make(s->hva.v + ((gfn.v - s->base.v) << PAGE_SHIFT));
}

#endif
