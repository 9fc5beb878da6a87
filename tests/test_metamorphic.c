/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_metamorphic.c - what must not change a counter, and how counters hang together
 *
 * The stream is what a random guest did. The same stream in batches of any size, in several lanes
 * at once or one by one, or access by access behind the filter's back, counts the same.
 */
#include "check.h"

#include <string.h>

#include "lockstep.h"
#include "recording.h"
#include "vm/engine.h"

#define CONFIGURATIONS 24
#define OPS	       2500
#define LANES	       8
#define PATH	       "test_metamorphic.snt"
#define USES_MEMORY    3 /* ... that accesses much and changes little */

struct world {
	struct lockstep_config cfg;
	struct recording rec;
};

static void make_world(struct world *w, uint64_t seed)
{
	struct machine *m = &w->cfg.machine;
	struct rng r;

	rng_seed(&r, seed);
	lockstep_random_config(&r, &w->cfg);
	m->pte_cache = (enum pte_cache)rng_below(&r, 3);
	m->l1 = (struct cache_geometry){ 1024, 2 };
	m->l2 = (struct cache_geometry){ 8192, 4 };
	recording_make(&w->rec, &w->cfg.guest, &r,
		       rng_below(&r, 3) ? USES_MEMORY : (unsigned)rng_below(&r, GUEST_TEMPERS),
		       OPS);
	recording_write(&w->rec, PATH);
}

static void end_world(struct world *w)
{
	recording_fini(&w->rec);
	assert_int_equal(remove(PATH), 0);
}

static struct vm *make_lane(const struct world *w, unsigned technique)
{
	struct vm_config cfg = { .technique = mmu_at(technique)->name,
				 .machine = w->cfg.machine,
				 .host = w->cfg.host,
				 .mmu = w->cfg.mmu };
	struct sim_error err = { 0 };
	struct trace_meta meta;
	struct vm *vm;

	guest_meta(&w->cfg.guest, &meta);
	if (vm_create(&vm, &cfg, &meta, &err))
		fail_msg("%s", err.text);
	return vm;
}

/* --- ways to replay --- */

static void replay(struct vm **lane, unsigned n, uint32_t batch)
{
	struct engine_options opt = { .batch = batch };
	struct sim_error err = { 0 };
	struct trace_reader *r;

	if (trace_open(&r, PATH, 0, &err) || engine_run(r, lane, n, &opt, &err))
		fail_msg("%s: %s", err.where, err.text);
	trace_close(r);
}

/* All techniques in one engine. */
static unsigned replay_all(const struct world *w, uint32_t batch, struct counters *c)
{
	struct vm *lane[LANES];
	unsigned n = 0;

	for (; mmu_at(n); n++)
		lane[n] = make_lane(w, n);
	replay(lane, n, batch);
	for (unsigned i = 0; i < n; i++) {
		c[i] = *vm_counters(lane[i]);
		vm_destroy(lane[i]);
	}
	return n;
}

static uint64_t physical(const struct translation *t, uint64_t gva)
{
	uint64_t in_page = gva >> PAGE_SHIFT & (level_frames(t->level) - 1);

	return (t->frame + in_page) << PAGE_SHIFT | (gva & (PAGE_BYTES - 1));
}

static void step_part(struct vm *vm, unsigned vcpu, uint8_t op, uint64_t gva, unsigned bytes)
{
	struct access a = { (enum access_kind)(op & OP_KIND), op & OP_USER };
	struct sim_error err = { 0 };
	struct vm_result r;

	if (vm_access(vm, gva_make(gva), a, bytes, &r, &err))
		fail_msg("%s", err.text);
	assert_int_not_equal(r.status, FILL_FAULT);
	if (r.status == FILL_OK && a.kind != ACCESS_FETCH)
		cpu_data_ref(vm_mmu(vm)->vcpu[vcpu].cpu, physical(&r.t, gva));
}

