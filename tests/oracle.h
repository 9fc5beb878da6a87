/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * oracle.h - the slowest correct translator, and everything a processor may still believe
 *
 * Shares no code with sim/: only the bits of page-table entries. It keeps no caches, only
 * history: every value each word of a page table ever had, with the time it appeared, was
 * replaced, and was first accessed or dirtied; every invalidation; every root. From that it
 * says
 *
 *     oracle_walk    what the tables say now (the truth, outcome 0), and what a processor could
 *                    find that starts below a cached upper entry (paging-structure caches)
 *     oracle_recall  what a processor could still have in a TLB
 *     oracle_mark    sets A and D as the most eager of those would
 *
 * The rule (Intel SDM vol. 3A "Caching translation information"): a walk reads its entries from
 * the top down, each at a time of its own. An entry can be cached only while it is present,
 * valid and accessed. What is cached stays until an invalidation that covers it: so the entries
 * of one walk were read in order, with no invalidation of paging-structure caches in between,
 * and the finished translation has survived every TLB invalidation since. A non-present entry is
 * never cached. Any such outcome is legal; after the invalidation that the manual demands only
 * the truth is left.
 *
 * One liberty, for shadow paging alone (only_shadow): a processor reads entries for a PCID only
 * while it runs under it. KVM's shadow tables are shared by all vCPUs and go on being filled: a
 * root that the vCPU loads again may give it whatever was valid since its last flush, even at a
 * time when it ran something else. No guest can tell unless it counts on never having run:
 * kernels flush when they come back to an address space that changed meanwhile.
 */
#ifndef TESTS_ORACLE_H
#define TESTS_ORACLE_H

#include <stdbool.h>
#include <stdint.h>

#define ORACLE_VCPUS 4
#define ORACLE_MAX   192 /* outcomes of one access */

/* Rights of a translation. */
#define ORACLE_W 1u
#define ORACLE_U 2u
#define ORACLE_X 4u

/* Bits of a #PF error code. */
#define ORACLE_PF_P    1u
#define ORACLE_PF_W    2u
#define ORACLE_PF_U    4u
#define ORACLE_PF_RSVD 8u
#define ORACLE_PF_I    16u

enum oracle_kind { ORACLE_LOAD, ORACLE_STORE, ORACLE_FETCH };

struct oracle_access {
	uint64_t gva;
	enum oracle_kind kind;
	bool user;
};

/* An entry that a walk reads. */
struct oracle_ref {
	uint64_t gfn;
	unsigned index;
	uint64_t must, may; /* A and D that reading it sets, or may set */
};

struct oracle_outcome {
	bool is_fault;
	unsigned error_code; /* of a fault */
	uint64_t gfn;	     /* of the access */
	unsigned level;	     /* of the guest's leaf */
	unsigned perm;	     /* ORACLE_W, ... */
	bool dirty;	     /* recalled: the cached entry had D set */
	unsigned n_ref;	     /* entries read now, from the top; none when recalled */
	struct oracle_ref ref[5];
};

struct oracle_legal {
	unsigned n;
	bool met_unknown; /* a way leads to a table whose contents nobody gave */
	bool overflowed;
	bool only_shadow[ORACLE_MAX];
	struct oracle_outcome o[ORACLE_MAX]; /* the truth first */
};

struct oracle;

/* Every vCPU starts with these registers; EFER.NXE is always on. NULL when out of memory. */
struct oracle *oracle_create(unsigned n_vcpu, uint64_t cr0, uint64_t cr3, uint64_t cr4);
void oracle_destroy(struct oracle *o);

/* --- memory --- */

/* The page gfn is a table with these 512 words from now on. */
void oracle_table(struct oracle *o, uint64_t gfn, const uint64_t *words);
void oracle_write(struct oracle *o, uint64_t gpa, uint64_t value);
/* gfn is no table any more; its contents are nobody's business. */
void oracle_free(struct oracle *o, uint64_t gfn);
bool oracle_is_table(const struct oracle *o, uint64_t gfn);
/* The word as the guest wrote it, and with every A and D that may have been set since. */
uint64_t oracle_word(const struct oracle *o, uint64_t gfn, unsigned index);
uint64_t oracle_word_may(const struct oracle *o, uint64_t gfn, unsigned index);
/* All 512 of them; false when gfn is no table. `may` may be NULL. */
bool oracle_words(const struct oracle *o, uint64_t gfn, uint64_t *written, uint64_t *may);
/* The i-th table's gfn; false behind the last. Tables that were freed are left out. */
bool oracle_table_at(const struct oracle *o, unsigned i, uint64_t *gfn);

/* --- what a vCPU executes --- */

void oracle_cr0(struct oracle *o, unsigned vcpu, uint64_t value);
void oracle_cr3(struct oracle *o, unsigned vcpu, uint64_t value);
void oracle_cr4(struct oracle *o, unsigned vcpu, uint64_t value);
void oracle_invlpg(struct oracle *o, unsigned vcpu, uint64_t gva);
void oracle_invpcid(struct oracle *o, unsigned vcpu, unsigned type, uint16_t pcid,
		    uint64_t gva);
/* #PF was delivered for gva. */
void oracle_fault(struct oracle *o, unsigned vcpu, uint64_t gva);

/* --- an access --- */

void oracle_walk(const struct oracle *o, unsigned vcpu, const struct oracle_access *a,
		 struct oracle_legal *legal);
void oracle_recall(const struct oracle *o, unsigned vcpu, const struct oracle_access *a,
		   struct oracle_legal *legal);
void oracle_mark(struct oracle *o, const struct oracle_legal *legal);

#endif
