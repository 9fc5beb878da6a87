/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Each mapping (region) owns a range of frames of its own, aligned to 1 GiB. Contiguous layout
 * keeps the order. Fragmented layout gives its huge units first and its 4K units behind them,
 * each kind in the order of a bijection drawn from the seed: a four-round Feistel network over
 * the next power of four, walked until it lands in range.
 */
#include "mem/host.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "base/rng.h"

#define RAM_FIRST_HFN	((uint64_t)1 << 20) /* 4 GiB */
#define MOVED_FIRST_HFN ((uint64_t)1 << 33) /* 32 TiB: pages that were moved */
#define TABLE_FIRST_HFN ((uint64_t)1 << 34) /* 64 TiB: the VMM's own tables */
#define ZERO_HFN	((uint64_t)1)
#define HUGE_ZERO_HFN	((uint64_t)512) /* the zero page of 2M */
#define FIRST_HVA	((uint64_t)0x7f0000000000)
#define GIB_FRAMES	((uint64_t)1 << 18)

enum page_state { STATE_INITIAL, STATE_ABSENT, STATE_ZERO, STATE_OWN };

#define STATE	    3u
#define STATE_SPLIT 4u /* at the first page of a huge unit: its pages stand for themselves */

struct region {
	uint64_t first; /* hva >> 12 */
	uint64_t n;	/* 4 KiB pages */
	uint64_t hfn;	/* first frame of its range, congruent to `first` modulo 1 GiB */
	uint64_t huge_first, n_huge; /* first huge unit's page, number of huge units */
	uint8_t *state;		     /* of each unit, at its first page */
};

struct host {
	struct host_config cfg;
	struct region *region;
	size_t n_region, cap_region;
	uint64_t next_hva, next_hfn; /* 1 GiB aligned, in pages */
	hfn_t *free_frame;	     /* table frames given back */
	size_t n_free, cap_free;
	uint64_t next_table;
	struct map moved; /* first page and level of a unit -> its first frame now */
	uint64_t next_moved;
	uint64_t faults, cow_faults;
};

int host_create(struct host **out, const struct host_config *cfg, struct sim_error *err)
{
	struct host *h;

	if (cfg->page_level < LEVEL_4K || cfg->page_level > LEVEL_1G)
		return sim_fail(err, SIM_ERANGE, NULL, "host page level must be 1..3, not %u",
				cfg->page_level);
	h = sim_calloc(1, sizeof(*h));
	if (!h)
		return sim_fail_nomem(err);
	h->cfg = *cfg;
	h->next_hva = FIRST_HVA >> PAGE_SHIFT;
	h->next_hfn = RAM_FIRST_HFN;
	h->next_table = TABLE_FIRST_HFN;
	h->next_moved = MOVED_FIRST_HFN;
	map_init(&h->moved);
	*out = h;
	return 0;
}

void host_destroy(struct host *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < h->n_region; i++)
		sim_free(h->region[i].state);
	sim_free(h->region);
	map_fini(&h->moved);
	sim_free(h->free_frame);
	sim_free(h);
}

static uint64_t round_up(uint64_t v, uint64_t unit)
{
	return (v + unit - 1) / unit * unit;
}

/* The huge units that the region covers whole. */
static void place_huge(struct region *r, unsigned level)
{
	uint64_t unit = level_frames(level);
	uint64_t first = round_up(r->first, unit);
	uint64_t end = (r->first + r->n) / unit * unit;

	if (level == LEVEL_4K || end <= first)
		return;
	r->huge_first = first;
	r->n_huge = (end - first) / unit;
}

/* Where a mapping of n pages lies: hugetlbfs hands out whole pages, so 1G ones may overhang. */
static struct region place(const struct host *h, uint64_t n, uint64_t low)
{
	struct region r = { .first = h->next_hva + low, .n = n, .hfn = h->next_hfn + low };

	if (h->cfg.page_level == LEVEL_1G) {
		r.first -= low;
		r.hfn -= low;
		r.n = round_up(n + low, GIB_FRAMES);
	}
	place_huge(&r, h->cfg.page_level);
	return r;
}

int host_mmap(struct host *h, uint64_t bytes, gpa_t like, hva_t *hva, struct sim_error *err)
{
	uint64_t n = round_up(bytes, PAGE_BYTES) >> PAGE_SHIFT;
	uint64_t low = (like.v >> PAGE_SHIFT) & (GIB_FRAMES - 1);
	struct region r;

	if (!n || n >= MOVED_FIRST_HFN ||
	    h->next_hfn + 2 * n + 2 * GIB_FRAMES >= MOVED_FIRST_HFN)
		return sim_fail(err, SIM_ERANGE, NULL,
				"cannot give the guest %" PRIu64 " bytes of memory", bytes);
	r = place(h, n, low);
	if (sim_grow((void **)&h->region, &h->cap_region, h->n_region, sizeof(r)))
		return sim_fail_nomem(err);
	r.state = sim_calloc(r.n, 1);
	if (!r.state)
		return sim_fail_nomem(err);
	*hva = hva_make((h->next_hva + low) << PAGE_SHIFT);
	h->next_hva = round_up(r.first + r.n, GIB_FRAMES) + GIB_FRAMES;
	h->next_hfn = round_up(r.hfn + r.n, GIB_FRAMES) + GIB_FRAMES;
	h->region[h->n_region++] = r;
	return 0;
}

