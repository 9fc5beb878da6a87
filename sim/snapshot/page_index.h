/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * page_index.h - where the latest copy of each page of a RAM block stands in a migration file
 *
 * A chunk is 512 pages. One whose pages are all absent or zero takes one struct page_index_chunk; any other 8 bytes a page
 * more: about 0.2 % of what the guest uses.
 */
#ifndef SIM_SNAPSHOT_PAGE_INDEX_H
#define SIM_SNAPSHOT_PAGE_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define PAGE_INDEX_CHUNK 512u

enum page_index_kind {
	PAGE_INDEX_ABSENT, /* never sent: zero */
	PAGE_INDEX_FILL,   /* every byte is `value` */
	PAGE_INDEX_DATA,   /* 4096 bytes at offset `value` of the file */
};

struct page_index_entry {
	enum page_index_kind kind;
	uint64_t value;
};

struct page_index_chunk {
	uint64_t seen[PAGE_INDEX_CHUNK / 64]; /* bit i: page i was sent */
	uint64_t *page;			      /* NULL: those that were sent are zero */
};

struct page_index {
	uint64_t n; /* pages */
	struct page_index_chunk *chunk;
	size_t n_chunk;
};

SIM_MUST_CHECK int page_index_init(struct page_index *x, uint64_t n, struct sim_error *err);
void page_index_fini(struct page_index *x);

/* page < n. SIM_ENOMEM. */
SIM_MUST_CHECK int page_index_put(struct page_index *x, uint64_t page,
				  struct page_index_entry e, struct sim_error *err);
/* The first page from `page` on that was sent; n when there is none. Skips what was not by the chunk. */
uint64_t page_index_next(const struct page_index *x, uint64_t page);
struct page_index_entry page_index_get(const struct page_index *x, uint64_t page);

#endif
