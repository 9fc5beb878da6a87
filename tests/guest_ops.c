/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the random guest does: its deeds, and how often each. */
#include "guest_state.h"

#include <string.h>

#include "x86/regs.h"

/* --- tables --- */

static bool is_used(const struct guest *g, uint64_t gfn)
{
	uint64_t table, words[512];

	for (unsigned i = 0; i < GUEST_SPACES; i++)
		if (g->root[i] == gfn)
			return true;
	for (unsigned i = 0; i < g->cfg.n_vcpu; i++)
		if (cr3_frame(g->regs[i].cr3) == gfn)
			return true;
	for (unsigned i = 0; oracle_table_at(g->o, i, &table); i++) {
		if (table == gfn || guest_table_level(g, table) == 1)
			continue;
		oracle_words(g->o, table, words, NULL);
		for (unsigned k = 0; k < 512; k++)
			if ((words[k] & PTE_ADDR) >> 12 == gfn)
				return true;
	}
	return false;
}

/* Upper entries go with it: nothing of the table may be remembered by any vCPU. */
static int flush_everything(struct guest *g)
{
	unsigned before = g->vcpu;
	int rc = 0;

	for (unsigned i = 0; !rc && i <= g->cfg.n_vcpu; i++) {
		unsigned v = i < g->cfg.n_vcpu ? i : before;

		rc = guest_event(g, &(struct event){ .kind = EVENT_VCPU, .vcpu = (uint16_t)v },
				 NULL);
		if (!rc && i < g->cfg.n_vcpu)
			rc = guest_event(
				g, &(struct event){ .kind = EVENT_INVPCID, .n = 2 + i % 2 },
				NULL);
	}
	return rc;
}

/* Empties an entry that leads to another table. */
static int unlink_some(struct guest *g, uint32_t x)
{
	for (unsigned i = 0; i < GUEST_POOL; i++) {
		unsigned slot = (x + i) % GUEST_POOL;
		struct guest_place at = { .gfn = guest_frame(slot), .level = g->level[slot] };
		uint64_t words[512];

		if (at.level < 2)
			continue;
		oracle_words(g->o, at.gfn, words, NULL);
		for (; at.index < 512; at.index++)
			if ((words[at.index] & PTE_P) && !guest_is_precious(g, &at))
				return guest_edit(g, &at, 0, 5); /* not through the root */
	}
	return 0;
}

/* Gives the frame of a table that nothing leads to back; if there is none, sees to it that there
 * will be. */
static int run_free(struct guest *g, const struct op *op)
{
	for (unsigned i = 0; i < GUEST_POOL; i++) {
		unsigned slot = (op->x + i) % GUEST_POOL;
		uint64_t gfn = guest_frame(slot);
		int rc;

		if (!g->level[slot] || is_used(g, gfn))
			continue;
		rc = flush_everything(g);
		if (rc)
			return rc;
		oracle_words(g->o, gfn, g->memory[slot], NULL);
		g->level[slot] = 0;
		return guest_event(g, &(struct event){ .kind = EVENT_PTFREE, .gpa = gfn << 12 },
				   NULL);
	}
	return unlink_some(g, op->y);
}

/* A free frame of the pool. */
static bool find_free(const struct guest *g, uint32_t x, unsigned *slot)
{
	for (unsigned i = 0; i < GUEST_POOL; i++) {
		*slot = (x + i) % GUEST_POOL;
		if (!g->level[*slot])
			return true;
	}
	return false;
}

/* A fork's copy: every entry without W. */
static bool copy_table(const struct guest *g, unsigned level, uint32_t x, uint64_t *words)
{
	for (unsigned i = 0; i < GUEST_POOL; i++) {
		unsigned slot = (x + i) % GUEST_POOL;

		if (g->level[slot] != level)
			continue;
		oracle_words(g->o, guest_frame(slot), words, NULL);
		for (unsigned k = 0; k < 512; k++)
			words[k] &= ~(uint64_t)(x & 1 ? PTE_W : 0);
		return true;
	}
	return false;
}