static void step(struct vm *vm, unsigned vcpu, const struct recorded *one)
{
	unsigned bytes = 1u << ((one->op & OP_SIZE) >> OP_SIZE_SHIFT);
	unsigned first = (unsigned)(PAGE_BYTES - (one->gva & (PAGE_BYTES - 1)));

	if (!(one->op & OP_CROSS)) {
		step_part(vm, vcpu, one->op, one->gva, bytes);
		return;
	}
	step_part(vm, vcpu, one->op, one->gva, first);
	step_part(vm, vcpu, one->op, one->gva + first, bytes - first);
}

/* Access by access: the filter is never asked. A crossing access is two here. */
static void replay_steps(const struct world *w, unsigned technique, struct counters *c)
{
	struct vm *vm = make_lane(w, technique);
	unsigned vcpu = 0;

	for (size_t i = 0; i < w->rec.n; i++) {
		const struct recorded *one = &w->rec.r[i];
		struct sim_error err = { 0 };

		if ((one->op & OP_KIND) != OP_EVENT) {
			step(vm, vcpu, one);
			continue;
		}
		if (one->event.kind == EVENT_VCPU)
			vcpu = one->event.vcpu;
		if (vm_event(vm, &one->event, w->rec.word + one->words, &err))
			fail_msg("%s", err.text);
	}
	*c = *vm_counters(vm);
	c->page_crossings = w->rec.n_cross;
	c->loads -= w->rec.n_cross;
	vm_destroy(vm);
}

/* --- the same counters --- */

static void assert_same(unsigned technique, const char *how, const struct counters *a,
			const struct counters *b)
{
	for (unsigned i = 0; i < COUNTER_COUNT; i++)
		if (counters_at(a, i) != counters_at(b, i))
			fail_msg("%s: %s is %llu, %s %llu", mmu_at(technique)->name,
				 counter_info[i].name, (unsigned long long)counters_at(a, i),
				 how, (unsigned long long)counters_at(b, i));
}

static void replay_differently(const struct world *w, unsigned n, const struct counters *want)
{
	static const uint32_t batch[] = { 1, 7, 4096 };
	static const char *const how[] = { "in batches of 1", "of 7", "of 4096" };
	struct counters c[LANES];

	for (unsigned k = 0; k < 3; k++) {
		replay_all(w, batch[k], c);
		for (unsigned i = 0; i < n; i++)
			assert_same(i, how[k], &want[i], &c[i]);
	}
	for (unsigned i = 0; i < n; i++) {
		struct vm *vm = make_lane(w, i);

		replay(&vm, 1, 0);
		assert_same(i, "alone", &want[i], vm_counters(vm));
		vm_destroy(vm);
		replay_steps(w, i, &c[0]);
		assert_same(i, "step by step", &want[i], &c[0]);
	}
}

static void any_way_counts_the_same(void **state)
{
	uint64_t seed = test_seed(2), filtered = 0;

	(void)state;
	for (unsigned i = 0; i < CONFIGURATIONS; i++) {
		struct counters c[LANES];
		struct world w;
		unsigned n;

		make_world(&w, rng_mix(seed + i));
		n = replay_all(&w, 0, c);
		replay_differently(&w, n, c);
		assert_int_equal(c[0].loads + c[0].stores + c[0].fetches, w.rec.n_access);
		assert_int_equal(c[0].page_crossings, w.rec.n_cross);
		filtered += w.rec.n_access - c[0].l1d_tlb_misses - c[0].l1i_tlb_misses;
		end_world(&w);
	}
	assert_true(filtered > 0);
}

/* --- sums --- */

