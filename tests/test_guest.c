/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The guest OS model, counted by hand: what Linux does for one simple thing at a time. */
#include "config.h"

#include "check.h"

#include <string.h>

#include "base/addr.h"
#include "guest_stream.h"
#include "x86/perm.h"
#include "x86/ptformat.h"
#include "x86/regs.h"

#define PAGES 100u

/* --- pages on demand --- */

static void first_touch(void **state)
{
	const struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(4 * MIB, ANON);
	struct guest_run r;

	(void)state;
	stream_touch(&s, USER_STORE, HERE, 1024);
	run_last(&r, &s, &c);
	assert_int_equal(r.after.pf, 1024);
	assert_int_equal(r.after.pf_anon, 1024);
	/* a PDPT, a PD, two PTs, and their four entries */
	assert_int_equal(r.after.pte_writes, 1024 + 4);
	assert_int_equal(r.after.pages_table - r.before.pages_table, 5);
	assert_int_equal(r.after.pages_anon, 1024);
	assert_int_equal(r.after.invlpg + r.after.full_flushes, 0);
	assert_int_equal(r.after.cr3_writes, 1);
	assert_int_equal(run_event(&r, EVENT_PF, 0)->value, PFEC_U | PFEC_W);
	/* 0x867: dirty, soft-dirty, accessed, as captures have it */
	assert_int_equal(run_last_event(&r, EVENT_PTW)->value & ~PTE_ADDR, PTE_NX | 0x867);
	run_fini(&r);
}

static void zero_page(void **state)
{
	const struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(4 * MIB, ANON);
	struct guest_run r;
	uint64_t zero = 0;

	(void)state;
	stream_touch(&s, USER_LOAD, HERE, PAGES);
	stream_touch(&s, USER_STORE, HERE, PAGES);
	run_last(&r, &s, &c);
	assert_int_equal(r.after.pf_zero, PAGES);
	assert_int_equal(r.after.pf_cow, PAGES);
	/* a copy on write clears, flushes, sets */
	assert_int_equal(r.after.pte_writes, 3 + PAGES + 2 * PAGES);
	assert_int_equal(r.after.invlpg, PAGES);
	assert_int_equal(r.after.pages_anon, PAGES);
	for (size_t i = 0; i < r.out.n; i++) {
		if (r.out.op[i] != USER_LOAD)
			continue;
		assert_true(!zero || r.out.frame[i] == zero);
		zero = r.out.frame[i];
	}
	assert_true(zero);
	run_fini(&r);
}

/* 16 pages a fault, aligned, within the mapping. */
static void fault_around(void **state)
{
	struct guest_os_config c = run_plain();
	struct guest_run r;

	(void)state;
	for (uint64_t around = 1; around <= 32; around *= 2) {
		struct guest_stream s =
			stream_begin(PAGES * PAGE_BYTES, MAPPING_READ | MAPPING_FILE);

		c.fault_around = around * PAGE_BYTES;
		stream_touch(&s, USER_LOAD, HERE, PAGES);
		run_last(&r, &s, &c);
		assert_int_equal(r.after.pf_file, (PAGES + around - 1) / around);
		assert_int_equal(r.after.fault_around_pages, PAGES - r.after.pf_file);
		assert_int_equal(r.after.pages_file, PAGES);
		assert_int_equal(r.after.pte_writes, PAGES + 3);
		run_fini(&r);
	}
}

/* A write to a private file is one copy, without the pages around. */
static void private_file(void **state)
{
	const struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(PAGES * PAGE_BYTES, ANON | MAPPING_FILE);
	struct guest_run r;

	(void)state;
	stream_touch(&s, USER_STORE, HERE, 3);
	stream_touch(&s, USER_LOAD, HERE + 3 * PAGE_BYTES, 1);
	stream_touch(&s, USER_STORE, HERE + 3 * PAGE_BYTES, 2);
	run_last(&r, &s, &c);
	assert_int_equal(r.after.pf_file_cow, 3);
	assert_int_equal(r.after.pf_file, 1);
	assert_int_equal(r.after.pf_cow, 2);
	assert_int_equal(r.after.invlpg, 2);
	run_fini(&r);
}

