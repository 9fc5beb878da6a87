/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "simple_stream.h"

#include "small_capture.h"

#define TABLES	0x1000u /* CR3 of small_capture_head(): PML4, PDPT, PD, PT, a page each */
#define FIRST	0x100u	/* frame of page 0 */
#define PAGES	64u
#define GVA	0x400000u
#define PRESENT 7u /* writable, user */

static void table(struct bytes *b, unsigned level)
{
	uint64_t word[512] = { 0 }, gpa = TABLES + (4 - level) * 0x1000u;

	if (level > 1)
		word[level == 2 ? GVA >> 21 & 511 : 0] = (gpa + 0x1000) | PRESENT;
	for (unsigned i = 0; level == 1 && i < PAGES; i++)
		word[i] = (uint64_t)(FIRST + i) << 12 | PRESENT;
	small_capture_event(b, (const uint64_t[]){ 0,
						   WIRE_EVENT | WIRE_KIND_PTPAGE << 8 |
							   (uint64_t)level << 32,
						   0, gpa, 0, 0 });
	for (unsigned i = 0; i < 512; i += 2)
		small_capture_unit(b, word[i], word[i + 1]);
}

void simple_stream(struct bytes *b, enum simple_stream what, uint64_t accesses)
{
	uint64_t random = 1, page, frame;

	small_capture_head(b);
	for (unsigned level = 4; level >= (what == STREAM_NO_TABLE ? 2u : 1u); level--)
		table(b, level);
	for (uint64_t i = 0; i < accesses; i++) {
		/* Knuth's MMIX generator: nothing that packs well */
		random = random * 6364136223846793005u + 1442695040888963407u;
		page = random >> 33 & (PAGES - 1);
		frame = FIRST + page + (what == STREAM_MISMATCH && i == accesses / 2);
		small_capture_unit(b, GVA + (page << 12) + (random >> 40 & 511) * 8,
				   WIRE_LOAD | 3u << WIRE_SIZE_SHIFT | WIRE_USER |
					   frame << WIRE_FRAME_SHIFT);
	}
	small_capture_end(b, accesses);
}
