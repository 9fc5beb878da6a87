/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/format.h"

#include <string.h>
#include <xxhash.h>

#include "trace/bytes.h"

#define SECTIONS_AT 32u
#define SUMS_AT	    (SECTIONS_AT + 8u * SNT_SECTIONS)

uint64_t format_sum(const void *p, size_t n)
{
	return XXH64(p, n, 0);
}

uint64_t format_chain(const uint8_t p[16], uint64_t chain)
{
	return XXH64(p, 16, chain);
}

void format_block_put(uint8_t head[SNT_BLOCK_BYTES], const struct snt_block *b)
{
	memset(head, 0, SNT_BLOCK_BYTES);
	le_put(head, 4, SNT_BLOCK_MAGIC);
	le_put(head + 4, 4, b->records);
	le_put(head + 8, 8, b->first);
	le_put(head + 16, 4, b->events);
	le_put(head + 20, 4, b->pages);
	le_put(head + 24, 2, b->vcpu);
	for (unsigned i = 0; i < SNT_SECTIONS; i++) {
		le_put(head + SECTIONS_AT + 8 * i, 4, b->section[i].raw);
		le_put(head + SECTIONS_AT + 8 * i + 4, 4, b->section[i].stored);
	}
	le_put(head + SUMS_AT, 8, b->payload_sum);
	le_put(head + SUMS_AT + 8, 8, format_sum(head, SUMS_AT + 8));
}

/* The most bytes that section i of a block with these counts can need. */
static uint64_t raw_max(const struct snt_block *b, unsigned i)
{
	uint64_t n = b->records;

	switch ((enum snt_section)i) {
	case SNT_OPS:
	case SNT_SLOTS:
		return n;
	case SNT_DELTAS:
	case SNT_COUNTS:
		return LEB_MAX * n;
	case SNT_EVENTS:
		return (uint64_t)(8 * LEB_MAX) * b->events;
	case SNT_WORDS:
		return (uint64_t)(LEB_MAX * 1025) * b->pages;
	case SNT_FRAMES:
		return (uint64_t)(2 * LEB_MAX) * n;
	case SNT_SECTIONS:
		break;
	}
	return 0;
}

static int check_limits(const struct snt_block *b, const char *where, struct sim_error *err)
{
	if (!b->records || b->records > SNT_RECORDS_MAX)
		return sim_fail(err, SIM_EFORMAT, where, "a block holds 1..%u records, not %u",
				SNT_RECORDS_MAX, b->records);
	if (b->events > SNT_EVENTS_MAX || b->events > b->records)
		return sim_fail(err, SIM_EFORMAT, where, "%u events in a block of %u records",
				b->events, b->records);
	if (b->pages > SNT_PAGES_MAX || b->pages > b->events)
		return sim_fail(err, SIM_EFORMAT, where,
				"%u table pages in a block of %u events", b->pages, b->events);
	for (unsigned i = 0; i < SNT_SECTIONS; i++) {
		if (b->section[i].raw > raw_max(b, i))
			return sim_fail(err, SIM_EFORMAT, where,
					"section %u of %u bytes: this block allows %llu", i,
					b->section[i].raw, (unsigned long long)raw_max(b, i));
		if (b->section[i].stored > b->section[i].raw)
			return sim_fail(err, SIM_EFORMAT, where,
					"section %u is stored in more bytes than it has", i);
	}
	return 0;
}

int format_block_get(const uint8_t head[SNT_BLOCK_BYTES], struct snt_block *b,
		     const char *where, struct sim_error *err)
{
	if (le_get(head + SUMS_AT + 8, 8) != format_sum(head, SUMS_AT + 8))
		return sim_fail(err, SIM_EFORMAT, where,
				"the block header's checksum is wrong");
	*b = (struct snt_block){
		.records = (uint32_t)le_get(head + 4, 4),
		.first = le_get(head + 8, 8),
		.events = (uint32_t)le_get(head + 16, 4),
		.pages = (uint32_t)le_get(head + 20, 4),
		.vcpu = (uint16_t)le_get(head + 24, 2),
		.payload_sum = le_get(head + SUMS_AT, 8),
	};
	if (le_get(head, 4) != SNT_BLOCK_MAGIC || le_get(head + 26, 6))
		return sim_fail(err, SIM_EFORMAT, where,
				"a block header must begin with \"SNTB\" and reserve zeros");
	for (unsigned i = 0; i < SNT_SECTIONS; i++) {
		b->section[i].raw = (uint32_t)le_get(head + SECTIONS_AT + 8 * i, 4);
		b->section[i].stored = (uint32_t)le_get(head + SECTIONS_AT + 8 * i + 4, 4);
	}
	return check_limits(b, where, err);
}

uint64_t format_block_payload(const struct snt_block *b)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < SNT_SECTIONS; i++)
		n += b->section[i].stored;
	return n;
}

void format_footer_put(uint8_t foot[SNT_FOOTER_BYTES], const struct snt_footer *f)
{
	le_put(foot, 8, f->index_offset);
	le_put(foot + 8, 8, f->records);
	le_put(foot + 16, 8, format_sum(foot, 16));
	le_put(foot + 24, 8, SNT_FOOTER_MAGIC);
}

int format_footer_get(const uint8_t foot[SNT_FOOTER_BYTES], struct snt_footer *f,
		      const char *where, struct sim_error *err)
{
	if (le_get(foot + 24, 8) != SNT_FOOTER_MAGIC)
		return sim_fail(err, SIM_EFORMAT, where,
				"the footer must end with \"SNTEND\\r\\n\"");
	if (le_get(foot + 16, 8) != format_sum(foot, 16))
		return sim_fail(err, SIM_EFORMAT, where, "the footer's checksum is wrong");
	*f = (struct snt_footer){
		.index_offset = le_get(foot, 8),
		.records = le_get(foot + 8, 8),
	};
	return 0;
}
