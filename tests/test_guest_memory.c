/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_guest_memory.c - the memory of a real VM beside a kernel that is made up: what it is asked, and what it says */
#include "config.h"

#include <inttypes.h>
#include <linux/kvm.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tests/check.h"

#include "kvm/guest_memory.h"
#include "tests/kvm_guest.h"

#define VM    1000 /* no file has this number */
#define SLOTS 7

static unsigned n_slots;

/* In place of the C library's. */
int ioctl(int fd, unsigned long request, ...)
{
	long arg;
	va_list ap;

	assert_int_equal(fd, VM);
	va_start(ap, request);
	arg = va_arg(ap, long);
	va_end(ap);
	if (request == KVM_CHECK_EXTENSION)
		return arg == KVM_CAP_NR_MEMSLOTS ? SLOTS : 0;
	assert_int_equal(request, KVM_SET_USER_MEMORY_REGION);
	n_slots++;
	return 0;
}

static void create(struct guest_memory *m, bool prepopulated, const struct memory_plan *plan)
{
	const struct host_config host = { .page_level = LEVEL_4K,
					  .prepopulated = prepopulated };
	struct sim_error err = { 0 };
	struct trace_meta meta;

	n_slots = 0;
	kvm_guest_meta(&meta);
	if (guest_memory_create(m, VM, &host, plan, &meta, &err))
		fail_msg("%s: %s", err.where, err.text);
	assert_true(n_slots > 0);
}

/* A slot more than KVM has is not asked for. */
static void kvm_says_how_many_slots(void **state)
{
	const struct memory_plan bare = { .options = NULL };
	struct guest_memory m;
	struct sim_error err = { 0 };
	unsigned n = 0;

	(void)state;
	create(&m, false, &bare);
	assert_int_equal(board_slots(m.board)->max, SLOTS);
	while (n < SLOTS && !board_add_ram(m.board, gpa_make((uint64_t)(64 + 2 * n) << 20),
					   PAGE_BYTES, false, &err))
		n++;
	assert_int_equal(n_slots, SLOTS);
	assert_non_null(strstr(err.text, "KVM has 7"));
	guest_memory_destroy(&m);
}

/* The flags that the kernel has for the memory there: " rd wr mr ...". */
static void flags_of(const void *at, char *flags, size_t size)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	uint64_t first, end;
	bool here = false;
	char line[512];

	assert_non_null(f);
	*flags = '\0';
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " ", &first, &end) == 2)
			here = (uintptr_t)at >= first && (uintptr_t)at < end;
		if (here && !strncmp(line, "VmFlags:", 8))
			snprintf(flags, size, "%s", line + 8);
	}
	fclose(f);
	if (!*flags)
		skip();
}

static void flags_are(bool prepopulated, const struct memory_plan *plan, bool merge,
		      bool reserve)
{
	struct guest_memory m;
	char flags[512];

	create(&m, prepopulated, plan);
	flags_of(guest_memory_at(&m, 0, PAGE_BYTES), flags, sizeof(flags));
	guest_memory_destroy(&m);
	assert_int_equal(strstr(flags, " mg") != NULL, merge);
	assert_int_equal(strstr(flags, " nr") == NULL, reserve);
}

/* A machine's memory is as QEMU's: merged and reserved. */
static void bare_memory_is_like_nobodys(void **state)
{
	const struct memory_plan bare = { .options = NULL };
	struct board_options options;
	const struct memory_plan pc = { .options = &options };
	bool has_ksm = !access("/sys/kernel/mm/ksm/run", F_OK);

	(void)state;
	assert_int_equal(board_options_parse(&options, "-m 64M -nodefaults", NULL), 0);
	flags_are(false, &bare, false, false);
	flags_are(true, &bare, false, true);
	flags_are(false, &pc, has_ksm, true);
	board_options_fini(&options);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kvm_says_how_many_slots),
		cmocka_unit_test(bare_memory_is_like_nobodys),
	};

	return cmocka_run_group_tests_name("guest memory", tests, NULL, NULL);
}
