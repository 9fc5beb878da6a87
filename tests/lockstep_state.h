/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lockstep_state.h - the lockstep's inside: lockstep.c judges, lockstep_say.c puts it in words */
#ifndef TESTS_LOCKSTEP_STATE_H
#define TESTS_LOCKSTEP_STATE_H

#include "base/map.h"
#include "lockstep.h"

#define LANES_MAX     8
#define SLOTS_MAX     8
#define ZERO_HFN      1	  /* the host's shared zero page */
#define HUGE_ZERO_HFN 512 /* the one of 2M */

struct slot {
	uint64_t gfn, n;
	hva_t hva;
};

struct lane {
	struct vm *vm;
	const char *name;
	bool is_native, is_shadow;
	struct map stored; /* gfn -> enum stored */
};

/* Has a page of the lane's been stored to? A store that faults in the end may have been tried
 * by a walk that believed a cached upper entry: then the host has made the page already. */
enum stored { STORED_NEVER, STORED_PERHAPS, STORED };

struct lockstep {
	struct lockstep_config cfg;
	unsigned flags;
	struct guest *guest;
	struct oracle *o;
	unsigned vcpu;
	struct lane lane[LANES_MAX];
	unsigned n_lane;
	struct host *host;
	struct slot slot[SLOTS_MAX];
	unsigned n_slot;
	struct map reclaimed; /* gfns whose page the host took away once */
	uint64_t n_access, n_stale;
	char *why;
	size_t why_size;
};

/* Writes *why; returns -1. */
int lockstep_disagree(struct lockstep *s, const char *fmt, ...) SIM_PRINTF(2, 3);
/* NULL: gfn is a device. */
const struct slot *lockstep_slot(const struct lockstep *s, uint64_t gfn);
uint64_t lockstep_word(const struct lane *l, uint64_t gfn, unsigned index);

/* --- lockstep_say.c --- */

void lockstep_say_access(const struct lockstep *s, const struct oracle_access *a, char *buf,
			 size_t size);
void lockstep_say_outcome(const struct lockstep *s, const struct oracle_outcome *o, char *buf,
			  size_t size);
/* Why: no outcome explains `what` of the lane's answer. Returns -1. */
int lockstep_unexplained(struct lockstep *s, const struct lane *l, const char *what,
			 const struct oracle_access *a, const struct oracle_legal *legal,
			 const struct vm_result *r);
void lockstep_say_step(const struct lockstep *s, const struct oracle_access *a, unsigned bytes,
		       const struct oracle_legal *legal);
void lockstep_say_event(const struct lockstep *s, const struct event *e);

#endif
