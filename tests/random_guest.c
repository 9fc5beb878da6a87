/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the guest can do: accesses, stores to tables, registers. Its policy: guest_ops.c. */
#include "guest_state.h"

#include <stdlib.h>
#include <string.h>

#include "x86/regs.h"

#define DM_PDPT	  0x3f0 /* tables of the direct map */
#define DM_PD	  0x3f1
#define DM_PT	  0x3f2
#define DM_PML4	  0x3f3
#define DM_MIB_2  32 /* 2 MiB ranges it covers */
#define DM_FLAGS  (PTE_P | PTE_W | PTE_A | PTE_D)
#define LEAF_SIZE 0x200

/* --- what the machine is --- */

void guest_meta(const struct guest_config *cfg, struct trace_meta *meta)
{
	*meta = (struct trace_meta){
		.ram = { { 0, 0xa0000 },
			 { 0x100000, (64 << 20) - 0x100000 },
			 { (uint64_t)1 << 30, cfg->no_1g ? 8u << 20 : (uint64_t)2 << 30 } },
		.n_ram = 3,
		.n_vcpu = cfg->n_vcpu,
		.has_tables = true,
	};
	meta->regs = (struct regs){
		.cr0 = CR0_PG | CR0_WP | 1,
		.cr3 = (uint64_t)GUEST_FIRST << 12,
		.cr4 = CR4_PAE | CR4_PGE | (cfg->levels == 5 ? CR4_LA57 : 0) |
		       (cfg->pcid ? CR4_PCIDE : 0),
		.efer = EFER_LME | EFER_LMA | EFER_NXE,
	};
}

static void tell_oracle(struct guest *g, const struct event *e, const uint64_t *words)
{
	switch ((int)e->kind) {
	case EVENT_VCPU:
		g->vcpu = e->vcpu;
		break;
	case EVENT_CR0:
		oracle_cr0(g->o, g->vcpu, e->value);
		break;
	case EVENT_CR3:
		oracle_cr3(g->o, g->vcpu, e->value);
		break;
	case EVENT_CR4:
		oracle_cr4(g->o, g->vcpu, e->value);
		break;
	case EVENT_INVLPG:
		oracle_invlpg(g->o, g->vcpu, e->gva);
		break;
	case EVENT_INVPCID:
		oracle_invpcid(g->o, g->vcpu, e->n, (uint16_t)e->value, e->gva);
		break;
	case EVENT_PF:
		oracle_fault(g->o, g->vcpu, e->gva);
		break;
	case EVENT_PTPAGE:
		oracle_table(g->o, e->gpa >> 12, words);
		break;
	case EVENT_PTW:
		oracle_write(g->o, e->gpa, e->value);
		break;
	case EVENT_PTFREE:
		oracle_free(g->o, e->gpa >> 12);
		break;
	default: /* says nothing to a processor */
		break;
	}
}

int guest_event(struct guest *g, const struct event *e, const uint64_t *words)
{
	int rc = g->sink.event(g->sink.arg, e, words);

	tell_oracle(g, e, words);
	return rc;
}

int guest_access(struct guest *g, const struct oracle_access *a, unsigned bytes)
{
	struct oracle_legal *legal = &g->legal;
	int rc;

	oracle_walk(g->o, g->vcpu, a, legal);
	rc = g->sink.access(g->sink.arg, a, bytes, legal);
	if (rc < 0 || rc == GUEST_REFUSED)
		return rc;
	oracle_mark(g->o, legal);
	if (rc == GUEST_FAULTED)
		oracle_fault(g->o, g->vcpu, a->gva);
	return rc;
}

/* --- addresses --- */

uint64_t guest_canonical(const struct guest *g, uint64_t gva)
{
	unsigned unused = g->cfg.levels == 5 ? 7 : 16;

	return (uint64_t)((int64_t)(gva << unused) >> unused);
}

uint64_t guest_direct_gva(const struct guest *g, uint64_t gpa)
{
	return guest_canonical(g, ((uint64_t)GUEST_DM_SLOT << (12 + 9 * (g->cfg.levels - 1))) |
					  gpa);
}

