/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_filter.c - what the filter lets pass without asking the TLB would have changed nothing
 *
 * Two guests see the same accesses and events: one in batches, through the filter, the other one by
 * one, each through its TLBs. Every counter must agree, for every technique and for first levels of
 * every shape.
 */
#include "check.h"

#include <string.h>

#include "base/rng.h"
#include "small_guest.h"
#include "vm/vm.h"

#define RAM	((uint64_t)64 << 20)
#define DATA	((uint64_t)1 << 30)
#define LARGE	((uint64_t)2 << 30)
#define PAGES	96u /* of 4K */
#define REGIONS 12u /* of 2M */
#define STEPS	100000u
#define BATCH	64u

static const struct shape {
	const char *name;
	struct tlb_geometry l1d[TLB_ARRAYS_MAX], l1i[TLB_ARRAYS_MAX];
	bool unified;
} shapes[] = {
#define ARRAY(entries, ways, policy, sizes)                                                    \
	{                                                                                      \
		{ entries, ways, policy }, sizes                                               \
	}
#define ONLY_4K HOLDS(LEVEL_4K)
#define ONLY_2M HOLDS(LEVEL_2M)
#define ALL	(HOLDS(LEVEL_4K) | HOLDS(LEVEL_2M) | HOLDS(LEVEL_1G))
	{ "16 sets",
	  { ARRAY(64, 4, ASSOC_PLRU, ONLY_4K), ARRAY(8, 4, ASSOC_LRU, ONLY_2M) },
	  { ARRAY(64, 8, ASSOC_PLRU, ONLY_4K), ARRAY(8, 8, ASSOC_LRU, ONLY_2M) },
	  false },
	{ "32 sets and 3",
	  { ARRAY(64, 2, ASSOC_LRU, ONLY_4K), ARRAY(8, 2, ASSOC_LRU, ONLY_2M) },
	  { ARRAY(12, 4, ASSOC_LRU, ONLY_4K), ARRAY(4, 2, ASSOC_LRU, ONLY_2M) },
	  false },
	{ "one way",
	  { ARRAY(16, 1, ASSOC_LRU, ONLY_4K), ARRAY(2, 1, ASSOC_LRU, ONLY_2M) },
	  { ARRAY(4, 1, ASSOC_LRU, ONLY_4K), ARRAY(2, 1, ASSOC_LRU, ONLY_2M) },
	  false },
	{ "all sizes in sets",
	  { ARRAY(32, 2, ASSOC_LRU, ALL) },
	  { ARRAY(16, 2, ASSOC_LRU, ALL) },
	  false },
	{ "fully associative",
	  { ARRAY(32, 32, ASSOC_LRU, ALL) },
	  { ARRAY(32, 32, ASSOC_PLRU, ALL) },
	  false },
	{ "unified",
	  { ARRAY(32, 2, ASSOC_LRU, ONLY_4K), ARRAY(4, 2, ASSOC_LRU, ONLY_2M) },
	  { { { 0 }, 0 } },
	  true },
	{ "no 2M entries",
	  { ARRAY(32, 2, ASSOC_LRU, ONLY_4K) },
	  { ARRAY(32, 2, ASSOC_LRU, ONLY_4K) },
	  false },
	{ "two arrays of 4K",
	  { ARRAY(16, 2, ASSOC_LRU, ONLY_4K), ARRAY(16, 2, ASSOC_LRU, ONLY_4K) },
	  { ARRAY(16, 2, ASSOC_LRU, ALL) },
	  false },
};

static struct machine machine_of(const struct shape *s, const char *technique)
{
	struct machine m = { .name = "shaped",
			     .vendor = strcmp(technique, "npt") ? VENDOR_INTEL : VENDOR_AMD,
			     .l1_unified = s->unified,
			     .pte_cache = PTE_CACHE_FULL,
			     .l1 = { 4096, 4 },
			     .has_vpid = true,
			     .has_ept_ad = true };

	memcpy(m.l1d, s->l1d, sizeof(m.l1d));
	memcpy(m.l1i, s->l1i, sizeof(m.l1i));
	m.stlb[0] = (struct tlb_geometry){ { 48, 4, ASSOC_LRU },
					   HOLDS(LEVEL_4K) | HOLDS(LEVEL_2M) };
	return m;
}

