/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * EPT and NPT against numbers that a real KVM gave: Linux 6.1 with its TDP MMU, kvm_intel
 * ept=1 under Bochs 2.7 (VMX emulated) and kvm_amd npt=1 under QEMU 7.2 TCG (SVM emulated),
 * N = 256 pages. Both gave the same numbers in every row but CR4.PGE.
 *
 * As there, the guest's own tables have been used before the measured phase.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/scenario.h"

#define N 256

static const char *const techniques[] = { "ept", "npt" };

#define FOR_EACH_TECHNIQUE(t)                                                                  \
	for (unsigned t = 0; t < sizeof(techniques) / sizeof(*techniques); t++)

static struct scenario *start(const char *technique, const struct host_config *host, unsigned n,
			      uint64_t flags, unsigned level)
{
	struct scenario *s = scenario_make(technique, host, n, flags, level);

	scenario_map_near(s);
	small_start(&s->g);
	scenario_use_tables(s);
	scenario_mark(s);
	return s;
}

static void first_touch(void **unused)
{
	const struct host_config *host[] = { &scenario_4k, &scenario_4k_empty };

	(void)unused;
	FOR_EACH_TECHNIQUE(t)
	for (unsigned h = 0; h < 2; h++)
		for (enum touch how = TOUCH_LOAD; how <= TOUCH_STORE; how++)
			for (unsigned ad = 0; ad < 2; ad++) {
				struct scenario *s = start(techniques[t], host[h], N,
							   ad ? SMALL_AD : 0, LEVEL_4K);

				scenario_touch(s, N, 1, how);
				EXPECT(s, { "pf_taken", N }, { "pf_fixed", N },
				       { "pages_4k", N }, { "exits", N });
			}
}

static void read_then_write(void **unused)
{
	(void)unused;
	FOR_EACH_TECHNIQUE(t)
	{
		struct scenario *s = start(techniques[t], &scenario_4k, N, 0, LEVEL_4K);

		scenario_touch(s, N, 1, TOUCH_LOAD);
		scenario_touch(s, N, 1, TOUCH_STORE);
		EXPECT(s, { "pf_taken", N }, { "pf_fixed", N }, { "pages_4k", N },
		       { "exits", N });
	}
}

static void read_then_write_unpopulated(void **unused)
{
	(void)unused;
	FOR_EACH_TECHNIQUE(t)
	{
		struct scenario *s =
			start(techniques[t], &scenario_4k_empty, N, SMALL_AD, LEVEL_4K);

		scenario_touch(s, N, 1, TOUCH_LOAD);
		scenario_touch(s, N, 1, TOUCH_STORE);
		EXPECT(s, { "pf_taken", 3 * N }, { "pf_fixed", 2 * N }, { "pages_4k", N },
		       { "tlb_flush", N }, { "exits", 3 * N });
	}
}

static void stride_8(void **unused)
{
	(void)unused;
	FOR_EACH_TECHNIQUE(t)
	{
		struct scenario *s =
			start(techniques[t], &scenario_4k, 8 * N, SMALL_AD, LEVEL_4K);

		scenario_touch(s, N, 8, TOUCH_LOAD);
		EXPECT(s, { "pf_taken", N }, { "pf_fixed", N }, { "pages_4k", N });
	}
}

static void demand_paging(void **unused)
{
	(void)unused;
	FOR_EACH_TECHNIQUE(t)
	{
		struct scenario *s = scenario_make(techniques[t], &scenario_4k, N, 0, LEVEL_4K);

		for (unsigned i = 0; i < N; i++)
			small_map(&s->g, s->g.cr3, DATA + i * PAGE_BYTES, 0, 0, LEVEL_4K);
		small_start(&s->g);
		scenario_use_tables(s);
		scenario_mark(s);
		for (unsigned i = 0; i < N; i++)
			scenario_handle_fault(s, i, PFEC_W | PFEC_U, SMALL_RW | SMALL_AD);
		EXPECT(s, { "pf_taken", N }, { "pf_fixed", N }, { "pages_4k", N },
		       { "exits", N });
	}
}

/* CoW, write protection with and without flushes, unmapping, CR3 loads: nothing exits. */
static void table_changes(void **unused)
{
	(void)unused;
	FOR_EACH_TECHNIQUE(t)
	{
		struct scenario *s = start(techniques[t], &scenario_4k, N, SMALL_AD, LEVEL_4K);

		scenario_touch(s, N, 1, TOUCH_STORE);
		scenario_mark(s);
		scenario_store_ptes(s, N, READ_ONLY);
		small_event(&s->g, EVENT_CR3, 0, s->g.cr3);
		for (unsigned i = 0; i < N; i++)
			scenario_handle_fault(s, i, PFEC_P | PFEC_W | PFEC_U,
					      SMALL_RW | SMALL_AD);
		for (unsigned i = 0; i < N; i++) {
			small_store_entry(&s->g, scenario_pte(s, i), 0);
			scenario_invlpg(s, i);
			scenario_handle_fault(s, i, PFEC_W | PFEC_U, SMALL_RW | SMALL_AD);
		}
		EXPECT(s, { "exits", 0 });
	}
}

