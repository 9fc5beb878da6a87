/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * normalise_state.h - the inside of a struct normaliser, shared by the files of vm/normalise*.c
 *
 *     normalise.c         the records of the input, one after the other
 *     normalise_access.c  accesses; the store that waits for its EVENT_PTW
 *     normalise_tables.c  page tables, CR3
 *     normalise_out.c     the output: runs, each ended by the doorbell
 */
#ifndef SIM_VM_NORMALISE_STATE_H
#define SIM_VM_NORMALISE_STATE_H

#include "base/addr.h"
#include "base/map.h"
#include "mem/pages.h"
#include "vm/normalise.h"
#include "vm/payload.h"
#include "x86/perm.h"

/* Where the output stands. */
struct out_mark {
	uint32_t op, event;
	size_t word;
};

struct normalise_out {
	uint8_t *op;
	uint64_t *gva;
	struct event *event;
	uint64_t *word;
	size_t op_cap, gva_cap, event_cap, word_cap;
	struct out_mark end;   /* of all that is written */
	struct out_mark whole; /* of what stands before the run under way */
	struct out_mark given; /* of what the caller has got */
	uint64_t first;	       /* position of op[0] in the stream */
	uint64_t accesses;     /* since the start */
	uint32_t words,
		units;	/* of the run under way: of the record buffer, of options.batch */
	bool is_open;	/* a run is under way */
	bool has_begun; /* one ever was */
};

/* The part of a store that lies in one page. */
struct store_part {
	gva_t gva;
	unsigned bytes;
	gfn_t gfn;    /* as the tables were when it was made */
	bool is_told; /* an EVENT_PTW said what it wrote */
};

struct held_store {
	struct store_part part[2];
	unsigned n; /* 0: none is held */
};

struct normaliser {
	struct normalise_options opt;
	struct trace_meta meta;
	struct regs in;	     /* the guest's own registers */
	struct paging mode;  /* of the output */
	uint64_t cr3;	     /* of the output */
	bool has_run;	     /* the guest did something, so a CR3 write is one */
	struct pages tables; /* by gfn, as the output has them */
	struct map level;    /* gfn -> level of the table that it is, or was last */
	struct held_store held;
	bool has_next_cr3; /* a CR3 load waits: tables given right behind it belong before it */
	uint64_t next_cr3;
	struct normalise_out out;
};

/* --- normalise_out.c --- */

void normalise_out_fini(struct normalise_out *o);

/* A record of the guest follows that takes so many words of the buffer: there is a run with room for it. */
SIM_MUST_CHECK int normalise_reserve(struct normaliser *n, unsigned words,
				     struct sim_error *err);

/* Writes one op, as it is. */
SIM_MUST_CHECK int normalise_put_access(struct normaliser *n, uint8_t op, uint64_t gva,
					struct sim_error *err);
SIM_MUST_CHECK int normalise_put_event(struct normaliser *n, const struct event *e,
				       struct sim_error *err);

/* The payload's own load from a page of its. */
SIM_MUST_CHECK int normalise_put_touch(struct normaliser *n, enum payload_page page,
				       struct sim_error *err);

/* Ends the run under way, if there is one. */
SIM_MUST_CHECK int normalise_ring(struct normaliser *n, struct sim_error *err);

/* An event of the VMM, between runs; words of EVENT_PTPAGE, else NULL. */
SIM_MUST_CHECK int normalise_between(struct normaliser *n, const struct event *e,
				     const uint64_t *words, struct sim_error *err);

/* What the caller has got goes. */
void normalise_out_forget(struct normalise_out *o);

/* The caller gets all whole runs. */
void normalise_out_give(struct normalise_out *o, struct batch *b);

/* --- normalise_access.c --- */

/* An access of the input; a store is held. */
SIM_MUST_CHECK int normalise_access(struct normaliser *n, uint8_t op, gva_t gva,
				    struct sim_error *err);

/* What happened to the held store's bytes is known now. */
SIM_MUST_CHECK int normalise_release_store(struct normaliser *n, struct sim_error *err);

/* The part of the held store that covers some of the 8 bytes at gpa; NULL: none does. */
struct store_part *normalise_held_part(struct normaliser *n, gpa_t gpa);

SIM_MUST_CHECK int normalise_fault(struct normaliser *n, const struct event *e,
				   const uint64_t *words, struct sim_error *err);

/* SIM_EUNSUP when gva is the payload's. */
SIM_MUST_CHECK int normalise_check_gva(gva_t gva, struct sim_error *err);

/* --- normalise_tables.c --- */

/* The payload's memory and tables. */
SIM_MUST_CHECK int normalise_payload(struct normaliser *n, struct sim_error *err);

SIM_MUST_CHECK int normalise_table(struct normaliser *n, const struct event *e,
				   const uint64_t *words, struct sim_error *err);
SIM_MUST_CHECK int normalise_table_write(struct normaliser *n, const struct event *e,
					 const uint64_t *words, struct sim_error *err);

/* A CR3 load of `value`, which is held until it is known whether tables follow. */
void normalise_hold_cr3(struct normaliser *n, uint64_t value);
SIM_MUST_CHECK int normalise_release_cr3(struct normaliser *n, struct sim_error *err);

/* SIM_ESTATE, SIM_EUNSUP: the root is no table that has the payload's entry. */
SIM_MUST_CHECK int normalise_check_root(const struct normaliser *n, uint64_t cr3,
					struct sim_error *err);

#endif
