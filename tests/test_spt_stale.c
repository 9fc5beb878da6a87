/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_spt_stale.c - mistakes of shadow paging that test_oracle once found, one by one
 *
 * Each is a few steps after which a shadow entry said something that nobody had said for a while.
 */
#include "check.h"

#include "small_guest.h"
#include "vm/host_op.h"
#include "x86/regs.h"

#define MIB	((uint64_t)1 << 20)
#define RAM	(64 * MIB)
#define DATA	((uint64_t)0x40000000)
#define OTHER	(DATA + PAGE_BYTES)
#define GFN	0x1000
#define ZERO	1 /* the host's shared zero page */
#define KERNEL	(PTE_P | PTE_W)
#define ON_READ (PTE_P | PTE_U | PTE_A)

static void make(struct small_guest *g)
{
	const struct small_options o = { .technique = "spt",
					 .ram_bytes = RAM,
					 .host = { .page_level = LEVEL_4K } };

	small_init(g, &o);
}

static struct vm_result access_as(struct small_guest *g, uint64_t gva, enum access_kind kind,
				  bool user)
{
	struct access a = { .kind = kind, .user = user };
	struct sim_error err = { 0 };
	struct vm_result r = { 0 };

	if (vm_access(g->vm, gva_make(gva), a, 8, &r, &err))
		fail_msg("%s", err.text);
	return r;
}

static uint64_t frame_of(struct small_guest *g, uint64_t gva)
{
	struct vm_result r = access_as(g, gva, ACCESS_LOAD, false);

	assert_int_equal(r.status, FILL_OK);
	return r.hpa.v >> PAGE_SHIFT;
}

/* Two guest pages that were only read share the zero page: their entries are not the same. */
static void the_zero_page_is_of_many(void **state)
{
	static struct small_guest g;

	(void)state;
	make(&g);
	small_map(&g, g.cr3, DATA, GFN, ON_READ | PTE_NX, LEVEL_4K);
	small_map(&g, g.cr3, OTHER, GFN + 1, SMALL_RW | SMALL_AD, LEVEL_4K);
	small_start(&g);
	assert_int_equal(frame_of(&g, DATA), ZERO);
	small_store_entry(&g, small_entry_gpa(&g, g.cr3, DATA, 1),
			  (uint64_t)(GFN + 1) << PAGE_SHIFT | ON_READ);
	assert_int_equal(access_as(&g, DATA, ACCESS_FETCH, true).status, FILL_OK);
	small_store(&g, OTHER);
	assert_int_not_equal(frame_of(&g, DATA), ZERO);
	assert_int_equal(frame_of(&g, DATA), frame_of(&g, OTHER));
	small_fini(&g);
}

/* The emulator's write gives the page a frame of its own, as the guest's would. */
static void the_emulator_writes_too(void **state)
{
	struct host_op discard = { .kind = HOST_OP_DISCARD, .bytes = PAGE_BYTES };
	static struct small_guest g;
	uint64_t gpa, alias;

	(void)state;
	make(&g);
	small_map(&g, g.cr3, DATA, GFN, SMALL_RW | SMALL_AD, LEVEL_4K);
	small_start(&g);
	small_load(&g, DATA);
	gpa = small_entry_gpa(&g, g.cr3, DATA, 2);
	alias = SMALL_ALIAS + (gpa - ((uint64_t)SMALL_FIRST << PAGE_SHIFT));
	discard.gpa = gpa & ~(PAGE_BYTES - 1);
	assert_int_equal(vm_host_op(g.vm, &discard, NULL), 0);
	assert_int_equal(frame_of(&g, alias), ZERO);
	assert_int_equal(small_store_entry(&g, gpa, small_entry(&g, gpa)), FILL_DONE);
	assert_int_not_equal(frame_of(&g, alias), ZERO);
	small_fini(&g);
}

/* With CR0.WP = 0 the kernel's store still must not pass a write-protected shadow entry. */
static void the_hardware_protects_tables(void **state)
{
	static struct small_guest g;
	uint64_t gpa, alias;

	(void)state;
	make(&g);
	small_map(&g, g.cr3, DATA, GFN, SMALL_RW | SMALL_AD, LEVEL_4K);
	small_start(&g);
	small_event(&g, EVENT_CR0, 0, CR0_PG | 1);
	gpa = small_entry_gpa(&g, g.cr3, DATA, 2);
	alias = SMALL_ALIAS + (gpa - ((uint64_t)SMALL_FIRST << PAGE_SHIFT));
	assert_int_equal(access_as(&g, alias, ACCESS_STORE, false).status, FILL_OK);
	small_load(&g, DATA); /* now it is shadowed, hence protected */
	frame_of(&g, alias);  /* and the TLB has the entry */
	assert_int_equal(access_as(&g, alias, ACCESS_STORE, false).status, FILL_DONE);
	small_fini(&g);
}

