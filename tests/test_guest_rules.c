/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The guest OS model, what Linux 6.1 refuses, and the bits that it leaves in entries: one rule at a time. */
#include "config.h"

#include "check.h"

#include <string.h>

#include "base/addr.h"
#include "guest_stream.h"
#include "x86/ptformat.h"

#define HUGE	 (2 * MIB)
#define TASK_END (((uint64_t)1 << 47) - PAGE_BYTES)
#define KERNELS	 ((uint64_t)0xffff888000000000)

static void map_file(struct guest_stream *s, uint64_t gva, uint64_t bytes, uint32_t flags,
		     uint64_t at)
{
	stream_event(s, &(struct event){ .kind = EVENT_MAP,
					 .pid = 1,
					 .gva = gva,
					 .value = bytes,
					 .n = flags | MAPPING_FILE,
					 .gpa = at });
}

static void protect(struct guest_stream *s, uint64_t bytes, uint32_t rights)
{
	stream_call_n(s, EVENT_PROTECT, 1, (const uint64_t[2]){ HERE, bytes }, rights);
}

/* --- refusals --- */

/* do_mmap(): EINVAL */
static void only_private_memory_grows(void **state)
{
	const uint32_t flags[] = { MAPPING_FILE, MAPPING_SHARED, MAPPING_FILE | MAPPING_SHARED,
				   MAPPING_HUGETLB_2M };
	const struct guest_os_config c = run_plain();

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct guest_stream s = stream_begin(HUGE, ANON | MAPPING_GROWSDOWN | flags[i]);

		stream_access(&s, USER_LOAD, HERE - PAGE_BYTES);
		run_fails(&s, &c, SIM_EFORMAT, "grows down");
	}
}

/* expand_downwards(): only a mapping that can be accessed is kept a guard gap away from. */
static void guard_gap(void **state)
{
	const struct guest_os_config c = run_plain();

	(void)state;
	for (unsigned readable = 0; readable < 2; readable++) {
		struct guest_stream s = stream_begin(PAGE_BYTES, ANON | MAPPING_GROWSDOWN);
		struct guest_run r;

		stream_map(&s, 1, HERE - 3 * PAGE_BYTES, PAGE_BYTES,
			   readable ? MAPPING_READ : 0);
		stream_access(&s, USER_STORE, HERE - PAGE_BYTES);
		if (readable) {
			run_fails(&s, &c, SIM_ESTATE, "SIGSEGV");
			continue;
		}
		run_last(&r, &s, &c);
		assert_int_equal(r.after.pf_anon, 1);
		run_fini(&r);
	}
}

/* Below mmap_min_addr nothing grows. */
static void stack_ends_above_null(void **state)
{
	const struct guest_os_config c = run_plain();
	struct guest_stream s = { 0 };

	(void)state;
	stream_call(&s, EVENT_SWITCH, 1, 0, 0);
	stream_map(&s, 1, 32 * PAGE_BYTES, PAGE_BYTES, ANON | MAPPING_GROWSDOWN);
	stream_access(&s, USER_STORE, 16 * PAGE_BYTES);
	stream_access(&s, USER_STORE, 15 * PAGE_BYTES);
	run_fails(&s, &c, SIM_ESTATE, "0xf000");
}

/* With KPTI there are no tables to go back to without a process. */
static void kernel_half_is_not_users(void **state)
{
	struct guest_os_config c = run_plain();

	(void)state;
	for (unsigned kpti = 0; kpti < 2; kpti++) {
		struct guest_stream s = { 0 };

		c.kpti = kpti;
		stream_access(&s, USER_LOAD, KERNELS);
		run_fails(&s, &c, SIM_ESTATE, "kernel's half");
		s = stream_begin(PAGE_BYTES, ANON);
		stream_touch(&s, USER_STORE, HERE, 1);
		stream_call(&s, EVENT_EXIT, 1, 0, 0);
		stream_map(&s, 2, HERE, PAGE_BYTES, ANON);
		stream_access(&s, USER_LOAD, KERNELS);
		run_fails(&s, &c, SIM_ESTATE, "kernel's half");
	}
}

