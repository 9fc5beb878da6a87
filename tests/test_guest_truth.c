/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What captures of Linux taught the guest OS model, one thing at a time (tests/check_guest_truth has the captures). */
#include "config.h"

#include "check.h"

#include <string.h>

#include "base/addr.h"
#include "guest_stream.h"
#include "x86/perm.h"
#include "x86/ptformat.h"
#include "x86/regs.h"

#define CODE  ((uint64_t)0x400000)
#define STACK ((uint64_t)0x7ffde6fff000)
#define STACK_NEAR                                                                             \
	((uint64_t)0x7ffff0000000) /* of the same GiB as the end of the address space */
#define KERNEL_LOAD ((uint8_t)(OP_LOAD | 3u << OP_SIZE_SHIFT))
#define STACK_FLAGS (ANON | MAPPING_GROWSDOWN)

/* clear_child_tid: the kernel is in the memory of a process that has exited; no program is. */
static void memory_outlives_exit(void **state)
{
	struct guest_stream s = stream_begin(4 * PAGE_BYTES, ANON);
	const struct guest_os_config c = run_plain();
	struct sim_error err = { 0 };
	struct guest_run r;

	(void)state;
	stream_touch(&s, USER_STORE, HERE, 2);
	stream_call(&s, EVENT_EXIT, 1, 0, 0);
	stream_touch(&s, KERNEL_LOAD, HERE, 3);
	run_checked(&r, &s, &c);
	assert_int_equal(r.after.pf, 3);
	assert_int_equal(r.after.pf_kernel, 1);
	assert_int_equal(r.after.exits, 1);
	assert_int_equal(r.after.pages_free, r.before.pages_free);
	assert_int_equal(r.n_event[EVENT_PTFREE], 4);
	run_fini(&r);
	stream_touch(&s, USER_LOAD, HERE, 1);
	assert_int_equal(run_guest(&r, &s, &c, 0, &err), SIM_ESTATE);
	run_fini(&r);
	stream_fini(&s);
}

/* Nothing follows the end of a stream. */
static void exit_before_end(void **state)
{
	const struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(PAGE_BYTES, ANON);
	struct guest_run r;

	(void)state;
	stream_touch(&s, USER_STORE, HERE, 1);
	stream_call(&s, EVENT_EXIT, 1, 0, 0);
	stream_event(&s, &(struct event){ .kind = EVENT_END });
	run_last(&r, &s, &c);
	assert_int_equal(r.out.event[r.out.gva[r.out.n - 1]].kind, EVENT_END);
	assert_int_equal(r.n_event[EVENT_PTFREE], 4);
	run_fini(&r);
}

/* exec's arguments: a page at the end of the address space, given with the root and its three tables; it moves to
 * the stack: three new tables with their entries (PDPT's is there), the page's entry cleared and set where it is (mprotect_fixup()), then
 * there and where it goes, and the two that led
 * to the old tables. A table of 2 MiB's entries that goes has its GiB's begin flushed: everything. */
static void exec_moves_arguments(void **state)
{
	const struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(PAGE_BYTES, ANON);
	struct guest_run r;

	(void)state;
	stream_call(&s, EVENT_EXEC, 1, 0, 0);
	stream_map(&s, 1, STACK, 0x22000, STACK_FLAGS);
	stream_touch(&s, USER_STORE, STACK + 0x21000, 1);
	stream_touch(&s, USER_STORE, STACK + 0x20000, 1);
	run_last(&r, &s, &c);
	assert_int_equal(r.after.pf, 1);
	assert_int_equal(r.after.pte_writes, 2 + 2 + 2 + 2 + 1);
	assert_int_equal(r.after.invlpg, 1);
	assert_int_equal(r.after.full_flushes, 1);
	assert_int_equal(r.after.pages_anon, 2);
	assert_int_equal(r.after.pages_table - r.before.pages_table, 4);
	run_fini(&r);
}

/* Only the last table goes: the flush is of its first page. */
static void exec_moves_near(void **state)
{
	const struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(PAGE_BYTES, ANON);
	struct guest_run r;

	(void)state;
	stream_call(&s, EVENT_EXEC, 1, 0, 0);
	stream_map(&s, 1, STACK_NEAR, 0x22000, STACK_FLAGS);
	run_last(&r, &s, &c);
	assert_int_equal(r.after.pte_writes, 1 + 2 + 2 + 1);
	assert_int_equal(r.after.invlpg, 2);
	assert_int_equal(r.after.full_flushes, 0);
	run_fini(&r);
}

