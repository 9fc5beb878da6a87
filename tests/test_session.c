/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_session.c - a replay under a monitor: a client stops it, changes the guest's memory, and lets it go on
 */
#include "config.h"

#include <stdatomic.h>
#include <string.h>

#include "tests/check.h"

#include "tests/session_client.h"
#include "trace/reader.h"
#include "vm/vm.h"

#define MIB ((uint64_t)1 << 20)

#define LINE	"-m 256M,slots=4,maxmem=2G"
#define USE	1036u  /* the record before which the guest uses the DIMM for the first time */
#define READING 6000u  /* it reads it */
#define READ	7246u  /* it has done so */
#define RECORDS 14417u /* of the trace */

#define MEM(id, size)                                                                          \
	"{\"qom-type\": \"memory-backend-ram\", \"id\": \"" id "\", \"size\": " size "}"
#define DIMM(id, mem) "{\"driver\": \"pc-dimm\", \"id\": \"" id "\", \"memdev\": \"" mem "\"}"
#define SIZE_2M	      "2097152"
#define SIZE_128M     "134217728"
#define SIZE_1G	      "1073741824"

/* --- a simulated KVM that refuses --- */

static atomic_bool kvm_refuses;

/* The linker sends memslots_judge() to __wrap_memslots_judge(). */
int __real_memslots_judge(const struct memslots *s, const struct kvm_slot_region *r,
			  enum memslot_change *change, struct memslot **slot,
			  struct sim_error *err);
int __wrap_memslots_judge(const struct memslots *s, const struct kvm_slot_region *r,
			  enum memslot_change *change, struct memslot **slot,
			  struct sim_error *err);

int __wrap_memslots_judge(const struct memslots *s, const struct kvm_slot_region *r,
			  enum memslot_change *change, struct memslot **slot,
			  struct sim_error *err)
{
	if (atomic_load(&kvm_refuses))
		return sim_fail(err, SIM_EIO, NULL, "KVM is in a bad mood");
	return __real_memslots_judge(s, r, change, slot, err);
}

/* --- asking --- */

static struct counters counters_of(struct house *h, unsigned lane)
{
	bool have[COUNTER_COUNT];
	struct counters c;

	assert_int_equal(session_counters(h->s, lane, &c, have, NULL), 0);
	return c;
}

static void status_is(struct house *h, const char *status)
{
	json_t *v = client_ask(h, "query-status", NULL);

	assert_string_equal(json_string_value(json_object_get(v, "status")), status);
	json_decref(v);
}

static size_t n_of(struct house *h, const char *question)
{
	json_t *v = client_ask(h, question, NULL);
	size_t n = json_array_size(v);

	json_decref(v);
	return n;
}

/* Lets it run to the end of the stream, and end. */
static void go_on(struct house *h)
{
	client_do(h, "cont", NULL);
	client_wait(h, "SHUTDOWN");
	client_do(h, "quit", NULL);
	house_join(h);
	assert_int_equal(h->rc, 0);
	assert_true(session_is_done(h->s));
	assert_int_equal(session_record(h->s), RECORDS);
}

/* What the n-th lane's KVM was told, one after another: the same on all, wherever. */
static void lanes_were_told_the_same(const struct house *h)
{
	unsigned n = h->n_changes / h->cfg.n;

	assert_int_equal(h->n_changes % h->cfg.n, 0);
	for (unsigned lane = 1; lane < h->cfg.n; lane++) {
		unsigned i = 0, j = 0;

		for (unsigned k = 0; k < n; k++, i++, j++) {
			while (strcmp(h->change[i].technique, h->setup[0].technique))
				i++;
			while (strcmp(h->change[j].technique, h->setup[lane].technique))
				j++;
			assert_int_equal(h->change[i].record, h->change[j].record);
			assert_memory_equal(&h->change[i].region, &h->change[j].region,
					    sizeof(h->change[i].region));
		}
	}
}

/* --- the same without a session --- */

static void plug(struct vm *vm)
{
	struct backend_options mem = { .id = (char *)(uintptr_t) "mem1", .size = 128 * MIB };
	const struct dimm_options dimm = { .memdev = mem.id, .slot = DIMM_SLOT_AUTO };

	mem.backing = backing_defaults(BACKING_ANONYMOUS);
	assert_int_equal(board_object_add(vm_board(vm), &mem, NULL), 0);
	assert_int_equal(board_device_add(vm_board(vm), &dimm, NULL), 0);
}

