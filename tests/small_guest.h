/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * small_guest.h - a guest small enough to be written by hand: tables in known frames, a vm that
 * runs it
 *
 * Guest RAM is one range from 0. Table frames come from 0x100 up, the first is the root of the
 * first address space. Every table frame is mapped, writable, in an alias area of each address
 * space (one 4K entry each, A = D = 1), so that the guest can edit its tables by storing to
 * them, as a kernel does through its direct map.
 */
#ifndef TESTS_SMALL_GUEST_H
#define TESTS_SMALL_GUEST_H

#include <stdint.h>

#include "vm/vm.h"

#define SMALL_TABLES   256	    /* frames set aside for tables */
#define SMALL_FIRST    0x100	    /* first of them */
#define SMALL_ALIAS    0x8000000000 /* gva of the alias of frame SMALL_FIRST */
#define SMALL_CODE     0x10000000000
#define SMALL_CODE_GFN 0x80

#define SMALL_AD (PTE_A | PTE_D)
#define SMALL_RW (PTE_P | PTE_W | PTE_U)

struct small_guest {
	struct vm *vm;
	struct machine machine;
	unsigned n_table;
	uint64_t table[SMALL_TABLES]
		      [512]; /* what the guest has written, without the hardware's A/D */
	uint8_t level[SMALL_TABLES];
	uint64_t cr3;
};

struct small_options {
	const char *technique;
	uint64_t ram_bytes;
	struct host_config host;
	unsigned n_vcpu;
	unsigned shadow_quota;
	bool pml;
	unsigned dirty_ring;
	uint64_t cr4;		       /* more bits */
	const struct machine *machine; /* NULL: a small one */
	struct memory_plan memory;     /* all zero: the RAM alone */
};

/* Makes the guest with one address space, and the vm; asserts that all goes well. */
void small_init(struct small_guest *g, const struct small_options *o);
void small_fini(struct small_guest *g);

/* A new address space with alias area and code page; its CR3. */
uint64_t small_space(struct small_guest *g);

/* Maps gva to gfn in the space `cr3` with a leaf of `level`; before small_start. */
void small_map(struct small_guest *g, uint64_t cr3, uint64_t gva, uint64_t gfn, uint64_t flags,
	       unsigned level);

/* Tells the vm all tables and runs one fetch at the code page: the root is loaded, the code
 * mapped. */
void small_start(struct small_guest *g);

/* The gpa of the entry of `level` for gva in space cr3. */
uint64_t small_entry_gpa(struct small_guest *g, uint64_t cr3, uint64_t gva, unsigned level);

/* The guest stores to one of its entries through the alias area. Returns how the store ended.
 */
enum fill_status small_store_entry(struct small_guest *g, uint64_t gpa, uint64_t value);

/* One access of 8 bytes at CPL 3, whatever comes of it. */
struct vm_result small_access(struct small_guest *g, uint64_t gva, enum access_kind kind);

/* The same; asserts that it does not fault. */
void small_load(struct small_guest *g, uint64_t gva);
void small_store(struct small_guest *g, uint64_t gva);
void small_event(struct small_guest *g, enum event_kind kind, uint64_t gva, uint64_t value);

/* The entry as the vm's memory holds it now, A/D included. */
uint64_t small_entry(struct small_guest *g, uint64_t gpa);

#endif
