/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "small_snapshot.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 4096u

/* --- bytes --- */

void small_put(struct small_file *f, const void *p, size_t n)
{
	if (f->n + n > f->cap) {
		f->cap = 2 * (f->n + n) + 4096;
		f->p = realloc(f->p, f->cap);
		assert(f->p);
	}
	memcpy(f->p + f->n, p, n);
	f->n += n;
}

void small_be(struct small_file *f, unsigned bytes, uint64_t v)
{
	while (bytes--) {
		uint8_t c = (uint8_t)(v >> (8 * bytes));

		small_put(f, &c, 1);
	}
}

void small_le(struct small_file *f, unsigned bytes, uint64_t v)
{
	for (; bytes--; v >>= 8) {
		uint8_t c = (uint8_t)v;

		small_put(f, &c, 1);
	}
}

void small_text(struct small_file *f, const char *text)
{
	small_put(f, text, strlen(text));
}

void small_name(struct small_file *f, const char *name)
{
	small_be(f, 1, strlen(name));
	small_text(f, name);
}

void small_fini(struct small_file *f)
{
	free(f->p);
	*f = (struct small_file){ NULL, 0, 0 };
}

/* --- the guest --- */

uint64_t small_root(struct small_snapshot *g)
{
	uint64_t root = g->next_table;

	g->next_table += PAGE;
	assert(g->next_table <= SMALL_RAM);
	return root;
}

void small_snapshot_init(struct small_snapshot *g, unsigned levels)
{
	*g = (struct small_snapshot){ .levels = levels, .next_table = SMALL_TABLES };
	g->ram = calloc(1, SMALL_RAM);
	g->dimm = calloc(1, SMALL_DIMM);
	assert(g->ram && g->dimm);
	g->cr3 = small_root(g);
}

void small_snapshot_fini(struct small_snapshot *g)
{
	free(g->ram);
	free(g->dimm);
}

uint64_t *small_word(struct small_snapshot *g, uint64_t gpa)
{
	uint8_t *p = gpa >= SMALL_DIMM_AT ? g->dimm + (gpa - SMALL_DIMM_AT) : g->ram + gpa;

	return (uint64_t *)(void *)p;
}

void small_map(struct small_snapshot *g, uint64_t cr3, uint64_t gva, uint64_t gpa,
	       unsigned level, uint64_t bits)
{
	uint64_t table = cr3;

	for (unsigned l = g->levels; l > level; l--) {
		uint64_t *e = small_word(g, table + (gva >> (12 + 9 * (l - 1)) & 511) * 8);

		if (!*e)
			*e = small_root(g) | 0x67;
		table = *e & ~(uint64_t)0xfff;
	}
	*small_word(g, table + (gva >> (12 + 9 * (level - 1)) & 511) * 8) =
		gpa | bits | 1 | (level > 1 ? 0x80 : 0);
}

/* --- migration --- */

static void ram_head(struct small_file *f, uint64_t offset, const char *block, unsigned flag)
{
	small_be(f, 8, offset | flag | (block ? 0 : 0x20));
	if (block)
		small_name(f, block);
}

void small_ram_page(struct small_file *f, uint64_t offset, const char *block, const void *page)
{
	ram_head(f, offset, block, 0x08);
	small_put(f, page, PAGE);
}

void small_ram_zero(struct small_file *f, uint64_t offset, const char *block, uint8_t fill)
{
	ram_head(f, offset, block, 0x02);
	small_be(f, 1, fill);
}

void small_footer(struct small_file *f, uint32_t id)
{
	small_be(f, 1, 0x7e);
	small_be(f, 4, id);
}

static void section(struct small_file *f, unsigned type, uint32_t id, const char *name,
		    uint32_t instance, uint32_t version)
{
	small_be(f, 1, type);
	small_be(f, 4, id);
	small_name(f, name);
	small_be(f, 4, instance);
	small_be(f, 4, version);
}

void small_begin(struct small_file *f)
{
	small_text(f, "QEVM");
	small_be(f, 4, 3);
	small_be(f, 1, 7);
	small_be(f, 4, 13);
	small_text(f, "pc-i440fx-7.2");
	section(f, 1, 2, "ram", 0, 4);
	small_be(f, 8, (SMALL_RAM + SMALL_DIMM) | 0x04);
	small_name(f, "pc.ram");
	small_be(f, 8, SMALL_RAM);
	small_name(f, "mem1");
	small_be(f, 8, SMALL_DIMM);
	small_be(f, 8, 0x10);
	small_footer(f, 2);
}