static void run_to(struct vm *vm, struct trace_reader *r, uint64_t n)
{
	struct batch b;

	while (n && !trace_next(r, n < 999 ? (uint32_t)n : 999, &b, NULL)) {
		assert_int_equal(vm_run(vm, &b, NULL), 0);
		n -= b.n;
	}
}

static struct counters by_hand(const struct setup *s)
{
	struct vm_config cfg = { .technique = s->technique,
				 .machine = s->machine,
				 .host = s->host,
				 .mmu = s->mmu,
				 .memory = guest_ram_plan(&s->memory) };
	struct trace_reader *r;
	struct counters c;
	struct vm *vm;

	assert_int_equal(trace_open(&r, s->trace->path, 0, NULL), 0);
	assert_int_equal(vm_create(&vm, &cfg, trace_meta(r), NULL), 0);
	run_to(vm, r, USE);
	plug(vm);
	run_to(vm, r, RECORDS);
	c = *vm_counters(vm);
	vm_destroy(vm);
	trace_close(r);
	return c;
}

/* --- a DIMM --- */

static struct house *house_of(const char *line, uint64_t stop_at)
{
	struct house *h = house_new(true);

	h->cfg.stop_at = stop_at;
	h->cfg.stays = true;
	house_lane(h, "spt", "4K", line);
	house_lane(h, "ept", "4K", line);
	house_lane(h, "npt", "4K", line);
	house_open(h);
	return h;
}

/* Asks until it is so. */
static void wait_until(struct house *h, const char *status)
{
	bool is_so = false;

	while (!is_so) {
		json_t *v = client_ask(h, "query-status", NULL);

		is_so = !strcmp(json_string_value(json_object_get(v, "status")), status);
		json_decref(v);
	}
}

/* The house, and a client that has seen it stop. */
static struct house *stopped_house(const char *line, uint64_t stop_at)
{
	struct house *h = house_of(line, stop_at);

	house_start(h);
	client_dial(h, true);
	wait_until(h, "paused");
	return h;
}

/* The counters of KVM's that the first lane has by now. */
static void stats_are_the_first_lanes(struct house *h)
{
	json_t *v = client_ask(h, "query-stats", "{\"target\": \"vm\"}"), *stat;
	struct counters c = counters_of(h, 0);
	unsigned n = 0;
	size_t i;

	json_array_foreach(json_object_get(json_array_get(v, 0), "stats"), i, stat)
	{
		const char *name = json_string_value(json_object_get(stat, "name"));

		for (unsigned id = 0; id < COUNTER_COUNT; id++)
			if (!strcmp(counter_info[id].name, name)) {
				assert_int_equal(
					json_integer_value(json_object_get(stat, "value")),
					counters_at(&c, id));
				n++;
			}
	}
	assert_true(n > 10);
	assert_true(c.pf_taken > 0);
	json_decref(v);
}

static void plugged_before_use(void **state)
{
	struct house *h = stopped_house(LINE, USE);

	(void)state;
	assert_int_equal(session_record(h->s), USE);
	stats_are_the_first_lanes(h);
	client_do(h, "object-add", MEM("mem1", SIZE_128M));
	assert_int_equal(h->n_changes, 0);
	client_do(h, "device_add", DIMM("dimm1", "mem1"));
	assert_int_equal(h->n_changes, 3);
	assert_int_equal(n_of(h, "query-memory-devices"), 1);
	status_is(h, "paused");
	go_on(h);
	for (unsigned i = 0; i < 3; i++) {
		struct counters is = counters_of(h, i), want = by_hand(&h->setup[i]);

		assert_int_equal(is.mmio_exits, 0);
		assert_memory_equal(&is, &want, sizeof(is));
		assert_int_equal(h->change[i].record, USE);
		assert_int_equal(h->change[i].zapped, 0);
		assert_int_equal(h->change[i].region.guest_phys_addr, (uint64_t)1 << 32);
		assert_int_equal(h->change[i].region.memory_size, 128 * MIB);
	}
	lanes_were_told_the_same(h);
	house_free(h);
}

