/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mem/ramblock.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"

#define LENGTH_MAX ((uint64_t)1 << 62)

void ramlist_init(struct ramlist *l, const struct backing_ops *ops, void *arg)
{
	*l = (struct ramlist){ .ops = ops, .ops_arg = arg };
	dirty_init(&l->dirty);
}

static void block_free(struct ramlist *l, struct ramblock *b)
{
	l->ops->release(l->ops_arg, &b->backing);
	sim_free(b);
}

void ramlist_fini(struct ramlist *l)
{
	while (l->first) {
		struct ramblock *b = l->first;

		l->first = b->next;
		block_free(l, b);
	}
	dirty_fini(&l->dirty);
	l->mru = NULL;
}

/* --- making blocks --- */

/* Where the block behind `candidate` begins; UINT64_MAX: none is there. */
static uint64_t next_offset(const struct ramlist *l, uint64_t candidate)
{
	uint64_t next = UINT64_MAX;

	for (const struct ramblock *b = l->first; b; b = b->next)
		if (b->offset.v >= candidate && b->offset.v < next)
			next = b->offset.v;
	return next;
}

/* A gap is one behind a block: what lies before the lowest is not looked at. UINT64_MAX: none is large enough. */
static uint64_t find_offset(const struct ramlist *l, uint64_t length)
{
	uint64_t offset = UINT64_MAX, smallest = UINT64_MAX;

	if (!l->first)
		return 0;
	for (const struct ramblock *b = l->first; b; b = b->next) {
		uint64_t candidate = round_up(b->offset.v + b->max_length, RAMBLOCK_ALIGN);
		uint64_t gap = next_offset(l, candidate) - candidate;

		if (gap < length || gap >= smallest)
			continue;
		offset = candidate;
		smallest = gap;
	}
	return offset;
}

static int check_lengths(const struct ramblock_config *cfg, struct sim_error *err)
{
	uint64_t max = cfg->max_length ? cfg->max_length : cfg->used_length;

	if (!max || max > LENGTH_MAX)
		return sim_fail(err, SIM_ERANGE, NULL,
				"a RAM block needs 1 to 2^62 bytes, not %" PRIu64, max);
	if (cfg->used_length > max)
		return sim_fail(err, SIM_ERANGE, NULL,
				"a RAM block cannot use 0x%" PRIx64
				" bytes of at most 0x%" PRIx64,
				cfg->used_length, max);
	if (!cfg->is_resizeable &&
	    round_up(cfg->used_length, PAGE_BYTES) != round_up(max, PAGE_BYTES))
		return sim_fail(err, SIM_ERANGE, NULL,
				"a RAM block that is not resizable uses all its 0x%" PRIx64
				" bytes, not 0x%" PRIx64,
				max, cfg->used_length);
	return SIM_OK;
}

static int block_new(const struct ramblock_config *cfg, struct ramblock **out,
		     struct sim_error *err)
{
	uint64_t max = cfg->max_length ? cfg->max_length : cfg->used_length;
	struct ramblock *b = sim_calloc(1, sizeof(*b));

	if (!b)
		return sim_fail_nomem(err);
	b->used_length = round_up(cfg->used_length, PAGE_BYTES);
	b->max_length = round_up(max, PAGE_BYTES);
	b->is_resizeable = cfg->is_resizeable;
	b->is_readonly = cfg->backing.is_readonly;
	*out = b;
	return SIM_OK;
}

static int check_place(uint64_t offset, const struct ramblock *b, struct sim_error *err)
{
	if (offset <= RAMLIST_MAX_BYTES && b->max_length <= RAMLIST_MAX_BYTES - offset)
		return SIM_OK;
	return sim_fail(err, SIM_ERANGE, NULL,
			"no place for a RAM block of %" PRIu64
			" MiB: all RAM blocks together may have %" PRIu64 " MiB",
			b->max_length >> 20, RAMLIST_MAX_BYTES >> 20);
}

/* A place in the ram_addr space, memory, room in the bitmaps. */
static int block_place(struct ramlist *l, struct ramblock *b, const struct ramblock_config *cfg,
		       struct sim_error *err)
{
	uint64_t asked = cfg->max_length ? cfg->max_length : cfg->used_length;
	uint64_t offset = find_offset(l, b->max_length);
	int rc = check_place(offset, b, err);

	if (!rc)
		rc = l->ops->alloc(l->ops_arg, &cfg->backing, asked, &b->backing, err);
	if (rc)
		return rc;
	b->offset = ram_addr_make(offset);
	rc = dirty_extend(&l->dirty, (offset + b->max_length) >> PAGE_SHIFT, err);
	if (rc)
		l->ops->release(l->ops_arg, &b->backing);
	return rc;
}

static void block_link(struct ramlist *l, struct ramblock *b)
{
	struct ramblock **at = &l->first;

	while (*at && (*at)->max_length >= b->max_length)
		at = &(*at)->next;
	b->next = *at;
	*at = b;
	l->mru = NULL;
	l->version++;
}

int ramlist_add(struct ramlist *l, const struct ramblock_config *cfg, struct ramblock **out,
		struct sim_error *err)
{
	struct ramblock *b = NULL;
	int rc = check_lengths(cfg, err);

	if (!rc)
		rc = block_new(cfg, &b, err);
	if (rc)
		return rc;
	if (cfg->idstr)
		rc = ramblock_set_idstr(l, b, cfg->idstr, err);
	if (!rc)
		rc = block_place(l, b, cfg, err);
	if (rc) {
		sim_free(b);
		return rc;
	}
	b->page_size = b->backing.page_size;
	block_link(l, b);
	dirty_set(&l->dirty, b->offset, b->used_length, DIRTY_CLIENTS_ALL);
	*out = b;
	return SIM_OK;
}

void ramlist_remove(struct ramlist *l, struct ramblock *b)
{
	struct ramblock **at = &l->first;

	while (*at != b)
		at = &(*at)->next;
	*at = b->next;
	l->mru = NULL;
	l->version++;
	block_free(l, b);
}

/* --- finding them --- */

static bool holds(const struct ramblock *b, ram_addr_t a)
{
	return a.v - b->offset.v < b->max_length;
}

struct ramblock *ramlist_find(struct ramlist *l, ram_addr_t a)
{
	if (l->mru && holds(l->mru, a))
		return l->mru;
	for (struct ramblock *b = l->first; b; b = b->next)
		if (holds(b, a)) {
			l->mru = b;
			return b;
		}
	return NULL;
}

static bool holds_hva(const struct ramblock *b, hva_t hva, uint64_t *offset)
{
	*offset = hva.v - b->backing.hva.v;
	return *offset < b->max_length;
}

struct ramblock *ramlist_find_hva(struct ramlist *l, hva_t hva, uint64_t *offset)
{
	if (l->mru && holds_hva(l->mru, hva, offset))
		return l->mru;
	for (struct ramblock *b = l->first; b; b = b->next)
		if (holds_hva(b, hva, offset))
			return b;
	return NULL;
}

struct ramblock *ramlist_find_idstr(const struct ramlist *l, const char *idstr)
{
	for (struct ramblock *b = l->first; b; b = b->next)
		if (!strcmp(b->idstr, idstr))
			return b;
	return NULL;
}

uint64_t ramlist_last_page(const struct ramlist *l)
{
	uint64_t last = 0;

	for (const struct ramblock *b = l->first; b; b = b->next)
		if (b->offset.v + b->max_length > last)
			last = b->offset.v + b->max_length;
	return last >> PAGE_SHIFT;
}
