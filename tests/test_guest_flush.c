/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which flush the guest OS model makes: INVLPG, how many, or all. Each is a known answer from Linux 6.1's mmu_gather
 * (include/asm-generic/tlb.h) and flush_tlb_mm_range() (arch/x86/mm/tlb.c): 33 steps of the smallest level that lost an entry
 * are INVLPG, more are CR3.
 */
#include "config.h"

#include "check.h"

#include "base/addr.h"
#include "guest_stream.h"
#include "x86/ptformat.h"

#define HUGE	  (2 * MIB)
#define ELSEWHERE ((uint64_t)0x100000000) /* of the same 512 GiB as HERE: their table stays */

static void stays(struct guest_stream *s)
{
	stream_map(s, 1, ELSEWHERE, PAGE_BYTES, ANON);
	stream_touch(s, USER_STORE, ELSEWHERE, 1);
}

/* One store to each of n huge pages. */
static void touch_huge(struct guest_stream *s, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		stream_access(s, USER_STORE, HERE + i * HUGE);
}

static struct guest_os_config huge(void)
{
	struct guest_os_config c = run_plain();

	c.thp = GUEST_THP_ALWAYS;
	return c;
}

static void flushes_are(struct guest_stream *s, const struct guest_os_config *c,
			uint64_t invlpg, uint64_t full)
{
	struct guest_run r;

	run_last(&r, s, c);
	assert_int_equal(r.after.invlpg, invlpg);
	assert_int_equal(r.after.full_flushes, full);
	run_fini(&r);
}

/* do_mprotect_pkey() has one gather, and x86 selects MMU_GATHER_MERGE_VMAS: two written pages `apart` pages from each other
 * in two mappings are one range. */
static void protect_far_apart(uint64_t apart, uint64_t invlpg, uint64_t full)
{
	const struct guest_os_config c = run_plain();
	const uint64_t all[2] = { HERE, (apart + 1) * PAGE_BYTES };
	struct guest_stream s = stream_begin(PAGE_BYTES, ANON);

	stream_map(&s, 1, HERE + PAGE_BYTES, (apart - 1) * PAGE_BYTES, MAPPING_READ);
	stream_map(&s, 1, HERE + apart * PAGE_BYTES, PAGE_BYTES, ANON);
	stream_access(&s, USER_STORE, HERE);
	stream_access(&s, USER_STORE, HERE + apart * PAGE_BYTES);
	stream_call_n(&s, EVENT_PROTECT, 1, all, MAPPING_READ);
	flushes_are(&s, &c, invlpg, full);
}

static void protect_is_one_flush(void **state)
{
	(void)state;
	protect_far_apart(257, 0, 1);
	protect_far_apart(33, 0, 1);
	protect_far_apart(32, 33, 0);
}

/* zap_page_range_single(): a gather for each mapping of an madvise(). */
static void advice_is_a_flush_each(void **state)
{
	const unsigned advice[] = { ADVICE_DONTNEED, ADVICE_FREE };
	const struct guest_os_config c = run_plain();
	const uint64_t all[2] = { HERE, 258 * PAGE_BYTES };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct guest_stream s = stream_begin(PAGE_BYTES, ANON);

		stream_map(&s, 1, HERE + 257 * PAGE_BYTES, PAGE_BYTES, ANON);
		stream_access(&s, USER_STORE, HERE);
		stream_access(&s, USER_STORE, HERE + 257 * PAGE_BYTES);
		stream_call_n(&s, EVENT_ADVISE, 1, all, advice[i]);
		flushes_are(&s, &c, 2, 0);
	}
}

/* pmd_free_tlb() sets cleared_puds, the huge pages cleared_pmds: steps of 2 MiB from the GiB's begin. The table of the
 * 512 GiB, when it goes, too, has 0 as its own address: 544 steps. */