static void block(struct small_file *f, const char *name, const uint8_t *bytes, uint64_t n)
{
	static const uint8_t zero[PAGE];

	for (uint64_t at = 0; at < n; at += PAGE) {
		if (memcmp(bytes + at, zero, PAGE) != 0)
			small_ram_page(f, at, at ? NULL : name, bytes + at);
		else if (!at)
			small_ram_zero(f, at, name, 0);
	}
}

void small_ram(struct small_file *f, const struct small_snapshot *g)
{
	small_be(f, 1, 2);
	small_be(f, 4, 2);
	block(f, "pc.ram", g->ram, SMALL_RAM);
	small_be(f, 8, 0x10);
	small_footer(f, 2);
	small_be(f, 1, 2);
	small_be(f, 4, 2);
	block(f, "mem1", g->dimm, SMALL_DIMM);
	small_be(f, 8, 0x10);
	small_footer(f, 2);
}

void small_end_ram(struct small_file *f)
{
	small_be(f, 1, 3);
	small_be(f, 4, 2);
	small_be(f, 8, 0x10);
	small_footer(f, 2);
}

#define CPU_JSON                                                                                \
	"{\"name\":\"cpu\",\"instance_id\":%u,\"vmsd_name\":\"cpu\",\"version\":12,\"fields\":" \
	"[{\"name\":\"env.regs\",\"type\":\"uint64\",\"size\":8,\"array_len\":3},"              \
	"{\"name\":\"env.eip\",\"type\":\"uint64\",\"size\":8},"                                \
	"{\"name\":\"env.segs\",\"type\":\"struct\",\"size\":6,\"array_len\":2,\"struct\":"     \
	"{\"vmsd_name\":\"segment\",\"version\":1,\"fields\":[]}},"                             \
	"{\"name\":\"env.cr[0]\",\"type\":\"uint64\",\"size\":8},"                              \
	"{\"name\":\"env.cr[3]\",\"type\":\"uint64\",\"size\":8},"                              \
	"{\"name\":\"env.cr[4]\",\"type\":\"uint64\",\"size\":8},"                              \
	"{\"name\":\"env.efer\",\"type\":\"uint64\",\"size\":8}],"                              \
	"\"subsections\":[{\"vmsd_name\":\"cpu/pkru\",\"version\":1,\"fields\":"                \
	"[{\"name\":\"env.pkru\",\"type\":\"uint32\",\"size\":4}]}]}"

static void cpu(struct small_file *f, const struct small_snapshot *g, uint32_t id,
		uint32_t instance)
{
	section(f, 4, id, "cpu", instance, 12);
	for (unsigned i = 0; i < 3; i++)
		small_be(f, 8, i);
	small_be(f, 8, 0xffffffff81000000 + instance);
	small_text(f, "segment 1234");
	small_be(f, 8, 0x80050033);
	small_be(f, 8, g->cr3);
	small_be(f, 8, 0x2a0 | (g->levels == 5 ? 0x1000 : 0));
	small_be(f, 8, 0xd01);
	small_be(f, 1, 5);
	small_name(f, "cpu/pkru");
	small_be(f, 4, 1);
	small_be(f, 4, 0x55555554);
	small_footer(f, id);
}

void small_devices(struct small_file *f, const struct small_snapshot *g)
{
	char json[8192];
	int n;

	section(f, 4, 7, "timer", 0, 2);
	small_be(f, 8, 1);
	small_footer(f, 7);
	cpu(f, g, 9, 1);
	cpu(f, g, 8, 0);
	small_be(f, 1, 0);
	n = snprintf(json, sizeof(json),
		     "{\"page_size\":4096,\"devices\":[{\"name\":\"timer\",\"instance_id\":0,"
		     "\"vmsd_name\":\"timer\",\"version\":2,\"fields\":[{\"name\":\"ticks\","
		     "\"type\":\"int64\",\"size\":8}]}," CPU_JSON "," CPU_JSON "]}",
		     1u, 0u);
	assert(n > 0 && (size_t)n < sizeof(json));
	small_be(f, 1, 6);
	small_be(f, 4, (uint64_t)n);
	small_put(f, json, (size_t)n);
}

void small_migration(struct small_file *f, const struct small_snapshot *g)
{
	small_begin(f);
	small_ram(f, g);
	small_end_ram(f);
	small_devices(f, g);
}

/* --- ELF --- */

static void segment(struct small_file *f, const struct small_elf *e, unsigned type,
		    uint64_t offset, uint64_t paddr, uint64_t filesz, uint64_t memsz)
{
	unsigned word = e->bits / 8;

	small_le(f, 4, type);
	if (e->bits == 64)
		small_le(f, 4, 0);
	small_le(f, word, offset);
	small_le(f, word, 0);
	small_le(f, word, paddr);
	small_le(f, word, filesz);
	small_le(f, word, memsz);
	if (e->bits == 32)
		small_le(f, 4, 0);
	small_le(f, word, 0);
}

