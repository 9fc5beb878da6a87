/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Each mapping (region) owns a range of frames of its own, aligned to 1 GiB, and the GiB behind it, and so of addresses where
 * the host chooses. A new one takes the first that is free. Contiguous layout
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
	uint64_t start; /* of what was asked for: HUGETLB may begin before it */
	uint64_t n;	/* 4 KiB pages */
	uint64_t hfn;	/* first frame of its range, congruent to `first` modulo 1 GiB */
	uint64_t huge_first, n_huge; /* first huge unit's page, number of huge units */
	uint8_t *state;		     /* of each unit, at its first page */
	uint64_t cache_hfn;	     /* FILE_PRIVATE: first frame of the file's pages */
	unsigned level;
	enum host_memory memory;
	bool prepopulated, has_moved;
};

struct host {
	struct host_config cfg;
	struct region *region; /* ascending */
	size_t n_region, cap_region;
	hfn_t *free_frame; /* table frames given back */
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
	h->next_table = TABLE_FIRST_HFN;
	h->next_moved = MOVED_FIRST_HFN;
	map_init(&h->moved);
	*out = h;
	return 0;
}

const struct host_config *host_config_of(const struct host *h)
{
	return &h->cfg;
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

/* The huge units that the region covers whole. */
static void place_huge(struct region *r)
{
	uint64_t unit = level_frames(r->level);
	uint64_t first = round_up(r->first, unit);
	uint64_t end = (r->first + r->n) / unit * unit;

	if (r->level == LEVEL_4K || end <= first)
		return;
	r->huge_first = first;
	r->n_huge = (end - first) / unit;
}

/* hugetlbfs hands out whole pages. */
static void overhang(struct region *r)
{
	uint64_t unit = level_frames(r->level), low = r->first % unit;

	r->first -= low;
	r->hfn -= low;
	r->n = round_up(r->n + low, unit);
}

/* What a region keeps others from: whole GiB, with one behind. */
struct kept {
	uint64_t first, end;
};

static struct kept kept_frames(const struct region *r)
{
	uint64_t last = r->cache_hfn ? r->cache_hfn : r->hfn;

	return (struct kept){ r->hfn - r->hfn % GIB_FRAMES,
			      round_up(last + r->n, GIB_FRAMES) + GIB_FRAMES };
}

static struct kept kept_pages(const struct region *r)
{
	return (struct kept){ r->first - r->first % GIB_FRAMES,
			      round_up(r->first + r->n, GIB_FRAMES) + GIB_FRAMES };
}

static bool meet(struct kept a, struct kept b)
{
	return a.first < b.end && b.first < a.end;
}

/* From `at` on (a whole GiB) the first that is as large as `k`, which is relative, and meets no other. */
static uint64_t first_free(const struct host *h, uint64_t at, struct kept k,
			   struct kept (*kept)(const struct region *))
{
	for (size_t i = 0; i < h->n_region; i++) {
		struct kept other = kept(&h->region[i]);

		if (!meet((struct kept){ at + k.first, at + k.end }, other))
			continue;
		at = other.end;
		i = (size_t)-1; /* frames are in no order */
	}
	return at;
}

/* As if it were the first. */
static struct region draft(const struct host_map_config *cfg)
{
	uint64_t at = cfg->hva.v ? cfg->hva.v : cfg->like.v;
	uint64_t low = (at >> PAGE_SHIFT) & (GIB_FRAMES - 1);
	struct region r = { .n = round_up(cfg->bytes, PAGE_BYTES) >> PAGE_SHIFT,
			    .hfn = low,
			    .start = cfg->hva.v ? cfg->hva.v >> PAGE_SHIFT : low,
			    .level = cfg->page_level,
			    .memory = cfg->memory,
			    .prepopulated = cfg->prepopulated };

	r.first = r.start;
	if (cfg->page_level == LEVEL_1G)
		r.memory = HOST_HUGETLB;
	if (r.memory == HOST_HUGETLB)
		overhang(&r);
	if (r.memory == HOST_FILE_PRIVATE)
		r.cache_hfn = round_up(r.hfn + r.n, GIB_FRAMES) + GIB_FRAMES;
	return r;
}

static struct region place(const struct host *h, const struct host_map_config *cfg)
{
	struct region r = draft(cfg);
	uint64_t frame = first_free(h, RAM_FIRST_HFN, kept_frames(&r), kept_frames), page = 0;

	r.hfn += frame;
	if (r.cache_hfn)
		r.cache_hfn += frame;
	if (!cfg->hva.v)
		page = first_free(h, FIRST_HVA >> PAGE_SHIFT, kept_pages(&r), kept_pages);
	r.start += page;
	r.first += page;
	place_huge(&r);
	return r;
}

/* Regions that begin at or before a page. */
static size_t regions_until(const struct host *h, uint64_t page)
{
	size_t low = 0, high = h->n_region;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (h->region[middle].first <= page)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct region *region_of(const struct host *h, uint64_t page)
{
	size_t n = regions_until(h, page);

	return n && page - h->region[n - 1].first < h->region[n - 1].n ? &h->region[n - 1]
								       : NULL;
}

static const struct region *in_the_way(const struct host *h, const struct region *r)
{
	size_t n = regions_until(h, r->first + r->n - 1);
	const struct region *last = n ? &h->region[n - 1] : NULL;

	return last && last->first + last->n > r->first ? last : NULL;
}

static int fail_room(const struct host_map_config *cfg, struct sim_error *err)
{
	return sim_fail(err, SIM_ERANGE, NULL,
			"cannot give the guest %" PRIu64 " bytes of memory", cfg->bytes);
}

static int check_map(const struct host_map_config *cfg, struct sim_error *err)
{
	if (!cfg->bytes || cfg->bytes / PAGE_BYTES >= MOVED_FIRST_HFN)
		return fail_room(cfg, err);
	if (cfg->page_level < LEVEL_4K || cfg->page_level > LEVEL_1G)
		return sim_fail(err, SIM_ERANGE, NULL, "host page level must be 1..3, not %u",
				cfg->page_level);
	if (cfg->memory == HOST_HUGETLB && cfg->page_level == LEVEL_4K)
		return sim_fail(err, SIM_ERANGE, NULL,
				"hugetlbfs has pages of 2M and 1G, not 4K");
	if (cfg->memory == HOST_FILE_PRIVATE && cfg->page_level != LEVEL_4K)
		return sim_fail(err, SIM_ERANGE, NULL,
				"a private mapping of a file has pages of 4K, not of level %u",
				cfg->page_level);
	if (cfg->hva.v % PAGE_BYTES)
		return sim_fail(err, SIM_ERANGE, NULL,
				"host address 0x%" PRIx64 " must be a multiple of 0x1000",
				cfg->hva.v);
	return SIM_OK;
}

/* Puts it among the others; the array has room. */
static void insert(struct host *h, const struct region *r)
{
	size_t i = regions_until(h, r->first);

	memmove(&h->region[i + 1], &h->region[i], (h->n_region - i) * sizeof(*r));
	h->region[i] = *r;
	h->n_region++;
}

int host_map(struct host *h, const struct host_map_config *cfg, hva_t *hva,
	     struct sim_error *err)
{
	const struct region *other;
	struct region r;
	int rc = check_map(cfg, err);

	if (rc)
		return rc;
	r = place(h, cfg);
	if (kept_frames(&r).end > MOVED_FIRST_HFN)
		return fail_room(cfg, err);
	other = in_the_way(h, &r);
	if (other)
		return sim_fail(err, SIM_ESTATE, NULL,
				"host address 0x%" PRIx64 " is mapped already",
				other->start << PAGE_SHIFT);
	if (sim_grow((void **)&h->region, &h->cap_region, h->n_region, sizeof(r)))
		return sim_fail_nomem(err);
	r.state = sim_calloc(r.n, 1);
	if (!r.state)
		return sim_fail_nomem(err);
	*hva = hva_make(r.start << PAGE_SHIFT);
	insert(h, &r);
	return SIM_OK;
}

int host_mmap(struct host *h, uint64_t bytes, gpa_t like, hva_t *hva, struct sim_error *err)
{
	const struct host_map_config cfg = { .bytes = bytes,
					     .like = like,
					     .page_level = h->cfg.page_level,
					     .prepopulated = h->cfg.prepopulated };

	return host_map(h, &cfg, hva, err);
}

/* A backing unit: one page of the host's. */
struct unit {
	uint64_t first; /* its first 4 KiB page (hva >> 12) */
	unsigned level;
};

/* As the region was laid out. */
static struct unit first_unit_of(const struct region *r, uint64_t page)
{
	uint64_t frames = level_frames(r->level);

	if (page - r->huge_first < r->n_huge * frames)
		return (struct unit){ page / frames * frames, r->level };
	return (struct unit){ page, LEVEL_4K };
}

/* As it is now. */
static struct unit unit_of(const struct region *r, uint64_t page)
{
	struct unit u = first_unit_of(r, page);

	if (r->state[u.first - r->first] & STATE_SPLIT)
		return (struct unit){ page, LEVEL_4K };
	return u;
}

/* First frame behind a unit of the first layout. */
static uint64_t first_hfn(const struct host *h, const struct region *r, struct unit u)
{
	uint64_t frames = level_frames(r->level);
	uint64_t base = r->hfn - (r->hfn & (GIB_FRAMES - 1));
	uint64_t index;

	if (h->cfg.layout == HOST_CONTIGUOUS)
		return r->hfn + (u.first - r->first);
	if (u.level > LEVEL_4K) {
		index = (u.first - r->huge_first) / frames;
		return base + frames * rng_scatter(index, r->n_huge, h->cfg.seed);
	}
	index = u.first - r->first;
	if (r->n_huge && u.first >= r->huge_first)
		index -= r->n_huge * frames;
	return base + r->n_huge * frames +
	       rng_scatter(index, r->n - r->n_huge * frames, h->cfg.seed);
}

static uint64_t unit_key(struct unit u)
{
	return u.first << 2 | u.level;
}

/* First frame behind a unit now. */
static uint64_t unit_hfn(const struct host *h, const struct region *r, struct unit u)
{
	struct unit whole = first_unit_of(r, u.first);
	uint64_t hfn;

	if (map_get(&h->moved, unit_key(u), &hfn))
		return hfn;
	if (!map_get(&h->moved, unit_key(whole), &hfn))
		hfn = first_hfn(h, r, whole);
	return hfn + (u.first - whole.first);
}

static enum page_state state_of(const struct region *r, struct unit u)
{
	enum page_state s = r->state[u.first - r->first] & STATE;

	if (s == STATE_INITIAL)
		return r->prepopulated ? STATE_OWN : STATE_ABSENT;
	return s;
}

static void set_state(struct region *r, struct unit u, enum page_state s)
{
	uint8_t *state = &r->state[u.first - r->first];

	*state = (uint8_t)((*state & STATE_SPLIT) | s);
}

/* The frame of a page that is there read-only. */
static uint64_t read_only_hfn(const struct host *h, const struct region *r, struct unit u,
			      uint64_t page)
{
	uint64_t index = page - r->first;

	if (r->memory != HOST_FILE_PRIVATE)
		return u.level == LEVEL_4K ? ZERO_HFN : HUGE_ZERO_HFN + page - u.first;
	if (h->cfg.layout == HOST_FRAGMENTED)
		index = rng_scatter(index, r->n, ~h->cfg.seed);
	return r->cache_hfn + index;
}

static struct host_mapping mapping_of(const struct host *h, const struct region *r,
				      uint64_t page)
{
	struct unit u = unit_of(r, page);
	enum page_state s = state_of(r, u);

	if (s == STATE_ZERO)
		return (struct host_mapping){ .present = true,
					      .level = u.level,
					      .hfn = hfn_make(read_only_hfn(h, r, u, page)) };
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

/* Of an absent page, after a read. */
static enum page_state state_read(const struct region *r)
{
	return r->memory == HOST_ANONYMOUS || r->memory == HOST_FILE_PRIVATE ? STATE_ZERO
									     : STATE_OWN;
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
	u = unit_of(r, page);
	old = state_of(r, u);
	*was_zero = old == STATE_ZERO && write;
	if (old == STATE_ABSENT) {
		h->faults++;
		set_state(r, u, write ? STATE_OWN : state_read(r));
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
	a = unit_of(r, first);
	z = unit_of(r, last);
	return (struct hva_range){ hva_make(a.first << PAGE_SHIFT),
				   z.first + level_frames(z.level) - a.first };
}

static void split(struct region *r, struct unit u)
{
	uint8_t *state = &r->state[u.first - r->first];

	memset(state, (int)state_of(r, u), level_frames(u.level));
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
	r->has_moved = true;
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
		struct unit u = unit_of(r, page);

		if (state_of(r, u) == STATE_ABSENT) {
			page = u.first + level_frames(u.level);
			continue;
		}
		if (u.first < page || u.first + level_frames(u.level) > end) {
			if (r->memory == HOST_HUGETLB)
				return sim_fail(err, SIM_ERANGE, NULL,
						"a part of a %s page of the host cannot go",
						u.level == LEVEL_1G ? "1G" : "2M");
			split(r, u);
			u = unit_of(r, page);
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

static void forget_moved(struct host *h, const struct region *r)
{
	for (uint64_t page = r->first; r->has_moved && page < r->first + r->n; page++)
		for (unsigned level = LEVEL_4K; level <= LEVEL_1G; level++)
			map_del(&h->moved, unit_key((struct unit){ page, level }));
}

int host_munmap(struct host *h, hva_t hva, struct sim_error *err)
{
	struct region *r = region_of(h, hva.v >> PAGE_SHIFT);

	if (!r || r->start << PAGE_SHIFT != hva.v)
		return sim_fail(err, SIM_ESTATE, NULL,
				"no mapping of the host begins at 0x%" PRIx64, hva.v);
	forget_moved(h, r);
	sim_free(r->state);
	h->n_region--;
	memmove(r, r + 1, (size_t)(h->region + h->n_region - r) * sizeof(*r));
	return SIM_OK;
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
