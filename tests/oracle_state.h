/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * oracle_state.h - the oracle's memory: what oracle.c records and oracle_cache.c searches
 *
 * Time counts events and accesses; each has a time of its own. Something is there in the open
 * interval between its birth and its death.
 */
#ifndef TESTS_ORACLE_STATE_H
#define TESTS_ORACLE_STATE_H

#include <stddef.h>

#include "oracle.h"

#define NEVER UINT64_MAX

struct version {
	uint64_t value; /* as written */
	uint64_t born, died;
	uint64_t a_time, d_time; /* when A and D were, or could first be, set */
};

struct word {
	struct version *v; /* oldest first; none: 0 since ever */
	unsigned n;
};

struct table {
	uint64_t gfn;
	bool is_live;
	struct word word[512];
};

enum flush_kind {
	FLUSH_PAGE,	  /* INVLPG: gva in pcid and globals; all upper entries of pcid */
	FLUSH_FAULT,	  /* #PF: gva's 4K page in pcid, with its upper entries */
	FLUSH_ADDRESS,	  /* INVPCID 0: gva in pcid, with its upper entries */
	FLUSH_PCID,	  /* all of pcid that is not global */
	FLUSH_NON_GLOBAL, /* the same for every PCID */
	FLUSH_ALL,
};

struct flush {
	uint64_t time;
	enum flush_kind kind;
	uint16_t pcid;
	uint64_t gva;
};

/* A root and the PCID it ran under. */
struct span {
	uint64_t from, to;
	uint64_t gfn;
	uint16_t pcid;
};

struct oracle_vcpu {
	uint64_t cr0, cr3, cr4;
	struct flush *flush;
	size_t n_flush;
	struct span *span; /* the last is the current one */
	size_t n_span;
};

struct oracle {
	uint64_t now;
	unsigned n_vcpu;
	struct oracle_vcpu vcpu[ORACLE_VCPUS];
	struct table **table;
	size_t n_table;
};

struct table *oracle_find(const struct oracle *o, uint64_t gfn);
uint16_t oracle_pcid(const struct oracle_vcpu *v);
unsigned oracle_levels(const struct oracle_vcpu *v);

/* --- one entry --- */

unsigned oracle_shift(unsigned level);
unsigned oracle_index(uint64_t gva, unsigned level);
bool oracle_is_leaf(uint64_t e, unsigned level);
bool oracle_is_reserved(uint64_t e, unsigned level);
unsigned oracle_rights(uint64_t e);
uint64_t oracle_frame(uint64_t e);
/* First frame of a leaf of `level` plus gva's place in it. */
uint64_t oracle_leaf_gfn(uint64_t e, unsigned level, uint64_t gva);
bool oracle_allows(const struct oracle_vcpu *v, unsigned perm, const struct oracle_access *a);

/* Walks from the table gfn of `level` with the rights gathered so far; adds the outcome. */
void oracle_walk_from(const struct oracle *o, unsigned vcpu, const struct oracle_access *a,
		      unsigned level, uint64_t gfn, unsigned perm, struct oracle_legal *legal);
/* Adds an outcome unless it is there already. */
void oracle_add(struct oracle_legal *legal, const struct oracle_outcome *out);

#endif