/* Two processes see one page of a shared file; its first write is noticed once each. */
static void shared_file(void **state)
{
	const struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(PAGE_BYTES, ANON | MAPPING_FILE | MAPPING_SHARED);
	struct guest_run r;

	(void)state;
	stream_access(&s, USER_LOAD, HERE);
	stream_access(&s, USER_STORE, HERE);
	stream_call(&s, EVENT_SWITCH, 2, 0, 0);
	stream_map(&s, 2, 2 * HERE, PAGE_BYTES, MAPPING_READ | MAPPING_FILE);
	stream_access(&s, USER_LOAD, 2 * HERE);
	run_last(&r, &s, &c);
	assert_int_equal(r.after.pf_mkwrite, 1);
	assert_int_equal(r.after.pages_file, 1);
	assert_int_equal(r.after.invlpg, 0);
	run_fini(&r);
}

static void stack_grows(void **state)
{
	const struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(16 * PAGE_BYTES, ANON | MAPPING_GROWSDOWN);
	struct sim_error err = { 0 };
	struct guest_run r;

	(void)state;
	stream_access(&s, USER_STORE, HERE - 8);
	stream_access(&s, USER_STORE, HERE - 2 * MIB);
	run_checked(&r, &s, &c);
	assert_int_equal(r.after.pf_anon, 2);
	run_fini(&r);
	stream_access(&s, USER_STORE, HERE - 8 * MIB);
	assert_int_equal(run_guest(&r, &s, &c, 0, &err), SIM_ESTATE);
	assert_string_equal(err.where, "record 4");
	assert_non_null(strstr(err.text, "SIGSEGV"));
	run_fini(&r);
	stream_fini(&s);
}

/* --- flushes --- */

static void ceiling(void **state)
{
	const struct guest_os_config c = run_plain();

	(void)state;
	for (uint64_t n = 1; n < 60; n++) {
		struct guest_stream s = stream_begin(PAGES * PAGE_BYTES, ANON);
		struct guest_run r;

		stream_touch(&s, USER_STORE, HERE, PAGES);
		stream_call(&s, EVENT_UNMAP, 1, HERE, n * PAGE_BYTES);
		run_last(&r, &s, &c);
		assert_int_equal(r.after.invlpg, n <= 33 ? n : 0);
		assert_int_equal(r.after.full_flushes, n > 33);
		assert_int_equal(r.after.pte_writes, 3 + PAGES + n);
		assert_int_equal(r.after.pages_anon, PAGES - n);
		run_fini(&r);
	}
}

/* The last mapping of a table takes the table, and those above it. */
static void tables_go(void **state)
{
	const struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(PAGE_BYTES, ANON);
	struct guest_run r;

	(void)state;
	stream_map(&s, 1, HERE + 8 * PAGE_BYTES, PAGE_BYTES, ANON);
	stream_touch(&s, USER_STORE, HERE, 1);
	stream_touch(&s, USER_STORE, HERE + 8 * PAGE_BYTES, 1);
	stream_call(&s, EVENT_UNMAP, 1, HERE, PAGE_BYTES);
	run_checked(&r, &s, &c);
	assert_int_equal(r.n_event[EVENT_PTFREE], 0);
	run_fini(&r);
	stream_call(&s, EVENT_UNMAP, 1, HERE + 8 * PAGE_BYTES, PAGE_BYTES);
	run_last(&r, &s, &c);
	assert_int_equal(r.n_event[EVENT_PTFREE], 3);
	assert_int_equal(r.after.pages_table - r.before.pages_table, 1);
	run_fini(&r);
}

/* Each entry is cleared and set; an anonymous page of one owner is writable again without a fault. */
static void protect(void **state)
{
	const struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(PAGES * PAGE_BYTES, ANON);
	const uint64_t part[2] = { HERE, 10 * PAGE_BYTES };
	struct guest_run r;

	(void)state;
	stream_touch(&s, USER_STORE, HERE, PAGES);
	stream_call_n(&s, EVENT_PROTECT, 1, part, MAPPING_READ);
	stream_touch(&s, USER_LOAD, HERE, PAGES);
	stream_call_n(&s, EVENT_PROTECT, 1, part, ANON);
	stream_touch(&s, USER_STORE, HERE, PAGES);
	stream_call_n(&s, EVENT_PROTECT, 1, part, ANON);
	run_last(&r, &s, &c);
	assert_int_equal(r.after.pf, PAGES);
	assert_int_equal(r.after.pte_writes, 3 + PAGES + 2 * 20);
	assert_int_equal(r.after.invlpg, 20);
	run_fini(&r);
}

