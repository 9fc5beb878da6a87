/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_monitor_boards.c - the monitor over real boards: two lanes, which change together or not at all */
#include "check.h"

#include <string.h>

#include "monitor/boards.h"
#include "monitor/hmp.h"
#include "monitor/qmp.h"
#include "small_board.h"

#define LANES 2

struct lanes {
	struct small_board small[LANES];
	struct board *board[LANES];
	struct monitor_boards guest;
	struct monitor m;
};

static int begin_with(void **state, const char *line)
{
	static struct lanes l;
	struct sim_error err = { .code = 0 };
	char models[4096];

	source_path(models, sizeof(models), "models/board");
	l = (struct lanes){ .guest = { .board = l.board, .n = LANES } };
	for (unsigned i = 0; i < LANES; i++) {
		if (small_board_create(&l.small[i], line, models, &err))
			fail_msg("%s: %s", err.where, err.text);
		l.board[i] = l.small[i].board;
	}
	l.m = (struct monitor){ .ops = &monitor_boards_ops, .arg = &l.guest };
	*state = &l;
	return 0;
}

static int begin(void **state)
{
	return begin_with(state, "-m 256M,slots=2,maxmem=1G -nodefaults");
}

static int begin_kvm(void **state)
{
	return begin_with(state, "-accel kvm -m 256M,slots=2,maxmem=1G -nodefaults");
}

static int end(void **state)
{
	struct lanes *l = *state;

	for (unsigned i = 0; i < LANES; i++)
		small_board_destroy(&l->small[i]);
	return 0;
}

static void human(const struct lanes *l, const char *line, const char *answer)
{
	struct text t = { .s = NULL };

	assert_int_equal(hmp_run(&l->m, line, &t), strncmp(answer, "Error: ", 7) ? 0 : -1);
	assert_string_equal(t.s ? t.s : "", answer);
	text_fini(&t);
}

static void has(const struct lanes *l, unsigned lane, size_t backends, size_t dimms)
{
	size_t b = 0, d = 0;

	while (board_backend_at(l->board[lane], b))
		b++;
	while (board_dimm_at(l->board[lane], d))
		d++;
	assert_int_equal(b, backends);
	assert_int_equal(d, dimms);
}

static void every_board_changes(void **state)
{
	struct lanes *l = *state;

	human(l, "object_add memory-backend-ram,id=m1,size=128M", "");
	human(l, "device_add pc-dimm,id=d1,memdev=m1", "");
	for (unsigned i = 0; i < LANES; i++)
		has(l, i, 2, 1);
	human(l, "info memory_size_summary",
	      "base memory: 268435456\nplugged memory: 134217728\n");
	human(l, "info memory-devices",
	      "Memory device [dimm]: \"d1\"\n  addr: 0x100000000\n  slot: 0\n  node: 0\n"
	      "  size: 134217728\n  memdev: /objects/m1\n  hotplugged: true\n"
	      "  hotpluggable: true\n");
	human(l, "object_del m1", "Error: object 'm1' is in use, can not be deleted\n");
	human(l, "device_del d1", "");
	human(l, "object_del m1", "");
	for (unsigned i = 0; i < LANES; i++)
		has(l, i, 1, 0);
}

/* The second lane refuses: it has something already. */
static void no_board_changes(void **state)
{
	struct lanes *l = *state;
	struct sim_error err = { .code = 0 };

	human(l, "object_add memory-backend-ram,id=m1,size=128M", "");
	assert_int_equal(
		small_board_device_add(&l->small[1],
				       "pc-dimm,id=d,memdev=m1,slot=1,addr=0x110000000", &err),
		0);
	human(l, "device_add pc-dimm,id=d1,memdev=m1",
	      "Error: can't use already busy memdev: m1\n");
	human(l, "device_add pc-dimm,memdev=m1", "Error: can't use already busy memdev: m1\n");
	has(l, 0, 2, 0);
	has(l, 1, 2, 1);
	assert_int_equal(
		small_board_object_add(&l->small[1], "memory-backend-ram,id=m2,size=2M", &err),
		0);
	human(l, "object_add memory-backend-ram,id=m2,size=2M",
	      "Error: attempt to add duplicate property 'm2' to object (type 'container')\n");
	has(l, 0, 2, 0);
}