static struct region *region_of(const struct host *h, uint64_t page)
{
	for (size_t i = 0; i < h->n_region; i++)
		if (page - h->region[i].first < h->region[i].n)
			return &h->region[i];
	return NULL;
}

/* A bijection of 0..n-1. */
static uint64_t scatter(uint64_t i, uint64_t n, uint64_t seed)
{
	unsigned half = 1;
	uint64_t mask;

	while (n > (uint64_t)1 << (2 * half))
		half++;
	mask = ((uint64_t)1 << half) - 1;
	do {
		uint64_t left = i >> half, right = i & mask;

		for (unsigned round = 0; round < 4; round++) {
			uint64_t mixed = rng_mix(right ^ rng_mix(seed + round));

			mixed = left ^ (mixed & mask);
			left = right;
			right = mixed;
		}
		i = left << half | right;
	} while (i >= n);
	return i;
}

/* A backing unit: one page of the host's. */
struct unit {
	uint64_t first; /* its first 4 KiB page (hva >> 12) */
	unsigned level;
};

/* As the region was laid out. */
static struct unit first_unit_of(const struct host *h, const struct region *r, uint64_t page)
{
	uint64_t frames = level_frames(h->cfg.page_level);

	if (page - r->huge_first < r->n_huge * frames)
		return (struct unit){ page / frames * frames, h->cfg.page_level };
	return (struct unit){ page, LEVEL_4K };
}

/* As it is now. */
static struct unit unit_of(const struct host *h, const struct region *r, uint64_t page)
{
	struct unit u = first_unit_of(h, r, page);

	if (r->state[u.first - r->first] & STATE_SPLIT)
		return (struct unit){ page, LEVEL_4K };
	return u;
}

/* First frame behind a unit of the first layout. */
static uint64_t first_hfn(const struct host *h, const struct region *r, struct unit u)
{
	uint64_t frames = level_frames(h->cfg.page_level);
	uint64_t base = r->hfn - (r->hfn & (GIB_FRAMES - 1));
	uint64_t index;

	if (h->cfg.layout == HOST_CONTIGUOUS)
		return r->hfn + (u.first - r->first);
	if (u.level > LEVEL_4K) {
		index = (u.first - r->huge_first) / frames;
		return base + frames * scatter(index, r->n_huge, h->cfg.seed);
	}
	index = u.first - r->first;
	if (r->n_huge && u.first >= r->huge_first)
		index -= r->n_huge * frames;
	return base + r->n_huge * frames +
	       scatter(index, r->n - r->n_huge * frames, h->cfg.seed);
}

static uint64_t unit_key(struct unit u)
{
	return u.first << 2 | u.level;
}

/* First frame behind a unit now. */
static uint64_t unit_hfn(const struct host *h, const struct region *r, struct unit u)
{
	struct unit whole = first_unit_of(h, r, u.first);
	uint64_t hfn;

	if (map_get(&h->moved, unit_key(u), &hfn))
		return hfn;
	if (!map_get(&h->moved, unit_key(whole), &hfn))
		hfn = first_hfn(h, r, whole);
	return hfn + (u.first - whole.first);
}

static enum page_state state_of(const struct host *h, const struct region *r, struct unit u)
{
	enum page_state s = r->state[u.first - r->first] & STATE;

	if (s == STATE_INITIAL)
		return h->cfg.prepopulated ? STATE_OWN : STATE_ABSENT;
	return s;
}

static void set_state(struct region *r, struct unit u, enum page_state s)
{
	uint8_t *state = &r->state[u.first - r->first];

	*state = (uint8_t)((*state & STATE_SPLIT) | s);
}

static struct host_mapping mapping_of(const struct host *h, const struct region *r,
				      uint64_t page)
{
	struct unit u = unit_of(h, r, page);
	enum page_state s = state_of(h, r, u);

	if (s == STATE_ZERO)
		return (struct host_mapping){
			.present = true,
			.level = u.level,
			.hfn = hfn_make(u.level == LEVEL_4K ? ZERO_HFN
							    : HUGE_ZERO_HFN + page - u.first)
		};
	return (struct host_mapping){ .present = s == STATE_OWN,
				      .writable = s == STATE_OWN,
				      .level = u.level,
				      .hfn = hfn_make(unit_hfn(h, r, u) + (page - u.first)) };
}