/* madvise_free_single_vma(): EINVAL, and the mappings behind it are not looked at. */
static void hugetlb_is_not_freed_lazily(void **state)
{
	const uint64_t all[2] = { HERE, HUGE + PAGE_BYTES };
	struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(HUGE, ANON | MAPPING_HUGETLB_2M);
	struct guest_run r;

	(void)state;
	c.hugepages_2m = 1;
	stream_map(&s, 1, HERE + HUGE, PAGE_BYTES, ANON);
	stream_access(&s, USER_STORE, HERE);
	stream_access(&s, USER_STORE, HERE + HUGE);
	stream_call_n(&s, EVENT_ADVISE, 1, all, ADVICE_FREE);
	run_last(&r, &s, &c);
	assert_int_equal(r.after.pte_writes, 2 + 1 + 1 + 1);
	assert_int_equal(r.after.invlpg, 0);
	run_fini(&r);
}

static void file_has_one_page_size(void **state)
{
	const uint32_t kind[] = { 0, MAPPING_HUGETLB_2M, MAPPING_HUGETLB_1G };
	struct guest_os_config c = run_plain();

	(void)state;
	c.memory = 4 * GIB;
	c.hugepages_2m = c.hugepages_1g = 2;
	for (unsigned i = 0; i < 9; i++) {
		struct guest_stream s = stream_begin(PAGE_BYTES, ANON);
		struct guest_run r;

		map_file(&s, 4 * GIB, GIB, ANON | kind[i / 3], MAPPING_OFFSET(7, 0));
		stream_access(&s, USER_LOAD, 4 * GIB);
		map_file(&s, 6 * GIB, GIB, ANON | kind[i % 3], MAPPING_OFFSET(7, 0));
		stream_access(&s, USER_LOAD, 6 * GIB);
		if (i / 3 == i % 3) {
			run_last(&r, &s, &c);
			run_fini(&r);
		} else {
			run_fails(&s, &c, SIM_EFORMAT, "one size of page");
		}
	}
	struct guest_stream s = stream_begin(GIB, ANON | kind[1] | kind[2]);

	run_fails(&s, &c, SIM_EFORMAT, "both 2M and 1G");
}

/* Its pages would be other pages. */
static void files_end(void **state)
{
	const struct guest_os_config c = run_plain();
	const uint64_t last = MAPPING_OFFSET(7, 16384 * GIB - PAGE_BYTES);
	struct guest_stream s = stream_begin(PAGE_BYTES, ANON);
	struct guest_run r;

	(void)state;
	map_file(&s, 4 * GIB, PAGE_BYTES, ANON, last);
	stream_access(&s, USER_LOAD, 4 * GIB);
	run_last(&r, &s, &c);
	run_fini(&r);
	s = stream_begin(PAGE_BYTES, ANON);
	map_file(&s, 4 * GIB, 2 * PAGE_BYTES, ANON, last);
	run_fails(&s, &c, SIM_EFORMAT, "16 TiB");
	s = stream_begin(16384 * GIB + PAGE_BYTES, ANON | MAPPING_SHARED);
	run_fails(&s, &c, SIM_EFORMAT, "16 TiB");
}

/* TASK_SIZE_MAX leaves the last page of the user's half out. */
static void last_page_is_nobodys(void **state)
{
	struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(PAGE_BYTES, ANON);
	struct guest_run r;

	(void)state;
	stream_map(&s, 1, TASK_END - PAGE_BYTES, PAGE_BYTES, ANON);
	stream_access(&s, USER_STORE, TASK_END - 8);
	run_last(&r, &s, &c);
	run_fini(&r);
	s = stream_begin(PAGE_BYTES, ANON);
	stream_map(&s, 1, TASK_END, PAGE_BYTES, ANON);
	run_fails(&s, &c, SIM_ERANGE, "no range");
	c.unmapped = GUEST_UNMAPPED_MAP;
	s = stream_begin(PAGE_BYTES, ANON);
	stream_access(&s, USER_STORE, TASK_END - 8);
	run_last(&r, &s, &c);
	run_fini(&r);
	s = stream_begin(PAGE_BYTES, ANON);
	stream_access(&s, USER_STORE, TASK_END);
	run_fails(&s, &c, SIM_ESTATE, "in no mapping");
}

