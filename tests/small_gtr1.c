/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "small_gtr1.h"

#include "check.h"

void small_gtr1_le(struct bytes *b, unsigned n, uint64_t v)
{
	assert_int_equal(bytes_reserve(b, n), 0);
	le_put(b->p + b->n, n, v);
	b->n += n;
}

void small_gtr1_uv(struct bytes *b, uint64_t v)
{
	assert_int_equal(bytes_reserve(b, LEB_MAX), 0);
	leb_put(b, v);
}

void small_gtr1_sv(struct bytes *b, uint64_t difference)
{
	small_gtr1_uv(b, zigzag(difference));
}

void small_gtr1_head(struct bytes *b)
{
	assert_int_equal(bytes_reserve(b, 8), 0);
	memcpy(b->p + b->n, "GTRC0001", 8);
	b->n += 8;
	small_gtr1_le(b, 8, 16u << 20);
	small_gtr1_le(b, 8, 0x80050033);
	small_gtr1_le(b, 8, 0x1000);
	small_gtr1_le(b, 8, 0x20);
	small_gtr1_le(b, 8, 0xd01);
	small_gtr1_le(b, 8, 3 << 8 | 1);
	small_gtr1_le(b, 8, 0);
}

static void access(struct bytes *b, unsigned first, uint64_t difference)
{
	small_gtr1_le(b, 1, first);
	small_gtr1_sv(b, difference);
}

static void ctl(struct bytes *b, unsigned subtype)
{
	small_gtr1_le(b, 1, subtype << 3);
}

static void accesses(struct bytes *b)
{
	access(b, 3 | 0x40 | 0x80, 0x400000); /* fetch at CPL 3, 12 instructions, gpn 0x80 */
	small_gtr1_uv(b, 12);
	small_gtr1_sv(b, 0x80);
	access(b, 1 | 3 << 3 | 0x80, 0xffff888000001ffc); /* 8 bytes, crossing; gpn 0x81 */
	small_gtr1_sv(b, 1);
	access(b, 2 | 2 << 3 | 0x40, 0x400010); /* gpn known: 0x80 */
	access(b, 1 | 4 << 3 | 0xc0,
	       (uint64_t)0 - 0x1ffc); /* CPL 3, upper half: the processor's */
	small_gtr1_sv(b, 0x90 - 0x81);
}

void small_gtr1(struct bytes *b)
{
	small_gtr1_head(b);
	ctl(b, 1); /* CR3 */
	small_gtr1_le(b, 8, 0x1000);
	ctl(b, 7); /* PTPAGE at gpn 1, level 4, entries 0 and 511 */
	small_gtr1_uv(b, 1);
	small_gtr1_le(b, 1, 4);
	small_gtr1_uv(b, 2);
	small_gtr1_uv(b, 0);
	small_gtr1_sv(b, 0x2067);
	small_gtr1_uv(b, 510);
	small_gtr1_sv(b, 0x1000);
	accesses(b);
	ctl(b, 8); /* PTW */
	small_gtr1_sv(b, 0x1010 >> 3);
	small_gtr1_sv(b, 0x5067);
	ctl(b, 4); /* INVLPG, from the last store's va */
	small_gtr1_sv(b, 0x1000);
	ctl(b, 5); /* PF */
	small_gtr1_sv(b, 0x7fff0000);
	small_gtr1_uv(b, 6);
	ctl(b, 6); /* INT */
	small_gtr1_le(b, 1, 0xec);
	ctl(b, 2); /* CR0 */
	small_gtr1_le(b, 8, 0x80050033);
	ctl(b, 3); /* CR4 */
	small_gtr1_le(b, 8, 0xa0);
	ctl(b, 9); /* PTFREE */
	small_gtr1_uv(b, 1);
	ctl(b, 10); /* TAG */
	small_gtr1_uv(b, 99);
	ctl(b, 0); /* END */
	small_gtr1_uv(b, 12);
}
