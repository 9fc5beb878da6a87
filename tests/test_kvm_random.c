/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Random guests on the real KVM of this machine and in the simulator: equal in everything that KVM reproduces
 *
 * They store to their tables in every way, share them, use one as a table of several levels, and flush when they like. Each
 * is recorded, normalised and replayed on both sides, as `shadownest kvm compare` does it.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "kvm/compare.h"
#include "kvm/probe.h"
#include "recording.h"

#define GUESTS 24
#define OPS    1500
#define TRIES  3 /* on a busy machine a fault that is taken again may be what comes most often */

/* Guests whose stream nobody can replay: a store of 64 bytes to a table took away the right to its own page, and the
 * normalised stream makes it in pieces. About 1 of 50. */
#define REFUSED_MAX 4

struct world {
	struct stand_in who;
	struct machine machine;
	char dir[64], trace[96];
	unsigned n_refused;
};

static const struct kvm_paths paths = { "/dev/kvm", "" };

static void world_begin(struct world *w)
{
	struct sim_error err = { 0 };
	struct kvm_probe probe;
	char path[4096];

	kvm_probe(&probe, &paths);
	if (!kvm_probe_can_replay(&probe)) {
		print_message("# SKIP %s: %s\n", paths.device,
			      probe.open_errno ? strerror(probe.open_errno)
					       : "lacks what replay needs");
		skip();
	}
	if (stand_in_for(&w->who, &probe, &err) || strcmp(w->who.technique, "spt")) {
		print_message("# SKIP this KVM is not known to use shadow paging\n");
		skip();
	}
	source_path(path, sizeof(path), "models/machine/skylake-sp.json");
	assert_int_equal(machine_load(&w->machine, path, &err), 0);
	snprintf(w->dir, sizeof(w->dir), "/tmp/random-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->trace, sizeof(w->trace), "%s/guest.snt", w->dir);
}

static void world_end(struct world *w)
{
	unlink(w->trace);
	assert_int_equal(rmdir(w->dir), 0);
}

/* KVM offers its guests neither PCIDs nor, everywhere, leaves of 1G. At CPL 3 a guest may use what was remembered for
 * its kernel alone. */
static void record_guest(const struct world *w, uint64_t seed)
{
	struct guest_config cfg = { .levels = 4,
				    .n_vcpu = 1,
				    .keeps_wp = true,
				    .flushes_to_fault = true,
				    .no_1g = true };
	struct recording rec;
	struct rng r;

	rng_seed(&r, seed);
	cfg.fine_direct_map = rng_below(&r, 2);
	recording_make(&rec, &cfg, &r, (unsigned)rng_below(&r, GUEST_TEMPERS), OPS);
	recording_write(&rec, w->trace);
	recording_fini(&rec);
}

/* SIM_ESTATE: no side can replay it, err says why. */
static int compare(const struct world *w, const struct host_config *host, struct comparison *c,
		   struct sim_error *err)
{
	struct truth truth = { .runs = 0 };
	struct replayer simulator;
	struct measured m;
	struct subject *s;
	int rc;

	if (subject_open(&s, w->trace, host, err) ||
	    compare_make_simulator(s, &w->who, &w->machine, &simulator, err))
		fail_msg("%s", err->text);
	rc = compare_run(s, &simulator, &m, err);
	if (!rc && compare_measure(s, paths.device, &m, 1, &truth, err))
		fail_msg("KVM: %s: %s", err->where, err->text);
	if (!rc)
		compare_judge(c, &truth, &m);
	subject_close(s);
	return rc;
}

static void say(const struct compare_line *l)
{
	print_message("# %s: KVM %" PRId64 " (%" PRId64 "..%" PRId64 "), simulator %" PRId64
		      "\n",
		      l->name, l->judged, l->kvm.min, l->kvm.max, l->simulator);
}

/* Says what differs, or varied; how many counters differ. */
static unsigned check_guest(struct world *w, uint64_t seed, const struct host_config *host)
{
	struct sim_error err = { 0 };
	struct comparison c;

	record_guest(w, seed);
	if (compare(w, host, &c, &err)) {
		print_message("# seed 0x%" PRIx64 ": %s: %s\n", seed, err.where, err.text);
		assert_int_equal(err.code, SIM_ESTATE);
		w->n_refused++;
		return 0;
	}
	assert_true(c.n_exact > 10);
	if (c.n_differ || c.n_vary)
		print_message("# seed 0x%" PRIx64 ", host %s\n", seed,
			      host->prepopulated ? "populated" : "not populated");
	for (unsigned i = 0; i < c.n; i++)
		if (c.line[i].verdict == COMPARE_DIFFERS ||
		    (c.line[i].verdict == COMPARE_EQUAL &&
		     c.line[i].kvm.min != c.line[i].kvm.max))
			say(&c.line[i]);
	return c.n_differ;
}

static void random_guests(void **state)
{
	struct world w = { .trace = "" };
	uint64_t seed = test_seed(1);
	unsigned n_differ = 0, differ;

	(void)state;
	world_begin(&w);
	for (unsigned i = 0; i < GUESTS; i++) {
		const struct host_config host = { .page_level = LEVEL_4K,
						  .prepopulated = i % 3 != 2 };

		differ = check_guest(&w, rng_mix(seed + i), &host);
		for (unsigned tries = 1; differ && tries < TRIES; tries++)
			differ = check_guest(&w, rng_mix(seed + i), &host);
		n_differ += differ;
	}
	world_end(&w);
	assert_int_equal(n_differ, 0);
	assert_true(w.n_refused <= REFUSED_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_guests),
	};

	return cmocka_run_group_tests_name("kvm random", tests, NULL, NULL);
}
