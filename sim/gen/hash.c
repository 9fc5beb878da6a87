/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hash.c - look-ups in a hash table, open addressing with linear probing or chained, by arithmetic
 *
 * The table is made of groups that hold equally many keys. What a look-up meets depends on its group
 * alone, and a group's contents follow from its number and the seed: they are worked out again for each
 * look-up, and nothing is stored. Inside a group keys are inserted one by one as any table does.
 *
 *     linear    groups of 256 slots of 16 bytes (key, value), which wrap: Knuth's counts for a table of
 *               256 hold exactly (The Art of Computer Programming vol. 3, 6.4). Groups begin in the
 *               middle of a page, so that probing crosses a page border as often as it would.
 *     chained   groups of 64 buckets of 8 bytes; nodes of 32 bytes (key, value, next, pad), allocated
 *               one after the other as keys come in, in an order that is random over the whole table;
 *               a new node goes first in its chain.
 *
 * A look-up reads keys until it has found its own or the end, then the value. 12 instructions a look-up
 * (hash, mask, call) and 4 a key (load, compare, two branches or a step).
 */
#include "gen/popularity.h"
#include "gen/workload.h"

#define SLOTS	       256u /* of a group */
#define SLOT	       16
#define BUCKETS	       64u /* of a group */
#define BUCKET	       8
#define NODE	       32
#define NODE_NEXT      16
#define LINEAR_LOAD    95  /* %, at most: longer runs than a group's are no table */
#define CHAINED_LOAD   400 /* 4 keys a bucket */
#define GROUP_KEYS_MAX 256 /* = BUCKETS x CHAINED_LOAD / 100, above SLOTS x LINEAR_LOAD / 100 */
#define WORK	       12
#define WORK_KEY       4

enum { LINEAR, CHAINED };

static const char *const kind_names[] = { "linear", "chained", NULL };

struct hash {
	struct workload w;
	gva_t table, nodes;
	uint64_t chained, groups, per_group; /* keys */
	uint64_t hit_percent, update_percent, seed;
	struct rng_permutation order; /* chained: when a key came in */
	struct popularity popular;
};

/* A key's home in its group, of `places` (a power of two). */
static unsigned home_of(const struct hash *h, uint64_t key, unsigned places)
{
	return (unsigned)(rng_mix(h->seed ^ rng_mix(key + 1)) & (places - 1));
}

/* --- linear probing --- */

/* The first free slot from `at` on, around the end. */
static unsigned first_free(const uint64_t used[SLOTS / 64], unsigned at)
{
	for (unsigned i = 0; i <= SLOTS / 64; i++) {
		unsigned word = (at / 64 + i) % (SLOTS / 64);
		uint64_t free = ~used[word];

		if (!i)
			free &= UINT64_MAX << at % 64;
		if (free)
			return word * 64 + (unsigned)__builtin_ctzll(free);
	}
	return at;
}

/* Where the group's n-th key ends up when keys 0..n come in; n = per_group: where a search for an absent key
 * that begins at `home` ends. */
static unsigned place(const struct hash *h, uint64_t group, uint64_t n, unsigned home)
{
	uint64_t used[SLOTS / 64] = { 0 };

	for (uint64_t j = 0; j < n; j++) {
		unsigned slot = first_free(used, home_of(h, group * h->per_group + j, SLOTS));

		used[slot / 64] |= (uint64_t)1 << slot % 64;
	}
	return first_free(used, home);
}

static gva_t probe_linear(const struct hash *h, struct out *o, uint64_t group, uint64_t n,
			  unsigned home)
{
	unsigned end = place(h, group, n, home);
	gva_t first = workload_at(h->table, group * SLOTS * SLOT), at;

	for (unsigned slot = home;; slot = (slot + 1) % SLOTS) {
		at = workload_at(first, (uint64_t)slot * SLOT);
		out_load(o, at);
		out_work(o, WORK_KEY);
		if (slot == end)
			return workload_at(at, SLOT / 2);
	}
}

/* --- chains --- */

/* The nodes of a bucket that came in at `since` or later, the latest first. Returns how many. */
static unsigned chain(const struct hash *h, uint64_t group, unsigned bucket, uint64_t since,
		      uint64_t node[GROUP_KEYS_MAX])
{
	unsigned n = 0;

	for (uint64_t j = 0; j < h->per_group; j++) {
		uint64_t key = group * h->per_group + j, when;
		unsigned at;

		if (home_of(h, key, BUCKETS) != bucket)
			continue;
		when = rng_permuted(&h->order, key);
		if (when < since)
			continue;
		for (at = n++; at && node[at - 1] < when; at--)
			node[at] = node[at - 1];
		node[at] = when;
	}
	return n;
}

