/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_board_kvm.c - a pc board whose slots go to this host's KVM: DIMMs that come and go, beside the simulator; dirty
 * pages by ram_addr
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/check.h"

#include "kvm/kvm_replayer.h"
#include "kvm/probe.h"
#include "kvm/stand_in.h"
#include "mem/address_space.h"
#include "tests/board_guest.h"
#include "tests/kvm_guest.h"
#include "trace/reader.h"
#include "vm/normalise.h"
#include "vm/sim_replayer.h"
#include "x86/ptformat.h"

#define LINE  "-m 256M,slots=2,maxmem=2G -accel kvm"
#define LEAF  (PTE_P | PTE_W | PTE_U | PTE_A | PTE_D)
#define TRIES 4 /* on a busy machine KVM may take a fault again */

static const struct kvm_paths paths = { "/dev/kvm", "" };

static void skip_for(const char *what, const char *why)
{
	print_message("# SKIP %s: %s\n", what, why);
	skip();
}

static void need_kvm(struct stand_in *who)
{
	struct sim_error err = { 0 };
	struct kvm_probe probe;

	kvm_probe(&probe, &paths);
	if (!kvm_probe_can_replay(&probe))
		skip_for(paths.device, probe.open_errno ? strerror(probe.open_errno)
							: "lacks what replay needs");
	if (stand_in_for(who, &probe, &err))
		skip_for(paths.device, err.text);
}

/* --- both sides --- */

enum { REAL, SIMULATED, N_SIDES };

struct side {
	struct replayer r;
	struct board_guest b; /* its options, and no guest */
	struct board *board;
	struct counters c;
	bool have[COUNTER_COUNT];
};

struct world {
	struct stand_in who;
	struct side side[N_SIDES];
	struct trace_reader *reader;
	struct normaliser *n;
	uint64_t record;
};

static void must(int rc, const struct sim_error *err)
{
	if (rc)
		fail_msg("%s: %s", err->where, err->text);
}

/* SIM_EUNSUP: this KVM has no such ring. */
static int try_real(struct side *s, const struct trace_meta *meta, const struct host_config *h,
		    unsigned dirty_ring)
{
	struct small_options o = { .ram_bytes = LOW_RAM };
	struct kvm_config cfg = { .device = paths.device,
				  .host = *h,
				  .dirty_ring = dirty_ring };
	struct sim_error err = { 0 };
	int rc;

	board_guest_read(&s->b, LINE, &o);
	cfg.memory = o.memory;
	rc = kvm_replayer_create(&s->r, &cfg, meta, &err);
	if (!rc)
		s->board = kvm_replayer_board(&s->r);
	else if (rc != SIM_EUNSUP || !dirty_ring)
		must(rc, &err);
	return rc;
}

static void options_fini(struct side *s)
{
	json_decref(s->b.parts);
	board_options_fini(&s->b.options);
}

static void make_simulated(struct world *w, const struct trace_meta *meta,
			   const struct host_config *h)
{
	struct side *s = &w->side[SIMULATED];
	struct small_options o = { .ram_bytes = LOW_RAM };
	struct vm_config cfg = { .technique = w->who.technique,
				 .host = *h,
				 .mmu = { .tdp_levels = 4,
					  .use_vpid = true,
					  .kvm_version = w->who.kvm_version,
					  .no_mmio_caching = w->who.no_mmio_caching,
					  .leave_unsync_children =
						  w->who.leave_unsync_children } };
	struct sim_error err = { 0 };
	char path[4096];

	source_path(path, sizeof(path), "models/machine/skylake-sp.json");
	must(machine_load(&cfg.machine, path, &err), &err);
	board_guest_read(&s->b, LINE, &o);
	cfg.memory = o.memory;
	must(sim_replayer_create(&s->r, &cfg, meta, &err), &err);
	s->board = vm_board(s->r.self);
}

static void side_end(struct side *s)
{
	s->r.ops->destroy(s->r.self);
	options_fini(s);
}

static struct world *begin(const struct stand_in *who, const struct host_config *h)
{
	struct normalise_options how = { .batch = 0 };
	struct world *w = calloc(1, sizeof(*w));
	struct sim_error err = { 0 };
	char path[4096];

	assert_non_null(w);
	w->who = *who;
	source_path(path, sizeof(path), "traces/hotplug.snt");
	must(trace_open(&w->reader, path, 0, &err), &err);
	must(normaliser_create(&w->n, trace_meta(w->reader), &how, &err), &err);
	assert_int_equal(try_real(&w->side[REAL], normaliser_meta(w->n), h, 0), 0);
	make_simulated(w, normaliser_meta(w->n), h);
	return w;
}