/* The child of a vfork appears with its exec: one address space, loaded once. */
static void vfork_then_exec(void **state)
{
	const struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(PAGE_BYTES, ANON);
	struct guest_run r;

	(void)state;
	stream_touch(&s, USER_STORE, HERE, 1);
	stream_call(&s, EVENT_EXEC, 2, 0, 0);
	stream_map(&s, 2, HERE, PAGE_BYTES, ANON);
	stream_touch(&s, USER_STORE, HERE, 1);
	stream_call(&s, EVENT_EXIT, 2, 0, 0);
	stream_call(&s, EVENT_SWITCH, 1, 0, 0);
	stream_touch(&s, USER_STORE, HERE, 1);
	run_last(&r, &s, &c);
	assert_int_equal(r.after.pf, 2);
	assert_int_equal(r.after.execs, 1);
	/* 1, 2, the kernel's own, 1 */
	assert_int_equal(r.after.switches, 4);
	run_fini(&r);
}

/* What was there before the stream: no fault, and nothing that the kernel did. */
static void present(void **state)
{
	const struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(8 * PAGE_BYTES, ANON | MAPPING_PRESENT);
	struct guest_run r;

	(void)state;
	stream_touch(&s, USER_LOAD, HERE, 8);
	stream_touch(&s, USER_STORE, HERE, 8);
	run_last(&r, &s, &c);
	assert_int_equal(r.after.pf, 0);
	assert_int_equal(r.after.pte_writes - r.after.found_pte_writes, 0);
	assert_int_equal(r.after.found_pte_writes, 3 + 8);
	assert_int_equal(r.after.tables_given - r.after.found_tables, 0);
	assert_int_equal(r.after.switches - r.after.found_switches, 0);
	run_fini(&r);
}

/* do_fault_around(): 16 pages from the mapping's begin on, not to the next multiple of 16. */
static void window_begins_with_mapping(void **state)
{
	const struct guest_os_config c = run_plain();
	struct guest_stream s = { 0 };
	struct guest_run r;

	(void)state;
	stream_call(&s, EVENT_SWITCH, 1, 0, 0);
	stream_map(&s, 1, CODE + 10 * PAGE_BYTES, 40 * PAGE_BYTES,
		   MAPPING_READ | MAPPING_EXEC | MAPPING_FILE);
	stream_touch(&s, USER_FETCH, CODE + 10 * PAGE_BYTES, 1);
	stream_touch(&s, USER_FETCH, CODE + 25 * PAGE_BYTES, 1);
	run_last(&r, &s, &c);
	assert_int_equal(r.after.pf, 1);
	assert_int_equal(r.after.fault_around_pages, 15);
	run_fini(&r);
}

/* A page table that goes has its first address flushed, and all from there to the page. */
static void freed_table_flushes_from_its_begin(void **state)
{
	const struct guest_os_config c = run_plain();
	(void)state;
	for (uint64_t at = 31; at < 36; at++) {
		struct guest_stream s = { 0 };
		struct guest_run r;

		stream_call(&s, EVENT_SWITCH, 1, 0, 0);
		stream_map(&s, 1, HERE + 2 * MIB, PAGE_BYTES, ANON);
		stream_map(&s, 1, HERE + at * PAGE_BYTES, PAGE_BYTES, ANON);
		stream_touch(&s, USER_STORE, HERE + at * PAGE_BYTES, 1);
		stream_call(&s, EVENT_UNMAP, 1, HERE + at * PAGE_BYTES, PAGE_BYTES);
		run_last(&r, &s, &c);
		assert_int_equal(r.n_event[EVENT_PTFREE], 1);
		assert_int_equal(r.after.invlpg, at + 1 <= 33 ? at + 1 : 0);
		assert_int_equal(r.after.full_flushes, at + 1 > 33);
		run_fini(&r);
	}
}

/* madvise() goes mapping by mapping, with a flush for each. */
static void advice_flushes_each(void **state)
{
	const struct guest_os_config c = run_plain();
	struct guest_stream s = stream_begin(30 * PAGE_BYTES, ANON);
	const uint64_t all[2] = { HERE, 50 * PAGE_BYTES };
	struct guest_run r;

	(void)state;
	stream_map(&s, 1, HERE + 30 * PAGE_BYTES, 20 * PAGE_BYTES, ANON | MAPPING_EXEC);
	stream_touch(&s, USER_STORE, HERE, 50);
	stream_call_n(&s, EVENT_ADVISE, 1, all, ADVICE_DONTNEED);
	run_last(&r, &s, &c);
	assert_int_equal(r.after.invlpg, 50);
	assert_int_equal(r.after.full_flushes, 0);
	run_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_outlives_exit),
		cmocka_unit_test(exit_before_end),
		cmocka_unit_test(exec_moves_arguments),
		cmocka_unit_test(exec_moves_near),
		cmocka_unit_test(vfork_then_exec),
		cmocka_unit_test(present),
		cmocka_unit_test(window_begins_with_mapping),
		cmocka_unit_test(freed_table_flushes_from_its_begin),
		cmocka_unit_test(advice_flushes_each),
	};

	return cmocka_run_group_tests_name("guest_truth", tests, NULL, NULL);
}
