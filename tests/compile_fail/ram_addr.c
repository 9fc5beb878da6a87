/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ram_addr.c - a place among the RAM blocks is no guest address: where a block is shown says the region tree */
#include "mem/ramblock.h"

gfn_t frame_of(const struct ramblock *b, gpa_t shown_at, uint64_t offset);
gfn_t frame_of(const struct ramblock *b, gpa_t shown_at, uint64_t offset)
{
#ifdef CONTROL
	(void)b;
	return gpa_to_gfn(gpa_make(shown_at.v + offset));
#else
	(void)shown_at;
	return gpa_to_gfn(ramblock_addr(b, offset));
#endif
}