static void fill_words(const struct guest *g, unsigned level, const struct op *op,
		       uint64_t *words)
{
	struct rng r = { (uint64_t)op->z << 32 | op->y };

	memset(words, 0, 512 * sizeof(*words));
	if (op->z % 4 == 0 && copy_table(g, level, op->y, words))
		return;
	for (unsigned n = op->z / 4 % 8; n; n--) {
		uint64_t gva = guest_anywhere(g, (uint32_t)rng_next(&r));
		unsigned i = (unsigned)(gva >> (12 + 9 * (level - 1))) & 511;
		uint32_t x = (uint32_t)rng_next(&r), y = (uint32_t)rng_next(&r);

		words[i] = level == 1 ? guest_new_leaf(0, x, y)
				      : guest_new_upper(g, level, 0, x, y);
		if (!guest_is_sane(g, words[i], level))
			words[i] = 0;
	}
}

/* A new table of `level` in a free frame; its contents are stored, nobody knows of it yet. */
static int prepare_table(struct guest *g, unsigned level, const struct op *op, unsigned *slot,
			 uint64_t *words)
{
	if (!find_free(g, op->y, slot)) {
		int rc = run_free(g, op);

		return rc < 0 ? rc : GUEST_REFUSED;
	}
	fill_words(g, level, op, words);
	return guest_fill(g, *slot, words);
}

static int link_table(struct guest *g, const struct guest_place *at, const struct op *op)
{
	unsigned level = guest_table_level(g, at->gfn) - 1, slot;
	uint64_t words[512], value;
	int rc = prepare_table(g, level, op, &slot, words);

	if (rc)
		return rc;
	value = guest_frame(slot) << 12 | guest_upper_flags(op->x / 16);
	rc = guest_edit(g, at, value, op->z);
	if (rc || oracle_word(g->o, at->gfn, at->index) != value) {
		memcpy(g->memory[slot], words, sizeof(words));
		return rc;
	}
	return guest_announce(g, guest_frame(slot), level, words);
}

/* Makes the tables that are missing on the way to an entry of `level`. */
static int build(struct guest *g, const struct op *op, unsigned space, unsigned level,
		 struct guest_place *at)
{
	uint64_t gva = at->gva;
	struct op next = *op;

	for (unsigned i = 0; i < g->cfg.levels; i++) {
		int rc;

		guest_find_place(g, space, gva, level, at);
		if (at->level == level || guest_is_precious(g, at) ||
		    guest_table_level(g, at->gfn) == 1 ||
		    (oracle_word(g->o, at->gfn, at->index) & PTE_P))
			return 0;
		next.x += 16 * 977;
		next.z = next.z * 3 + 1;
		rc = link_table(g, at, &next);
		if (rc)
			return rc;
	}
	return 0;
}

/* A new value for gva's entry of `level` in the space. */
static int edit_at(struct guest *g, const struct op *op, unsigned space, unsigned level,
		   uint64_t gva)
{
	struct guest_place at = { .gva = gva };
	uint64_t old, value;
	unsigned has;
	int rc = build(g, op, space, level, &at);

	if (rc || guest_is_precious(g, &at))
		return rc;
	has = guest_table_level(g, at.gfn); /* it may be used as a table of a lower level */
	old = oracle_word(g->o, at.gfn, at.index);
	if (op->z & 256)
		old = oracle_word_may(g->o, at.gfn, at.index);
	value = has == 1 ? guest_new_leaf(old, op->x, op->z)
			 : guest_new_upper(g, has, old, op->x, op->z);
	if (!guest_is_sane(g, value, has))
		return 0;
	return guest_edit(g, &at, value, op->z >> 9);
}

static int edit(struct guest *g, const struct op *op, unsigned level)
{
	unsigned space = guest_some_space(g, op->x >> 16);

	return edit_at(g, op, space, level, guest_edit_gva(g, space, op->y));
}

