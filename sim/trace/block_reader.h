/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * block_reader.h - the payload of one block, unpacked, and batches out of it
 */
#ifndef SIM_TRACE_BLOCK_READER_H
#define SIM_TRACE_BLOCK_READER_H

#include <zstd.h>

#include "base/err.h"
#include "trace/access_code.h"
#include "trace/bytes.h"
#include "trace/format.h"
#include "trace/frame_code.h"
#include "trace/record.h"

#define COLUMN_PADDING 16u

struct block_reader {
	unsigned n_vcpu, flags; /* TRACE_DETAIL */
	struct snt_block head;
	ZSTD_DCtx *zstd;
	struct bytes stored;		     /* the payload as it stands in the file */
	struct bytes unpacked[SNT_SECTIONS]; /* of sections that are compressed */
	struct column {
		uint8_t *p; /* in one of these; COLUMN_PADDING readable bytes behind */
		size_t n;
	} column[SNT_SECTIONS];
	struct access_count total;
	struct event *event; /* head.events */
	size_t event_cap;
	uint64_t *word; /* 512 x head.pages */
	size_t word_cap;

	uint32_t at, at_event; /* records and events delivered */
	unsigned vcpu;	       /* current at `at` */
	struct access_cursor access;
	const uint8_t *count, *count_end;
	struct frame_code frames;
	struct frame_cursor frame;

	uint64_t *gva, *frame_out, *count_out; /* of the batch; batch_cap */
	uint32_t batch_cap;
};

SIM_MUST_CHECK int block_reader_init(struct block_reader *k, unsigned n_vcpu, unsigned flags);
void block_reader_fini(struct block_reader *k);

/* Unpacks and checks the payload in k->stored, which k->head describes and which has room for
 * COLUMN_PADDING more. NULL, or what is wrong;
 * *nomem is set when it is memory that lacks. */
SIM_MUST_CHECK const char *block_reader_load(struct block_reader *k, int *nomem);

/* True when the last record of the block is EVENT_END (which stands nowhere else). */
static inline bool block_reader_ends(const struct block_reader *k)
{
	return k->head.events && k->event[k->head.events - 1].kind == EVENT_END;
}

/* The next batch of 1..max records; there must be some left. As block_reader_load. */
SIM_MUST_CHECK const char *block_reader_batch(struct block_reader *k, uint32_t max,
					      struct batch *b, int *nomem);

#endif