static void cr4_pge(void **unused)
{
	(void)unused;
	FOR_EACH_TECHNIQUE(t)
	{
		struct scenario *s = start(techniques[t], &scenario_4k, 1, SMALL_AD, LEVEL_4K);
		uint64_t cr4 = CR4_PAE | CR4_PGE;
		bool is_amd = !strcmp(techniques[t], "npt");

		for (unsigned i = 0; i < 512; i++)
			small_event(&s->g, EVENT_CR4, 0, cr4 ^= CR4_PGE);
		EXPECT(s, { "exits", is_amd ? 512 : 0 }, { "tlb_flush", is_amd ? 512 : 0 });
	}
}

static void page_sizes(void **unused)
{
	(void)unused;
	FOR_EACH_TECHNIQUE(t)
	{
		struct scenario *s = start(techniques[t], &scenario_4k, 4, SMALL_AD, LEVEL_2M);

		scenario_touch(s, 2048, 1, TOUCH_LOAD);
		EXPECT(s, { "pf_taken", 2048 }, { "pf_fixed", 2048 }, { "pages_4k", 2048 });
		s = start(techniques[t], &scenario_2m, 4, SMALL_AD, LEVEL_2M);
		scenario_touch(s, 2048, 1, TOUCH_LOAD);
		EXPECT(s, { "pf_taken", 4 }, { "pf_fixed", 4 }, { "pages_2m", 4 });
		s = start(techniques[t], &scenario_2m, 2048, SMALL_AD, LEVEL_4K);
		scenario_touch(s, 2048, 1, TOUCH_LOAD);
		EXPECT(s, { "pf_taken", 4 }, { "pf_fixed", 4 }, { "pages_2m", 4 });
	}
}

static void discarded(void **unused)
{
	(void)unused;
	FOR_EACH_TECHNIQUE(t)
	{
		struct scenario *s = start(techniques[t], &scenario_4k, N, SMALL_AD, LEVEL_4K);

		scenario_touch(s, N, 1, TOUCH_STORE);
		scenario_mark(s);
		scenario_discard(s, N);
		scenario_touch(s, N, 1, TOUCH_STORE);
		EXPECT(s, { "pf_taken", N }, { "pf_fixed", N }, { "host_faults", N });
	}
}

static void device_reads(void **unused)
{
	(void)unused;
	FOR_EACH_TECHNIQUE(t)
	{
		struct scenario *s = scenario_make(techniques[t], &scenario_4k, 0, 0, LEVEL_4K);

		small_map(&s->g, s->g.cr3, DATA, RAM >> PAGE_SHIFT, SMALL_RW | SMALL_AD, 1);
		small_start(&s->g);
		scenario_use_tables(s);
		scenario_mark(s);
		for (unsigned i = 0; i < N; i++)
			small_load(&s->g, DATA);
		EXPECT(s, { "pf_taken", 1 }, { "pf_emulate", 1 }, { "pf_mmio_spte_created", 1 },
		       { "exits", N },
		       { strcmp(techniques[t], "npt") ? "exit_ept_misconfig" : "exit_npf_mmio",
			 N - 1 });
	}
}

/* Beyond the rows: a slot that goes takes all mappings along. */
static void slot_removed(void **unused)
{
	struct event add = { .kind = EVENT_RAM_ADD, .gpa = 1024 * MIB, .value = 2 * MIB };
	struct event del = { .kind = EVENT_RAM_DEL, .gpa = 1024 * MIB, .value = 2 * MIB };

	(void)unused;
	FOR_EACH_TECHNIQUE(t)
	{
		struct scenario *s = start(techniques[t], &scenario_4k, N, SMALL_AD, LEVEL_4K);

		scenario_touch(s, N, 1, TOUCH_STORE);
		assert_int_equal(vm_event(s->g.vm, &add, NULL, NULL), 0);
		assert_int_equal(vm_event(s->g.vm, &del, NULL, NULL), 0);
		assert_int_equal(vm_counters(s->g.vm)->pages_4k, 0);
		assert_int_equal(vm_counters(s->g.vm)->tdp_pages, 1);
		scenario_use_tables(s);
		scenario_mark(s);
		scenario_touch(s, N, 1, TOUCH_STORE);
		EXPECT(s, { "pf_taken", N }, { "pf_fixed", N }, { "pages_4k", N });
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_touch),
		cmocka_unit_test(read_then_write),
		cmocka_unit_test(read_then_write_unpopulated),
		cmocka_unit_test(stride_8),
		cmocka_unit_test(demand_paging),
		cmocka_unit_test(table_changes),
		cmocka_unit_test(cr4_pge),
		cmocka_unit_test(page_sizes),
		cmocka_unit_test(discarded),
		cmocka_unit_test(device_reads),
		cmocka_unit_test(slot_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
