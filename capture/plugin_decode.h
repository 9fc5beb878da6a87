/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugin_decode.h - those instructions of 64-bit code that the capture must know about
 *
 * Source: Intel SDM vol. 2, "Instruction format" and the opcode maps.
 */
#ifndef CAPTURE_PLUGIN_DECODE_H
#define CAPTURE_PLUGIN_DECODE_H

#include <stddef.h>
#include <stdint.h>

enum insn_kind {
	INSN_OTHER,
	INSN_MARKER, /* value = code */
	INSN_SET_CR, /* value = register: MOV to CR0, CR3, CR4; CLTS and LMSW as CR0 */
	INSN_WRMSR,
	INSN_LIDT,
	INSN_INVLPG, /* operand */
	INSN_INVPCID,
	INSN_SYSCALL,
	INSN_REP /* a repeated string instruction */
};

#define INSN_NO_REG 0xff

/* A memory operand: base + index << shift + displacement. */
struct insn_operand {
	uint8_t base, index; /* by encoding; HOST_REG_RIP, INSN_NO_REG */
	uint8_t shift;
	enum { INSN_FLAT, INSN_FS, INSN_GS } segment;
	int32_t displacement;
};

struct insn {
	enum insn_kind kind;
	uint32_t value;
	struct insn_operand operand;
};

struct insn insn_decode(const uint8_t *code, size_t n);

#endif