/* The stack of a new program, over memory that it has touched already, and where exec's arguments are gone. */
static void stack_replaces_memory(void **state)
{
	struct guest_os_config c = run_plain();

	(void)state;
	c.unmapped = GUEST_UNMAPPED_MAP;
	c.thp = GUEST_THP_ALWAYS;
	for (unsigned is_gone = 0; is_gone < 2; is_gone++) {
		struct guest_stream s = stream_begin(PAGE_BYTES, ANON);
		struct guest_run r;

		stream_call(&s, EVENT_EXEC, 1, 0, 0);
		stream_touch(&s, USER_STORE, HERE, 2);
		if (is_gone)
			stream_call(&s, EVENT_UNMAP, 1, TASK_END - PAGE_BYTES, PAGE_BYTES);
		stream_map(&s, 1, HERE, 4 * PAGE_BYTES, ANON | MAPPING_GROWSDOWN);
		stream_touch(&s, USER_STORE, HERE, 4);
		stream_call(&s, EVENT_EXIT, 1, 0, 0);
		run_last(&r, &s, &c);
		/* the page of the arguments is the last of the stack */
		assert_int_equal(r.after.pf_anon, is_gone ? 4 : 3);
		assert_int_equal(r.after.pages_anon, 0);
		run_fini(&r);
	}
}

/* 8 huge pages, `small` small ones, and exec. */
static void fill_and_exec(struct guest_run *r, uint64_t small, bool has_exec)
{
	struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(8 * HUGE, ANON);

	c.memory = 96 * MIB;
	c.swap = 64 * MIB;
	c.thp = GUEST_THP_ALWAYS;
	for (unsigned i = 0; i < 8; i++)
		stream_access(&s, USER_STORE, HERE + i * HUGE);
	stream_map(&s, 1, HERE + GIB, GIB, ANON);
	stream_call_n(&s, EVENT_ADVISE, 1, (const uint64_t[2]){ HERE + GIB, GIB },
		      ADVICE_NOHUGEPAGE);
	stream_touch(&s, USER_STORE, HERE + GIB, small);
	if (has_exec)
		stream_call(&s, EVENT_EXEC, 1, 0, 0);
	run_last(r, &s, &c);
	run_fini(r);
}

/* exec's new root is the page for which memory is short: a huge page of the old program is split. */
static void exec_reclaims(void **state)
{
	uint64_t low = 0, high = 16384;
	struct guest_run r;

	(void)state;
	while (high - low > 1) {
		uint64_t middle = (low + high) / 2;

		fill_and_exec(&r, middle, false);
		*(r.after.reclaim_scanned ? &high : &low) = middle;
	}
	fill_and_exec(&r, low, true);
	assert_true(r.after.thp_splits > 0);
	assert_int_equal(r.after.pages_anon, 1);
}

/* --- memory --- */

/* Pages of a file that were only copied are in memory without a mapping, and make room. */
static void copied_file_is_reclaimed(void **state)
{
	struct guest_os_config c = run_plain();
	struct guest_stream s = { 0 };
	struct guest_run r;

	(void)state;
	c.memory = 128 * MIB;
	c.swap = 512 * MIB;
	stream_call(&s, EVENT_SWITCH, 1, 0, 0);
	map_file(&s, HERE, 256 * MIB, ANON, MAPPING_OFFSET(1, 0));
	stream_touch(&s, USER_STORE, HERE, 40000);
	run_last(&r, &s, &c);
	assert_int_equal(r.after.pf_file_cow, 40000);
	assert_true(r.after.reclaimed_file > 0);
	run_fini(&r);
}

/* More swap does not help. */
static void shared_memory_is_not_swapped(void **state)
{
	struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(512 * MIB, ANON | MAPPING_SHARED);

	(void)state;
	c.swap = 512 * MIB;
	stream_touch(&s, USER_STORE, HERE, 128 * 1024);
	run_fails(&s, &c, SIM_ERANGE, "never swapped");
	s = stream_begin(512 * MIB, ANON | MAPPING_SHARED);
	stream_touch(&s, USER_STORE, HERE, 128 * 1024);
	run_fails(&s, &c, SIM_ERANGE, "swap has 512 of 512 MiB left; raise memory");
}