static void end(struct world *w)
{
	side_end(&w->side[REAL]);
	side_end(&w->side[SIMULATED]);
	normaliser_destroy(w->n);
	trace_close(w->reader);
	free(w);
}

/* --- the trace --- */

static void pass(struct world *w, const struct batch *in)
{
	struct sim_error err = { 0 };
	struct batch out;

	must(normalise(w->n, in, &out, &err), &err);
	for (unsigned i = 0; i < N_SIDES && out.n; i++) {
		struct replayer *r = &w->side[i].r;

		must(r->ops->run(r->self, &out, &err), &err);
	}
}

static void run_until(struct world *w, uint64_t record)
{
	struct sim_error err = { 0 };
	struct batch b;
	int rc = 0;

	while (w->record < record && !rc) {
		uint64_t left = record - w->record;

		rc = trace_next(w->reader, left < 65536 ? (uint32_t)left : 65536, &b, &err);
		if (rc == SIM_EOF)
			break;
		must(rc, &err);
		pass(w, &b);
		w->record += b.n;
	}
	pass(w, NULL);
}

static void look(struct side *s)
{
	struct sim_error err = { 0 };

	must(s->r.ops->counters(s->r.self, &s->c, s->have, &err), &err);
}

static void look_at_both(struct world *w)
{
	look(&w->side[REAL]);
	look(&w->side[SIMULATED]);
}

/* How many of KVM's that it reproduces differ, and device accesses, which it repeats too. */
static unsigned differ(struct world *w, unsigned *n)
{
	const struct side *real = &w->side[REAL], *sim = &w->side[SIMULATED];
	unsigned n_differ = 0;

	look_at_both(w);
	for (unsigned id = 0; id < COUNTER_COUNT; id++) {
		uint64_t a = counters_at(&real->c, id), b = counters_at(&sim->c, id);

		if (!real->have[id] || !sim->have[id] ||
		    counter_info[id].truth != COUNTER_EXACT)
			continue;
		++*n;
		if (a == b)
			continue;
		n_differ++;
		print_message("# record %" PRIu64 ", %s: KVM %" PRIu64 ", simulator %" PRIu64
			      "\n",
			      w->record, counter_info[id].name, a, b);
	}
	return n_differ;
}

/* --- DIMMs --- */

static void plug(struct world *w, const char *id, bool is_new)
{
	struct backend_options mem = { .id = (char *)(uintptr_t) "mem1", .size = 128 * MIB };
	struct dimm_options dimm = { .id = (char *)(uintptr_t)id,
				     .memdev = mem.id,
				     .slot = DIMM_SLOT_AUTO };
	struct sim_error err = { 0 };

	mem.backing = backing_defaults(BACKING_ANONYMOUS);
	for (unsigned i = 0; i < N_SIDES; i++) {
		if (is_new)
			must(board_object_add(w->side[i].board, &mem, &err), &err);
		must(board_device_add(w->side[i].board, &dimm, &err), &err);
	}
}

static void unplug(struct world *w, const char *id)
{
	struct sim_error err = { 0 };

	for (unsigned i = 0; i < N_SIDES; i++)
		must(board_device_del(w->side[i].board, id, &err), &err);
}

/* Device accesses that the VMM's process got on this side since the last look. */
static uint64_t device_accesses(struct side *s)
{
	uint64_t before = s->c.mmio_exits;

	look(s);
	return s->c.mmio_exits - before;
}

/* Unplugged where the guest has stopped to use it. No access to it was a device's. */
static unsigned plug_and_unplug(const struct stand_in *who, const struct host_config *h)
{
	struct world *w = begin(who, h);
	unsigned n_differ = 0, n = 0;
	uint64_t had, zapped;

	run_until(w, 1036);
	n_differ += differ(w, &n);
	plug(w, "dimm1", true);
	n_differ += differ(w, &n);
	run_until(w, 13391);
	for (unsigned i = 0; i < N_SIDES; i++)
		assert_true(device_accesses(&w->side[i]) < 100);
	n_differ += differ(w, &n);
	had = w->side[SIMULATED].c.shadow_pages;
	zapped = w->side[SIMULATED].c.mmu_shadow_zapped;
	unplug(w, "dimm1");
	n_differ += differ(w, &n);
	assert_int_equal(w->side[SIMULATED].c.mmu_shadow_zapped, zapped + had);
	run_until(w, UINT64_MAX);
	n_differ += differ(w, &n);
	assert_true(n > 50);
	end(w);
	return n_differ;
}

