/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "snapshot/page_index.h"

#include "base/alloc.h"

/* What page[] holds: 0 a zero page; fill << 1 | 1; offset << 1. Data is never at offset 0. */
#define IS_FILL 1u

int page_index_init(struct page_index *x, uint64_t n, struct sim_error *err)
{
	uint64_t chunks = n / PAGE_INDEX_CHUNK + (n % PAGE_INDEX_CHUNK != 0);

	*x = (struct page_index){ .n = n, .n_chunk = (size_t)chunks };
	x->chunk = sim_calloc((size_t)chunks, sizeof(*x->chunk));
	if (x->chunk)
		return 0;
	x->n_chunk = 0;
	return sim_fail_nomem(err);
}

void page_index_fini(struct page_index *x)
{
	for (size_t i = 0; i < x->n_chunk; i++)
		sim_free(x->chunk[i].page);
	sim_free(x->chunk);
	*x = (struct page_index){ .n = 0 };
}

int page_index_put(struct page_index *x, uint64_t page, struct page_index_entry e,
		   struct sim_error *err)
{
	struct page_index_chunk *c = &x->chunk[page / PAGE_INDEX_CHUNK];
	unsigned i = (unsigned)(page % PAGE_INDEX_CHUNK);
	uint64_t v = e.value << 1;

	if (e.kind == PAGE_INDEX_FILL && v)
		v |= IS_FILL;
	if (v && !c->page) {
		c->page = sim_calloc(PAGE_INDEX_CHUNK, sizeof(*c->page));
		if (!c->page)
			return sim_fail_nomem(err);
	}
	c->seen[i / 64] |= (uint64_t)1 << (i % 64);
	if (c->page)
		c->page[i] = v;
	return 0;
}

uint64_t page_index_next(const struct page_index *x, uint64_t page)
{
	while (page < x->n) {
		const struct page_index_chunk *c = &x->chunk[page / PAGE_INDEX_CHUNK];
		unsigned i = (unsigned)(page % PAGE_INDEX_CHUNK);
		uint64_t seen = c->seen[i / 64] >> (i % 64);

		if (seen)
			return page + (unsigned)__builtin_ctzll(seen);
		page += 64 - i % 64;
	}
	return x->n;
}

struct page_index_entry page_index_get(const struct page_index *x, uint64_t page)
{
	const struct page_index_chunk *c = &x->chunk[page / PAGE_INDEX_CHUNK];
	unsigned i = (unsigned)(page % PAGE_INDEX_CHUNK);
	uint64_t v = c->page ? c->page[i] : 0;

	if (!(c->seen[i / 64] >> (i % 64) & 1))
		return (struct page_index_entry){ PAGE_INDEX_ABSENT, 0 };
	if (!v || (v & IS_FILL))
		return (struct page_index_entry){ PAGE_INDEX_FILL, v >> 1 };
	return (struct page_index_entry){ PAGE_INDEX_DATA, v >> 1 };
}
