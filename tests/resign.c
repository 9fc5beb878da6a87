/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "resign.h"

#include <string.h>

#include "trace/bytes.h"
#include "trace/format.h"

/* Signs what lies at `at`; its length, 0 when it is no block or not whole. */
static size_t resign_block(uint8_t *p, size_t left)
{
	uint64_t payload = 0;

	if (left < SNT_BLOCK_BYTES || le_get(p, 4) != SNT_BLOCK_MAGIC)
		return 0;
	for (unsigned i = 0; i < SNT_SECTIONS; i++)
		payload += le_get(p + 36 + 8 * i, 4);
	if (payload > left - SNT_BLOCK_BYTES)
		payload = left - SNT_BLOCK_BYTES;
	le_put(p + 88, 8, format_sum(p + SNT_BLOCK_BYTES, (size_t)payload));
	le_put(p + 96, 8, format_sum(p, 96));
	return SNT_BLOCK_BYTES + (size_t)payload;
}

static size_t resign_index(uint8_t *p, size_t left)
{
	uint64_t n = left < SNT_INDEX_BYTES ? 0 : le_get(p + 8, 8), chain = 0;

	if (left < SNT_INDEX_BYTES + 8 || n > (left - SNT_INDEX_BYTES - 8) / 16)
		return 0;
	for (uint64_t i = 0; i < n; i++)
		chain = format_chain(p + SNT_INDEX_BYTES + 16 * i, chain);
	p += SNT_INDEX_BYTES + 16 * n;
	le_put(p, 8, format_chain(p - 16 * n - SNT_INDEX_BYTES, chain));
	return SNT_INDEX_BYTES + 16 * (size_t)n + 8;
}

void resign(uint8_t *bytes, size_t n)
{
	uint64_t meta;
	size_t at, step;

	if (n < SNT_HEAD_BYTES)
		return;
	meta = le_get(bytes + 12, 4);
	if (meta <= n - SNT_HEAD_BYTES)
		le_put(bytes + 16, 8, format_sum(bytes + SNT_HEAD_BYTES, (size_t)meta));
	le_put(bytes + 24, 8, format_sum(bytes, 24));
	if (meta > n - SNT_HEAD_BYTES)
		return;
	at = SNT_HEAD_BYTES + (size_t)meta;
	while ((step = resign_block(bytes + at, n - at)))
		at += step;
	at += resign_index(bytes + at, n - at);
	if (n - at >= SNT_FOOTER_BYTES)
		le_put(bytes + at + 16, 8, format_sum(bytes + at, 16));
}