unsigned guest_table_level(const struct guest *g, uint64_t gfn)
{
	unsigned slot = guest_slot(gfn);

	return slot < GUEST_POOL ? g->level[slot] : 0;
}

/* --- stores to tables --- */

static bool is_settled(const struct oracle_legal *l)
{
	for (unsigned i = 1; i < l->n; i++)
		if (l->o[i].is_fault != l->o[0].is_fault ||
		    l->o[i].error_code != l->o[0].error_code || l->o[i].gfn != l->o[0].gfn)
			return false;
	return true;
}

static bool may_hit_table(const struct guest *g, const struct oracle_legal *l)
{
	for (unsigned i = 0; i < l->n; i++)
		if (!l->o[i].is_fault && oracle_is_table(g->o, l->o[i].gfn))
			return true;
	return false;
}

static void look(struct guest *g, const struct oracle_access *a)
{
	oracle_walk(g->o, g->vcpu, a, &g->legal);
	oracle_recall(g->o, g->vcpu, a, &g->legal);
}

/* Makes sure that only the truth is possible for the access; the truth is legal.o[0]. */
static int settle(struct guest *g, const struct oracle_access *a)
{
	int rc;

	look(g, a);
	if (is_settled(&g->legal))
		return 0;
	rc = guest_event(g, &(struct event){ .kind = EVENT_INVLPG, .gva = a->gva }, NULL);
	look(g, a);
	return rc;
}

/* Where a store through gva would go, if it may go to a table at all; 0: nowhere. */
static int table_behind(struct guest *g, const struct oracle_access *a, uint64_t *gfn)
{
	int rc;

	*gfn = 0;
	look(g, a);
	if (!may_hit_table(g, &g->legal))
		return 0;
	rc = settle(g, a);
	if (!rc && !g->legal.o[0].is_fault && oracle_is_table(g->o, g->legal.o[0].gfn))
		*gfn = g->legal.o[0].gfn;
	return rc;
}

static int tell_write(struct guest *g, uint64_t gpa, uint64_t value)
{
	return guest_event(
		g,
		&(struct event){ .kind = EVENT_PTW, .gpa = gpa & ~(uint64_t)7, .value = value },
		NULL);
}

/* Through a mapping of the root by itself, where the current space has one and gva's path leads
 * to the entry. */
static uint64_t recursive_gva(const struct guest *g, uint64_t gva, unsigned level)
{
	unsigned levels = g->cfg.levels, bits = 9 * levels;
	uint64_t slots = 0;

	for (unsigned i = 0; i < level; i++)
		slots = slots << 9 | GUEST_REC_SLOT;
	return guest_canonical(g, slots << (12 + bits - 9 * level) |
					  (gva & (((uint64_t)1 << (12 + bits)) - 1)) >>
						  (9 * level));
}

/* The part of an entry that a store must cover to change it from `old` to `value`. */
static void narrow(uint64_t old, uint64_t value, unsigned *offset, unsigned *bytes)
{
	uint64_t diff = old ^ value;

	*offset = 0;
	if (!(diff >> 8)) {
		*bytes = 1;
	} else if (!(diff >> 32)) {
		*bytes = 4;
	} else if (!(diff & 0xffffffff)) {
		*offset = *bytes = 4;
	} else {
		*bytes = 8;
	}
}

/* Kernels read an entry before they change it. */
static int look_first(struct guest *g, const struct oracle_access *store, unsigned bytes)
{
	struct oracle_access a = *store;

	a.kind = ORACLE_LOAD;
	return guest_access(g, &a, bytes);
}