/* A known device entry does not let everybody in, and D is set by the first store. */
static void devices_have_rights(void **state)
{
	static struct small_guest g;

	(void)state;
	make(&g);
	small_map(&g, g.cr3, DATA, RAM >> PAGE_SHIFT, KERNEL, LEVEL_4K);
	small_start(&g);
	assert_int_equal(access_as(&g, DATA, ACCESS_LOAD, false).status, FILL_MMIO);
	assert_int_equal(access_as(&g, DATA, ACCESS_LOAD, true).status, FILL_FAULT);
	assert_false(small_entry(&g, small_entry_gpa(&g, g.cr3, DATA, 1)) & PTE_D);
	assert_int_equal(access_as(&g, DATA, ACCESS_STORE, false).status, FILL_MMIO);
	assert_true(small_entry(&g, small_entry_gpa(&g, g.cr3, DATA, 1)) & PTE_D);
	small_fini(&g);
}

/* After #PF nothing older than it is believed. */
static void a_fault_forgets(void **state)
{
	static struct small_guest g;
	uint64_t gpa;

	(void)state;
	make(&g);
	small_map(&g, g.cr3, DATA, GFN, ON_READ, LEVEL_4K);
	small_start(&g);
	small_load(&g, DATA);
	gpa = small_entry_gpa(&g, g.cr3, DATA, 1);
	assert_int_equal(small_store_entry(&g, gpa, 0), FILL_OK);
	assert_int_equal(access_as(&g, DATA, ACCESS_STORE, true).status, FILL_FAULT);
	assert_int_equal(access_as(&g, DATA, ACCESS_LOAD, true).status, FILL_FAULT);
	small_fini(&g);
}

/* One table in two places, with and without W: two shadow pages, of which the older one is flooded
 * first, and nothing else. */
static void each_is_flooded_alone(void **state)
{
	static struct small_guest g;
	const struct counters *c;
	uint64_t pdpte, pde, zapped;

	(void)state;
	make(&g);
	small_map(&g, g.cr3, DATA, GFN, SMALL_RW | SMALL_AD, LEVEL_4K);
	pdpte = small_entry_gpa(&g, g.cr3, DATA, 3);
	pde = small_entry_gpa(&g, g.cr3, DATA, 2);
	g.table[(pdpte >> PAGE_SHIFT) - SMALL_FIRST][(pdpte >> 3 & 511) + 1] =
		(pde & ~(PAGE_BYTES - 1)) | PTE_P | PTE_U | PTE_A;
	small_start(&g);
	small_load(&g, DATA);
	small_store_entry(&g, pde + 8, 0);
	small_load(&g, DATA + level_bytes(LEVEL_1G));
	small_store_entry(&g, pde + 8, 0);
	c = vm_counters(g.vm);
	assert_int_equal(c->mmu_flooded, 0);
	zapped = c->mmu_shadow_zapped;
	small_store_entry(&g, pde + 8, 0);
	assert_int_equal(vm_counters(g.vm)->mmu_flooded, 1);
	assert_int_equal(vm_counters(g.vm)->mmu_shadow_zapped, zapped + 1);
	small_fini(&g);
}

/* The root's entry for itself is the first and the last of a walk: setting its D bit changes what the
 * walk saw first, and the fault is taken again. */
static void a_walk_changes_what_it_saw(void **state)
{
	const uint64_t slot = 300, itself = UINT64_C(0xffff) << 48 | slot * 0x8040201000;
	static struct small_guest g;
	struct counters before;
	const struct counters *c;

	(void)state;
	make(&g);
	g.table[0][slot] = (uint64_t)SMALL_FIRST << PAGE_SHIFT | SMALL_RW | PTE_A;
	small_start(&g);
	before = *vm_counters(g.vm);
	small_store(&g, itself);
	c = vm_counters(g.vm);
	assert_int_equal(c->pf_taken - before.pf_taken, 2);
	assert_int_equal(c->exit_pf_retry - before.exit_pf_retry, 1);
	assert_int_equal(c->pf_emulate - before.pf_emulate, 1);
	small_fini(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_zero_page_is_of_many),
		cmocka_unit_test(the_emulator_writes_too),
		cmocka_unit_test(the_hardware_protects_tables),
		cmocka_unit_test(devices_have_rights),
		cmocka_unit_test(a_fault_forgets),
		cmocka_unit_test(each_is_flooded_alone),
		cmocka_unit_test(a_walk_changes_what_it_saw),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