static void unplugged_in_use(void **state)
{
	struct house *h = stopped_house(LINE " -object memory-backend-ram,id=mem1,size=128M "
					     "-object memory-backend-ram,id=mem2,size=128M "
					     "-device pc-dimm,id=dimm1,memdev=mem1 "
					     "-device pc-dimm,id=dimm2,memdev=mem2",
					READING);
	uint64_t had = counters_of(h, 0).shadow_pages;

	(void)state;
	assert_true(had >= 8);
	client_do(h, "device_del", "{\"id\": \"dimm1\"}");
	client_do(h, "object-del", "{\"id\": \"mem1\"}");
	assert_int_equal(n_of(h, "query-memory-devices"), 1);
	client_do(h, "device_del", "{\"id\": \"dimm2\"}");
	assert_int_equal(n_of(h, "query-memory-devices"), 0);
	assert_int_equal(h->n_changes, 6);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(h->change[3 + i].region.memory_size, 0);
		assert_int_equal(h->change[3 + i].zapped, 0); /* nothing was left */
		assert_int_equal(h->change[i].region.memory_size, 0);
		assert_int_equal(h->change[i].record, READING);
		assert_int_equal(h->change[i].zapped, i ? 0 : had);
	}
	client_do(h, "cont", NULL);
	client_wait(h, "SHUTDOWN");
	client_refused(h, "cont", NULL, "Reset");
	client_do(h, "quit", NULL);
	house_join(h);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(counters_of(h, i).mmio_exits, READ - READING);
		assert_int_equal(counters_of(h, i).mmio_unassigned, READ - READING);
	}
	lanes_were_told_the_same(h);
	house_free(h);
}

/* The KVM of this host is a lane like others: the same records but for addresses of this process. */
static void real_lane(void **state)
{
	struct house *h = house_new(true);
	struct sim_error err = { 0 };

	(void)state;
	h->cfg.stop_at = USE;
	h->cfg.stays = true;
	house_lane_normalised(h, SETUP_REAL, LINE);
	house_lane_normalised(h, "spt", LINE);
	if (session_open(&h->s, &h->cfg, &err)) {
		assert_true(err.code == SIM_EUNSUP || err.code == SIM_EIO);
		print_message("# SKIP %s: %s\n", err.where, err.text);
		house_free(h);
		skip();
	}
	house_start(h);
	client_dial(h, true);
	wait_until(h, "paused");
	client_do(h, "object-add", MEM("mem1", SIZE_128M));
	client_do(h, "device_add", DIMM("dimm1", "mem1"));
	go_on(h);
	assert_int_equal(h->n_changes, 2);
	h->change[0].region.userspace_addr = h->change[1].region.userspace_addr;
	lanes_were_told_the_same(h);
	for (unsigned i = 0; i < 2; i++) {
		struct counters c = counters_of(h, i);

		assert_true(c.pf_fixed > 200);
		assert_true(c.mmio_exits < 100); /* doorbells */
	}
	house_free(h);
}

/* A guest of a normalised stream that clears entries of its tables: wherever it is stopped, it goes on. */
static void stops_do_not_tear_stores_apart(void **state)
{
	(void)state;
	for (uint64_t at = 9000; at < 9006; at++) {
		struct house *h = house_new(true);
		struct counters c;

		h->cfg.stop_at = at;
		h->cfg.stays = true;
		house_lane_normalised(h, "spt", LINE);
		house_open(h);
		house_start(h);
		client_dial(h, true);
		wait_until(h, "paused");
		assert_true(session_record(h->s) - at < 3);
		go_on(h);
		c = counters_of(h, 0);
		assert_int_equal(c.guest_invlpg, 2048);
		assert_int_equal(c.pte_writes, 2048);
		house_free(h);
	}
}

/* --- refusals --- */

static void refusals_change_nothing(void **state)
{
	struct house *h = stopped_house(LINE, USE);

	(void)state;
	client_do(h, "object-add", MEM("mem1", SIZE_128M));
	client_refused(h, "object-add", MEM("mem1", SIZE_128M), "duplicate");
	client_refused(h, "object-add", MEM("mem2", "0"), "doesn't take value '0'");
	client_refused(h, "device_add", DIMM("dimm1", "nobody"), "nobody");
	client_refused(h, "device_add",
		       "{\"driver\": \"pc-dimm\", \"memdev\": \"mem1\", \"addr\": 4096}", "");
	client_refused(h, "device_add",
		       "{\"driver\": \"pc-dimm\", \"memdev\": \"mem1\", \"slot\": 4}", "");
	client_refused(h, "device_del", "{\"id\": \"dimm1\"}", "dimm1");
	client_refused(h, "object-del", "{\"id\": \"mem2\"}", "not found");
	assert_int_equal(h->n_changes, 0);
	assert_int_equal(n_of(h, "query-memory-devices"), 0);
	client_do(h, "device_add", DIMM("dimm1", "mem1"));
	client_refused(h, "object-del", "{\"id\": \"mem1\"}", "in use");
	client_refused(h, "device_add", DIMM("dimm1", "mem1"), "dimm1");
	client_refused(h, "device_add", DIMM("dimm2", "mem1"), "busy");
	assert_int_equal(h->n_changes, 3);
	go_on(h);
	for (unsigned i = 0; i < 3; i++) {
		struct counters is = counters_of(h, i), want = by_hand(&h->setup[i]);

		assert_memory_equal(&is, &want, sizeof(is));
	}
	house_free(h);
}