static int run_upper(struct guest *g, const struct op *op)
{
	static const uint8_t below_top[] = { 0, 2, 2, 2, 3, 3, 0, 1 };
	unsigned level = g->cfg.levels - below_top[op->x >> 28 & 7] % (g->cfg.levels - 1);

	return edit(g, op, level);
}

static int run_table(struct guest *g, const struct op *op)
{
	unsigned space = guest_some_space(g, op->x >> 16);
	struct guest_place at;

	guest_find_place(g, space, guest_edit_gva(g, space, op->y),
			 2 + op->z / 512 % (g->cfg.levels - 1), &at);
	if (guest_is_precious(g, &at) || guest_table_level(g, at.gfn) < 2)
		return 0;
	return link_table(g, &at, op);
}

static int run_root(struct guest *g, const struct op *op)
{
	unsigned space = op->x % GUEST_SPACES, slot;
	uint64_t words[512];
	int rc;

	if (!find_free(g, op->y, &slot))
		return 0;
	oracle_words(g->o, g->root[space], words, NULL);
	guest_root_words(g, guest_frame(slot), words);
	rc = guest_fill(g, slot, words);
	if (rc)
		return rc;
	g->root[space] = guest_frame(slot);
	return guest_announce(g, guest_frame(slot), g->cfg.levels, words);
}

/* --- accesses --- */

static int run_access(struct guest *g, const struct op *op, enum oracle_kind kind)
{
	static const uint8_t sizes[] = { 8, 8, 8, 8, 4, 4, 1, 2, 16, 64 };
	unsigned bytes = sizes[op->y % 10];
	uint64_t gva = guest_pick_gva(g, g->space[g->vcpu], op->x), offset = gva & 0xfff;
	struct oracle_access a = { .kind = kind, .user = op->z % 5 < 3 };

	if (op->z >> 8 & 1)
		offset = op->y >> 8 & (op->y >> 4 & 7 ? 0xff8 : 0xfff);
	if (offset + bytes > 0x1000)
		offset = 0x1000 - bytes;
	a.gva = (gva & ~(uint64_t)0xfff) | offset;
	if (kind == ORACLE_STORE)
		return guest_store(g, &a, bytes, op->z >> 9);
	return guest_access(g, &a, bytes);
}

static int run_load(struct guest *g, const struct op *op)
{
	return run_access(g, op, ORACLE_LOAD);
}

static int run_store(struct guest *g, const struct op *op)
{
	return run_access(g, op, ORACLE_STORE);
}

static int run_fetch(struct guest *g, const struct op *op)
{
	return run_access(g, op, ORACLE_FETCH);
}

static int run_leaf(struct guest *g, const struct op *op)
{
	return edit(g, op, 1);
}

/* The guest takes a fault that no translation it may remember would spare it. */
static int run_fault(struct guest *g, const struct op *op)
{
	struct oracle_access a = { .gva = guest_pick_gva(g, g->space[g->vcpu], op->x),
				   .kind = (enum oracle_kind)(op->y % 3),
				   .user = op->z % 2 };
	struct event e = { .kind = EVENT_PF, .gva = a.gva };
	int rc = 0;

	oracle_walk(g->o, g->vcpu, &a, &g->legal);
	oracle_recall(g->o, g->vcpu, &a, &g->legal);
	for (unsigned i = 0; i < g->legal.n; i++)
		if (!g->legal.o[i].is_fault ||
		    g->legal.o[i].error_code != g->legal.o[0].error_code)
			return 0;
	e.value = g->legal.o[0].error_code;
	if (g->cfg.flushes_to_fault)
		rc = guest_event(g, &(struct event){ .kind = EVENT_INVLPG, .gva = a.gva },
				 NULL);
	oracle_mark(g->o, &g->legal);
	return rc ? rc : guest_event(g, &e, NULL);
}

/* --- registers, invalidations, the machine --- */

/* Not always an address of the current space: a global page may be cached from another. */
static int run_invlpg(struct guest *g, const struct op *op)
{
	struct event e = { .kind = EVENT_INVLPG,
			   .gva = guest_pick_gva(g, guest_some_space(g, op->y), op->x) };

	return guest_event(g, &e, NULL);
}