struct host_mapping host_lookup(const struct host *h, hva_t hva)
{
	uint64_t page = hva.v >> PAGE_SHIFT;
	const struct region *r = region_of(h, page);

	return r ? mapping_of(h, r, page) : (struct host_mapping){ .level = LEVEL_4K };
}

int host_touch(struct host *h, hva_t hva, bool write, struct host_mapping *m, bool *was_zero,
	       struct sim_error *err)
{
	uint64_t page = hva.v >> PAGE_SHIFT;
	struct region *r = region_of(h, page);
	enum page_state old;
	struct unit u;

	if (!r)
		return sim_fail(err, SIM_ESTATE, NULL,
				"host address 0x%" PRIx64 " is not mapped", hva.v);
	u = unit_of(h, r, page);
	old = state_of(h, r, u);
	*was_zero = old == STATE_ZERO && write;
	if (old == STATE_ABSENT) {
		h->faults++;
		set_state(r, u, write || u.level == LEVEL_1G ? STATE_OWN : STATE_ZERO);
	} else if (*was_zero) {
		h->cow_faults++;
		set_state(r, u, STATE_OWN);
	}
	*m = mapping_of(h, r, page);
	return 0;
}

/* --- pages that go away or move --- */

struct hva_range host_invalidated(const struct host *h, hva_t hva, uint64_t n)
{
	uint64_t first = hva.v >> PAGE_SHIFT, last = first + n - 1;
	const struct region *r = region_of(h, first);
	struct unit a, z;

	if (!r || last - r->first >= r->n)
		return (struct hva_range){ hva, n };
	a = unit_of(h, r, first);
	z = unit_of(h, r, last);
	return (struct hva_range){ hva_make(a.first << PAGE_SHIFT),
				   z.first + level_frames(z.level) - a.first };
}

static void split(const struct host *h, struct region *r, struct unit u)
{
	uint8_t *state = &r->state[u.first - r->first];

	memset(state, (int)state_of(h, r, u), level_frames(u.level));
	*state |= STATE_SPLIT;
}

static int discard_unit(struct host *h, struct region *r, struct unit u)
{
	(void)h;
	set_state(r, u, STATE_ABSENT);
	return 0;
}

static int move_unit(struct host *h, struct region *r, struct unit u)
{
	uint64_t frames = level_frames(u.level), hfn = round_up(h->next_moved, frames);

	if (map_put(&h->moved, unit_key(u), hfn))
		return SIM_ENOMEM;
	h->next_moved = hfn + frames;
	set_state(r, u, STATE_OWN);
	return 0;
}

/* Does it to each unit of n pages that is there; one that only begins or ends there is split first. */
static int for_each_unit(struct host *h, hva_t hva, uint64_t n,
			 int (*change)(struct host *, struct region *, struct unit),
			 struct sim_error *err)
{
	uint64_t page = hva.v >> PAGE_SHIFT, end = page + n;
	struct region *r = region_of(h, page);

	if (!r || end - r->first > r->n)
		return sim_fail(err, SIM_ESTATE, NULL,
				"host address 0x%" PRIx64 " is not mapped", hva.v);
	while (page < end) {
		struct unit u = unit_of(h, r, page);

		if (state_of(h, r, u) == STATE_ABSENT) {
			page = u.first + level_frames(u.level);
			continue;
		}
		if (u.first < page || u.first + level_frames(u.level) > end) {
			if (u.level == LEVEL_1G)
				return sim_fail(err, SIM_ERANGE, NULL,
						"a part of a 1G page of the host cannot go");
			split(h, r, u);
			u = unit_of(h, r, page);
		}
		if (change(h, r, u))
			return sim_fail_nomem(err);
		page = u.first + level_frames(u.level);
	}
	return 0;
}

int host_discard(struct host *h, hva_t hva, uint64_t n, struct sim_error *err)
{
	return for_each_unit(h, hva, n, discard_unit, err);
}

int host_move(struct host *h, hva_t hva, uint64_t n, struct sim_error *err)
{
	return for_each_unit(h, hva, n, move_unit, err);
}

int host_frame_get(struct host *h, hfn_t *hfn, struct sim_error *err)
{
	if (h->n_free) {
		*hfn = h->free_frame[--h->n_free];
		return 0;
	}
	/* room to give every frame back later, so that host_frame_put cannot fail */
	if (sim_grow((void **)&h->free_frame, &h->cap_free, h->next_table - TABLE_FIRST_HFN,
		     sizeof(*h->free_frame)))
		return sim_fail_nomem(err);
	*hfn = hfn_make(h->next_table++);
	return 0;
}

void host_frame_put(struct host *h, hfn_t hfn)
{
	h->free_frame[h->n_free++] = hfn;
}

uint64_t host_faults(const struct host *h)
{
	return h->faults;
}

uint64_t host_cow_faults(const struct host *h)
{
	return h->cow_faults;
}
