/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The dirty ring of a real vCPU, where /dev/kvm has one, beside the simulator's: the same stores, the same
 * pages reported, and under shadow paging the same entries and the same exits for a nearly full ring.
 */
#include <inttypes.h>
#include <string.h>

#include "check.h"

#include "base/rng.h"
#include "kvm/kvm_replayer.h"
#include "kvm/probe.h"
#include "kvm/stand_in.h"
#include "kvm_guest.h"
#include "scenario/scenario.h"
#include "vm/host_op.h"
#include "vm/sim_replayer.h"
#include "x86/ptformat.h"

#define LEAF   (PTE_P | PTE_W | PTE_U | PTE_A | PTE_D)
#define ROUNDS 12u

static const struct kvm_paths paths = { "/dev/kvm", "" };

struct side {
	struct replayer r;
	struct kvm_stream stream;
};

struct pair {
	struct stand_in who;
	unsigned entries;
	uint64_t full; /* in all */
	struct side *real, *simulated;
	bool dirty[KVM_GUEST_PAGES];
};

static void skip_for(const char *what, const char *why)
{
	print_message("# SKIP %s: %s\n", what, why);
	skip();
}

static void need_kvm(struct pair *p)
{
	struct sim_error err = { 0 };
	struct kvm_probe probe;

	kvm_probe(&probe, &paths);
	if (!kvm_probe_can_replay(&probe))
		skip_for(paths.device, probe.open_errno ? strerror(probe.open_errno)
							: "lacks what replay needs");
	if (stand_in_for(&p->who, &probe, &err))
		skip_for(paths.device, err.text);
}

static struct side *new_side(void)
{
	struct side *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	kvm_stream_begin(&s->stream, 0);
	return s;
}

static const struct host_config small_pages = { .page_level = LEVEL_4K, .prepopulated = true };

/* A ring as small as this KVM takes: one with PML takes none of 256. */
static void make_real(struct pair *p, const struct trace_meta *meta,
		      const struct host_config *pages)
{
	struct kvm_config cfg = { .device = paths.device, .host = *pages };
	struct sim_error err = { 0 };
	int rc = SIM_EUNSUP;

	for (p->entries = 256; rc == SIM_EUNSUP && p->entries <= 1024; p->entries *= 4) {
		err = (struct sim_error){ 0 };
		cfg.dirty_ring = p->entries;
		rc = kvm_replayer_create(&p->real->r, &cfg, meta, &err);
	}
	p->entries = cfg.dirty_ring;
	if (rc == SIM_EUNSUP)
		skip_for(paths.device, err.text);
	if (rc)
		fail_msg("%s", err.text);
}

static void make_simulated(struct pair *p, const struct trace_meta *meta,
			   const struct host_config *pages)
{
	struct vm_config cfg = { .technique = p->who.technique,
				 .host = *pages,
				 .mmu = { .tdp_levels = 4,
					  .kvm_version = p->who.kvm_version,
					  .no_mmio_caching = p->who.no_mmio_caching,
					  .leave_unsync_children = p->who.leave_unsync_children,
					  .dirty_ring = p->entries } };
	struct sim_error err = { 0 };
	char path[4096];

	source_path(path, sizeof(path), "models/machine/skylake-sp.json");
	if (machine_load(&cfg.machine, path, &err) ||
	    sim_replayer_create(&p->simulated->r, &cfg, meta, &err))
		fail_msg("%s", err.text);
}

static void run(struct side *s)
{
	struct sim_error err = { 0 };

	kvm_stream_ring(&s->stream);
	if (s->r.ops->run(s->r.self, &s->stream.batch, &err))
		fail_msg("%s: %s", err.where, err.text);
	kvm_stream_begin(&s->stream, s->stream.batch.first + s->stream.batch.n);
}

static void host(struct side *s, enum host_op_kind kind)
{
	const struct host_op op = { .kind = kind };
	struct sim_error err = { 0 };

	if (s->r.ops->host(s->r.self, &op, &err))
		fail_msg("%s", err.text);
}