static int switch_to(struct guest *g, unsigned space, unsigned pcid, bool keeps)
{
	struct regs *r = &g->regs[g->vcpu];
	bool has_pcid = r->cr4 & CR4_PCIDE;
	struct event e = { .kind = EVENT_CR3 };

	g->space[g->vcpu] = space;
	r->cr3 = g->root[space] << 12 | (has_pcid ? pcid : 0);
	e.value = r->cr3 | (has_pcid && keeps ? CR3_NOFLUSH : 0);
	return guest_event(g, &e, NULL);
}

static int run_cr3(struct guest *g, const struct op *op)
{
	unsigned space = op->x % GUEST_SPACES;

	return switch_to(g, space, op->y % 4 ? space + 1 : op->y / 4 % 4, op->z % 2);
}

/* An entry of some space changes, its page is flushed, and perhaps the space used. */
static int run_shootdown(struct guest *g, const struct op *op)
{
	unsigned now = g->space[g->vcpu],
		 space = op->x >> 16 & 1 ? now : op->x / 8 % GUEST_SPACES;
	uint64_t gva = guest_edit_gva(g, space, op->y);
	struct event invlpg = { .kind = EVENT_INVLPG, .gva = gva };
	struct event invpcid = { .kind = EVENT_INVPCID,
				 .gva = gva,
				 .value = g->regs[g->vcpu].cr4 & CR4_PCIDE ? space + 1 : 0 };
	struct oracle_access a = { .gva = gva };
	int rc = edit_at(g, op, space, 1, gva);

	if (rc >= 0)
		rc = guest_event(g, op->z & 1 ? &invlpg : &invpcid, NULL);
	if (rc >= 0 && (op->z & 2))
		rc = switch_to(g, space, space + 1, true);
	return rc < 0 ? rc : guest_access(g, &a, 8);
}

static int run_invpcid(struct guest *g, const struct op *op)
{
	static const uint8_t types[] = { 0, 0, 0, 0, 1, 1, 1, 2, 3, 3 };
	bool pcid = g->regs[g->vcpu].cr4 & CR4_PCIDE;
	unsigned space = op->z % 4 ? g->space[g->vcpu] : op->z / 4 % GUEST_SPACES;
	struct event e = { .kind = EVENT_INVPCID,
			   .n = types[op->y % 10],
			   .value = pcid ? space + 1 : 0,
			   .gva = guest_pick_gva(g, space, op->x) };

	return guest_event(g, &e, NULL);
}

static int run_cr4(struct guest *g, const struct op *op)
{
	struct regs *r = &g->regs[g->vcpu];
	uint64_t bit = op->x % 4 < 2 ? CR4_PGE : op->x % 4 == 2 ? CR4_SMEP : CR4_PCIDE;

	if (bit == CR4_PCIDE && (!g->cfg.pcid || (!(r->cr4 & bit) && (r->cr3 & 0xfff))))
		return 0;
	r->cr4 ^= bit;
	return guest_event(g, &(struct event){ .kind = EVENT_CR4, .value = r->cr4 }, NULL);
}

static int run_cr0(struct guest *g, const struct op *op)
{
	(void)op;
	if (g->cfg.keeps_wp)
		return 0;
	g->regs[g->vcpu].cr0 ^= CR0_WP;
	return guest_event(
		g, &(struct event){ .kind = EVENT_CR0, .value = g->regs[g->vcpu].cr0 }, NULL);
}

static int run_vcpu(struct guest *g, const struct op *op)
{
	struct event e = { .kind = EVENT_VCPU, .vcpu = (uint16_t)(op->x % g->cfg.n_vcpu) };

	return guest_event(g, &e, NULL);
}

static int run_interrupt(struct guest *g, const struct op *op)
{
	return guest_event(g, &(struct event){ .kind = EVENT_INT, .n = op->x % 256 }, NULL);
}