/* since: the key's own time + 1, or 0 to look for what is not there. */
static gva_t probe_chain(const struct hash *h, struct out *o, uint64_t group, unsigned bucket,
			 uint64_t since)
{
	uint64_t node[GROUP_KEYS_MAX];
	unsigned n = chain(h, group, bucket, since ? since - 1 : 0, node);
	gva_t at = workload_at(h->table, (group * BUCKETS + bucket) * BUCKET);

	out_load(o, at);
	for (unsigned i = 0; i < n; i++) {
		at = workload_at(h->nodes, node[i] * NODE);
		out_load(o, at);
		out_work(o, WORK_KEY);
		if (since && i + 1 == n)
			break;
		out_load(o, workload_at(at, NODE_NEXT));
	}
	return workload_at(at, BUCKET);
}

/* --- both --- */

static gva_t find(const struct hash *h, struct out *o, uint64_t key)
{
	uint64_t group = key / h->per_group;

	if (h->chained)
		return probe_chain(h, o, group, home_of(h, key, BUCKETS),
				   rng_permuted(&h->order, key) + 1);
	return probe_linear(h, o, group, key % h->per_group, home_of(h, key, SLOTS));
}

static void miss(struct hash *h, struct out *o)
{
	uint64_t group = rng_below(&h->w.rng, h->groups), home = rng_next(&h->w.rng);

	if (h->chained)
		probe_chain(h, o, group, (unsigned)(home % BUCKETS), 0);
	else
		probe_linear(h, o, group, h->per_group, (unsigned)(home % SLOTS));
}

static enum workload_status step(struct workload *w, struct out *o)
{
	struct hash *h = (struct hash *)w;

	out_work(o, WORK);
	if (workload_chance(w, h->hit_percent)) {
		gva_t value = find(h, o, popularity_draw(&h->popular, &w->rng));

		out_load(o, value);
		if (workload_chance(w, h->update_percent))
			out_store(o, value);
	} else {
		miss(h, o);
	}
	return WORKLOAD_DONE;
}

static int reserve(struct hash *h, struct out *o, struct sim_error *err)
{
	struct workload *w = &h->w;
	uint64_t keys = h->groups * h->per_group;
	int rc;

	if (h->chained) {
		rc = workload_region(w, o, h->groups * BUCKETS * BUCKET, &h->table, err);
		return rc ? rc : workload_region(w, o, keys * NODE, &h->nodes, err);
	}
	rc = workload_region(w, o, h->groups * SLOTS * SLOT + PAGE_BYTES / 2, &h->table, err);
	h->table = workload_at(h->table, PAGE_BYTES / 2);
	return rc;
}

static int init(struct workload *w, struct out *o, struct sim_error *err)
{
	struct hash *h = (struct hash *)w;
	uint64_t keys = workload_value(w, "keys"), load = workload_value(w, "load");
	int rc;

	h->chained = workload_value(w, "kind") == CHAINED;
	if (load > (h->chained ? CHAINED_LOAD : LINEAR_LOAD))
		return sim_fail(err, SIM_ERANGE, w->spec->name,
				"load is at most %d%% with linear probing, %d%% with chains",
				LINEAR_LOAD, CHAINED_LOAD);
	h->per_group = (h->chained ? BUCKETS : SLOTS) * load / 100;
	if (!h->per_group)
		h->per_group = 1;
	h->groups = (keys + h->per_group - 1) / h->per_group;
	h->hit_percent = workload_value(w, "hit");
	h->update_percent = workload_value(w, "update");
	h->seed = rng_next(&w->rng);
	rng_permutation_init(&h->order, h->groups * h->per_group, rng_next(&w->rng));
	rc = reserve(h, o, err);
	return rc ? rc
		  : popularity_init(&h->popular, h->groups * h->per_group,
				    (unsigned)workload_value(w, "exponent"),
				    POPULARITY_SCRAMBLED, rng_next(&w->rng), err);
}

static void fini(struct workload *w)
{
	popularity_fini(&((struct hash *)w)->popular);
}

static const struct param params[] = {
	WORKLOAD_COUNT("1M", "look-ups"),
	{ "keys", PARAM_AMOUNT, "4M", 1, (uint64_t)1 << 38, NULL, "keys",
	  "in the table, rounded up to whole groups" },
	WORKLOAD_CHOICE("kind", "linear", kind_names, "open addressing, or chains"),
	{ "load", PARAM_AMOUNT, "50", 1, CHAINED_LOAD, NULL, "%", "keys to slots or buckets" },
	WORKLOAD_PERCENT("hit", "100", "look-ups of keys that are there"),
	{ "exponent", PARAM_THOUSANDTHS, "0", 0, ZIPF_EXPONENT_MAX, NULL, "",
	  "Zipf's, of keys; 0: uniform" },
	WORKLOAD_PERCENT("update", "0", "hits that store the value"),
	WORKLOAD_POPULATE,
	WORKLOAD_PAGES,
	{ .name = NULL },
};

const struct workload_kind hash_kind = {
	.name = "hash",
	.stresses = "one miss a look-up (linear) or one a node (chained)",
	.params = params,
	.size = sizeof(struct hash),
	.init = init,
	.step = step,
	.fini = fini,
};