/* Pages that the log of guest RAM reports. */
static uint64_t read_log(struct side *s)
{
	struct sim_error err = { 0 };
	uint64_t pages;

	host(s, HOST_OP_LOG_GET);
	assert_int_equal(s->r.ops->dirty(s->r.self, &pages, &err), 0);
	return pages;
}

static void store(struct pair *p, unsigned page)
{
	kvm_stream_store(&p->real->stream, KVM_GUEST_DATA + page * PAGE_BYTES);
	kvm_stream_store(&p->simulated->stream, KVM_GUEST_DATA + page * PAGE_BYTES);
	p->dirty[page] = true;
}

static void run_both(struct pair *p)
{
	run(p->real);
	run(p->simulated);
}

static void begin(struct pair *p)
{
	struct trace_meta meta;

	kvm_guest_meta(&meta);
	p->real = new_side();
	p->simulated = new_side();
	make_real(p, &meta, &small_pages);
	make_simulated(p, &meta, &small_pages);
	kvm_stream_tables(&p->real->stream, LEAF);
	kvm_stream_tables(&p->simulated->stream, LEAF);
	for (unsigned i = 0; i < KVM_GUEST_PAGES; i++)
		store(p, i);
	run_both(p);
	host(p->real, HOST_OP_LOG_ON);
	host(p->simulated, HOST_OP_LOG_ON);
	memset(p->dirty, 0, sizeof(p->dirty));
}

static void end(struct pair *p)
{
	p->real->r.ops->destroy(p->real->r.self);
	p->simulated->r.ops->destroy(p->simulated->r.self);
	free(p->real);
	free(p->simulated);
}

static void compare_round(struct pair *p)
{
	uint64_t real, simulated, n = 0;

	run_both(p);
	real = read_log(p->real);
	simulated = read_log(p->simulated);
	for (unsigned i = 0; i < KVM_GUEST_PAGES; i++)
		n += p->dirty[i];
	assert_int_equal(real, n);
	assert_int_equal(simulated, n);
	memset(p->dirty, 0, sizeof(p->dirty));
}

static void compare_use(struct pair *p)
{
	struct kvm_ring_use use = kvm_replayer_ring(&p->real->r);
	bool have[COUNTER_COUNT];
	struct sim_error err = { 0 };
	struct counters c;

	assert_int_equal(p->simulated->r.ops->counters(p->simulated->r.self, &c, have, &err),
			 0);
	print_message("# ring of %u: KVM %" PRIu64 " entries, full %" PRIu64
		      "; simulator %" PRIu64 ", %" PRIu64 "\n",
		      p->entries, use.entries, use.full, c.dirty_ring_pages, c.dirty_ring_full);
	if (strcmp(p->who.technique, "spt") != 0)
		return;
	assert_int_equal(use.entries, c.dirty_ring_pages);
	assert_int_equal(use.full, c.dirty_ring_full);
	p->full += use.full;
}

static void random_stores(void **state)
{
	struct pair p = { .entries = 0 };
	struct rng r;

	(void)state;
	rng_seed(&r, test_seed(0x216));
	need_kvm(&p);
	begin(&p);
	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned n = (unsigned)rng_below(&r, 3000);

		for (unsigned i = 0; i < n; i++)
			store(&p, (unsigned)rng_below(&r, KVM_GUEST_PAGES));
		compare_round(&p);
	}
	compare_use(&p);
	assert_true(p.full > 0 || strcmp(p.who.technique, "spt"));
	end(&p);
}

