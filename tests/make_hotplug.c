/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * make_hotplug.c - writes traces/hotplug.snt: a guest that uses memory which may be plugged in while it runs
 *
 *     make_hotplug OUTPUT.snt
 *
 * 256 MiB of RAM from 0. One address space, everything at CPL 3:
 *
 *     gva 0x400000       2 MiB of ordinary memory (gpa 32 MiB)
 *     gva 0x10000000     its page tables, so that it can write them
 *     gva 0x7f0000000000 8 MiB of what lies at gpa 4 GiB, where a PC puts its first DIMM
 *
 * Phases, each announced by a tag:
 *     tag 1  the ordinary memory, loads and stores
 *     tag 2  each DIMM page: a store and a load; ordinary memory in between
 *     tag 3  each DIMM page once more, loads
 *     tag 4  the guest takes the DIMM out of use: each entry is cleared, INVLPG
 *     tag 5  ordinary memory
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/addr.h"
#include "trace/writer.h"
#include "x86/ptformat.h"

#define RAM_BYTES   ((uint64_t)256 << 20)
#define TABLE_FIRST 0x1000u /* gfn of the root */
#define OWN_GVA	    ((uint64_t)0x400000)
#define OWN_GFN	    ((uint64_t)0x2000)
#define OWN_PAGES   512u
#define TABLES_GVA  ((uint64_t)0x10000000)
#define DIMM_GVA    ((uint64_t)0x7f0000000000)
#define DIMM_GFN    ((uint64_t)0x100000)
#define DIMM_PAGES  2048u
#define USER_RW	    (PTE_P | PTE_W | PTE_U | PTE_A)
#define TABLES	    16u

struct guest {
	struct trace_writer *w;
	struct sim_error err;
	uint64_t table[TABLES][512];
	uint8_t level[TABLES];
	unsigned n_tables;
	uint64_t n_accesses;
};

static void check(const struct guest *g, int rc)
{
	if (!rc)
		return;
	fprintf(stderr, "make_hotplug: %s: %s\n", g->err.where, g->err.text);
	exit(1);
}

/* --- tables --- */

static unsigned new_table(struct guest *g, unsigned level)
{
	g->level[g->n_tables] = (uint8_t)level;
	return g->n_tables++;
}

static uint64_t *leaf_of(struct guest *g, uint64_t gva, unsigned *table)
{
	unsigned t = 0;

	for (unsigned level = 4; level > 1; level--) {
		uint64_t *e = &g->table[t][level_index(gva, level)];

		if (!*e)
			*e = (uint64_t)(TABLE_FIRST + new_table(g, level - 1)) << PAGE_SHIFT |
			     USER_RW;
		t = (unsigned)((*e >> PAGE_SHIFT) - TABLE_FIRST);
	}
	*table = t;
	return &g->table[t][level_index(gva, 1)];
}

static void map(struct guest *g, uint64_t gva, uint64_t gfn, unsigned pages)
{
	unsigned table;

	for (unsigned i = 0; i < pages; i++)
		*leaf_of(g, gva + i * PAGE_BYTES, &table) =
			(gfn + i) << PAGE_SHIFT | USER_RW | PTE_D;
}

/* --- records --- */

static void event(struct guest *g, const struct event *e, const uint64_t *words)
{
	check(g, trace_writer_event(g->w, e, words, &g->err));
}

static void tag(struct guest *g, uint64_t n)
{
	event(g, &(struct event){ .kind = EVENT_TAG, .value = n }, NULL);
}

static void touch(struct guest *g, uint8_t kind, uint64_t gva)
{
	struct trace_access a = { .op = (uint8_t)(kind | OP_USER | 3u << OP_SIZE_SHIFT),
				  .gva = gva_make(gva),
				  .frame = FRAME_NONE };

	g->n_accesses++;
	check(g, trace_writer_access(g->w, &a, &g->err));
}

static void use_own(struct guest *g, unsigned pages)
{
	for (unsigned i = 0; i < pages; i++) {
		touch(g, OP_STORE, OWN_GVA + i * PAGE_BYTES + 64);
		touch(g, OP_LOAD, OWN_GVA + i * PAGE_BYTES + 128);
	}
}

static void give_tables(struct guest *g)
{
	for (unsigned i = 0; i < g->n_tables; i++)
		event(g,
		      &(struct event){ .kind = EVENT_PTPAGE,
				       .level = g->level[i],
				       .gpa = (uint64_t)(TABLE_FIRST + i) << PAGE_SHIFT },
		      g->table[i]);
}

static void use_dimm(struct guest *g)
{
	for (unsigned i = 0; i < DIMM_PAGES; i++) {
		touch(g, OP_STORE, DIMM_GVA + i * PAGE_BYTES + 8);
		touch(g, OP_LOAD, DIMM_GVA + i * PAGE_BYTES + 16);
		if (i % 256 == 0)
			use_own(g, 4);
	}
}

static void read_dimm(struct guest *g)
{
	for (unsigned i = 0; i < DIMM_PAGES; i++)
		touch(g, OP_LOAD, DIMM_GVA + i * PAGE_BYTES + 24);
}

static void unmap_dimm(struct guest *g)
{
	for (unsigned i = 0; i < DIMM_PAGES; i++) {
		uint64_t gva = DIMM_GVA + i * PAGE_BYTES, at;
		unsigned table;

		(void)leaf_of(g, gva, &table);
		at = (uint64_t)table << PAGE_SHIFT | level_index(gva, 1) * 8;
		touch(g, OP_STORE, TABLES_GVA + at);
		event(g,
		      &(struct event){ .kind = EVENT_PTW,
				       .gpa = ((uint64_t)TABLE_FIRST << PAGE_SHIFT) + at },
		      NULL);
		event(g, &(struct event){ .kind = EVENT_INVLPG, .gva = gva }, NULL);
	}
}

static void live(struct guest *g)
{
	give_tables(g);
	tag(g, 1);
	use_own(g, OWN_PAGES);
	tag(g, 2);
	use_dimm(g);
	tag(g, 3);
	read_dimm(g);
	tag(g, 4);
	unmap_dimm(g);
	tag(g, 5);
	use_own(g, OWN_PAGES);
	event(g, &(struct event){ .kind = EVENT_END, .value = g->n_accesses }, NULL);
}

int main(int argc, char **argv)
{
	static const struct trace_meta meta = {
		.name = "hotplug",
		.origin = "made by tests/make_hotplug.c: a guest that uses 8 MiB at gpa 4 GiB",
		.tools = "make_hotplug",
		.ram = { { 0, RAM_BYTES } },
		.n_ram = 1,
		.n_vcpu = 1,
		.regs = { .cr0 = 0x80050033,
			  .cr3 = (uint64_t)TABLE_FIRST << PAGE_SHIFT,
			  .cr4 = 0x620,
			  .efer = 0xd01 },
		.has_tables = true,
	};
	static struct guest g;

	if (argc != 2) {
		fprintf(stderr, "usage: make_hotplug OUTPUT.snt\n");
		return 2;
	}
	(void)new_table(&g, 4);
	map(&g, OWN_GVA, OWN_GFN, OWN_PAGES);
	map(&g, TABLES_GVA, TABLE_FIRST, TABLES);
	map(&g, DIMM_GVA, DIMM_GFN, DIMM_PAGES);
	check(&g, trace_writer_create(&g.w, argv[1], &meta, NULL, &g.err));
	live(&g);
	check(&g, trace_writer_close(g.w, &g.err));
	return 0;
}