static void freed_tables_do_not_make_steps_small(void **state)
{
	const struct guest_os_config c = huge();
	struct guest_stream s = stream_begin(32 * HUGE, ANON);

	(void)state;
	stays(&s);
	touch_huge(&s, 32);
	stream_call(&s, EVENT_UNMAP, 1, HERE, 32 * HUGE);
	flushes_are(&s, &c, 32, 0);
	s = stream_begin(32 * HUGE, ANON);
	touch_huge(&s, 32);
	stream_call(&s, EVENT_UNMAP, 1, HERE, 32 * HUGE);
	flushes_are(&s, &c, 0, 1);
}

/* Pages of 4K went already (MADV_DONTNEED): pte_free_tlb() of n tables alone, each of its own address, in steps of 2 MiB;
 * the range is n - 1 of them and a page. */
static void each_table_has_its_address(void **state)
{
	const struct guest_os_config c = run_plain();
	const uint64_t n[] = { 1, 2, 34, 35 }, invlpg[] = { 1, 2, 34, 0 };

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct guest_stream s = stream_begin(n[i] * HUGE, ANON);
		struct guest_run r;

		stays(&s);
		stream_map(&s, 1, HERE + 100 * HUGE, PAGE_BYTES, ANON);
		touch_huge(&s, n[i]);
		for (uint64_t page = 0; page < n[i]; page++)
			stream_call_n(&s, EVENT_ADVISE, 1,
				      (const uint64_t[2]){ HERE + page * HUGE, PAGE_BYTES },
				      ADVICE_DONTNEED);
		stream_call(&s, EVENT_UNMAP, 1, HERE, n[i] * HUGE);
		run_last(&r, &s, &c);
		assert_int_equal(r.n_event[EVENT_PTFREE], n[i]);
		assert_int_equal(r.after.invlpg, n[i] + invlpg[i]);
		assert_int_equal(r.after.full_flushes, !invlpg[i]);
		run_fini(&r);
	}
}

/* zap_huge_pmd() gathers one page: 24 of them, and a small one, are far from the 9698 that fit. */
static void huge_page_is_gathered_once(void **state)
{
	const struct guest_os_config c = huge();
	struct guest_stream s = stream_begin(24 * HUGE + PAGE_BYTES, ANON);

	(void)state;
	stays(&s);
	touch_huge(&s, 25);
	stream_call(&s, EVENT_UNMAP, 1, HERE, 24 * HUGE + PAGE_BYTES);
	flushes_are(&s, &c, 0, 1);
}

/* 8 + 19 * 510 pages fill the gather: a flush, and one for the rest. */
static void full_gather_flushes_early(void **state)
{
	const struct guest_os_config c = run_plain();
	const uint64_t n = 8 + 19 * 510 + 1, all[2] = { HERE, n * PAGE_BYTES };
	struct guest_stream s = stream_begin(n * PAGE_BYTES, ANON);

	(void)state;
	stream_touch(&s, USER_STORE, HERE, n);
	stream_call_n(&s, EVENT_ADVISE, 1, all, ADVICE_DONTNEED);
	flushes_are(&s, &c, 1, 1);
}

/* hugetlb_change_protection() has a gather of its own in the midst of mprotect()'s. */
static void hugetlb_protects_alone(void **state)
{
	struct guest_os_config c = run_plain();
	const uint64_t all[2] = { HERE, 66 * MIB + PAGE_BYTES };
	struct guest_stream s = stream_begin(66 * MIB, ANON | MAPPING_HUGETLB_2M);

	(void)state;
	c.hugepages_2m = 33;
	stream_map(&s, 1, HERE + 66 * MIB, PAGE_BYTES, ANON);
	touch_huge(&s, 33);
	stream_access(&s, USER_STORE, HERE + 66 * MIB);
	stream_call_n(&s, EVENT_PROTECT, 1, all, MAPPING_READ);
	flushes_are(&s, &c, 33 + 1, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(protect_is_one_flush),
		cmocka_unit_test(advice_is_a_flush_each),
		cmocka_unit_test(freed_tables_do_not_make_steps_small),
		cmocka_unit_test(each_table_has_its_address),
		cmocka_unit_test(huge_page_is_gathered_once),
		cmocka_unit_test(full_gather_flushes_early),
		cmocka_unit_test(hugetlb_protects_alone),
	};

	return cmocka_run_group_tests_name("guest_flush", tests, NULL, NULL);
}
