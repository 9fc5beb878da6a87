/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_gen_memory.c - workloads that read and write arrays: what they touch, by closed forms and models of the real thing */
#include "check.h"

#include <string.h>

#include "chisq.h"
#include "gen_reading.h"

#define PAGE	  4096u
#define CELLS_MAX 65536u

static uint64_t count[CELLS_MAX];
static double weight[CELLS_MAX];

static void start(struct reading *r, const char *workload, const char *parameters)
{
	memset(count, 0, sizeof(count));
	reading_start(r, workload, parameters);
}

static void assert_even(const char *what, size_t n)
{
	size_t cells;
	double p;

	for (size_t i = 0; i < n; i++)
		weight[i] = 1;
	p = chisq_chance(count, weight, n, &cells);
	print_message("# %s: chance %.4f, %zu cells\n", what, p, cells);
	assert_true(p > CHISQ_UNLIKELY && p < 1 - CHISQ_UNLIKELY);
}

static void gups(void **state)
{
	struct gen_record a, b;
	struct reading r;
	uint64_t n = 0, offset;

	(void)state;
	start(&r, "gups", "\"bytes\": \"16M\", \"count\": 200000");
	for (; reading_next(&r, &a); n++) {
		assert_true(reading_next(&r, &b));
		assert_int_equal(a.op & OP_KIND, OP_LOAD);
		assert_int_equal(b.op & OP_KIND, OP_STORE);
		assert_int_equal(a.gva, b.gva);
		reading_array(&r, a.gva, &offset);
		assert_int_equal(offset % 8, 0);
		count[offset / PAGE]++;
	}
	assert_int_equal(n, 200000);
	assert_int_equal(r.stored_first, 4096);
	assert_int_equal(r.end, 200000 * 8 + 4096 * 4);
	assert_even("pages of gups", 4096);
	reading_stop(&r);
}

/* Every node once in each cycle, and the same order again. */
static void pointer_chase(void **state)
{
	enum { NODES = 5000 };
	static uint64_t order[NODES];
	struct gen_record a;
	struct reading r;
	uint64_t n = 0, offset, near = 0;

	(void)state;
	start(&r, "pointer-chase", "\"bytes\": 320000, \"node\": 64, \"count\": 12500");
	for (; reading_next(&r, &a); n++) {
		reading_array(&r, a.gva, &offset);
		assert_int_equal(offset % 64, 0);
		if (n < NODES) {
			order[n] = offset / 64;
			assert_true(offset / 64 < NODES && !count[offset / 64]++);
			near += n && order[n] == order[n - 1] + 1;
		}
		assert_int_equal(offset / 64, order[n % NODES]);
	}
	assert_int_equal(n, 12500);
	assert_true(near < 10); /* a random order: one is expected */
	reading_stop(&r);
}

/* One access of the loop as McCalpin wrote it. */
static void assert_stream(const struct reading *r, const struct gen_record *a, unsigned kind,
			  unsigned array, uint64_t i)
{
	uint64_t offset;

	assert_int_equal(a->op & OP_KIND, kind);
	assert_int_equal((a->op & OP_SIZE) >> OP_SIZE_SHIFT, 3);
	assert_int_equal(reading_array(r, a->gva, &offset), array);
	assert_int_equal(offset, i * 8);
}

static void stream(void **state)
{
	enum { N = 1000, A = 0, B, C };
	static const unsigned loads[4][2] = { { A, A }, { C, C }, { A, B }, { B, C } };
	static const unsigned store[4] = { C, B, C, A };
	struct gen_record a;
	struct reading r;

	(void)state;
	start(&r, "stream", "\"bytes\": 8000, \"access\": 8, \"count\": 2");
	for (unsigned pass = 0; pass < 2; pass++)
		for (unsigned k = 0; k < 4; k++)
			for (uint64_t i = 0; i < N; i++) {
				assert_true(reading_next(&r, &a));
				assert_stream(&r, &a, OP_LOAD, loads[k][0], i);
				if (loads[k][1] != loads[k][0]) {
					assert_true(reading_next(&r, &a));
					assert_stream(&r, &a, OP_LOAD, loads[k][1], i);
				}
				assert_true(reading_next(&r, &a));
				assert_stream(&r, &a, OP_STORE, store[k], i);
			}
	assert_false(reading_next(&r, &a));
	assert_int_equal(r.n_regions, 3);
	assert_int_equal(r.end, 2 * N * (4 + 5 + 6 + 7) + 6 * 4);
	reading_stop(&r);
}