static void make_guest(struct small_guest *g, const char *technique, const struct machine *m)
{
	const struct small_options o = { .technique = technique,
					 .ram_bytes = RAM,
					 .host = { .page_level = LEVEL_2M,
						   .prepopulated = true },
					 .machine = m };

	small_init(g, &o);
	for (unsigned i = 0; i < PAGES; i++)
		small_map(g, g->cr3, DATA + i * PAGE_BYTES, 0x400 + i, SMALL_RW | SMALL_AD, 1);
	for (unsigned i = 0; i < REGIONS; i++)
		small_map(g, g->cr3, LARGE + i * level_bytes(LEVEL_2M),
			  0x1000 + i * level_frames(LEVEL_2M), SMALL_RW | SMALL_AD, 2);
	small_start(g);
}

/* Of eight addresses seven are near the last ones. */
static uint64_t next_address(struct rng *r, uint64_t recent[8])
{
	unsigned i = (unsigned)rng_below(r, 8);
	uint64_t page = rng_below(r, 8) ? recent[i] : 0;

	if (!page && rng_below(r, 3))
		page = DATA + rng_below(r, PAGES) * PAGE_BYTES;
	else if (!page)
		page = LARGE + rng_below(r, REGIONS * 512) * PAGE_BYTES;
	recent[i] = page;
	return page | rng_below(r, 512) * 8;
}

static uint8_t next_op(struct rng *r)
{
	uint8_t kind = (uint8_t)rng_below(r, 3), user = rng_below(r, 4) ? OP_USER : 0;

	return (uint8_t)(kind | user | (kind == OP_FETCH ? 0 : 3u << OP_SIZE_SHIFT));
}

static uint64_t physical(const struct translation *t, uint64_t gva)
{
	uint64_t in_page = gva >> PAGE_SHIFT & (level_frames(t->level) - 1);

	return (t->frame + in_page) << PAGE_SHIFT | (gva & (PAGE_BYTES - 1));
}

static void one_by_one(struct small_guest *g, const struct batch *b)
{
	struct sim_error err = { 0 };
	struct vm_result result;

	for (uint32_t i = 0; i < b->n; i++) {
		const struct access a = { (enum access_kind)(b->op[i] & OP_KIND),
					  b->op[i] & OP_USER };

		if (vm_access(g->vm, gva_make(b->gva[i]), a, 8, &result, &err))
			fail_msg("%s", err.text);
		if (result.status == FILL_OK && a.kind != ACCESS_FETCH)
			cpu_data_ref(vm_mmu(g->vm)->vcpu[0].cpu,
				     physical(&result.t, b->gva[i]));
	}
}

static void same_counters(const struct shape *s, const char *technique, struct small_guest *a,
			  struct small_guest *b)
{
	const struct counters *x = vm_counters(a->vm), *y = vm_counters(b->vm);

	for (unsigned i = 0; i < COUNTER_COUNT; i++)
		if (counters_at(x, i) != counters_at(y, i))
			fail_msg("%s, %s: %s is %llu with the filter, %llu without", s->name,
				 technique, counter_info[i].name,
				 (unsigned long long)counters_at(x, i),
				 (unsigned long long)counters_at(y, i));
}

/* The two kinds of steps: a batch of accesses, or an event that drops a page. */
static void step(struct small_guest *with, struct small_guest *without, struct rng *r,
		 uint64_t recent[8])
{
	uint64_t gva[BATCH];
	uint8_t op[BATCH];
	struct batch b = { .n = 1 + (uint32_t)rng_below(r, BATCH), .op = op, .gva = gva };
	struct sim_error err = { 0 };

	for (uint32_t i = 0; i < b.n; i++) {
		op[i] = next_op(r);
		gva[i] = next_address(r, recent);
		b.n_load += op[i] % 4 == OP_LOAD;
		b.n_store += op[i] % 4 == OP_STORE;
		b.n_fetch += op[i] % 4 == OP_FETCH;
	}
	if (vm_run(with->vm, &b, &err))
		fail_msg("%s", err.text);
	one_by_one(without, &b);
	if (rng_below(r, 4))
		return;
	small_event(with, EVENT_INVLPG, gva[0], 0);
	small_event(without, EVENT_INVLPG, gva[0], 0);
}

static void agree(const struct shape *s, const char *technique)
{
	const struct machine m = machine_of(s, technique);
	static struct small_guest with, without;
	uint64_t recent[8] = { 0 };
	struct rng r;

	rng_seed(&r, 1);
	make_guest(&with, technique, &m);
	make_guest(&without, technique, &m);
	for (unsigned i = 0; i < STEPS / BATCH; i++)
		step(&with, &without, &r, recent);
	same_counters(s, technique, &with, &without);
	assert_true(vm_counters(with.vm)->stlb_hits > 0);
	small_fini(&with);
	small_fini(&without);
}

static void with_is_without(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		for (unsigned k = 0; mmu_at(k); k++)
			agree(&shapes[i], mmu_at(k)->name);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(with_is_without) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