/* Shared memory is there until its last mapping goes, in whichever process; the next has pages of its own. */
static void shared_memory_outlives_mappings(void **state)
{
	const struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(2 * PAGE_BYTES, ANON | MAPPING_SHARED);
	uint64_t frame[3];
	unsigned n = 0;
	struct guest_run r;

	(void)state;
	stream_touch(&s, USER_STORE, HERE, 1);
	stream_fork(&s, 1, 2);
	stream_call(&s, EVENT_UNMAP, 1, HERE, 2 * PAGE_BYTES);
	stream_call(&s, EVENT_SWITCH, 2, 0, 0);
	stream_call(&s, EVENT_UNMAP, 2, HERE + PAGE_BYTES, PAGE_BYTES);
	stream_touch(&s, USER_LOAD, HERE, 1);
	stream_call(&s, EVENT_EXIT, 2, 0, 0);
	stream_call(&s, EVENT_SWITCH, 1, 0, 0);
	run_checked(&r, &s, &c);
	assert_int_equal(r.after.pages_file, 0);
	for (size_t i = 0; i < r.out.n; i++)
		if ((r.out.op[i] & OP_KIND) != OP_EVENT && r.out.gva[i] == HERE)
			frame[n++] = r.out.frame[i];
	assert_int_equal(n, 2);
	assert_int_equal(frame[0], frame[1]);
	run_fini(&r);
	for (unsigned i = 0; i < 3; i++) {
		stream_map(&s, 1, HERE + i * GIB, 2 * PAGE_BYTES, ANON | MAPPING_SHARED);
		stream_touch(&s, USER_STORE, HERE + i * GIB, 2);
	}
	stream_call(&s, EVENT_UNMAP, 1, HERE + GIB, 2 * PAGE_BYTES);
	stream_map(&s, 1, HERE + 4 * GIB, 2 * PAGE_BYTES, ANON | MAPPING_SHARED);
	stream_touch(&s, USER_STORE, HERE + 4 * GIB, 1);
	run_last(&r, &s, &c);
	assert_int_equal(r.after.pages_file, 5);
	run_fini(&r);
}

/* --- entries --- */

/* change_huge_pmd(): without P meanwhile (pmd_mkinvalid()), and never with W: the next store faults. */
static void huge_page_is_protected(void **state)
{
	const uint64_t bits[] = { PTE_P | PTE_W, 0, PTE_P, 0, PTE_P, PTE_P | PTE_W };
	struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(HUGE, ANON);
	struct guest_run r;

	(void)state;
	c.thp = GUEST_THP_ALWAYS;
	stream_access(&s, USER_STORE, HERE);
	protect(&s, HUGE, MAPPING_READ);
	protect(&s, HUGE, ANON);
	stream_access(&s, USER_STORE, HERE);
	run_last(&r, &s, &c);
	assert_int_equal(r.after.pf, 2);
	assert_int_equal(r.after.pf_reuse, 1);
	for (unsigned i = 0; i < 6; i++) {
		const struct event *e =
			run_event(&r, EVENT_PTW, (unsigned)r.n_event[EVENT_PTW] - 6 + i);

		assert_int_equal(e->value & PTE_P, bits[i] & PTE_P);
		if (e->value & PTE_P)
			assert_int_equal(e->value & PTE_W, bits[i] & PTE_W);
		assert_int_equal(e->value & (PTE_D | PTE_PS), PTE_D | PTE_PS);
	}
	run_fini(&r);
}

/* can_change_pte_writable(): a shared page of a file that was written, not one that was read. */
static void written_file_page_stays_writable(void **state)
{
	const struct guest_os_config c = run_plain();
	struct guest_stream s = { 0 };
	struct guest_run r;

	(void)state;
	stream_call(&s, EVENT_SWITCH, 1, 0, 0);
	map_file(&s, HERE, 2 * PAGE_BYTES, ANON | MAPPING_SHARED, MAPPING_OFFSET(1, 0));
	stream_access(&s, USER_STORE, HERE);
	stream_access(&s, USER_LOAD, HERE + PAGE_BYTES);
	protect(&s, 2 * PAGE_BYTES, MAPPING_READ);
	protect(&s, 2 * PAGE_BYTES, ANON);
	stream_touch(&s, USER_STORE, HERE, 2);
	run_last(&r, &s, &c);
	assert_int_equal(r.after.pf, 3);
	assert_int_equal(r.after.pf_mkwrite, 1);
	run_fini(&r);
}

/* Nor an anonymous one that is clean: MADV_FREE made it so. */
static void clean_page_faults_again(void **state)
{
	const struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(2 * PAGE_BYTES, ANON);
	struct guest_run r;

	(void)state;
	stream_touch(&s, USER_STORE, HERE, 2);
	stream_call_n(&s, EVENT_ADVISE, 1, (const uint64_t[2]){ HERE, PAGE_BYTES },
		      ADVICE_FREE);
	protect(&s, 2 * PAGE_BYTES, MAPPING_READ);
	protect(&s, 2 * PAGE_BYTES, ANON);
	stream_touch(&s, USER_STORE, HERE, 2);
	run_last(&r, &s, &c);
	assert_int_equal(r.after.pf, 3);
	assert_int_equal(r.after.pf_reuse, 1);
	run_fini(&r);
}