/* Unplugged while the guest reads it: each read is a device's from then on, until it is plugged in again. */
static unsigned unplug_in_use(const struct stand_in *who, const struct host_config *h)
{
	struct world *w = begin(who, h);
	unsigned n_differ = 0, n = 0;

	run_until(w, 1036);
	plug(w, "dimm1", true);
	run_until(w, 6000);
	look_at_both(w);
	unplug(w, "dimm1");
	run_until(w, 6500);
	for (unsigned i = 0; i < N_SIDES; i++) {
		uint64_t got = device_accesses(&w->side[i]);

		assert_true(got >= 500 && got < 600);
	}
	n_differ += differ(w, &n);
	plug(w, "dimm2", false);
	run_until(w, 7000);
	for (unsigned i = 0; i < N_SIDES; i++)
		assert_true(device_accesses(&w->side[i]) < 100);
	n_differ += differ(w, &n);
	run_until(w, UINT64_MAX);
	n_differ += differ(w, &n);
	end(w);
	return n_differ;
}

typedef unsigned compare(const struct stand_in *who, const struct host_config *h);

static void compare_sides(compare *run)
{
	struct stand_in who;

	need_kvm(&who);
	for (unsigned i = 0; i < 2; i++) {
		const struct host_config h = { .page_level = LEVEL_4K, .prepopulated = i };
		unsigned n_differ = run(&who, &h);

		for (unsigned tries = 1; n_differ && tries < TRIES; tries++)
			n_differ = run(&who, &h);
		assert_int_equal(n_differ, 0);
	}
}

static void hotplug_counts_as_kvm(void **state)
{
	(void)state;
	compare_sides(plug_and_unplug);
}

static void memory_that_goes_is_a_hole(void **state)
{
	(void)state;
	compare_sides(unplug_in_use);
}

/* --- dirty pages --- */

struct live {
	struct side side;
	struct kvm_stream stream;
	struct memory *memory;
	const struct ramblock *ram;
	bool dirty[KVM_GUEST_PAGES];
};

static void ring(struct live *l)
{
	struct sim_error err = { 0 };

	kvm_stream_ring(&l->stream);
	must(l->side.r.ops->run(l->side.r.self, &l->stream.batch, &err), &err);
	kvm_stream_begin(&l->stream, l->stream.batch.first + l->stream.batch.n);
}

/* NULL: no such ring here. */
static struct live *live_begin(unsigned page_level, unsigned dirty_ring)
{
	const struct host_config h = { .page_level = page_level, .prepopulated = true };
	struct live *l = calloc(1, sizeof(*l));
	struct trace_meta meta;

	assert_non_null(l);
	kvm_guest_meta(&meta);
	if (try_real(&l->side, &meta, &h, dirty_ring)) {
		options_fini(&l->side);
		free(l);
		return NULL;
	}
	l->memory = board_memory(l->side.board);
	l->ram = ramlist_find_idstr(&l->memory->ram, "pc.ram");
	kvm_stream_begin(&l->stream, 0);
	kvm_stream_tables(&l->stream, LEAF);
	for (unsigned i = 0; i < KVM_GUEST_PAGES; i++)
		kvm_stream_store(&l->stream, KVM_GUEST_DATA + i * PAGE_BYTES);
	ring(l);
	return l;
}

static void store(struct live *l, unsigned page)
{
	kvm_stream_store(&l->stream, KVM_GUEST_DATA + page * PAGE_BYTES + 64);
	l->dirty[page] = true;
}

static void check_bits(struct live *l)
{
	for (unsigned i = 0; i < KVM_GUEST_PAGES; i++)
		if (dirty_any(&l->memory->ram.dirty,
			      ramblock_addr(l->ram, KVM_GUEST_GPA + i * PAGE_BYTES), PAGE_BYTES,
			      DIRTY_MEMORY_MIGRATION) != l->dirty[i])
			fail_msg("page %u is %s", i, l->dirty[i] ? "lost" : "reported");
}

static void new_round(struct live *l)
{
	dirty_test_and_clear(&l->memory->ram.dirty, ram_addr_make(0),
			     ramlist_last_page(&l->memory->ram) << PAGE_SHIFT,
			     DIRTY_MEMORY_MIGRATION);
	memset(l->dirty, 0, sizeof(l->dirty));
}