static void advise(void **state)
{
	const struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(PAGES * PAGE_BYTES, ANON);
	const uint64_t part[2] = { HERE, 10 * PAGE_BYTES };
	struct guest_run r;

	(void)state;
	stream_touch(&s, USER_STORE, HERE, PAGES);
	stream_call_n(&s, EVENT_ADVISE, 1, part, ADVICE_FREE);
	stream_call_n(&s, EVENT_ADVISE, 1, part, ADVICE_DONTNEED);
	stream_touch(&s, USER_STORE, HERE, PAGES);
	run_last(&r, &s, &c);
	assert_int_equal(r.after.pf_anon, PAGES + 10);
	assert_int_equal(r.after.pte_writes, 3 + PAGES + 20 + 10 + 10);
	assert_int_equal(r.after.invlpg, 20);
	run_fini(&r);
}

/* --- processes --- */

/* The parent loses the right to write and is flushed; tables of the child are given when it first runs. */
static void fork_copies(void **state)
{
	const struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(PAGES * PAGE_BYTES, ANON);
	struct guest_run r;
	uint64_t given;

	(void)state;
	stream_map(&s, 1, HERE + 64 * MIB, PAGES * PAGE_BYTES, MAPPING_READ | MAPPING_FILE);
	stream_touch(&s, USER_STORE, HERE, PAGES);
	stream_touch(&s, USER_LOAD, HERE + 64 * MIB, PAGES);
	run_checked(&r, &s, &c);
	given = r.after.tables_given;
	run_fini(&r);
	stream_fork(&s, 1, 2);
	run_checked(&r, &s, &c);
	assert_int_equal(r.after.pte_writes, 4 + 2 * PAGES + PAGES);
	assert_int_equal(r.after.full_flushes, 1);
	assert_int_equal(r.after.tables_given, given);
	run_fini(&r);
	stream_call(&s, EVENT_SWITCH, 2, 0, 0);
	run_checked(&r, &s, &c);
	/* root, PDPT, PD, PT; the file's pages are left to faults */
	assert_int_equal(r.after.tables_given, given + 4);
	run_fini(&r);
	stream_touch(&s, USER_STORE, HERE, PAGES);
	stream_touch(&s, USER_LOAD, HERE + 64 * MIB, PAGES);
	stream_call(&s, EVENT_SWITCH, 1, 0, 0);
	stream_touch(&s, USER_STORE, HERE, PAGES);
	run_last(&r, &s, &c);
	assert_int_equal(r.after.pf_cow, PAGES);
	assert_int_equal(r.after.pf_reuse, PAGES);
	assert_int_equal(r.after.pf_file, 2 * ((PAGES + 15) / 16));
	assert_int_equal(r.after.pages_anon, 2 * PAGES);
	assert_int_equal(r.after.switches, 3);
	run_fini(&r);
}

/* The kernel's own tables are loaded before the frames are free. */
static void exit_frees(void **state)
{
	const struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(PAGES * PAGE_BYTES, ANON);
	struct guest_run r;

	(void)state;
	stream_touch(&s, USER_STORE, HERE, PAGES);
	stream_call(&s, EVENT_EXIT, 1, 0, 0);
	run_last(&r, &s, &c);
	assert_int_equal(r.after.pages_free, r.before.pages_free);
	assert_int_equal(r.n_event[EVENT_PTFREE], 4);
	assert_int_equal(run_last_event(&r, EVENT_CR3)->value, r.meta.regs.cr3);
	assert_int_equal(r.after.pte_writes, 2 * (PAGES + 3));
	run_fini(&r);
}

static void exec_starts_over(void **state)
{
	const struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(PAGES * PAGE_BYTES, ANON);
	struct sim_error err = { 0 };
	struct guest_run r;

	(void)state;
	stream_touch(&s, USER_STORE, HERE, PAGES);
	stream_call(&s, EVENT_EXEC, 1, 0, 0);
	run_checked(&r, &s, &c);
	assert_int_equal(r.after.pages_anon, 1); /* the arguments */
	assert_int_equal(r.n_event[EVENT_PTFREE], 4);
	assert_int_equal(r.after.switches, 2);
	run_fini(&r);
	stream_access(&s, USER_LOAD, HERE);
	assert_int_equal(run_guest(&r, &s, &c, 0, &err), SIM_ESTATE);
	run_fini(&r);
	stream_fini(&s);
}

