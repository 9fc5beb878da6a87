/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mem/dirty.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"

#define WORD_PAGES 64u

/* Pages first..end-1. */
struct pages_range {
	uint64_t first, end;
};

struct dirty_snapshot {
	struct pages_range range;
	uint64_t word[]; /* bit 0 of the first is page `first` rounded down to a word */
};

static uint64_t words_of(uint64_t n_pages)
{
	return n_pages / WORD_PAGES + (n_pages % WORD_PAGES != 0);
}

static struct pages_range range_of(ram_addr_t a, uint64_t bytes)
{
	uint64_t first = a.v >> PAGE_SHIFT;

	return (struct pages_range){ first,
				     bytes ? ((a.v + bytes - 1) >> PAGE_SHIFT) + 1 : first };
}

/* The bits of a word that a range covers. */
static uint64_t mask_of(struct pages_range r, uint64_t word)
{
	uint64_t low = word * WORD_PAGES, mask = UINT64_MAX;

	if (r.first > low)
		mask &= UINT64_MAX << (r.first - low);
	if (r.end - low < WORD_PAGES)
		mask &= ~(UINT64_MAX << (r.end - low));
	return mask;
}

static unsigned popcount(uint64_t v)
{
	return (unsigned)__builtin_popcountll(v);
}

void dirty_init(struct dirty_memory *d)
{
	*d = (struct dirty_memory){ 0 };
}

void dirty_fini(struct dirty_memory *d)
{
	for (unsigned c = 0; c < DIRTY_MEMORY_NUM; c++)
		sim_free(d->bits[c]);
	dirty_init(d);
}

/* Longer bitmaps with the old bits; all of them or none. */
static bool copy_longer(const struct dirty_memory *d, uint64_t words,
			uint64_t *longer[DIRTY_MEMORY_NUM])
{
	bool ok = true;

	for (unsigned c = 0; c < DIRTY_MEMORY_NUM; c++) {
		longer[c] = sim_calloc(words, sizeof(*longer[c]));
		ok = ok && longer[c];
	}
	for (unsigned c = 0; c < DIRTY_MEMORY_NUM; c++) {
		if (!ok)
			sim_free(longer[c]);
		else if (d->n_pages)
			memcpy(longer[c], d->bits[c],
			       words_of(d->n_pages) * sizeof(*longer[c]));
	}
	return ok;
}

int dirty_extend(struct dirty_memory *d, uint64_t n, struct sim_error *err)
{
	uint64_t *longer[DIRTY_MEMORY_NUM];

	if (n <= d->n_pages)
		return SIM_OK;
	if (words_of(n) > words_of(d->n_pages)) {
		if (!copy_longer(d, words_of(n), longer))
			return sim_fail_nomem(err);
		for (unsigned c = 0; c < DIRTY_MEMORY_NUM; c++) {
			sim_free(d->bits[c]);
			d->bits[c] = longer[c];
		}
	}
	d->n_pages = n;
	return SIM_OK;
}

static void set_range(uint64_t *bits, struct pages_range r)
{
	for (uint64_t w = r.first / WORD_PAGES; w * WORD_PAGES < r.end; w++)
		bits[w] |= mask_of(r, w);
}

void dirty_set(struct dirty_memory *d, ram_addr_t a, uint64_t bytes, unsigned clients)
{
	struct pages_range r = range_of(a, bytes);

	assert(r.first <= r.end && r.end <= d->n_pages);
	if (r.first == r.end)
		return;
	for (unsigned c = 0; c < DIRTY_MEMORY_NUM; c++)
		if (clients & DIRTY_BIT(c))
			set_range(d->bits[c], r);
}

uint64_t dirty_count(const struct dirty_memory *d, ram_addr_t a, uint64_t bytes,
		     enum dirty_client client)
{
	struct pages_range r = range_of(a, bytes);
	uint64_t n = 0;

	assert(r.first <= r.end && r.end <= d->n_pages);
	for (uint64_t w = r.first / WORD_PAGES; r.first < r.end && w * WORD_PAGES < r.end; w++)
		n += popcount(d->bits[client][w] & mask_of(r, w));
	return n;
}

