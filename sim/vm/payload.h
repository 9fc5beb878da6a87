/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * payload.h - the replay program that a real guest runs, as the guest's memory shows it
 *
 * On a real KVM a stream is replayed by a small program inside the guest: it reads records from a
 * buffer and makes each access itself. Its code, tables and buffer are memory of the guest too, so
 * they belong to the stream: the normalised stream (vm/normalise.h) has their page tables, and their
 * accesses wherever a VMM may notice one. The simulator replays those like any other; the real guest
 * makes them by running.
 *
 * Everything lies in one top-level slot of every address space, which the trace must leave empty, and
 * in one memory slot of its own:
 *
 *     page  0        code
 *           1        descriptor tables, task state
 *           2        stack of the guest's kernel
 *           3        mailbox between guest and VMM
 *           4..7     unused, mapped
 *           8..15    records, 4096 words of 8 bytes
 *          16..23    results
 *          24        the doorbell: mapped to a gpa that is no memory; a store ends a batch
 *          32..34    the tables that map all this: PDPT, PD, PT (in the memory slot, not mapped)
 *
 * All entries: present, writable, user, accessed, dirty. Pages 0..23 are aligned groups of eight, which
 * KVM's prefetch brings together.
 */
#ifndef SIM_VM_PAYLOAD_H
#define SIM_VM_PAYLOAD_H

#include <stdint.h>

#define PAYLOAD_TOP_INDEX 200u				      /* in the root table */
#define PAYLOAD_GVA	  ((uint64_t)PAYLOAD_TOP_INDEX << 39) /* 4-level paging */
#define PAYLOAD_GPA	  ((uint64_t)1 << 40)
#define PAYLOAD_PAGES	  64u /* of the memory slot */

enum payload_page {
	PAYLOAD_CODE = 0,
	PAYLOAD_TABLES = 1,
	PAYLOAD_STACK = 2,
	PAYLOAD_MAILBOX = 3,
	PAYLOAD_RECORDS = 8,
	PAYLOAD_RESULTS = 16,
	PAYLOAD_MAPPED = 24, /* pages 0 to here are memory */
	PAYLOAD_DOORBELL = 24,
	PAYLOAD_PDPT = 32,
	PAYLOAD_PD = 33,
	PAYLOAD_PT = 34,
};

#define PAYLOAD_WORDS	     4096u /* 8-byte words of the record buffer */
#define PAYLOAD_DOORBELL_GPA (PAYLOAD_GPA + ((uint64_t)PAYLOAD_PAGES << 12)) /* no memory */

static inline uint64_t payload_gva(enum payload_page page)
{
	return PAYLOAD_GVA + ((uint64_t)page << 12);
}

static inline uint64_t payload_gpa(enum payload_page page)
{
	return PAYLOAD_GPA + ((uint64_t)page << 12);
}

static inline int payload_owns(uint64_t gva)
{
	return gva >> 39 == PAYLOAD_TOP_INDEX;
}

#endif
