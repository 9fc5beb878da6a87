/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu_state.h - the state in which the guest's replay program starts: CPL 3 of 64-bit mode, with a kernel behind it
 */
#ifndef SIM_KVM_CPU_STATE_H
#define SIM_KVM_CPU_STATE_H

#include <stdint.h>

#include "base/err.h"
#include "x86/regs.h"

/* The program, and the descriptor tables and task state that its kernel part needs, into the payload's memory. */
void cpu_state_fill(uint8_t *memory);

SIM_MUST_CHECK int cpu_state_set(int vcpu, const struct regs *r, struct sim_error *err);

#endif