int guest_edit(struct guest *g, const struct guest_place *at, uint64_t value, uint32_t how)
{
	struct oracle_access a = { .kind = ORACLE_STORE };
	uint64_t gpa = at->gfn << 12 | at->index * 8u, target = 0;
	unsigned offset = 0, bytes = 8;
	int rc = 0;

	if (how % 4 == 0)
		narrow(oracle_word(g->o, at->gfn, at->index), value, &offset, &bytes);
	if (how / 4 % 4 == 0) {
		a.gva = (recursive_gva(g, at->gva, at->level) & ~(uint64_t)7) + offset;
		rc = table_behind(g, &a, &target);
	}
	if (!rc && target != at->gfn) {
		a.gva = guest_direct_gva(g, gpa) + offset;
		rc = table_behind(g, &a, &target);
	}
	if (rc || target != at->gfn)
		return rc;
	rc = how / 16 % 2 ? look_first(g, &a, bytes) : 0;
	if (!rc)
		rc = guest_access(g, &a, bytes);
	return rc ? rc : tell_write(g, gpa, value);
}

/* A harmless new value of an entry, changed only inside its low byte when `low_byte`. */
static uint64_t flip(const struct guest *g, uint64_t gfn, unsigned index, uint32_t x)
{
	uint64_t e = oracle_word(g->o, gfn, index);
	unsigned level = guest_table_level(g, gfn);
	bool is_precious = !level || index == GUEST_DM_SLOT || index == GUEST_REC_SLOT;

	switch (x % (is_precious ? 4 : 6)) {
	case 0:
		return e;
	case 1:
		return e & PTE_P ? e & ~PTE_A : e;
	case 2:
		return e & PTE_P ? e & ~PTE_D : e;
	case 3:
		return e & PTE_P ? e | PTE_A | PTE_D : e;
	case 4:
		return e & PTE_P ? e ^ PTE_W : e;
	default:
		return level == 1 ? 0 : e;
	}
}

/* The store hits `gfn`, a table: its entries change, as far as the bytes reach. */
static int store_to_table(struct guest *g, const struct oracle_access *a, unsigned bytes,
			  uint64_t gfn, uint32_t x)
{
	unsigned first = (unsigned)(a->gva & 0xfff), end = first + bytes;
	int rc = guest_access(g, a, bytes);

	for (unsigned at = first & ~7u; !rc && at < end; at += 8) {
		bool is_whole = at >= first && at + 8 <= end;
		uint64_t old = oracle_word(g->o, gfn, at / 8), value = old;

		if (is_whole)
			value = flip(g, gfn, at / 8, x >> at % 16);
		else if (at >= first) /* its low byte at least */
			value = (flip(g, gfn, at / 8, x) & 0xff) | (old & ~(uint64_t)0xff);
		rc = tell_write(g, gfn << 12 | at, value);
	}
	return rc;
}

/* Free frames of the pool that the store may hit hold nobody knows what. */
static void scribble(struct guest *g)
{
	for (unsigned i = 0; i < g->legal.n; i++)
		if (!g->legal.o[i].is_fault && guest_slot(g->legal.o[i].gfn) < GUEST_POOL)
			g->scribbled[guest_slot(g->legal.o[i].gfn)] = true;
}

int guest_store(struct guest *g, const struct oracle_access *a, unsigned bytes, uint32_t x)
{
	uint64_t gfn;
	int rc = table_behind(g, a, &gfn);

	if (rc)
		return rc;
	if (gfn)
		return store_to_table(g, a, bytes, gfn, x);
	scribble(g);
	return guest_access(g, a, bytes);
}

/* --- tables --- */

int guest_fill(struct guest *g, unsigned slot, const uint64_t *words)
{
	uint64_t gpa = guest_frame(slot) << 12;
	int rc = 0;

	for (unsigned i = 0; rc >= 0 && i < 512; i += 8) {
		struct oracle_access a = { .gva = guest_direct_gva(g, gpa + i * 8),
					   .kind = ORACLE_STORE };

		if (g->scribbled[slot] || memcmp(words + i, g->memory[slot] + i, 64))
			rc = guest_access(g, &a, 64);
	}
	g->scribbled[slot] = false;
	return rc < 0 ? rc : 0;
}