/* Whether any page of a range is set. */
static bool any_in(const uint64_t *bits, struct pages_range r)
{
	for (uint64_t w = r.first / WORD_PAGES; r.first < r.end && w * WORD_PAGES < r.end; w++)
		if (bits[w] & mask_of(r, w))
			return true;
	return false;
}

bool dirty_any(const struct dirty_memory *d, ram_addr_t a, uint64_t bytes,
	       enum dirty_client client)
{
	struct pages_range r = range_of(a, bytes);

	assert(r.first <= r.end && r.end <= d->n_pages);
	return any_in(d->bits[client], r);
}

bool dirty_all(const struct dirty_memory *d, ram_addr_t a, uint64_t bytes,
	       enum dirty_client client)
{
	struct pages_range r = range_of(a, bytes);

	return dirty_count(d, a, bytes, client) == r.end - r.first;
}

bool dirty_test_and_clear(struct dirty_memory *d, ram_addr_t a, uint64_t bytes,
			  enum dirty_client client)
{
	struct pages_range r = range_of(a, bytes);
	uint64_t *bits = d->bits[client];
	bool was_dirty = dirty_any(d, a, bytes, client);

	for (uint64_t w = r.first / WORD_PAGES; was_dirty && w * WORD_PAGES < r.end; w++)
		bits[w] &= ~mask_of(r, w);
	return was_dirty;
}

/* Sets the bits of v, bit 0 of which is `page`. */
static void set_word(uint64_t *bits, uint64_t page, uint64_t v)
{
	unsigned shift = page % WORD_PAGES;
	uint64_t *at = bits + page / WORD_PAGES;

	at[0] |= v << shift;
	if (shift && v >> (WORD_PAGES - shift))
		at[1] |= v >> (WORD_PAGES - shift);
}

uint64_t dirty_set_from_log(struct dirty_memory *d, ram_addr_t a, const uint64_t *log,
			    uint64_t n, unsigned clients)
{
	struct pages_range of_log = { 0, n };
	uint64_t page = a.v >> PAGE_SHIFT, sum = 0;

	assert(page + n >= page && page + n <= d->n_pages);
	for (uint64_t w = 0; w < words_of(n); w++) {
		uint64_t v = log[w] & mask_of(of_log, w);

		if (!v)
			continue;
		sum += popcount(v);
		for (unsigned c = 0; c < DIRTY_MEMORY_NUM; c++)
			if (clients & DIRTY_BIT(c))
				set_word(d->bits[c], page + w * WORD_PAGES, v);
	}
	return sum;
}

/* --- snapshots --- */

int dirty_snapshot_and_clear(struct dirty_memory *d, ram_addr_t a, uint64_t bytes,
			     enum dirty_client client, struct dirty_snapshot **out,
			     struct sim_error *err)
{
	struct pages_range r = range_of(a, bytes);
	uint64_t first = r.first / WORD_PAGES, n = words_of(r.end) - first;
	struct dirty_snapshot *s;

	assert(r.first <= r.end && r.end <= d->n_pages);
	n = r.first < r.end ? n : 0;
	s = sim_calloc(1, sizeof(*s) + n * sizeof(s->word[0]));
	if (!s)
		return sim_fail_nomem(err);
	s->range = r;
	for (uint64_t w = 0; w < n; w++)
		s->word[w] = d->bits[client][first + w] & mask_of(r, first + w);
	dirty_test_and_clear(d, a, bytes, client);
	*out = s;
	return SIM_OK;
}

bool dirty_snapshot_get(const struct dirty_snapshot *s, ram_addr_t a, uint64_t bytes)
{
	struct pages_range r = range_of(a, bytes);
	uint64_t origin = s->range.first / WORD_PAGES * WORD_PAGES;

	assert(r.first >= s->range.first && r.end <= s->range.end);
	return any_in(s->word, (struct pages_range){ r.first - origin, r.end - origin });
}

void dirty_snapshot_free(struct dirty_snapshot *s)
{
	sim_free(s);
}