/* --- PCIDs, KPTI --- */

/* A ring of n processes, twice round: writes to CR3 that keep what is cached. */
static uint64_t kept_in_ring(const struct guest_os_config *c, uint32_t n)
{
	struct guest_stream s = { 0 };
	uint64_t kept = 0;
	struct guest_run r;

	for (uint32_t i = 0; i < 2 * n; i++) {
		stream_call(&s, EVENT_SWITCH, 1 + i % n, 0, 0);
		stream_access(&s, USER_LOAD, HERE);
	}
	run_last(&r, &s, c);
	for (unsigned i = 0; i < r.n_event[EVENT_CR3]; i++)
		kept += !!(run_event(&r, EVENT_CR3, i)->value & CR3_NOFLUSH);
	run_fini(&r);
	return kept;
}

/* The kernel's own tables have the first of six ASIDs until somebody takes it. */
static void asids(void **state)
{
	struct guest_os_config c = run_plain();

	(void)state;
	c.unmapped = GUEST_UNMAPPED_MAP;
	assert_int_equal(kept_in_ring(&c, 3), 0);
	c.pcid = true;
	for (uint32_t n = 2; n <= 6; n++)
		assert_int_equal(kept_in_ring(&c, n), n);
	assert_int_equal(kept_in_ring(&c, 7), 0);
}

/* A flush of a process that is not loaded waits for its next turn. */
static void kpti(void **state)
{
	struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(PAGES * PAGE_BYTES, ANON);
	struct guest_run r;

	(void)state;
	c.kpti = true;
	stream_touch(&s, USER_STORE, HERE, PAGES);
	run_checked(&r, &s, &c);
	/* out of the system call, then in and out for each fault */
	assert_int_equal(r.after.kpti_switches, 1 + 2 * PAGES);
	assert_int_equal(r.after.cr3_writes, r.after.kpti_switches + 1);
	assert_int_equal(run_last_event(&r, EVENT_CR3)->value & PAGE_BYTES, PAGE_BYTES);
	/* the root's entry is stored twice */
	assert_int_equal(r.after.pte_writes, PAGES + 4);
	run_fini(&r);
	c.pcid = true;
	stream_call(&s, EVENT_UNMAP, 1, HERE, 5 * PAGE_BYTES);
	run_last(&r, &s, &c);
	assert_int_equal(r.after.invlpg, 5);
	assert_int_equal(r.after.invpcid, 5);
	assert_int_equal(run_last_event(&r, EVENT_INVPCID)->value & 0x800, 0x800);
	run_fini(&r);
}

/* --- huge pages --- */

static void huge_page(void **state)
{
	struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(8 * MIB, ANON);
	struct guest_run r;

	(void)state;
	c.thp = GUEST_THP_ALWAYS;
	stream_touch(&s, USER_STORE, HERE, 2048);
	run_checked(&r, &s, &c);
	assert_int_equal(r.after.pf, 4);
	assert_int_equal(r.after.pf_thp, 4);
	assert_int_equal(r.after.pages_anon, 2048);
	assert_int_equal(r.after.pte_writes, 2 + 4);
	run_fini(&r);
	stream_call(&s, EVENT_UNMAP, 1, HERE + 2 * MIB, PAGE_BYTES);
	run_checked(&r, &s, &c);
	assert_int_equal(r.after.thp_splits, 1);
	assert_int_equal(r.after.pages_anon, 2047);
	/* without P, to the table, and the page's own */
	assert_int_equal(r.after.pte_writes, 2 + 4 + 3);
	assert_int_equal(r.after.full_flushes, 1);
	run_fini(&r);
	stream_call(&s, EVENT_EXIT, 1, 0, 0);
	run_last(&r, &s, &c);
	assert_int_equal(r.after.pages_free, r.before.pages_free);
	run_fini(&r);
}