int guest_announce(struct guest *g, uint64_t gfn, unsigned level, const uint64_t *words)
{
	if (guest_slot(gfn) < GUEST_POOL) {
		g->level[guest_slot(gfn)] = (uint8_t)level;
		g->was_table[guest_slot(gfn)] = true;
	}
	return guest_event(g,
			   &(struct event){ .kind = EVENT_PTPAGE,
					    .gpa = gfn << 12,
					    .level = (uint8_t)level },
			   words);
}

/* 4K entries in table `pt` for the 2 MiB around `first`. */
static int announce_fine(struct guest *g, uint64_t *pd, uint64_t first, uint64_t pt)
{
	uint64_t words[512];

	for (unsigned i = 0; i < 512; i++)
		words[i] = (first / 512 * 512 + i) << 12 | DM_FLAGS | PTE_G;
	pd[first / 512] = pt << 12 | DM_FLAGS;
	return guest_announce(g, pt, 1, words);
}

static int announce_direct_map(struct guest *g)
{
	uint64_t pd[512] = { 0 }, upper[512] = { 0 };
	int rc = 0;

	for (unsigned i = 0; i < DM_MIB_2; i++)
		pd[i] = (uint64_t)i * LEAF_SIZE << 12 | DM_FLAGS | PTE_PS | PTE_G | PTE_NX;
	if (g->cfg.fine_direct_map)
		rc = announce_fine(g, pd, GUEST_FIRST, DM_PT);
	if (!rc && g->cfg.fine_direct_map)
		rc = announce_fine(g, pd, GUEST_SECOND, DM_PT + 2);
	if (!rc)
		rc = guest_announce(g, DM_PD, 2, pd);
	upper[0] = (uint64_t)DM_PD << 12 | DM_FLAGS;
	if (!rc)
		rc = guest_announce(g, DM_PDPT, 3, upper);
	upper[0] = (uint64_t)DM_PDPT << 12 | DM_FLAGS;
	if (!rc && g->cfg.levels == 5)
		rc = guest_announce(g, DM_PML4, 4, upper);
	return rc;
}

void guest_root_words(const struct guest *g, uint64_t gfn, uint64_t *words)
{
	uint64_t below = g->cfg.levels == 5 ? DM_PML4 : DM_PDPT;

	words[GUEST_DM_SLOT] = below << 12 | DM_FLAGS;
	words[GUEST_REC_SLOT] = gfn << 12 | DM_FLAGS;
}

static int announce_all(struct guest *g)
{
	int rc = announce_direct_map(g);

	for (unsigned i = 0; !rc && i < GUEST_SPACES; i++) {
		uint64_t words[512] = { 0 };

		g->root[i] = GUEST_FIRST + i;
		guest_root_words(g, g->root[i], words);
		rc = guest_announce(g, g->root[i], g->cfg.levels, words);
	}
	return rc;
}

struct guest *guest_create(const struct guest_config *cfg, const struct guest_sink *sink)
{
	struct guest *g = calloc(1, sizeof(*g));
	struct trace_meta meta;

	if (!g)
		abort();
	guest_meta(cfg, &meta);
	g->cfg = *cfg;
	g->sink = *sink;
	for (unsigned i = 0; i < cfg->n_vcpu; i++)
		g->regs[i] = meta.regs;
	g->o = oracle_create(cfg->n_vcpu, meta.regs.cr0, meta.regs.cr3, meta.regs.cr4);
	if (!g->o)
		abort();
	if (announce_all(g)) {
		guest_destroy(g);
		return NULL;
	}
	return g;
}

void guest_destroy(struct guest *g)
{
	if (!g)
		return;
	oracle_destroy(g->o);
	free(g);
}

struct oracle *guest_oracle(struct guest *g)
{
	return g->o;
}

unsigned guest_vcpu(const struct guest *g)
{
	return g->vcpu;
}

bool guest_was_table(const struct guest *g, uint64_t gfn)
{
	return oracle_is_table(g->o, gfn) ||
	       (guest_slot(gfn) < GUEST_POOL && g->was_table[guest_slot(gfn)]);
}
