/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gpt.h - page tables of the guest, and the TLB over them */
#ifndef SIM_GUEST_GPT_H
#define SIM_GUEST_GPT_H

#include "guest/os.h"

/* --- gpt.c: page tables --- */
struct gpt_walk {
	uint64_t table; /* frame of the table that the walk ended in */
	unsigned index, level;
	uint64_t value;
	unsigned perm; /* PERM_*, when it is present */
	bool is_present;
};
SIM_MUST_CHECK int gpt_alloc(struct guest_os *g, unsigned level, uint64_t *gfn,
			     struct sim_error *err);
/* Adopts a frame as a table. */
SIM_MUST_CHECK int gpt_adopt(struct guest_os *g, uint64_t gfn, unsigned level,
			     struct sim_error *err);
/* The kernel stores an entry; a table below it that becomes known is given. */
SIM_MUST_CHECK int gpt_store(struct guest_os *g, uint64_t table, unsigned index, uint64_t value,
			     struct sim_error *err);
/* The same through the two roots of KPTI, where `table` is a root that has two. */
SIM_MUST_CHECK int gpt_store_root(struct guest_os *g, uint64_t root, unsigned index,
				  uint64_t value, struct sim_error *err);
/* The table and all below it are known from here on. */
SIM_MUST_CHECK int gpt_publish(struct guest_os *g, uint64_t gfn, struct sim_error *err);
/* It is no table any more; gpt_release gives the frame back. */
SIM_MUST_CHECK int gpt_forget(struct guest_os *g, uint64_t gfn, struct sim_error *err);
void gpt_release(struct guest_os *g, uint64_t gfn);
void gpt_find(const struct guest_os *g, uint64_t root, uint64_t gva, struct gpt_walk *w);
/* The entry of `level`, which is there, whatever it holds. */
void gpt_find_table(const struct guest_os *g, uint64_t root, uint64_t gva, unsigned level,
		    struct gpt_walk *w);
/* Makes the tables down to `level` for gva; 0 and the table of that level. */
SIM_MUST_CHECK int gpt_make(struct guest_os *g, uint64_t root, uint64_t gva, unsigned level,
			    uint64_t *table, struct sim_error *err);
static inline uint64_t gpt_entry(const struct guest_os *g, uint64_t table, unsigned index)
{
	return g->table[table]->word[index];
}
/* First address behind what the entry of `level` for gva maps. */
static inline uint64_t gpt_next(uint64_t gva, unsigned level)
{
	return (gva | (level_bytes(level) - 1)) + 1;
}

/* --- kernel.c: the kernel's half --- */
SIM_MUST_CHECK int kernel_boot(struct guest_os *g, struct sim_error *err);
/* Maps the page of a kernel address, or widens its rights. */
SIM_MUST_CHECK int kernel_map(struct guest_os *g, uint64_t gva, struct sim_error *err);
/* Fills the kernel's half of a new root. */
void kernel_copy(struct guest_os *g, uint64_t root);

/* --- tlbflush.c --- */
#define FLUSH_ALL UINT64_MAX
enum entry { ENTRY_FAULT, ENTRY_CALL, ENTRY_OWN };
/* p NULL: the kernel's own tables. */
SIM_MUST_CHECK int tlbflush_switch(struct guest_os *g, struct process *p,
				   struct sim_error *err);
SIM_MUST_CHECK int tlbflush_enter(struct guest_os *g, enum entry how, struct sim_error *err);
SIM_MUST_CHECK int tlbflush_leave(struct guest_os *g, struct sim_error *err);
/* [start, end) in steps of 2^shift; end FLUSH_ALL: everything. */
SIM_MUST_CHECK int tlbflush_range(struct guest_os *g, struct process *p, uint64_t start,
				  uint64_t end, unsigned shift, struct sim_error *err);
/* The root that the processor walks now. */
static inline uint64_t tlbflush_root(const struct guest_os *g)
{
	return cr3_frame(g->cpu.cr3);
}

#endif