static void note(struct small_file *f, const char *name, unsigned type, const uint8_t *d,
		 size_t n)
{
	static const uint8_t pad[4];
	size_t len = strlen(name) + 1;

	small_le(f, 4, len);
	small_le(f, 4, n);
	small_le(f, 4, type);
	small_put(f, name, len);
	small_put(f, pad, 3 & -len);
	small_put(f, d, n);
	small_put(f, pad, 3 & -n);
}

static void cpu_note(struct small_file *f, const struct small_snapshot *g)
{
	struct small_file d = { NULL, 0, 0 };
	static const uint8_t zero[512];

	small_le(&d, 4, 1);
	small_le(&d, 4, 440);
	small_put(&d, zero, 136 - d.n);
	small_le(&d, 8, 0xffffffff81000000);
	small_put(&d, zero, 392 - d.n);
	small_le(&d, 8, 0x80050033);
	small_put(&d, zero, 16);
	small_le(&d, 8, g->cr3);
	small_le(&d, 8, 0x2a0 | (g->levels == 5 ? 0x1000 : 0));
	small_put(&d, zero, 8);
	assert(d.n == 440);
	note(f, "QEMU", 0, d.p, d.n);
	small_fini(&d);
}

static void header(struct small_file *f, const struct small_elf *e, unsigned segments,
		   uint64_t shoff)
{
	unsigned word = e->bits / 8;

	small_text(f, "\x7f"
		      "ELF");
	small_le(f, 4, e->bits == 64 ? 0x010102 : 0x010101);
	small_le(f, 8, 0);
	small_le(f, 2, 4);
	small_le(f, 2, e->machine);
	small_le(f, 4, 1);
	small_le(f, word, 0);
	small_le(f, word, e->bits == 64 ? 64 : 52);
	small_le(f, word, shoff);
	small_le(f, 4, 0);
	small_le(f, 2, e->bits == 64 ? 64 : 52);
	small_le(f, 2, e->bits == 64 ? 56 : 32);
	small_le(f, 2, e->is_many ? 0xffff : segments);
	small_le(f, 2, 0);
	small_le(f, 2, e->is_many);
	small_le(f, 2, 0);
}

/* Segments beyond the three, so that section 0 must count them. */
#define MANY 65540u

void small_elf_dump(struct small_file *f, const struct small_snapshot *g,
		    const struct small_elf *e)
{
	unsigned head = e->bits == 64 ? 64 : 52, one = e->bits == 64 ? 56 : 32;
	unsigned n = 3 + (e->overlaps ? 2u : 0) + (e->is_many ? MANY : 0);
	uint64_t shoff = head + (uint64_t)n * one, notes_at = shoff + (e->is_many ? 64 : 0);
	uint64_t dimm_at = e->bits == 64 ? SMALL_DIMM_AT : 0x40000000, ram_off, dimm_off;
	struct small_file notes = { NULL, 0, 0 };

	note(&notes, "CORE", 1, g->ram, 13);
	for (unsigned i = 0; i < e->cpus; i++)
		cpu_note(&notes, g);
	ram_off = notes_at + notes.n;
	dimm_off = ram_off + SMALL_RAM;
	header(f, e, n, e->is_many ? shoff : 0);
	segment(f, e, 4, notes_at, 0, notes.n, notes.n);
	if (e->overlaps) {
		segment(f, e, 1, ram_off + 0x3000, 0x3000, 0x5000, 0x5000);
		segment(f, e, 1, ram_off + 0x10000, 0x10000, SMALL_RAM - 0x10000,
			SMALL_RAM - 0x10000);
		segment(f, e, 1, ram_off, 0, 0x10000, 0x10000);
	} else {
		segment(f, e, 1, ram_off, 0, SMALL_RAM, SMALL_RAM);
	}
	segment(f, e, 1, dimm_off, dimm_at, PAGE, SMALL_DIMM);
	for (unsigned i = 0; e->is_many && i < MANY; i++)
		segment(f, e, 0, 0, 0, 0, 0);
	if (e->is_many) { /* section 0 */
		small_put(f, g->ram, 44);
		small_le(f, 4, n);
		small_put(f, g->ram, 16);
	}
	small_put(f, notes.p, notes.n);
	small_put(f, g->ram, SMALL_RAM);
	small_put(f, g->dimm, PAGE);
	small_fini(&notes);
}
