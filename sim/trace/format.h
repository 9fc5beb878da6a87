/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * format.h - the fixed parts of a .snt file; doc/trace-format.md specifies them to the byte
 *
 *     file header | metadata (JSON) | block ... block | index | footer
 *
 * A block stands alone: every delta and predictor starts afresh in it. Its payload is one
 * section a column, so that the compressor sees like beside like, and a reader unpacks only the
 * columns it wants.
 */
#ifndef SIM_TRACE_FORMAT_H
#define SIM_TRACE_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* 8b "SNT" CR LF 1a LF: any text conversion damages it. */
#define SNT_MAGIC   0x0a1a0a0d544e538bu
#define SNT_VERSION 1u

#define SNT_HEAD_BYTES	 32u
#define SNT_META_MAX	 (1u << 20)
#define SNT_BLOCK_BYTES	 104u /* of a block header */
#define SNT_INDEX_BYTES	 16u  /* before the entries; 16 more for each, 8 of checksum behind */
#define SNT_FOOTER_BYTES 32u

#define SNT_BLOCK_MAGIC	 0x42544e53u	     /* "SNTB" */
#define SNT_INDEX_MAGIC	 0x49544e53u	     /* "SNTI" */
#define SNT_FOOTER_MAGIC 0x0a0d444e45544e53u /* "SNTEND" CR LF */

/* What one block may hold: they bound a reader's memory. */
#define SNT_RECORDS_MAX (1u << 21)
#define SNT_EVENTS_MAX	(1u << 16)
#define SNT_PAGES_MAX	1024u /* EVENT_PTPAGE */

enum snt_section {
	SNT_OPS,    /* one op byte a record, without OP_CROSS */
	SNT_SLOTS,  /* one byte a load or store: the slot whose address its delta adds to */
	SNT_DELTAS, /* LEB128 of a zigzag delta a load, store or fetch */
	SNT_COUNTS, /* LEB128 a fetch: its instruction count */
	SNT_EVENTS, /* events, in the coding of event_code.h */
	SNT_WORDS,  /* contents of table pages */
	SNT_FRAMES, /* frames that the predictor of frame_code.h misses */
	SNT_SECTIONS
};

struct snt_block {
	uint32_t records, events, pages;
	uint64_t first; /* position of the block's first record in the stream */
	uint16_t vcpu;	/* current before the first record */
	struct {
		uint32_t raw, stored; /* bytes; equal: not compressed, else one zstd frame */
	} section[SNT_SECTIONS];
	uint64_t payload_sum; /* XXH64 of the payload */
};

struct snt_footer {
	uint64_t index_offset, records;
};

/* XXH64 with seed 0. */
uint64_t format_sum(const void *p, size_t n);

/* XXH64 of 16 bytes with seed `chain`: the index's checksum is that of its head, chained to its
 * entries in turn, from 0. */
uint64_t format_chain(const uint8_t p[16], uint64_t chain);

void format_block_put(uint8_t head[SNT_BLOCK_BYTES], const struct snt_block *b);

/* SIM_EFORMAT unless magic, checksum and every limit hold. */
SIM_MUST_CHECK int format_block_get(const uint8_t head[SNT_BLOCK_BYTES], struct snt_block *b,
				    const char *where, struct sim_error *err);

uint64_t format_block_payload(const struct snt_block *b);

void format_footer_put(uint8_t foot[SNT_FOOTER_BYTES], const struct snt_footer *f);

SIM_MUST_CHECK int format_footer_get(const uint8_t foot[SNT_FOOTER_BYTES], struct snt_footer *f,
				     const char *where, struct sim_error *err);

#endif
