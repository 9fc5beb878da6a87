/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the random guest chooses: which address, which entry, which new value. */
#include "guest_state.h"

/* --- addresses --- */

/* Few indexes of each level, the first of them most often, so that addresses meet. */
uint64_t guest_anywhere(const struct guest *g, uint32_t x)
{
	static const uint16_t top[] = { 0, 0, 0, 0, 1, 257, 257, 511 };
	static const uint16_t leaf[] = { 0, 1, 2, 7, 8, 9, 63, 511 };
	static const uint8_t middle[] = { 0, 0, 0, 0, 0, 1, 1, 2 };
	uint64_t gva = top[x & 7];

	for (unsigned level = g->cfg.levels - 1; level > 2; level--)
		gva = gva << 9 | (x >> (3 * level) & 7) / 6;
	gva = gva << 9 | middle[x >> 3 & 7];
	gva = gva << 9 | leaf[x >> 6 & 7];
	return guest_canonical(g, gva << 12);
}

uint64_t guest_data_frame(uint32_t x)
{
	static const uint64_t first[16] = { 0x800,    0x800,	   0x800,	0x440,
					    0x440,    0x10,	   0x40000,	0x40200,
					    0xa0,     0xf0000,	   0x100000,	0x100200,
					    0x200000, GUEST_FIRST, GUEST_FIRST, 0x800 };
	unsigned pick = x & 15;

	if (first[pick] == GUEST_FIRST)
		return guest_frame((x >> 4) % GUEST_POOL);
	return first[pick] + (x >> 4) % 8;
}

/* First frame of a leaf of `level`. */
static uint64_t large_frame(unsigned level, uint32_t x)
{
	static const uint64_t two_m[8] = { 0,	    0x200,   GUEST_FIRST, GUEST_SECOND,
					   0x40000, 0x40200, 0x100000,	  0xf0000 };
	static const uint64_t one_g[8] = { 0,	     0x40000, 0x80000, 0xc0000,
					   0x100000, 0,	      0x40000, 0x80000 };

	return level == 2 ? two_m[x & 7] : one_g[x & 7];
}

/* The window through which the root maps itself, down to some level. */
static uint64_t through_root(const struct guest *g, uint32_t x)
{
	uint64_t path = guest_anywhere(g, x >> 3), gva = 0;
	unsigned level = 1 + x % g->cfg.levels, bits = 9 * g->cfg.levels;

	for (unsigned i = 0; i < level; i++)
		gva = gva << 9 | GUEST_REC_SLOT;
	gva = gva << (12 + bits - 9 * level) |
	      (path & (((uint64_t)1 << (12 + bits)) - 1)) >> (9 * level);
	return guest_canonical(g, gva & ~(uint64_t)7);
}

/* --- new values --- */

static uint64_t flags_for(uint32_t x)
{
	uint64_t f = PTE_P;

	f |= x % 10 < 7 ? PTE_W : 0;
	f |= x / 10 % 10 < 8 ? PTE_U : 0;
	f |= x / 100 % 10 < 1 ? PTE_NX : 0;
	f |= x / 1000 % 10 < 4 ? PTE_G : 0;
	f |= x / 10000 % 10 < 5 ? PTE_A : 0;
	f |= x / 100000 % 10 < 4 ? PTE_A | PTE_D : 0;
	return f;
}

/* Most rights: what narrows is the leaf's business more often. */
uint64_t guest_upper_flags(uint32_t x)
{
	uint64_t f = flags_for(x / 1024) & ~(PTE_NX | PTE_G);

	f |= x % 16 ? PTE_W : 0;
	f |= x / 16 % 16 ? PTE_U : 0;
	return f | (x / 256 % 16 ? 0 : PTE_NX);
}

/* Can a walk that uses `e` at `level` go on through tables that are known? */
bool guest_is_sane(const struct guest *g, uint64_t e, unsigned level)
{
	uint64_t child = (e & PTE_ADDR) >> 12;

	if (!(e & PTE_P) || level == 1 || (e & PTE_RSVD_HIGH))
		return true;
	if (e & PTE_PS)
		return true; /* a leaf, or reserved */
	if (!oracle_is_table(g->o, child))
		return false;
	return guest_slot(child) == GUEST_POOL || guest_table_level(g, child) + 1 >= level;
}

static uint64_t changed(uint64_t e, uint32_t x)
{
	switch (x % 10) {
	case 0:
	case 1:
		return e ^ PTE_W;
	case 2:
		return e ^ PTE_U;
	case 3:
		return e ^ PTE_NX;
	case 4:
		return e & ~(uint64_t)PTE_A;
	case 5:
		return e & ~(uint64_t)PTE_D;
	case 6:
		return e ^ PTE_P;
	case 7:
		return 0;
	case 8:
		return e ^ PTE_G;
	default:
		return x / 10 % 4 ? e | PTE_A | PTE_D : e ^ (uint64_t)1 << 50;
	}
}