/* Shared memory of hugetlb has W by its rights: nobody watches for its first write. */
static void shared_hugetlb_stays_writable(void **state)
{
	struct guest_os_config c = run_plain();
	struct guest_stream s = { 0 };
	struct guest_run r;

	(void)state;
	c.hugepages_2m = 1;
	stream_call(&s, EVENT_SWITCH, 1, 0, 0);
	map_file(&s, HERE, HUGE, ANON | MAPPING_SHARED | MAPPING_HUGETLB_2M,
		 MAPPING_OFFSET(1, 0));
	stream_access(&s, USER_LOAD, HERE);
	protect(&s, HUGE, MAPPING_READ);
	protect(&s, HUGE, ANON);
	stream_access(&s, USER_STORE, HERE);
	run_last(&r, &s, &c);
	assert_int_equal(r.after.pf, 1);
	run_fini(&r);
}

/* do_huge_pmd_anonymous_page() makes an anon_vma for the zero page, too: fork copies it. */
static void fork_copies_huge_zero_page(void **state)
{
	struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(HUGE, ANON);
	struct guest_run r;

	(void)state;
	c.thp = GUEST_THP_ALWAYS;
	stream_access(&s, USER_LOAD, HERE);
	stream_fork(&s, 1, 2);
	stream_call(&s, EVENT_SWITCH, 2, 0, 0);
	stream_access(&s, USER_LOAD, HERE);
	run_last(&r, &s, &c);
	assert_int_equal(r.after.pf, 1);
	run_fini(&r);
}

/* A of the child's entry: copy_present_pte() clears it, copy_hugetlb_page_range() does not. */
static void child_is_old(void **state)
{
	struct guest_os_config c = run_plain();

	(void)state;
	c.hugepages_2m = 1;
	for (unsigned huge = 0; huge < 2; huge++) {
		struct guest_stream s =
			stream_begin(HUGE, ANON | (huge ? MAPPING_HUGETLB_2M : 0));
		const struct event *e;
		struct guest_run r;

		stream_access(&s, USER_STORE, HERE);
		stream_fork(&s, 1, 2);
		stream_call(&s, EVENT_SWITCH, 2, 0, 0);
		run_last(&r, &s, &c);
		e = run_last_event(&r, EVENT_PTPAGE);
		assert_int_equal(e->level, huge ? LEVEL_2M : LEVEL_4K);
		assert_int_equal(r.out.word[e->words] & (PTE_P | PTE_A | PTE_D),
				 PTE_P | PTE_D | (huge ? PTE_A : 0));
		run_fini(&r);
	}
}

/* hugepage_vma_check() leaves out the stack that exec has begun, no other. */
static void stacks_have_huge_pages(void **state)
{
	struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(2 * HUGE, ANON | MAPPING_GROWSDOWN);
	struct guest_run r;

	(void)state;
	c.thp = GUEST_THP_ALWAYS;
	stream_access(&s, USER_STORE, HERE + HUGE);
	run_last(&r, &s, &c);
	assert_int_equal(r.after.pf_thp, 1);
	run_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_private_memory_grows),
		cmocka_unit_test(guard_gap),
		cmocka_unit_test(stack_ends_above_null),
		cmocka_unit_test(kernel_half_is_not_users),
		cmocka_unit_test(hugetlb_is_not_freed_lazily),
		cmocka_unit_test(file_has_one_page_size),
		cmocka_unit_test(files_end),
		cmocka_unit_test(last_page_is_nobodys),
		cmocka_unit_test(stack_replaces_memory),
		cmocka_unit_test(exec_reclaims),
		cmocka_unit_test(copied_file_is_reclaimed),
		cmocka_unit_test(shared_memory_is_not_swapped),
		cmocka_unit_test(shared_memory_outlives_mappings),
		cmocka_unit_test(huge_page_is_protected),
		cmocka_unit_test(written_file_page_stays_writable),
		cmocka_unit_test(clean_page_faults_again),
		cmocka_unit_test(shared_hugetlb_stays_writable),
		cmocka_unit_test(fork_copies_huge_zero_page),
		cmocka_unit_test(child_is_old),
		cmocka_unit_test(stacks_have_huge_pages),
	};

	return cmocka_run_group_tests_name("guest_rules", tests, NULL, NULL);
}