static void huge_zero_page(void **state)
{
	struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(8 * MIB, ANON);
	struct guest_run r;

	(void)state;
	c.thp = GUEST_THP_ALWAYS;
	stream_touch(&s, USER_LOAD, HERE, 2048);
	stream_access(&s, USER_STORE, HERE);
	run_last(&r, &s, &c);
	assert_int_equal(r.after.pf_thp_zero, 4);
	assert_int_equal(r.after.thp_splits, 1);
	assert_int_equal(r.after.pf_cow, 1);
	assert_int_equal(r.after.pages_anon, 1);
	run_fini(&r);
}

static void huge_pages_when(void **state)
{
	struct guest_os_config c = run_plain();
	struct guest_run r;

	(void)state;
	for (unsigned advised = 0; advised < 2; advised++) {
		for (c.thp = GUEST_THP_ALWAYS; c.thp <= GUEST_THP_NEVER; c.thp++) {
			struct guest_stream s = stream_begin(2 * MIB, ANON);
			const uint64_t all[2] = { HERE, 2 * MIB };
			bool want = c.thp == GUEST_THP_ALWAYS ||
				    (c.thp == GUEST_THP_MADVISE && advised);

			if (advised)
				stream_call_n(&s, EVENT_ADVISE, 1, all, ADVICE_HUGEPAGE);
			stream_access(&s, USER_STORE, HERE);
			run_last(&r, &s, &c);
			assert_int_equal(r.after.pf_thp, want);
			run_fini(&r);
		}
	}
}

/* A fragmented machine has fewer, none at all when every block has a page in it. */
static void fragmentation(void **state)
{
	struct guest_os_config c = run_plain();
	uint64_t last = 1000;

	(void)state;
	c.thp = GUEST_THP_ALWAYS;
	for (c.fragmentation = 0; c.fragmentation <= 100; c.fragmentation += 50) {
		struct guest_stream s = stream_begin(128 * MIB, ANON);
		struct guest_run r;

		for (uint64_t i = 0; i < 64; i++)
			stream_access(&s, USER_STORE, HERE + i * 2 * MIB);
		run_last(&r, &s, &c);
		assert_int_equal(r.after.pf_thp + r.after.pf_anon, 64);
		assert_int_equal(r.after.thp_fallback, r.after.pf_anon);
		assert_true(r.after.pf_thp < last);
		last = r.after.pf_thp;
		run_fini(&r);
	}
	assert_int_equal(last, 0);
}

static void khugepaged(void **state)
{
	struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(2 * MIB, ANON);
	struct guest_run r;

	(void)state;
	c.khugepaged_scan = 1000;
	stream_touch(&s, USER_STORE, HERE, 10);
	stream_call_n(&s, EVENT_ADVISE, 1, (const uint64_t[2]){ HERE, 2 * MIB },
		      ADVICE_HUGEPAGE);
	for (unsigned i = 0; i < 100; i++)
		stream_touch(&s, USER_LOAD, HERE, 10);
	c.thp = GUEST_THP_MADVISE;
	run_last(&r, &s, &c);
	assert_int_equal(r.after.thp_collapses, 1);
	assert_int_equal(r.after.pages_anon, 512);
	assert_int_equal(r.n_event[EVENT_PTFREE], 1);
	run_fini(&r);
}

static void hugetlb(void **state)
{
	struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(8 * MIB, ANON | MAPPING_HUGETLB_2M);
	struct sim_error err = { 0 };
	struct guest_run r;

	(void)state;
	c.hugepages_2m = 4;
	stream_touch(&s, USER_STORE, HERE, 2048);
	run_checked(&r, &s, &c);
	assert_int_equal(r.after.pf_hugetlb, 4);
	assert_int_equal(r.after.pte_writes, 2 + 4);
	run_fini(&r);
	stream_call(&s, EVENT_UNMAP, 1, HERE, 2 * MIB);
	run_checked(&r, &s, &c);
	assert_int_equal(r.after.invlpg, 1);
	run_fini(&r);
	stream_fork(&s, 1, 2);
	stream_access(&s, USER_STORE, HERE + 4 * MIB);
	run_checked(&r, &s, &c);
	assert_int_equal(r.after.pf_cow, 1);
	run_fini(&r);
	stream_access(&s, USER_STORE, HERE + 6 * MIB);
	assert_int_equal(run_guest(&r, &s, &c, 0, &err), SIM_ERANGE);
	assert_non_null(strstr(err.text, "hugepages_2M"));
	run_fini(&r);
	stream_fini(&s);
}

