/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugin_events.h - what happens between accesses: register writes, INVLPG, faults, interrupts
 *
 * An instruction that matters is noted when it begins, and looked at when the next block starts,
 * for the CPU's state holds what its registers are at the start of a block only; each of these
 * instructions ends its block. An exception or interrupt shows as a block that starts at the
 * address of an IDT entry. Two vectors with one handler cannot be told apart: the lower is taken.
 */
#ifndef CAPTURE_PLUGIN_EVENTS_H
#define CAPTURE_PLUGIN_EVENTS_H

#include <stdint.h>

#include "plugin_decode.h"

#define EVENTS_NO_VECTOR (-1)

/* An instruction that was translated, and its distance from the start of its block. */
struct events_insn {
	struct insn insn;
	uint32_t offset;
	uint32_t size;
};

/* Instructions begun since the capture did; QEMU's generated code counts. */
extern uint64_t events_insns;

/* The first records: registers, RAM, the tables of the current root. */
void events_begin(const char *text);
void events_end(void);

/* The vector whose handler starts at pc, or EVENTS_NO_VECTOR. */
int events_vector(uint64_t pc);

/* The IDT was written or loaded. */
void events_idt_changed(void);

/* An instruction begins, in a block that started at pc. */
void events_note(const struct events_insn *i, uint64_t block_pc);

/* True when events_settle() has something to do. */
extern int events_pending;

/* A block starts: deals with what was noted; a vector other than EVENTS_NO_VECTOR is recorded. */
void events_settle(int vector);
void events_enter(int vector);

#endif
