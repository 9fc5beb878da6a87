/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin_decode.h"

#include <stdbool.h>
#include <string.h>

#include "marker.h"
#include "plugin_host.h"

enum { REX_B = 1, REX_X = 2, REX_R = 4 };

struct code {
	const uint8_t *at, *end;
	uint8_t rex, segment;
	bool operand_size; /* prefix 66 */
	bool repeat;	   /* prefix f2 or f3 */
};

static bool is_prefix(uint8_t b)
{
	return b == 0x66 || b == 0x67 || b == 0xf0 || b == 0xf2 || b == 0xf3 || b == 0x2e ||
	       b == 0x36 || b == 0x3e || b == 0x26 || b == 0x64 || b == 0x65;
}

static void take_prefixes(struct code *c)
{
	for (; c->at < c->end && is_prefix(*c->at); c->at++) {
		if (*c->at == 0x66)
			c->operand_size = true;
		if (*c->at == 0xf2 || *c->at == 0xf3)
			c->repeat = true;
		if (*c->at == 0x64 || *c->at == 0x65)
			c->segment = *c->at;
	}
	if (c->at < c->end && (*c->at & 0xf0) == 0x40)
		c->rex = *c->at++;
}

static int32_t displacement(const uint8_t *p, unsigned bytes)
{
	int32_t v;

	if (bytes == 1)
		return (int8_t)*p;
	if (!bytes)
		return 0;
	memcpy(&v, p, sizeof(v));
	return v;
}

/* The operand whose ModRM byte is at c->at; false when it is a register, or cut off. */
static bool take_operand(const struct code *c, struct insn_operand *o)
{
	const uint8_t *p = c->at;
	unsigned mod, rm, bytes;

	if (p == c->end)
		return false;
	mod = *p >> 6;
	rm = *p++ & 7u;
	*o = (struct insn_operand){ .base = (uint8_t)(rm | (c->rex & REX_B ? 8u : 0u)),
				    .index = INSN_NO_REG,
				    .segment = c->segment == 0x64   ? INSN_FS
					       : c->segment == 0x65 ? INSN_GS
								    : INSN_FLAT };
	bytes = mod == 1 ? 1 : mod == 2 ? 4 : 0;
	if (mod == 3)
		return false;
	if (rm == 5 && !mod) {
		o->base = HOST_REG_RIP;
		bytes = 4;
	} else if (rm == 4) {
		unsigned sib, index;

		if (p == c->end)
			return false;
		sib = *p++;
		index = (sib >> 3 & 7u) | (c->rex & REX_X ? 8u : 0u);
		o->index = index == 4 ? INSN_NO_REG : (uint8_t)index;
		o->shift = (uint8_t)(sib >> 6);
		o->base = (uint8_t)((sib & 7u) | (c->rex & REX_B ? 8u : 0u));
		if ((sib & 7u) == 5 && !mod) {
			o->base = INSN_NO_REG;
			bytes = 4;
		}
	}
	if (c->end - p < (long)bytes)
		return false;
	o->displacement = displacement(p, bytes);
	return true;
}

/* 0f 01: a group told apart by the ModRM byte's middle. */
static struct insn decode_group7(const struct code *c)
{
	struct insn i = { .kind = INSN_OTHER };
	unsigned reg = c->at < c->end ? *c->at >> 3 & 7u : 0;
	bool is_memory = take_operand(c, &i.operand);

	if (reg == 3 && is_memory)
		i.kind = INSN_LIDT;
	else if (reg == 7 && is_memory)
		i.kind = INSN_INVLPG;
	else if (reg == 6)
		i.kind = INSN_SET_CR; /* LMSW writes CR0 */
	return i;
}

static struct insn decode_set_cr(const struct code *c)
{
	unsigned reg = c->at < c->end ? *c->at >> 3 & 7u : 1;

	if (c->rex & REX_R || (reg != 0 && reg != 3 && reg != 4))
		return (struct insn){ .kind = INSN_OTHER };
	return (struct insn){ .kind = INSN_SET_CR, .value = reg };
}

static bool is_marker(const uint8_t *p, size_t n, uint32_t *code)
{
	static const uint8_t head[4] = { 0x0f, 0x1f, 0x84, 0x00 };
	uint32_t word;

	if (n != 8 || memcmp(p, head, sizeof(head)))
		return false;
	memcpy(&word, p + 4, sizeof(word));
	*code = word & 0xff;
	return (word & ~0xffu) == CAPTURE_MARKER;
}

/* INS, OUTS, MOVS, CMPS, STOS, LODS, SCAS */
static bool is_string(uint8_t opcode)
{
	return (opcode >= 0x6c && opcode <= 0x6f) || (opcode >= 0xa4 && opcode <= 0xa7) ||
	       (opcode >= 0xaa && opcode <= 0xaf);
}

struct insn insn_decode(const uint8_t *p, size_t n)
{
	struct code c = { .at = p, .end = p + n };
	struct insn i = { .kind = INSN_OTHER };

	if (is_marker(p, n, &i.value)) {
		i.kind = INSN_MARKER;
		return i;
	}
	take_prefixes(&c);
	if (c.repeat && c.at < c.end && is_string(*c.at)) {
		i.kind = INSN_REP;
		return i;
	}
	if (c.end - c.at < 2 || *c.at++ != 0x0f)
		return i;
	switch (*c.at++) {
	case 0x01:
		return decode_group7(&c);
	case 0x05:
		i.kind = INSN_SYSCALL;
		break;
	case 0x06: /* CLTS */
		i.kind = INSN_SET_CR;
		break;
	case 0x22:
		return decode_set_cr(&c);
	case 0x30:
		i.kind = INSN_WRMSR;
		break;
	case 0x38:
		if (c.operand_size && c.at < c.end && *c.at == 0x82)
			i.kind = INSN_INVPCID;
		break;
	}
	return i;
}