/* --- what no mapping explains, the kernel's half --- */

static void implicit_mappings(void **state)
{
	struct guest_os_config c = run_plain();
	struct guest_stream s = { 0 };
	struct sim_error err = { 0 };
	struct guest_run r;

	(void)state;
	stream_touch(&s, USER_FETCH, HERE, 16);
	stream_touch(&s, USER_STORE, HERE + 16 * MIB, 2);
	stream_access(&s, USER_STORE, HERE + 32 * MIB - 4);
	assert_int_equal(run_guest(&r, &s, &c, 0, &err), SIM_ESTATE);
	assert_string_equal(err.where, "record 0");
	run_fini(&r);
	c.unmapped = GUEST_UNMAPPED_MAP;
	run_last(&r, &s, &c);
	assert_int_equal(r.after.mmaps_implicit, 4);
	assert_int_equal(r.after.pf_file, 1);
	assert_int_equal(r.after.pf_anon, 4);
	run_fini(&r);
}

/* No fault; a new part of the root is seen by all. */
static void kernel_half(void **state)
{
	const struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(PAGE_BYTES, ANON);
	struct guest_run r;

	(void)state;
	stream_access(&s, USER_STORE, HERE);
	stream_call(&s, EVENT_SWITCH, 2, 0, 0);
	stream_access(&s, OP_STORE | 3u << OP_SIZE_SHIFT, 0xffffc90000000000);
	stream_call(&s, EVENT_SWITCH, 1, 0, 0);
	stream_access(&s, OP_LOAD | 3u << OP_SIZE_SHIFT, 0xffffc90000000000);
	stream_access(&s, OP_LOAD | 3u << OP_SIZE_SHIFT, HERE);
	run_last(&r, &s, &c);
	assert_int_equal(r.after.pf, 1);
	/* three tables and the page, in the root of the kernel and of each process */
	assert_int_equal(r.after.pte_writes, 4 + 4 + 2);
	run_fini(&r);
}

static void refusals(void **state)
{
	const struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(PAGE_BYTES, MAPPING_READ);

	(void)state;
	stream_access(&s, USER_STORE, HERE);
	run_fails(&s, &c, SIM_ESTATE, "without write");
	s = stream_begin(PAGE_BYTES, MAPPING_READ);
	stream_access(&s, USER_FETCH, HERE);
	run_fails(&s, &c, SIM_ESTATE, "without execute");
	s = stream_begin(PAGE_BYTES, 0);
	stream_access(&s, USER_LOAD, HERE);
	run_fails(&s, &c, SIM_ESTATE, "without any rights");
	s = stream_begin(PAGE_BYTES + 1, ANON);
	run_fails(&s, &c, SIM_EFORMAT, "whole pages");
	s = stream_begin((uint64_t)1 << 47, ANON);
	run_fails(&s, &c, SIM_ERANGE, "no range");
	s = stream_begin(PAGE_BYTES, ANON | 1u << 20);
	run_fails(&s, &c, SIM_EFORMAT, "unknown kind");
	s = stream_begin(PAGE_BYTES, ANON | MAPPING_HUGETLB_2M);
	run_fails(&s, &c, SIM_EFORMAT, "parts of pages");
	s = stream_begin(PAGE_BYTES, ANON);
	stream_fork(&s, 1, 1);
	run_fails(&s, &c, SIM_ESTATE, "already");
	s = stream_begin(PAGE_BYTES, ANON);
	stream_access(&s, USER_LOAD, (uint64_t)1 << 50);
	run_fails(&s, &c, SIM_ERANGE, "4-level");
	s = stream_begin(PAGE_BYTES, ANON);
	stream_access(&s, USER_LOAD, 0xffff888000000000);
	run_fails(&s, &c, SIM_ESTATE, "kernel's half");
	s = stream_begin(PAGE_BYTES, ANON);
	stream_call(&s, EVENT_EXIT, 1, 0, 0);
	stream_access(&s, USER_LOAD, HERE);
	run_fails(&s, &c, SIM_ESTATE, "a switch is missing");
	s = stream_begin(PAGE_BYTES, ANON);
	stream_call(&s, EVENT_INVLPG, 0, HERE, 0);
	run_fails(&s, &c, SIM_EUNSUP, "strip");
	s = stream_begin(512 * MIB, ANON);
	stream_touch(&s, USER_STORE, HERE, 128 * 1024);
	run_fails(&s, &c, SIM_ERANGE, "out of memory");
}

