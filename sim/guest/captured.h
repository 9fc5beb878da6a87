/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * captured.h - what another kernel did to its page tables and TLB, counted as its stream is stripped of it
 *
 * Each count by half: [HALF_USER] what programs are mapped by, [HALF_KERNEL] the rest. A root is the user's, but its
 * entries from the middle on are the kernel's. A table's half is that of the entry that it was first reached by.
 * What the stream gives before its first access or process event is not counted: it was there.
 */
#ifndef SIM_GUEST_CAPTURED_H
#define SIM_GUEST_CAPTURED_H

#include "base/map.h"
#include "trace/record.h"

enum half { HALF_USER, HALF_KERNEL };

struct guest_os_captured {
	uint64_t pf[2], pf_kernel; /* by address; the user's half, at CPL 0 */
	uint64_t pte_writes[2];
	uint64_t cr3_other, cr3_same,
		cr3_pair; /* another root, the same, the other of a pair (KPTI) */
	uint64_t invlpg[2], invpcid;
	uint64_t tables_given[2], tables_let_go[2];
};

struct captured {
	struct guest_os_captured counts;
	struct map table; /* frame -> level << 1 | half, of those that were given */
	uint64_t root;	  /* frame */
	unsigned root_level;
	bool has_begun, is_isolated;
};

/* is_isolated, to be set by whoever knows: roots come in pairs (KPTI). */
void captured_init(struct captured *c, uint64_t cr3, unsigned levels);
void captured_fini(struct captured *c);
/* words: of an EVENT_PTPAGE. */
SIM_MUST_CHECK int captured_event(struct captured *c, const struct event *e,
				  const uint64_t *words, struct sim_error *err);

#endif