/* What the second lane alone refuses, because its host has large pages only, the first gives back. */
static void one_lane_refuses_for_all(void **state)
{
	struct house *h = house_new(true);
	unsigned of_spt = 0;

	(void)state;
	h->cfg.stop_at = USE;
	h->cfg.stays = true;
	house_lane(h, "spt", "4K", "-m 1G,slots=4,maxmem=8G");
	house_lane(h, "ept", "1G", "-m 1G,slots=4,maxmem=8G");
	house_open(h);
	house_start(h);
	client_dial(h, true);
	client_do(h, "stop", NULL);
	client_do(h, "object-add", MEM("mem1", SIZE_2M));
	client_refused(h, "device_add", DIMM("dimm1", "mem1"), "multiple of 0x40000000");
	assert_int_equal(n_of(h, "query-memory-devices"), 0);
	for (unsigned i = 0; i < h->n_changes; i++)
		of_spt += !strcmp(h->change[i].technique, "spt");
	assert_int_equal(of_spt, 2); /* there, and gone */
	assert_int_equal(h->n_changes, 2);
	client_do(h, "object-del", "{\"id\": \"mem1\"}");
	client_do(h, "object-add", MEM("mem1", SIZE_1G));
	client_do(h, "device_add", DIMM("dimm1", "mem1"));
	assert_int_equal(h->n_changes, 4);
	client_do(h, "quit", NULL);
	house_join(h);
	assert_int_equal(h->rc, 0);
	house_free(h);
}

/* --- changes that fail halfway --- */

/* The guest's memory is what nobody asked for: the session ends by itself. */
static void broken_memory_ends_it(void **state)
{
	struct house *h = stopped_house(LINE, USE);

	(void)state;
	client_do(h, "object-add", MEM("mem1", SIZE_128M));
	atomic_store(&kvm_refuses, true);
	client_refused(h, "device_add", DIMM("dimm1", "mem1"), "in a bad mood");
	client_send(h, "{\"execute\": \"quit\"}\n"); /* it need not wait for that */
	house_join(h);
	atomic_store(&kvm_refuses, false);
	assert_int_equal(h->rc, SIM_ESTATE);
	assert_non_null(strstr(h->err.text, "failed halfway"));
	assert_int_equal(session_record(h->s), USE);
	house_free(h);
}

static void firmware_that_fails_ends_it(void **state)
{
	struct house *h = house_of(LINE " -S", SESSION_NEVER);

	(void)state;
	house_start(h);
	client_dial(h, true);
	atomic_store(&kvm_refuses, true);
	client_send(h, "{\"execute\": \"cont\"}\n");
	house_join(h);
	atomic_store(&kvm_refuses, false);
	assert_int_equal(h->rc, SIM_EIO);
	assert_string_equal(h->err.text, "spt: KVM is in a bad mood");
	assert_false(session_is_done(h->s));
	house_free(h);
}

/* --- clients --- */

static void clients_that_vanish(void **state)
{
	struct house *h = stopped_house(LINE, USE);

	(void)state;
	client_send(h, "{\"execute\": \"device_ad");
	client_hang_up(h);
	client_dial(h, false);
	client_hang_up(h);
	client_dial(h, true);
	client_send(h, "{\"execute\": \"object-add\", \"arguments\": " MEM("mem1",
									   SIZE_128M) "}\n");
	client_hang_up(h); /* it was said: it is done */
	client_dial(h, true);
	status_is(h, "paused");
	client_do(h, "device_add", DIMM("dimm1", "mem1"));
	client_send(h, "{\"execute\": \"cont\"}\n{\"exec");
	client_hang_up(h);
	client_dial(h, true);
	wait_until(h, "shutdown");
	client_do(h, "quit", NULL);
	house_join(h);
	assert_int_equal(h->rc, 0);
	assert_int_equal(session_record(h->s), RECORDS);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(counters_of(h, i).mmio_exits, 0);
	house_free(h);
}

static void quit_ends_it_early(void **state)
{
	struct house *h = stopped_house(LINE, USE);

	(void)state;
	client_do(h, "quit", NULL);
	house_join(h);
	assert_int_equal(h->rc, 0);
	assert_false(session_is_done(h->s));
	assert_int_equal(session_record(h->s), USE);
	house_free(h);
}

