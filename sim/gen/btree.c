/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * btree.c - point queries of a bulk-loaded B+tree
 *
 * Keys 0..keys-1 lie in order, m to a leaf; a node above has m children; all but the last node of each
 * level are equally full, so which node and entry a key is in is a division. A node:
 *
 *     0   16          16 + 8 c            16 + 16 c       c = (node - 16) / 16
 *     [header][ c keys of 8 bytes ][ c values or children ]       m = c x fill / 100
 *
 * A probe reads each node's header, searches its keys by halving, and reads the child or value:
 * ceil(log2 n) keys of n, whatever the key. An update stores the value too. 5 instructions a key compared
 * (load, compare, conditional move, two for the loop), 12 a node, 20 a probe.
 */
#include "gen/popularity.h"
#include "gen/workload.h"

#define HEADER	   16
#define ENTRY	   16
#define KEY	   8
#define LEVELS_MAX 40 /* two children a node, 2^40 keys */
#define WORK	   20
#define WORK_NODE  12
#define WORK_KEY   5

static const char *const placement_names[] = { "level", "scattered", NULL };

struct btree {
	struct workload w;
	gva_t nodes;
	uint64_t node_bytes, capacity, fanout;
	uint64_t n[LEVELS_MAX + 1];	/* things at a level: 0 keys, 1 leaves, ... */
	uint64_t first[LEVELS_MAX + 1]; /* number of the level's first node */
	uint64_t span[LEVELS_MAX + 1];	/* keys below a thing of that level */
	unsigned levels;
	uint64_t scattered, update_percent;
	struct rng_permutation place;
	struct popularity popular;
};

/* Returns the number of nodes. Root first, then level by level. */
static uint64_t lay_out(struct btree *t, uint64_t keys)
{
	uint64_t nodes = 0;

	t->n[0] = keys;
	t->span[0] = 1;
	do {
		t->levels++;
		t->n[t->levels] = (t->n[t->levels - 1] + t->fanout - 1) / t->fanout;
		t->span[t->levels] = t->span[t->levels - 1] * t->fanout;
	} while (t->n[t->levels] > 1);
	for (unsigned level = t->levels; level; level--) {
		t->first[level] = nodes;
		nodes += t->n[level];
	}
	return nodes;
}

static int init(struct workload *w, struct out *o, struct sim_error *err)
{
	struct btree *t = (struct btree *)w;
	uint64_t keys = workload_value(w, "keys"), nodes;
	int rc;

	t->node_bytes = workload_value(w, "node");
	t->capacity = (t->node_bytes - HEADER) / ENTRY;
	t->fanout = t->capacity * workload_value(w, "fill") / 100;
	if (t->node_bytes % ENTRY || t->fanout < 2)
		return sim_fail(err, SIM_ERANGE, w->spec->name,
				"node must be a multiple of 16 with room for two entries as "
				"full as fill says");
	nodes = lay_out(t, keys);
	if (nodes > WORKLOAD_BYTES_MAX / t->node_bytes)
		return sim_fail(err, SIM_ERANGE, w->spec->name, "the tree is beyond 16T");
	t->scattered = workload_value(w, "placement");
	t->update_percent = workload_value(w, "update");
	rng_permutation_init(&t->place, nodes, rng_next(&w->rng));
	rc = workload_region(w, o, nodes * t->node_bytes, &t->nodes, err);
	return rc ? rc
		  : popularity_init(&t->popular, keys, (unsigned)workload_value(w, "exponent"),
				    POPULARITY_SCRAMBLED, rng_next(&w->rng), err);
}

static gva_t node_at(const struct btree *t, uint64_t number)
{
	if (t->scattered)
		number = rng_permuted(&t->place, number);
	return workload_at(t->nodes, number * t->node_bytes);
}

/* The greatest of n keys that is not above the slot's: n - n/2 are left whatever is found. */
static void search(struct out *o, gva_t keys, uint64_t n, uint64_t slot)
{
	uint64_t low = 0;

	while (n > 1) {
		uint64_t half = n / 2;

		out_load(o, workload_at(keys, (low + half) * KEY));
		out_work(o, WORK_KEY);
		if (low + half <= slot)
			low += half;
		n -= half;
	}
}

static gva_t visit(const struct btree *t, struct out *o, unsigned level, uint64_t key)
{
	uint64_t node = key / t->span[level], child = key / t->span[level - 1];
	uint64_t begin = node * t->fanout, slot = child - begin;
	uint64_t left = t->n[level - 1] - begin;
	gva_t at = node_at(t, t->first[level] + node);

	out_load(o, at);
	search(o, workload_at(at, HEADER), left < t->fanout ? left : t->fanout, slot);
	out_work(o, WORK_NODE);
	return workload_at(at, HEADER + t->capacity * KEY + slot * (ENTRY - KEY));
}

static enum workload_status step(struct workload *w, struct out *o)
{
	struct btree *t = (struct btree *)w;
	uint64_t key = popularity_draw(&t->popular, &w->rng);
	int updates = workload_chance(w, t->update_percent);

	for (unsigned level = t->levels; level; level--) {
		gva_t value = visit(t, o, level, key);

		out_load(o, value);
		if (level == 1 && updates)
			out_store(o, value);
	}
	out_work(o, WORK);
	return WORKLOAD_DONE;
}

static void fini(struct workload *w)
{
	popularity_fini(&((struct btree *)w)->popular);
}

static const struct param params[] = {
	WORKLOAD_COUNT("1M", "probes"),
	{ "keys", PARAM_AMOUNT, "16M", 1, (uint64_t)1 << 40, NULL, "keys", "in the tree" },
	{ "node", PARAM_AMOUNT, "4K", 64, 65536, NULL, "bytes", "of a node" },
	{ "fill", PARAM_AMOUNT, "69", 1, 100, NULL, "%",
	  "of a node in use; 69 is what random insertion leaves (ln 2)" },
	WORKLOAD_CHOICE("placement", "scattered", placement_names,
			"nodes anywhere, or level by level"),
	{ "exponent", PARAM_THOUSANDTHS, "0", 0, ZIPF_EXPONENT_MAX, NULL, "",
	  "Zipf's, of keys; 0: uniform" },
	WORKLOAD_PERCENT("update", "0", "probes that store the value"),
	WORKLOAD_POPULATE,
	WORKLOAD_PAGES,
	{ .name = NULL },
};

const struct workload_kind btree_kind = {
	.name = "btree",
	.stresses = "hot root, cold leaves: a few TLB misses a query",
	.params = params,
	.size = sizeof(struct btree),
	.init = init,
	.step = step,
	.fini = fini,
};
