/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_vcpus.c - what one vCPU's table work costs the others
 *
 * A change that other vCPUs may have cached is flushed from them, and a vCPU that runs in the guest
 * is forced out for it: one exit_kick each. With one vCPU nobody is kicked.
 */
#include "check.h"

#include "small_guest.h"

#define MIB  ((uint64_t)1 << 20)
#define DATA ((uint64_t)0x40000000)
#define GFN  0x1000

static const struct host_config populated = { .page_level = LEVEL_4K, .prepopulated = true };
static const struct host_config on_demand = { .page_level = LEVEL_4K };

/* One page at DATA, and every vCPU has used it. */
static void make(struct small_guest *g, const char *technique, unsigned n_vcpu,
		 const struct host_config *host)
{
	const struct small_options o = {
		.technique = technique, .ram_bytes = 64 * MIB, .host = *host, .n_vcpu = n_vcpu
	};

	small_init(g, &o);
	small_map(g, g->cr3, DATA, GFN, SMALL_RW | SMALL_AD, LEVEL_4K);
	small_start(g);
}

static void run_on(struct small_guest *g, unsigned vcpu)
{
	struct event e = { .kind = EVENT_VCPU, .vcpu = (uint16_t)vcpu };
	struct sim_error err = { 0 };

	assert_int_equal(vm_event(g->vm, &e, NULL, &err), 0);
}

static void all_load(struct small_guest *g, unsigned n_vcpu)
{
	for (unsigned i = n_vcpu; i-- > 0;) {
		run_on(g, i);
		small_load(g, DATA);
	}
}

/* vCPU 0 writes a middle entry that is in use. */
static void shadow_kicks(unsigned n_vcpu)
{
	static struct small_guest g;
	struct counters before;
	const struct counters *now;
	uint64_t gpa;

	make(&g, "spt", n_vcpu, &populated);
	all_load(&g, n_vcpu);
	gpa = small_entry_gpa(&g, g.cr3, DATA, 2);
	assert_int_equal(small_store_entry(&g, gpa, small_entry(&g, gpa)), FILL_DONE);
	all_load(&g, n_vcpu);
	before = *vm_counters(g.vm);
	assert_int_equal(small_store_entry(&g, gpa, small_entry(&g, gpa)), FILL_DONE);
	now = vm_counters(g.vm);
	assert_int_equal(now->exit_kick - before.exit_kick, n_vcpu - 1);
	assert_int_equal(now->remote_tlb_flush - before.remote_tlb_flush, n_vcpu > 1);
	assert_int_equal(now->remote_tlb_flush_requests - before.remote_tlb_flush_requests, 1);
	assert_int_equal(now->tlb_flush - before.tlb_flush, n_vcpu);
	small_fini(&g);
}

/* A leaf table that goes out of sync is nobody else's business. */
static void unsync_kicks_nobody(unsigned n_vcpu)
{
	static struct small_guest g;
	struct counters before;
	const struct counters *now;
	uint64_t gpa;

	make(&g, "spt", n_vcpu, &populated);
	all_load(&g, n_vcpu);
	gpa = small_entry_gpa(&g, g.cr3, DATA, 1);
	before = *vm_counters(g.vm);
	assert_int_equal(small_store_entry(&g, gpa, small_entry(&g, gpa)), FILL_OK);
	now = vm_counters(g.vm);
	assert_int_equal(now->mmu_unsync_made - before.mmu_unsync_made, 1);
	assert_int_equal(now->exit_kick, before.exit_kick);
	small_fini(&g);
}

/* The host replaces the zero page under a page that all vCPUs have read. */
static void host_kicks(const char *technique, unsigned n_vcpu, unsigned kicks)
{
	static struct small_guest g;
	struct counters before;

	make(&g, technique, n_vcpu, &on_demand);
	all_load(&g, n_vcpu);
	before = *vm_counters(g.vm);
	small_store(&g, DATA);
	assert_int_equal(vm_counters(g.vm)->exit_kick - before.exit_kick, kicks);
	small_fini(&g);
}

static void a_shadowed_table_is_written(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 4; n++)
		shadow_kicks(n);
}

static void a_leaf_table_goes_out_of_sync(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 4; n++)
		unsync_kicks_nobody(n);
}

static void the_host_replaces_a_page(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 4; n++) {
		host_kicks("native", n, 0);
		host_kicks("ept", n, n - 1);
		host_kicks("npt", n, n - 1);
		host_kicks("spt", n, n - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_shadowed_table_is_written),
		cmocka_unit_test(a_leaf_table_goes_out_of_sync),
		cmocka_unit_test(the_host_replaces_a_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