/* --- starts and ends --- */

static char *flat_view(struct house *h)
{
	json_t *v =
		client_ask(h, "human-monitor-command", "{\"command-line\": \"info mtree -f\"}");
	char *s = strdup(json_string_value(v));

	json_decref(v);
	return s;
}

/* Nothing has run, the firmware neither. */
static void stands_still_until_told(void **state)
{
	struct house *h = house_of(LINE " -S", SESSION_NEVER);
	char *before, *after;

	(void)state;
	house_start(h);
	client_dial(h, true);
	status_is(h, "prelaunch");
	assert_int_equal(session_record(h->s), 0);
	before = flat_view(h);
	assert_null(strstr(before, "vga.vram"));
	client_do(h, "object-add", MEM("mem1", SIZE_128M));
	client_do(h, "device_add", DIMM("dimm1", "mem1"));
	client_do(h, "cont", NULL);
	client_wait(h, "SHUTDOWN");
	after = flat_view(h);
	assert_non_null(strstr(after, "vga.vram"));
	client_do(h, "quit", NULL);
	house_join(h);
	assert_int_equal(h->rc, 0);
	assert_true(session_is_done(h->s));
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(counters_of(h, i).mmio_exits, 0);
	lanes_were_told_the_same(h);
	free(before);
	free(after);
	house_free(h);
}

/* Without a trace: cont lets the firmware run, and nothing else. */
static void a_board_alone(void **state)
{
	struct house *h = house_new(true), *lane = house_new(false);
	char *view;

	(void)state;
	house_lane(lane, "ept", "4K", LINE " -S");
	h->cfg.memory = guest_ram_plan(&lane->setup[0].memory);
	house_open(h);
	house_start(h);
	client_dial(h, true);
	status_is(h, "prelaunch");
	view = flat_view(h);
	assert_null(strstr(view, "vga.vram"));
	free(view);
	client_do(h, "cont", NULL);
	status_is(h, "running");
	view = flat_view(h);
	assert_non_null(strstr(view, "vga.vram"));
	free(view);
	client_do(h, "object-add", MEM("mem1", SIZE_128M));
	client_do(h, "device_add", DIMM("dimm1", "mem1"));
	assert_int_equal(n_of(h, "query-memory-devices"), 1);
	client_do(h, "quit", NULL);
	house_join(h);
	assert_int_equal(h->rc, 0);
	house_free(h);
	house_free(lane);
}

static void runs_alone_without_a_socket(void **state)
{
	struct house *h = house_new(false);
	struct text t = { .s = NULL };

	(void)state;
	h->cfg.stop_at = USE;
	house_lane(h, "ept", "4K", LINE);
	house_open(h);
	session_hmp(h->s, "info memory_size_summary", &t);
	assert_string_equal(t.s, "base memory: 268435456\nplugged memory: 0\n");
	text_fini(&t);
	assert_int_equal(session_run(h->s, &h->err), 0);
	assert_true(session_is_done(h->s));
	assert_int_equal(session_record(h->s), RECORDS);
	assert_true(counters_of(h, 0).mmio_unassigned > 6000);
	house_free(h);
	h = house_new(false);
	house_lane(h, "ept", "4K", LINE " -S");
	house_open(h);
	assert_int_equal(session_run(h->s, &h->err), SIM_ESTATE);
	assert_non_null(strstr(h->err.text, "-S"));
	house_free(h);
}

static int enough(void *arg, uint64_t done, uint64_t total)
{
	(void)arg;
	(void)done;
	(void)total;
	return 1;
}

static void progress_may_end_it(void **state)
{
	struct house *h = house_of(LINE, 100);

	(void)state;
	h->cfg.progress = enough;
	assert_int_equal(session_run(h->s, &h->err), SIM_EINTR);
	assert_false(session_is_done(h->s));
	house_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plugged_before_use),
		cmocka_unit_test(unplugged_in_use),
		cmocka_unit_test(real_lane),
		cmocka_unit_test(stops_do_not_tear_stores_apart),
		cmocka_unit_test(refusals_change_nothing),
		cmocka_unit_test(one_lane_refuses_for_all),
		cmocka_unit_test(broken_memory_ends_it),
		cmocka_unit_test(firmware_that_fails_ends_it),
		cmocka_unit_test(clients_that_vanish),
		cmocka_unit_test(quit_ends_it_early),
		cmocka_unit_test(stands_still_until_told),
		cmocka_unit_test(a_board_alone),
		cmocka_unit_test(runs_alone_without_a_socket),
		cmocka_unit_test(progress_may_end_it),
	};

	return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
