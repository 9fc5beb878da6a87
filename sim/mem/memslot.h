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

#define MEMSLOT_MAX 512

struct memslot {
	unsigned id;
	gfn_t base;
	uint64_t n_frames;
	hva_t hva;	 /* of the first frame, page aligned */
	hva_t mapping;	 /* where the host's mapping that hva lies in begins */
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

/*
 * Adds a slot like `wanted`, not logged, with an id of its own. SIM_ERANGE when unaligned, empty
 * or overlapping; SIM_ENOMEM.
 */
SIM_MUST_CHECK int memslots_add(struct memslots *s, const struct memslot *wanted,
				struct sim_error *err);

/* Deletes the slot that starts at base. SIM_ERANGE when there is none. */
SIM_MUST_CHECK int memslots_del(struct memslots *s, gfn_t base, struct sim_error *err);

/* Turns the dirty log of the slot that starts at base on, empty, or off. SIM_ERANGE when there is
 * no such slot or nothing to change; SIM_ENOMEM. */
SIM_MUST_CHECK int memslots_log_on(struct memslots *s, gfn_t base, struct sim_error *err);
SIM_MUST_CHECK int memslots_log_off(struct memslots *s, gfn_t base, struct sim_error *err);

/* The slot that holds gfn, or NULL. */
const struct memslot *memslots_find(const struct memslots *s, gfn_t gfn);

/* What slot i shows of n pages of host memory from hva; n = 0: nothing. */
struct gfn_range memslots_range(const struct memslots *s, size_t i, hva_t hva, uint64_t n);

static inline bool memslot_is_dirty(const struct memslot *s, uint64_t i)
{
	return s->dirty[i / 64] >> (i % 64) & 1;
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