/* --- the model against itself --- */

/* Its own output, stripped of what its kernel did, gives the same counts again. */
static void strips_itself(void **state)
{
	struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(4 * MIB, ANON), again = { 0 };
	struct guest_run first, second;

	(void)state;
	c.thp = GUEST_THP_ALWAYS;
	stream_map(&s, 1, 2 * HERE, PAGES * PAGE_BYTES, ANON | MAPPING_FILE);
	stream_touch(&s, USER_STORE, HERE, PAGES);
	stream_touch(&s, USER_LOAD, 2 * HERE, PAGES);
	stream_fork(&s, 1, 2);
	stream_call(&s, EVENT_SWITCH, 2, 0, 0);
	stream_touch(&s, USER_STORE, HERE, PAGES);
	stream_touch(&s, USER_STORE, 2 * HERE, PAGES);
	stream_call(&s, EVENT_EXIT, 2, 0, 0);
	stream_call(&s, EVENT_SWITCH, 1, 0, 0);
	stream_touch(&s, USER_STORE, HERE, PAGES);
	run_last(&first, &s, &c);
	for (size_t i = 0; i < first.out.n; i++) {
		if ((first.out.op[i] & OP_KIND) == OP_EVENT)
			stream_event_words(&again, &first.out.event[first.out.gva[i]],
					   first.out.word);
		else
			stream_access(&again, first.out.op[i], first.out.gva[i]);
	}
	c.is_stripped = true;
	run_last(&second, &again, &c);
	assert_int_equal(second.captured.pf[HALF_USER], first.after.pf);
	assert_int_equal(second.captured.pf_kernel, 0);
	assert_int_equal(second.captured.pte_writes[HALF_USER],
			 first.after.pte_writes - first.after.pte_writes_kernel);
	assert_int_equal(second.captured.pte_writes[HALF_KERNEL],
			 first.after.pte_writes_kernel);
	assert_int_equal(second.captured.cr3_other, first.after.switches);
	assert_int_equal(second.captured.cr3_same, first.after.full_flushes);
	assert_int_equal(second.captured.invlpg[HALF_USER], first.after.invlpg);
	assert_int_equal(second.captured.tables_given[HALF_USER],
			 first.after.tables_given - first.after.tables_given_kernel);
	assert_int_equal(second.captured.tables_let_go[HALF_USER], first.after.tables_let_go);
	assert_int_equal(second.after.pf, first.after.pf);
	assert_int_equal(second.after.pte_writes, first.after.pte_writes);
	assert_int_equal(second.after.cr3_writes, first.after.cr3_writes);
	assert_int_equal(second.after.invlpg, first.after.invlpg);
	assert_int_equal(second.after.tables_given, first.after.tables_given);
	assert_int_equal(second.after.tables_let_go, first.after.tables_let_go);
	run_fini(&first);
	run_fini(&second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_touch),
		cmocka_unit_test(zero_page),
		cmocka_unit_test(fault_around),
		cmocka_unit_test(private_file),
		cmocka_unit_test(shared_file),
		cmocka_unit_test(stack_grows),
		cmocka_unit_test(ceiling),
		cmocka_unit_test(tables_go),
		cmocka_unit_test(protect),
		cmocka_unit_test(advise),
		cmocka_unit_test(fork_copies),
		cmocka_unit_test(exit_frees),
		cmocka_unit_test(exec_starts_over),
		cmocka_unit_test(asids),
		cmocka_unit_test(kpti),
		cmocka_unit_test(huge_page),
		cmocka_unit_test(huge_zero_page),
		cmocka_unit_test(huge_pages_when),
		cmocka_unit_test(fragmentation),
		cmocka_unit_test(khugepaged),
		cmocka_unit_test(hugetlb),
		cmocka_unit_test(implicit_mappings),
		cmocka_unit_test(kernel_half),
		cmocka_unit_test(refusals),
		cmocka_unit_test(strips_itself),
	};

	return cmocka_run_group_tests_name("guest", tests, NULL, NULL);
}
