/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memslot.h - guest RAM as KVM knows it: ranges of gfn with the VMM's virtual address of each
 *
 * The shape of kvm_userspace_memory_region (Linux include/uapi/linux/kvm.h). Slots never
 * overlap; a gfn in no slot is a device or a hole: MMIO.
 */
#ifndef SIM_MEM_MEMSLOT_H
#define SIM_MEM_MEMSLOT_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"

#define MEMSLOT_MAX 512

struct memslot {
	unsigned id;
	gfn_t base;
	uint64_t n_frames;
	hva_t hva; /* of the first frame, page aligned */
};

struct memslots {
	struct memslot *slot; /* ascending by base */
	size_t n, cap;
	uint64_t generation; /* grows with each change */
};

void memslots_init(struct memslots *s);
void memslots_fini(struct memslots *s);

/* Adds a slot. SIM_ERANGE when unaligned, empty or overlapping; SIM_ENOMEM. */
SIM_MUST_CHECK int memslots_add(struct memslots *s, gfn_t base, uint64_t n_frames, hva_t hva,
				struct sim_error *err);

/* Deletes the slot that starts at base. SIM_ERANGE when there is none. */
SIM_MUST_CHECK int memslots_del(struct memslots *s, gfn_t base, struct sim_error *err);

/* The slot that holds gfn, or NULL. */
const struct memslot *memslots_find(const struct memslots *s, gfn_t gfn);

static inline hva_t memslot_hva(const struct memslot *s, gfn_t gfn)
{
	return hva_make(s->hva.v + ((gfn.v - s->base.v) << PAGE_SHIFT));
}

#endif
