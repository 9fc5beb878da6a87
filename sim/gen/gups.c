/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gups.c - random read-modify-writes of 8-byte words, as HPCC RandomAccess
 *
 * Words are uniform by base/rng.h's generator, not by the benchmark's shift register: its low bits are
 * no better, and pages are what matters here. 8 instructions an update: the generator's shift, test and
 * xor, index, load, xor, store, loop (HPCC's inner loop compiled by gcc -O2 for x86-64).
 */
#include "gen/workload.h"

#define WORK 8
#define WORD 8

struct gups {
	struct workload w;
	gva_t table;
	uint64_t words;
};

static int init(struct workload *w, struct out *o, struct sim_error *err)
{
	struct gups *g = (struct gups *)w;
	uint64_t bytes = workload_value(w, "bytes");

	g->words = bytes / WORD;
	return workload_region(w, o, bytes, &g->table, err);
}

static enum workload_status step(struct workload *w, struct out *o)
{
	struct gups *g = (struct gups *)w;
	gva_t at = workload_at(g->table, rng_below(&w->rng, g->words) * WORD);

	out_load(o, at);
	out_store(o, at);
	out_work(o, WORK);
	return WORKLOAD_DONE;
}

static const struct param params[] = {
	WORKLOAD_COUNT("1M", "updates"),
	WORKLOAD_BYTES("bytes", "64M", "size of the table"),
	WORKLOAD_POPULATE,
	WORKLOAD_PAGES,
	{ .name = NULL },
};

const struct workload_kind gups_kind = {
	.name = "gups",
	.stresses = "TLB reach: every access another page, walks that miss every cache",
	.params = params,
	.size = sizeof(struct gups),
	.init = init,
	.step = step,
};
