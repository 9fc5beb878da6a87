/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tdp_state.h - what two-dimensional paging keeps, shared by its files
 *
 *     tdp.c        the technique's operations: violations, control registers, slots
 *     tdp_table.c  the tables: find, build, split, collapse
 *     tdp_log.c    dirty logging
 */
#ifndef SIM_MMU_TDP_STATE_H
#define SIM_MMU_TDP_STATE_H

#include "mmu/dirty_log.h"
#include "mmu/tdp.h"

/* Bits that the hardware ignores, in EPT and NPT entries. */
#define TDP_MMU_WRITABLE                                                                       \
	((uint64_t)1 << 11) /* W may be given: withheld for the dirty log only */
#define TDP_GEN_SHIFT 52    /* MMIO entries: low bits of the slots' generation */
#define TDP_GEN	      ((uint64_t)0x3ff << TDP_GEN_SHIFT)

struct tdp {
	const struct tdp_flavor *flavor;
	struct pages tables; /* by hfn */
	struct walk_table host;
	hfn_t *frame; /* of every table page, the root first */
	size_t n_frame, cap_frame;
	bool by_pml; /* D bits are watched for the dirty log, not W */
};

static inline struct tdp *tdp_of(const struct mmu *m)
{
	return m->state;
}

static inline bool tdp_is_mmio(const struct tdp *s, uint64_t e)
{
	return (e & ~TDP_GEN) == s->flavor->mmio;
}

/* The largest leaf for gfn that the host's mapping and the slot allow. */
unsigned tdp_max_level(const struct mmu *m, const struct memslot *slot, gfn_t gfn);

/* --- tdp_table.c --- */
int tdp_root_new(struct mmu *m, struct sim_error *err);
void tdp_drop_all(struct mmu *m);
/* How many leaves of `level` there are. */
uint64_t *tdp_leaf_counter(struct counters *c, unsigned level);
/* The entry that maps gfn: a leaf, or an empty one; *level is its level. */
uint64_t *tdp_find(const struct tdp *s, gfn_t gfn, unsigned *level);
/* The entry for gfn at `level`; NULL when no table leads there. */
uint64_t *tdp_entry(const struct tdp *s, gfn_t gfn, unsigned level);
/* The same, made empty: builds tables, takes away a larger leaf above or smaller ones below. */
int tdp_build(struct mmu *m, struct mmu_vcpu *v, gfn_t gfn, unsigned level, uint64_t **entry,
	      struct sim_error *err);
/* Is a table below this entry? */
bool tdp_is_table(const struct tdp *s, uint64_t e, unsigned level);
/* Empties an entry of `level` with all that is below. */
void tdp_remove(struct mmu *m, uint64_t *entry, unsigned level);
/* Replaces a large leaf by a table of leaves that say the same. */
int tdp_split(struct mmu *m, uint64_t *entry, unsigned level, struct sim_error *err);

#endif
