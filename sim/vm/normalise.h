/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * normalise.h - a stream as a real guest can replay it at CPL 3
 *
 * One transformation, used by both sides: the simulator and the real KVM get the identical stream.
 *
 *  - Every present entry of every table gets U. Each root gets the payload's entry (vm/payload.h); a
 *    trace that uses that slot is refused.
 *  - Every access is made at CPL 3, within one page, at most 8 bytes wide; a wider or crossing one
 *    becomes several. A fetch becomes a load of one byte: a trace does not carry the guest's code.
 *  - A store leaves memory as it is (OR with 0), except that a store with an EVENT_PTW behind it
 *    is one aligned store of those 8 bytes. Several EVENT_PTW behind one wide store: one store each.
 *  - EVENT_PF: made at CPL 3, as load or store. One that the tables, as they now are, would not raise
 *    any more (supervisor page, NX) becomes INVLPG: a fault makes a processor forget the address.
 *  - MOV CR3 loses its PCID and bit 63. A CR4 write or INVPCID that flushes everything becomes a CR3
 *    load of the present value; INVPCID of one address becomes INVLPG. CR0, CR4, EFER keep one value.
 *    Interrupts are dropped.
 *  - The payload's own accesses stand where they happen: PAYLOAD_CODE is loaded at the start of each
 *    batch, after each CR3 load and before each doorbell, PAYLOAD_RECORDS at the start of each batch, and
 *    a store to the doorbell ends it. At the very start all its pages are written by EVENT_DMA (the
 *    VMM puts them there), its tables are given, and each page is loaded once.
 *  - EVENT_PTPAGE, EVENT_DMA, EVENT_RAM_ADD and EVENT_RAM_DEL happen between batches: the VMM does them
 *    while the guest waits.
 *  - One access counts as one instruction: the price of an instruction is that of the payload's loop.
 *  - Tables given right behind a MOV CR3 are given before it: the payload runs on in the new space.
 *  - The stream starts in ordinary mode: CR0 0x80050033, CR4 0x620, EFER 0xd01.
 *
 * What cannot be said at CPL 3 is refused with the record's number: 5-level paging, several vCPUs, a
 * store to a read-only page (CR0.WP off). Tags, phases and process events are dropped.
 */
#ifndef SIM_VM_NORMALISE_H
#define SIM_VM_NORMALISE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "trace/meta.h"
#include "trace/record.h"

struct normalise_options {
	bool set_accessed_dirty; /* every leaf gets A and D: the guest has touched it all before */
	uint32_t batch;		 /* accesses and guest events a doorbell; 0: as many as fit */
};

struct normaliser;

SIM_MUST_CHECK int normaliser_create(struct normaliser **n, const struct trace_meta *in,
				     const struct normalise_options *o, struct sim_error *err);
void normaliser_destroy(struct normaliser *n);

/*
 * Whether the last record waits for the next one: a store, which a page-table write may follow; a CR3 load, which tables
 * may. To let go of it now would change what the stream says.
 */
bool normaliser_waits(const struct normaliser *n);

/* What the normalised stream says of itself: the payload's memory is RAM. Lives with n. */
const struct trace_meta *normaliser_meta(const struct normaliser *n);

/*
 * Adds a batch. *out has all that is whole by now: runs, each ended by a doorbell, and what the VMM does between
 * them; it may be empty, and is n's until the next call. Where a run ends does not depend on how the stream was cut
 * into batches: a run that has room left waits for more. `in` = NULL ends it (at the end of the stream, or before
 * the host does something). Only EVENT_END stands behind the last doorbell.
 */
SIM_MUST_CHECK int normalise(struct normaliser *n, const struct batch *in, struct batch *out,
			     struct sim_error *err);

#endif