static int run_ram(struct guest *g, const struct op *op)
{
	static const uint64_t gpa[GUEST_PLUGS] = { 0x100000000, 0x100200000, 0x200000000 };
	static const uint64_t bytes[GUEST_PLUGS] = { 0x200000, 0x100000, 0x400000 };
	unsigned i = op->x % GUEST_PLUGS;
	struct event e = { .kind = g->plugged[i] ? EVENT_RAM_DEL : EVENT_RAM_ADD,
			   .gpa = gpa[i],
			   .value = bytes[i] };

	g->plugged[i] = !g->plugged[i];
	return guest_event(g, &e, NULL);
}

static int run_dma(struct guest *g, const struct op *op)
{
	struct event e = { .kind = EVENT_DMA,
			   .gpa = (0x800 + op->x % 8) << 12,
			   .n = op->y % 4096 };

	return guest_event(g, &e, NULL);
}

/* How often, in guests of each temper: careless, careful, busy with tables, with memory, with
 * switching between spaces. */
static int run_reclaim(struct guest *g, const struct op *op)
{
	uint64_t gfn = guest_data_frame(op->x);

	if (!g->sink.reclaim || guest_was_table(g, gfn))
		return 0;
	return g->sink.reclaim(g->sink.arg, gfn);
}

static const struct {
	const char *name;
	uint8_t weight[GUEST_TEMPERS];
	int (*run)(struct guest *, const struct op *);
} deeds[] = {
	{ "load", { 220, 200, 120, 250, 120 }, run_load },
	{ "store", { 160, 160, 100, 220, 120 }, run_store },
	{ "fetch", { 60, 60, 40, 60, 30 }, run_fetch },
	{ "leaf", { 140, 120, 200, 60, 140 }, run_leaf },
	{ "upper", { 30, 20, 60, 10, 10 }, run_upper },
	{ "table", { 20, 15, 50, 8, 6 }, run_table },
	{ "free", { 6, 6, 16, 2, 3 }, run_free },
	{ "root", { 2, 2, 5, 1, 1 }, run_root },
	{ "shootdown", { 20, 60, 30, 10, 100 }, run_shootdown },
	{ "invlpg", { 5, 120, 40, 10, 30 }, run_invlpg },
	{ "cr3", { 10, 60, 30, 10, 120 }, run_cr3 },
	{ "invpcid", { 2, 30, 10, 2, 40 }, run_invpcid },
	{ "cr4", { 2, 8, 4, 2, 6 }, run_cr4 },
	{ "cr0", { 12, 10, 8, 8, 20 }, run_cr0 },
	{ "vcpu", { 60, 40, 40, 40, 15 }, run_vcpu },
	{ "fault", { 8, 16, 10, 4, 4 }, run_fault },
	{ "interrupt", { 4, 4, 4, 4, 2 }, run_interrupt },
	{ "ram", { 3, 5, 3, 3, 2 }, run_ram },
	{ "reclaim", { 4, 6, 4, 8, 4 }, run_reclaim },
	{ "dma", { 2, 2, 2, 2, 1 }, run_dma },
};

#define DEEDS (sizeof(deeds) / sizeof(*deeds))

struct op guest_random_op(struct rng *r, unsigned temper)
{
	unsigned total = 0, kind = 0;
	struct op op;
	uint64_t pick;

	for (unsigned i = 0; i < DEEDS; i++)
		total += deeds[i].weight[temper];
	pick = rng_below(r, total);
	while (pick >= deeds[kind].weight[temper])
		pick -= deeds[kind++].weight[temper];
	/* one after the other: C leaves the order within an initializer open */
	op.kind = kind;
	op.x = (uint32_t)rng_next(r);
	op.y = (uint32_t)rng_next(r);
	op.z = (uint32_t)rng_next(r);
	return op;
}

const char *guest_op_name(const struct op *op)
{
	return deeds[op->kind].name;
}

int guest_run(struct guest *g, const struct op *op)
{
	int rc = deeds[op->kind].run(g, op);

	return rc < 0 ? rc : 0;
}