uint64_t guest_new_leaf(uint64_t old, uint32_t x, uint32_t y)
{
	if (!old || x % 2)
		return guest_data_frame(y) << 12 | flags_for(x / 2);
	return changed(old, x / 2);
}

/* A table that may stand below an entry of `level`; 0 when there is none. */
static uint64_t some_table(const struct guest *g, unsigned level, uint32_t x)
{
	for (unsigned i = 0; i < GUEST_POOL; i++) {
		unsigned slot = (x + i) % GUEST_POOL, has = g->level[slot];

		if (has + 1 == level || (has && has + 1 > level && x % 8 == 0))
			return guest_frame(slot);
	}
	return 0;
}

/* G above a leaf is ignored by Intel's processors and reserved on AMD's: no guest sets it. */
static uint64_t changed_upper(uint64_t old, uint32_t x)
{
	uint64_t e = changed(old, x);

	return e & PTE_PS ? e : e & ~PTE_G;
}

uint64_t guest_new_upper(const struct guest *g, unsigned level, uint64_t old, uint32_t x,
			 uint32_t y)
{
	uint64_t table;

	switch (x % 4) {
	case 0:
		table = some_table(g, level, y);
		return table ? table << 12 | guest_upper_flags(x / 4) : old;
	case 1:
		if (level <= (g->cfg.no_1g ? 2u : 3u))
			return large_frame(level, y) << 12 | flags_for(x / 4) | PTE_PS;
		return changed_upper(old, x / 4);
	default:
		return old ? changed_upper(old, x / 4) : old;
	}
}

/* Goes down from the current or another space's root towards an entry of `level`; stops above
 * when the way ends there. */
void guest_find_place(const struct guest *g, unsigned space, uint64_t gva, unsigned level,
		      struct guest_place *at)
{
	*at = (struct guest_place){ .gfn = g->root[space], .level = g->cfg.levels, .gva = gva };
	for (;; at->level--) {
		uint64_t e;

		at->index = (unsigned)(gva >> (12 + 9 * (at->level - 1))) & 511;
		e = oracle_word(g->o, at->gfn, at->index);
		if (at->level <= level || !(e & PTE_P) || (e & PTE_RSVD_HIGH) ||
		    (e & PTE_PS && at->level > 1))
			return;
		at->gfn = (e & PTE_ADDR) >> 12;
	}
}

static uint64_t some_recent(const struct guest *g, unsigned space, uint32_t x)
{
	unsigned n = g->n_recent[space];

	return g->recent[space][x % (n < GUEST_RECENT ? n : GUEST_RECENT)];
}

static bool is_mapped(const struct guest *g, unsigned space, uint64_t gva)
{
	struct guest_place at;

	guest_find_place(g, space, gva, 1, &at);
	return oracle_word(g->o, at.gfn, at.index) & PTE_P;
}

/* To use, to flush: most often one that was edited lately and is mapped. */
uint64_t guest_pick_gva(const struct guest *g, unsigned space, uint32_t x)
{
	unsigned pick = x % 32;
	uint64_t gva = guest_anywhere(g, x >> 5);

	if (pick < 2)
		return gva;
	if (pick < 4)
		return guest_direct_gva(g, guest_data_frame(x >> 5) % 0x4000 << 12);
	if (pick < 6)
		return through_root(g, x >> 5);
	for (unsigned i = 0; g->n_recent[space] && i < pick / 4; i++) {
		gva = some_recent(g, space, (x >> 5) + i);
		if (is_mapped(g, space, gva))
			break;
	}
	return gva;
}

/* To edit in `space`. */
uint64_t guest_edit_gva(struct guest *g, unsigned space, uint32_t x)
{
	uint64_t gva = guest_anywhere(g, x >> 5);

	if (g->n_recent[space] && x % 32 < 20)
		return some_recent(g, space, x >> 5);
	if (x % 32 == 31)
		return through_root(g, x >> 5);
	g->recent[space][g->n_recent[space]++ % GUEST_RECENT] = gva;
	return gva;
}

unsigned guest_some_space(const struct guest *g, uint32_t x)
{
	return x % 4 ? g->space[g->vcpu] : x / 4 % GUEST_SPACES;
}

bool guest_is_precious(const struct guest *g, const struct guest_place *at)
{
	return !guest_table_level(g, at->gfn) ||
	       (guest_table_level(g, at->gfn) == g->cfg.levels &&
		(at->index == GUEST_DM_SLOT || at->index == GUEST_REC_SLOT));
}