static void dirty_rounds(struct live *l)
{
	struct sim_error err = { 0 };

	new_round(l);
	must(memory_global_dirty_log_start(l->memory, &err), &err);
	for (unsigned round = 0; round < 4; round++) {
		for (unsigned i = round; i < KVM_GUEST_PAGES; i += 7 + 9 * round)
			store(l, i);
		ring(l);
		must(memory_global_dirty_log_sync(l->memory, &err), &err);
		check_bits(l);
		new_round(l);
	}
	/* a device's write does not wait for KVM */
	kvm_stream_event(&l->stream, (struct event){ .kind = EVENT_DMA,
						     .gpa = KVM_GUEST_GPA + 40 * PAGE_BYTES,
						     .n = 5000 });
	l->dirty[40] = l->dirty[41] = true;
	must(l->side.r.ops->run(l->side.r.self, &l->stream.batch, &err), &err);
	kvm_stream_begin(&l->stream, l->stream.batch.first + l->stream.batch.n);
	check_bits(l);
	must(memory_global_dirty_log_stop(l->memory, &err), &err);
	new_round(l);
	for (unsigned i = 0; i < 30; i++)
		store(l, i);
	ring(l);
	memset(l->dirty, 0, sizeof(l->dirty));
	must(memory_global_dirty_log_sync(l->memory, &err), &err);
	check_bits(l);
}

static void kvm_says_what_was_written(void **state)
{
	struct stand_in who;

	(void)state;
	need_kvm(&who);
	for (unsigned i = 0; i < 4; i++) {
		struct live *l = live_begin(i % 2 ? LEVEL_2M : LEVEL_4K, i / 2 * 4096);

		if (!l) {
			print_message("# no dirty ring here\n");
			continue;
		}
		dirty_rounds(l);
		dirty_rounds(l);
		side_end(&l->side);
		free(l);
	}
}

/* --- memory that nobody can write --- */

static void refuses(struct side *s, struct event v)
{
	struct kvm_stream *stream = calloc(1, sizeof(*stream));
	struct sim_error err = { 0 };

	assert_non_null(stream);
	kvm_stream_begin(stream, 0);
	kvm_stream_event(stream, v);
	assert_int_equal(s->r.ops->run(s->r.self, &stream->batch, &err), SIM_ESTATE);
	assert_non_null(strstr(err.text, "'ro' there is readonly=on"));
	free(stream);
}

static void plug_read_only(struct side *s, char *path)
{
	struct backend_options mem = { .id = (char *)(uintptr_t) "ro", .size = 4 * MIB };
	struct dimm_options dimm = { .memdev = mem.id, .slot = DIMM_SLOT_AUTO };
	struct sim_error err = { 0 };

	mem.backing = backing_defaults(BACKING_FILE);
	mem.backing.mem_path = path;
	mem.backing.is_readonly = true;
	must(board_object_add(s->board, &mem, &err), &err);
	must(board_device_add(s->board, &dimm, &err), &err);
}

static void read_only_memory_is_not_written(void **state)
{
	const struct host_config h = { .page_level = LEVEL_4K, .prepopulated = true };
	const struct host_op move = { .kind = HOST_OP_MOVE,
				      .gpa = 4 * GIB,
				      .bytes = PAGE_BYTES };
	char path[] = "readonly.XXXXXX";
	int fd = mkstemp(path);
	struct sim_error err = { 0 };
	struct side s = { .have = { false } };
	struct stand_in who;
	struct trace_meta meta;

	(void)state;
	assert_true(fd >= 0 && !ftruncate(fd, 4 << 20) && !close(fd));
	kvm_guest_meta(&meta);
	if (access(paths.device, R_OK | W_OK))
		unlink(path);
	need_kvm(&who);
	assert_int_equal(try_real(&s, &meta, &h, 0), 0);
	plug_read_only(&s, path);
	unlink(path);
	assert_int_equal(kvm_slots_find(board_slots(s.board), gpa_make(4 * GIB))->region.flags,
			 KVM_SLOT_READONLY);
	refuses(&s, (struct event){ .kind = EVENT_PTPAGE, .gpa = 4 * GIB });
	refuses(&s, (struct event){ .kind = EVENT_DMA, .gpa = 4 * GIB, .n = 8 });
	assert_int_equal(s.r.ops->host(s.r.self, &move, &err), SIM_ESTATE);
	assert_int_equal(kvm_replayer_tag(&s.r, &err), SIM_ESTATE);
	assert_non_null(strstr(err.text, "'ro' there is readonly=on"));
	side_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hotplug_counts_as_kvm),
		cmocka_unit_test(memory_that_goes_is_a_hole),
		cmocka_unit_test(kvm_says_what_was_written),
		cmocka_unit_test(read_only_memory_is_not_written),
	};

	return cmocka_run_group_tests_name("board kvm", tests, NULL, NULL);
}