static void stride(void **state)
{
	struct gen_record a;
	struct reading r;
	uint64_t at = 0, offset, n = 0;

	(void)state;
	start(&r, "stride",
	      "\"bytes\": 100000, \"stride\": 4104, \"kind\": \"store\", \"count\": 5000");
	for (; reading_next(&r, &a); n++) {
		assert_int_equal(a.op & OP_KIND, OP_STORE);
		reading_array(&r, a.gva, &offset);
		assert_int_equal(offset, at);
		at = (at + 4104) % 100000;
	}
	assert_int_equal(n, 5000);
	reading_stop(&r);
}

static void zipf(void **state)
{
	enum { ITEMS = 1000 };
	struct gen_record a;
	struct reading r;
	uint64_t loads = 0, stores = 0, offset, last = 0;
	double p, harmonic = 0;

	(void)state;
	start(&r, "zipf",
	      "\"bytes\": 1000000, \"item\": 1000, \"touch\": 128, \"exponent\": 1, "
	      "\"order\": \"ranked\", \"update\": 25, \"count\": 200000");
	while (reading_next(&r, &a)) {
		reading_array(&r, a.gva, &offset);
		if ((a.op & OP_KIND) == OP_STORE) {
			assert_int_equal(a.gva, last);
			stores++;
			continue;
		}
		last = a.gva;
		loads++;
		assert_true(offset % 1000 == 0 || offset % 1000 == 64);
		count[offset / 1000] += offset % 1000 == 0;
	}
	assert_int_equal(loads, 400000);
	/* 25 % of 200000, two lines each; deviation 2 sqrt(n p q) = 387 */
	assert_in_range(stores, 100000 - 4 * 387, 100000 + 4 * 387);
	for (unsigned i = 0; i < ITEMS; i++) {
		weight[i] = 1.0 / (i + 1);
		harmonic += weight[i];
	}
	p = chisq_chance(count, weight, ITEMS, NULL);
	print_message("# zipf: chance %.4f; the first item %.4f, by the law %.4f\n", p,
		      (double)count[0] / 200000, 1 / harmonic);
	assert_true(p > CHISQ_UNLIKELY);
	reading_stop(&r);
}

/* --- a B+tree with keys in it --- */

#define CAPACITY 15u /* of a node of 256 bytes */
#define FANOUT	 10u /* 69 % */
#define KEYS	 12345u

/* Number of things at a level, the root's level. */
static unsigned tree_levels(uint64_t n[8])
{
	unsigned level = 0;

	n[0] = KEYS;
	while (!level || n[level] > 1) {
		n[level + 1] = (n[level] + FANOUT - 1) / FANOUT;
		level++;
	}
	return level;
}

/*
 * Reads what a probe reads: for each node from the root the header, keys that are compared, the child. The
 * keys that a node holds are worked out as in a tree; the search really compares.
 */