/* What the second lane does not give away stays with the first. */
static void no_board_loses(void **state)
{
	struct lanes *l = *state;
	struct sim_error err = { .code = 0 };

	human(l, "object_add memory-backend-ram,id=m1,size=128M", "");
	assert_int_equal(small_board_device_add(&l->small[1], "pc-dimm,id=d,memdev=m1", &err),
			 0);
	human(l, "object_del m1", "Error: object 'm1' is in use, can not be deleted\n");
	has(l, 0, 2, 0);
	assert_int_equal(board_device_del(l->board[1], "d", &err), 0);
	assert_int_equal(small_board_device_add(&l->small[0], "pc-dimm,id=d,memdev=m1", &err),
			 0);
	human(l, "device_del d", "Error: device 'd' not found\n");
	has(l, 0, 2, 1);
}

/* The second lane has its first slot taken: left to itself it would take the next. */
static void every_board_at_one_place(void **state)
{
	struct lanes *l = *state;
	struct sim_error err = { .code = 0 };

	human(l, "object_add memory-backend-ram,id=m1,size=128M", "");
	human(l, "object_add memory-backend-ram,id=m2,size=128M", "");
	assert_int_equal(
		small_board_device_add(&l->small[1], "pc-dimm,id=d,memdev=m1,slot=0", &err), 0);
	human(l, "device_add pc-dimm,id=d2,memdev=m2", "Error: slot 0 is busy\n");
	has(l, 0, 3, 0);
	has(l, 1, 3, 1);
}

/* The first lane's first address is taken: the second lane's free one is not used. */
static void every_board_at_one_address(void **state)
{
	struct lanes *l = *state;
	struct sim_error err = { .code = 0 };

	human(l, "object_add memory-backend-ram,id=m1,size=128M", "");
	human(l, "object_add memory-backend-ram,id=m2,size=128M", "");
	assert_int_equal(
		small_board_device_add(&l->small[0], "pc-dimm,id=d,memdev=m1,slot=1", &err), 0);
	human(l, "device_add pc-dimm,id=d2,memdev=m2", "");
	has(l, 0, 3, 2);
	has(l, 1, 3, 1);
	assert_int_equal(board_dimm_at(l->board[1], 0)->addr, 0x108000000);
	assert_int_equal(board_dimm_at(l->board[1], 0)->slot, 0);
}

/* The second lane's KVM refuses. */
static void says_that_boards_differ(void **state)
{
	struct lanes *l = *state;

	human(l, "object_add memory-backend-ram,id=m1,size=128M", "");
	human(l, "device_add pc-dimm,id=d1,memdev=m1", "");
	l->small[1].n_records = SMALL_BOARD_RECORDS;
	human(l, "device_del d1",
	      "Error: the lanes' boards differ now: more than 256 records\n");
	has(l, 0, 2, 0);
}

static void texts(void **state)
{
	struct lanes *l = *state;
	static const char *const lines[] = { "info mtree",    "info mtree -f", "info mtree -D",
					     "info ramblock", "info memdev",   "info numa" };

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct text t = { .s = NULL };

		assert_int_equal(hmp_run(&l->m, lines[i], &t), 0);
		assert_true(t.n > 40);
		assert_null(strstr(t.s, "Error"));
		text_fini(&t);
	}
	human(l, "info status", "VM status: paused (prelaunch)\n");
	human(l, "cont", "");
	assert_int_equal(l->guest.state, MONITOR_RUNNING);
	human(l, "stop", "");
	assert_int_equal(l->guest.state, MONITOR_PAUSED);
	human(l, "quit", "");
	assert_true(l->guest.has_quit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_board_changes, begin, end),
		cmocka_unit_test_setup_teardown(no_board_changes, begin, end),
		cmocka_unit_test_setup_teardown(no_board_loses, begin, end),
		cmocka_unit_test_setup_teardown(every_board_at_one_place, begin, end),
		cmocka_unit_test_setup_teardown(every_board_at_one_address, begin, end),
		cmocka_unit_test_setup_teardown(says_that_boards_differ, begin_kvm, end),
		cmocka_unit_test_setup_teardown(texts, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
