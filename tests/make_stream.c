/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * make_stream - what the capture plugin could have written of a guest of one page table: four tables, and loads of 64
 * pages; for tests/check_capture
 *
 *     make_stream good|mismatch|no-table [ACCESSES] >STREAM
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/bytes.h"
#include "trace/capture_wire.h"
#include "x86/regs.h"

#define TABLES	 0x1000u /* PML4, PDPT, PD, PT, a page each */
#define FIRST	 0x100u	 /* frame of page 0 */
#define PAGES	 64u
#define GVA	 0x400000u
#define PRESENT	 7u /* writable, user */
#define ACCESSES 100000u

static uint64_t n_unit;

static void unit(uint64_t a, uint64_t b)
{
	uint8_t bytes[16];

	le_put(bytes, 8, a);
	le_put(bytes + 8, 8, b);
	fwrite(bytes, sizeof(bytes), 1, stdout);
	n_unit++;
}

static void event(unsigned kind, unsigned level, uint64_t gpa, uint64_t value)
{
	unit(0, WIRE_EVENT | kind << 8 | (uint64_t)level << 32);
	unit(0, gpa);
	unit(value, 0);
}

static void table(unsigned level)
{
	uint64_t word[512] = { 0 }, gpa = TABLES + (4 - level) * 0x1000u;

	if (level > 1)
		word[level == 2 ? GVA >> 21 & 511 : 0] = (gpa + 0x1000) | PRESENT;
	for (unsigned i = 0; level == 1 && i < PAGES; i++)
		word[i] = (uint64_t)(FIRST + i) << 12 | PRESENT;
	event(WIRE_KIND_PTPAGE, level, gpa, 0);
	for (unsigned i = 0; i < 512; i += 2)
		unit(word[i], word[i + 1]);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "good";
	unsigned long accesses = argc > 2 ? strtoul(argv[2], NULL, 10) : ACCESSES;
	uint64_t random = 1;

	unit(WIRE_MAGIC, WIRE_VERSION | 1ull << 32);
	unit(1, 0);
	unit(CR0_PG | CR0_WP | 1, TABLES);
	unit(CR4_PAE, EFER_LME | EFER_LMA);
	unit(0, 16u << 20);
	for (unsigned level = 4; level >= (strcmp(what, "no-table") ? 1u : 2u); level--)
		table(level);
	for (unsigned long i = 0; i < accesses; i++) {
		uint64_t page, frame;

		/* Knuth's MMIX generator: nothing that packs well */
		random = random * 6364136223846793005u + 1442695040888963407u;
		page = random >> 33 & (PAGES - 1);
		frame = FIRST + page;

		if (i == accesses / 2 && !strcmp(what, "mismatch"))
			frame++;
		unit(GVA + (page << 12) + (random >> 40 & 511) * 8,
		     WIRE_LOAD | 3u << WIRE_SIZE_SHIFT | WIRE_USER | frame << WIRE_FRAME_SHIFT);
	}
	event(WIRE_KIND_END, 0, 0, accesses);
	unit(WIRE_END, WIRE_CONTROL | n_unit << 8);
	return fflush(stdout) ? 1 : 0;
}