static void assert_sums(const struct lockstep_config *cfg, unsigned technique,
			const struct counters *c)
{
	bool native = mmu_at(technique)->frames_are_gfn;
	uint64_t accesses = c->loads + c->stores + c->fetches + c->page_crossings;
	uint64_t misses = c->l1d_tlb_misses + c->l1i_tlb_misses;
	uint64_t refs = c->walk_refs_guest + c->walk_refs_host;
	uint64_t data = c->data_refs_l1 + c->data_refs_l2 + c->data_refs_l3 + c->data_refs_mem;

	assert_true(data <= c->loads + c->stores + c->page_crossings);
	assert_true((data > 0) == (cfg->machine.pte_cache == PTE_CACHE_FULL));
	assert_int_equal(counters_sum_exits(c), c->exits);
	assert_int_equal(c->stlb_hits + c->stlb_misses, misses);
	assert_true(misses + c->tlb_rewalks <= accesses + c->stlb_hits);
	assert_int_equal(c->walk_refs_l1 + c->walk_refs_l2 + c->walk_refs_l3 + c->walk_refs_mem,
			 refs);
	assert_true(c->walks >= c->stlb_misses + c->tlb_rewalks);
	assert_true(c->walk_faults <= c->walks);
	assert_true(c->pwc_hits_pde + c->pwc_hits_pdpte + c->pwc_hits_pml4e +
			    c->pwc_hits_pml5e <=
		    c->walks);
	if (cfg->machine.pte_cache == PTE_CACHE_NONE)
		assert_int_equal(c->walk_refs_mem, refs);
	if (!native)
		return;
	assert_int_equal(c->exits, 0);
	assert_int_equal(c->walks, c->stlb_misses + c->tlb_rewalks + c->guest_page_faults);
	assert_int_equal(c->walk_refs_host, 0);
}

static void assert_kvm_sums(const struct counters *c)
{
	uint64_t of_pf = c->exit_pf_guest + c->exit_pf_fixed + c->exit_pf_emulated +
			 c->exit_pf_spurious + c->exit_pf_retry + c->exit_pf_mmio;

	assert_int_equal(c->pf_fixed, c->exit_pf_fixed);
	assert_int_equal(c->pf_spurious, c->exit_pf_spurious);
	assert_int_equal(c->pf_guest, c->exit_pf_guest);
	assert_true(c->pf_taken <= of_pf);
	assert_true(c->host_cow_faults <= c->host_faults);
	assert_true(c->shadow_pages <= c->shadow_pages_peak);
}

static void counters_hang_together(void **state)
{
	uint64_t seed = test_seed(3);

	(void)state;
	for (unsigned i = 0; i < CONFIGURATIONS; i++) {
		struct counters c[LANES];
		struct world w;
		unsigned n;

		make_world(&w, rng_mix(seed + i));
		n = replay_all(&w, 0, c);
		for (unsigned k = 0; k < n; k++) {
			assert_sums(&w.cfg, k, &c[k]);
			if (mmu_at(k) == &mmu_spt)
				assert_kvm_sums(&c[k]);
			assert_int_equal(c[k].pte_writes, c[0].pte_writes);
			assert_int_equal(c[k].guest_table_pages_peak,
					 c[0].guest_table_pages_peak);
		}
		end_world(&w);
	}
}

/* --- inclusion --- */

/* One array for all, exact LRU, nothing behind it. */
static void only_l1(struct machine *m, uint32_t entries)
{
	memset(m->l1d, 0, sizeof(m->l1d));
	memset(m->l1i, 0, sizeof(m->l1i));
	memset(m->stlb, 0, sizeof(m->stlb));
	memset(m->stlb_i, 0, sizeof(m->stlb_i));
	m->l1_unified = true;
	m->l1d[0] =
		(struct tlb_geometry){ { entries, entries, ASSOC_LRU },
				       HOLDS(LEVEL_4K) | HOLDS(LEVEL_2M) | HOLDS(LEVEL_1G) };
}

static void misses_never_rise_with_size(void **state)
{
	uint64_t seed = test_seed(4);

	(void)state;
	for (unsigned i = 0; i < CONFIGURATIONS; i++) {
		struct counters c[LANES];
		uint64_t last = UINT64_MAX, first = 0;
		struct world w;

		make_world(&w, rng_mix(seed + i));
		for (uint32_t entries = 1; entries <= 64; entries *= 2) {
			only_l1(&w.cfg.machine, entries);
			replay_all(&w, 0, c);
			if (c[0].stlb_misses > last)
				fail_msg("%u entries: %llu misses, half as many: %llu", entries,
					 (unsigned long long)c[0].stlb_misses,
					 (unsigned long long)last);
			last = c[0].stlb_misses;
			first = first ? first : last;
		}
		assert_true(last < first);
		end_world(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_way_counts_the_same),
		cmocka_unit_test(counters_hang_together),
		cmocka_unit_test(misses_never_rise_with_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