/* Entry i of the guest's table, and INVLPG or a CR3 load now and then. */
static void edit(struct side *s, struct rng r)
{
	unsigned i = (unsigned)rng_below(&r, KVM_GUEST_PAGES),
		 what = (unsigned)rng_below(&r, 8);
	uint64_t frame = KVM_GUEST_GPA + rng_below(&r, KVM_GUEST_PAGES) * PAGE_BYTES;

	kvm_stream_entry(&s->stream, i, frame | LEAF);
	kvm_stream_event(&s->stream,
			 what ? (struct event){ .kind = EVENT_INVLPG,
						.gva = KVM_GUEST_DATA + i * PAGE_BYTES }
			      : (struct event){ .kind = EVENT_CR3, .value = KVM_GUEST_ROOT });
}

/* Tables are dirty too, and what bringing them up to date makes writable: no oracle but KVM. */
static void edits_of_tables(void **state)
{
	struct pair p = { .entries = 0 };
	uint64_t real, simulated;
	struct rng r;

	(void)state;
	rng_seed(&r, test_seed(0x217));
	need_kvm(&p);
	begin(&p);
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < 300; i++) {
			for (unsigned k = 0; k < 3; k++)
				store(&p, (unsigned)rng_below(&r, KVM_GUEST_PAGES));
			edit(p.real, r);
			edit(p.simulated, r);
			rng_next(&r);
		}
		run_both(&p);
		real = read_log(p.real);
		simulated = read_log(p.simulated);
		assert_int_equal(real, simulated);
	}
	compare_use(&p);
	assert_true(p.full > 0 || strcmp(p.who.technique, "spt"));
	end(&p);
}

static void stores_in_turn(void **state)
{
	struct pair p = { .entries = 0 };

	(void)state;
	need_kvm(&p);
	begin(&p);
	for (unsigned i = 0; i < KVM_GUEST_PAGES; i++)
		store(&p, i);
	compare_round(&p);
	compare_round(&p);
	for (unsigned i = KVM_GUEST_PAGES; i-- > 100;)
		store(&p, i);
	compare_round(&p);
	compare_use(&p);
	assert_true(p.full > 0 || strcmp(p.who.technique, "spt"));
	end(&p);
}

/* --- the scenarios that read a log --- */

static uint64_t pages_of(const struct scenario *s, struct side *side, const char *name)
{
	struct scenario_result result;
	struct sim_error err = { 0 };

	if (scenario_run(s, &side->r, &result, &err))
		fail_msg("%s: %s: %s", name, err.where, err.text);
	return result.dirty_pages;
}

static void compare_file(struct pair *p, const char *name)
{
	struct sim_error err = { 0 };
	char path[4096], file[128];
	struct scenario *s;

	snprintf(file, sizeof(file), "experiments/scenarios/%s.json", name);
	if (scenario_load(&s, source_path(path, sizeof(path), file), &err))
		fail_msg("%s: %s", err.where, err.text);
	p->real = new_side();
	p->simulated = new_side();
	make_real(p, scenario_meta(s), scenario_host(s));
	make_simulated(p, scenario_meta(s), scenario_host(s));
	assert_int_equal(pages_of(s, p->real, name), pages_of(s, p->simulated, name));
	compare_use(p);
	end(p);
	scenario_destroy(s);
}

static void scenarios(void **state)
{
	static const char *const names[] = {
		"dirty-log",	    "dirty-log-2m",	 "dirty-log-2m-load",
		"dirty-log-clean",  "dirty-log-cow",	 "dirty-log-fresh",
		"dirty-log-off-on", "dirty-log-tables",	 "dirty-log-other-slot",
		"discard-logged",   "prefetch-dirty-log"
	};
	struct pair p = { .entries = 0 };

	(void)state;
	need_kvm(&p);
	if (strcmp(p.who.technique, "spt") != 0)
		skip_for(paths.device,
			 "what a load makes dirty was compared under shadow paging");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		compare_file(&p, names[i]);
	assert_true(p.full > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_stores),
		cmocka_unit_test(stores_in_turn),
		cmocka_unit_test(edits_of_tables),
		cmocka_unit_test(scenarios),
	};

	return cmocka_run_group_tests_name("kvm ring", tests, NULL, NULL);
}
