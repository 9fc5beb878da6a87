/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * piece.h - a part of a stream that replays alone: where it may begin, and how
 *
 * A piece begins with what the guest had when it was cut off: metadata with the registers of the
 * current vCPU, then, in front of its first record, a prologue of events that say the rest:
 *
 *     ram-add of what was plugged | ptpage of each table, contents as they are, gpa ascending |
 *     of each vCPU with other registers: vcpu, cr0, cr4, efer, cr3 | map, advise of what is mapped |
 *     of each vCPU that runs a process: vcpu, switch | vcpu of the current one
 *
 * Its first record is none of the kinds that a prologue is made of, and no page-table write, which belongs to the
 * store before it. So where the prologue ends can be seen, a piece loses no CR3 write by the rule
 * that the first one repeats the initial state, and pieces put together are the stream again.
 *
 * Not kept: what TLBs and VMM remembered (a piece starts cold), phases that had begun, accessed and
 * dirty bits that only the processor's walker had set, what fork left shared.
 */
#ifndef SIM_VM_PIECE_H
#define SIM_VM_PIECE_H

#include <stdbool.h>

#include "base/err.h"
#include "trace/writer.h"
#include "vm/stream_state.h"

/* Is the kind one that a prologue is made of? */
bool piece_is_prologue(enum event_kind kind);

/* Can a piece begin with record i? */
bool piece_can_begin(const struct batch *b, uint32_t i);

/* Registers and RAM of what `m` says become those of the state; the rest stays. */
void piece_meta(const struct stream_state *s, struct trace_meta *m);

/* Writes the prologue of a piece whose metadata came from piece_meta. *records grows by its length. */
SIM_MUST_CHECK int piece_begin(const struct stream_state *s, struct trace_writer *w,
			       uint64_t *records, struct sim_error *err);

/* The four registers of vCPU i as events, those only that differ from `now`. */
SIM_MUST_CHECK int piece_registers(struct trace_writer *w, const struct regs *now,
				   const struct regs *wanted, uint64_t *records,
				   struct sim_error *err);

/* One table as EVENT_PTPAGE. */
SIM_MUST_CHECK int piece_table(const struct stream_state *s, uint64_t gfn,
			       struct trace_writer *w, uint64_t *records,
			       struct sim_error *err);

/* Mappings from `from` to before `to` as events. */
SIM_MUST_CHECK int piece_mappings(const struct mappings *p, size_t from, size_t to,
				  struct trace_writer *w, uint64_t *records,
				  struct sim_error *err);

#endif