static void probe(struct reading *r, struct gen_record *a, const uint64_t n[8], unsigned levels,
		  uint64_t key)
{
	uint64_t node = 0, first = 0, span = 1, offset;

	for (unsigned i = 1; i < levels; i++)
		span *= FANOUT;
	for (unsigned level = levels; level; level--) {
		uint64_t here[FANOUT], held = 0, low = 0, left, at = (first + node) * 256;

		for (; held < FANOUT && node * FANOUT + held < n[level - 1]; held++)
			here[held] = (node * FANOUT + held) * span;
		reading_array(r, a->gva, &offset);
		assert_int_equal(offset, at);
		for (left = held; left > 1; left -= left / 2) {
			assert_true(reading_next(r, a));
			reading_array(r, a->gva, &offset);
			assert_int_equal(offset, at + 16 + 8 * (low + left / 2));
			if (here[low + left / 2] <= key)
				low += left / 2;
		}
		assert_true(reading_next(r, a));
		reading_array(r, a->gva, &offset);
		assert_int_equal(offset, at + 16 + 8 * CAPACITY + 8 * low);
		if (level == 1)
			assert_int_equal(here[low], key);
		first += n[level];
		node = node * FANOUT + low;
		span /= FANOUT;
		if (level > 1)
			assert_true(reading_next(r, a));
	}
}

/* The key that a probe is for is where it ends: two streams of one seed, one read ahead. */
static uint64_t key_of(struct reading *r, const uint64_t n[8], unsigned levels)
{
	struct gen_record a;
	uint64_t offset = 0, leaf, inner = 0;
	unsigned headers = 0, leaf_held;

	for (unsigned i = 2; i <= levels; i++)
		inner += n[i];
	/* the leaf's header is the first access behind the inner nodes */
	do {
		assert_true(reading_next(r, &a));
		reading_array(r, a.gva, &offset);
		headers += offset % 256 == 0;
	} while (headers < levels);
	leaf = offset / 256 - inner;
	leaf_held = leaf + 1 < n[1] ? FANOUT : (unsigned)(KEYS - leaf * FANOUT);
	for (; leaf_held > 1; leaf_held -= leaf_held / 2)
		assert_true(reading_next(r, &a));
	assert_true(reading_next(r, &a));
	reading_array(r, a.gva, &offset);
	return leaf * FANOUT + (offset % 256 - 16 - 8 * CAPACITY) / 8;
}

static void btree(void **state)
{
	static const char parameters[] =
		"\"keys\": 12345, \"node\": 256, \"fill\": 69, \"placement\": \"level\", "
		"\"count\": 3000";
	struct reading r, ahead;
	struct gen_record a;
	uint64_t n[8], probes = 0;
	unsigned levels = tree_levels(n);

	(void)state;
	assert_int_equal(levels, 5); /* 12345, 1235, 124, 13, 2, 1 */
	start(&ahead, "btree", parameters);
	start(&r, "btree", parameters);
	for (; reading_next(&r, &a); probes++)
		probe(&r, &a, n, levels, key_of(&ahead, n, levels));
	assert_int_equal(probes, 3000);
	assert_int_equal(r.bytes[0], (1235 + 124 + 13 + 2 + 1) * 256 / PAGE * PAGE + PAGE);
	while (reading_next(&ahead, &a))
		;
	reading_stop(&ahead);
	reading_stop(&r);
}

/* Wherever nodes are, a probe reads as often: sum of 2 + ceil(log2 n). 4096 full: 255 a node. */
static void btree_reads(void **state)
{
	struct gen_record a;
	struct reading r;
	uint64_t n = 0, nodes = 0, offset;

	(void)state;
	/* 255 leaves of 255 keys under one root: all nodes are full */
	start(&r, "btree", "\"keys\": 65025, \"fill\": 100, \"update\": 100, \"count\": 1000");
	for (; reading_next(&r, &a); n++) {
		reading_array(&r, a.gva, &offset);
		nodes += offset % PAGE == 0;
	}
	assert_int_equal(nodes, 2 * 1000);
	assert_int_equal(n, 1000 * (2 * (2 + 8) + 1));
	assert_int_equal(r.end, 1000 * (20 + 2 * (12 + 8 * 5)) + 256 * 4);
	reading_stop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gups),	       cmocka_unit_test(pointer_chase),
		cmocka_unit_test(stream),      cmocka_unit_test(stride),
		cmocka_unit_test(zipf),	       cmocka_unit_test(btree),
		cmocka_unit_test(btree_reads),
	};

	return cmocka_run_group_tests_name("gen_memory", tests, NULL, NULL);
}
