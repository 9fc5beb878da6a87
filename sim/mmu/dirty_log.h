/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dirty_log.h - how a written page of a logged slot comes to be known as dirty
 *
 *     fault of a protected page --+                        +--> slot->dirty
 *     entry installed, emulator --+--> dirty_log_mark() ---+
 *     pml.h, at each exit --------+                        +--> ring --> slot->dirty
 *
 * Pages are watched by write protection or, with page-modification logging, by their D bit. Without
 * rings slot->dirty is KVM's bitmap and mmu_ops.log_taken starts a new round; with them it is the
 * VMM's, which has all that was collected, and each collected page is watched again at once.
 */
#ifndef SIM_MMU_DIRTY_LOG_H
#define SIM_MMU_DIRTY_LOG_H

#include <stdbool.h>

#include "hw/pml.h"
#include "mmu/dirty_ring.h"
#include "mmu/mmu.h"

enum dirty_log_by { DIRTY_LOG_BY_PROTECTION, DIRTY_LOG_BY_PML };

/* What a technique does first and last: rings as m->cfg says, PML's buffers. Also after a failed
 * init. */
SIM_MUST_CHECK int dirty_log_init(struct mmu *m, enum dirty_log_by by, struct sim_error *err);
void dirty_log_fini(struct mmu *m);

/* The guest on v, or KVM for it, writes gfn of the slot, which need not be logged. v is NULL when
 * the host acts by itself. */
void dirty_log_mark(struct mmu_vcpu *v, const struct memslot *slot, gfn_t gfn);

/* Other slots are logged now than before: PML is on while there are any. `going` (or NULL) is about
 * to go. */
void dirty_log_slots_changed(struct mmu *m, const struct memslot *going);

/* v has exited: KVM reads what PML has logged. */
void dirty_log_exited(struct mmu *m, struct mmu_vcpu *v);

/* v is about to enter the guest, which it does not as long as its ring is soft-full: the VMM's
 * process collects all rings. */
void dirty_log_enter(struct mmu *m, struct mmu_vcpu *v);

/* The VMM's process collects all rings; v as in mmu_ops.log_flush. */
void dirty_log_collect(struct mmu *m, struct mmu_vcpu *v);

/* The log is about to be read: what vCPUs and rings still hold goes to slot->dirty. True: with that
 * a new round has begun. */
bool dirty_log_sync(struct mmu *m);

#endif
