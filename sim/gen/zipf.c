/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * zipf.c - a key-value store's values under YCSB-like load
 *
 * Items of equal size, popular by Zipf's law. An operation loads the first `touch` bytes of an item, a
 * word a cache line; an update stores to each word right after. 30 instructions an operation (hashing the
 * key, finding the item) and 4 a line: load, store or compare, add, branch.
 */
#include "gen/popularity.h"
#include "gen/workload.h"

#define WORK	  30
#define WORK_LINE 4
#define LINE	  64

static const char *const order_names[] = { "scrambled", "ranked", NULL };

struct zipf_load {
	struct workload w;
	gva_t items;
	uint64_t item_bytes, lines, update_percent;
	struct popularity popular;
};

static int init(struct workload *w, struct out *o, struct sim_error *err)
{
	struct zipf_load *z = (struct zipf_load *)w;
	uint64_t bytes = workload_value(w, "bytes"), touch = workload_value(w, "touch");
	int rc;

	z->item_bytes = workload_value(w, "item");
	z->lines = (touch + LINE - 1) / LINE;
	z->update_percent = workload_value(w, "update");
	if (z->item_bytes % 8 || z->item_bytes > bytes || touch > z->item_bytes)
		return sim_fail(err, SIM_ERANGE, w->spec->name,
				"item must be a multiple of 8, at most bytes, and touch at "
				"most item");
	rc = workload_region(w, o, bytes, &z->items, err);
	return rc ? rc
		  : popularity_init(&z->popular, bytes / z->item_bytes,
				    (unsigned)workload_value(w, "exponent"),
				    workload_value(w, "order") ? POPULARITY_RANKED
							       : POPULARITY_SCRAMBLED,
				    rng_next(&w->rng), err);
}

static enum workload_status step(struct workload *w, struct out *o)
{
	struct zipf_load *z = (struct zipf_load *)w;
	uint64_t item = popularity_draw(&z->popular, &w->rng);
	int updates = workload_chance(w, z->update_percent);

	for (uint64_t i = 0; i < z->lines; i++) {
		gva_t at = workload_at(z->items, item * z->item_bytes + i * LINE);

		out_load(o, at);
		if (updates)
			out_store(o, at);
	}
	out_work(o, WORK + WORK_LINE * z->lines);
	return WORKLOAD_DONE;
}

static void fini(struct workload *w)
{
	popularity_fini(&((struct zipf_load *)w)->popular);
}

static const struct param params[] = {
	WORKLOAD_COUNT("1M", "operations"),
	WORKLOAD_BYTES("bytes", "1G", "all items"),
	{ "item", PARAM_AMOUNT, "1K", 8, (uint64_t)1 << 30, NULL, "bytes", "of an item" },
	{ "touch", PARAM_AMOUNT, "64", 8, 16384, NULL, "bytes",
	  "of an item that an operation reads" },
	{ "exponent", PARAM_THOUSANDTHS, "0.99", 0, ZIPF_EXPONENT_MAX, NULL, "",
	  "rank r is used r^-exponent as often as rank 1" },
	WORKLOAD_CHOICE("order", "scrambled", order_names,
			"popular items anywhere, or side by side"),
	WORKLOAD_PERCENT("update", "5", "operations that store too"),
	WORKLOAD_POPULATE,
	WORKLOAD_PAGES,
	{ .name = NULL },
};

const struct workload_kind zipf_kind = {
	.name = "zipf",
	.stresses = "skew: hot pages stay in the TLB, a long tail misses",
	.params = params,
	.size = sizeof(struct zipf_load),
	.init = init,
	.step = step,
	.fini = fini,
};
