/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_oracle.c - the project's central test: after every step of a random guest, every
 * technique agrees with the oracle
 *
 * SEED=n repeats a run, ORACLE_STEPS=n changes its length (ops over all configurations). A
 * failing list of ops is shrunk by halving; what is left is printed with every event and access
 * it makes.
 */
#include "check.h"

#include <string.h>

#include "hw/machine.h"
#include "lockstep.h"

#define STEPS	    400000 /* ops in all */
#define OPS	    1500   /* of one configuration */
#define AUDIT_EVERY 64
#define WHY	    4096

static uint64_t steps_wanted(void)
{
	const char *s = getenv("ORACLE_STEPS");

	return s ? strtoull(s, NULL, 0) : STEPS;
}

struct totals {
	uint64_t ops, accesses, stale;
	struct counters c; /* of all lanes */
};

static void add_counters(struct lockstep *s, struct totals *t)
{
	const struct counters *c;
	uint64_t *sum = (uint64_t *)(void *)&t->c;

	for (unsigned lane = 0; (c = lockstep_counters(s, lane)); lane++)
		for (unsigned i = 0; i < COUNTER_COUNT; i++)
			sum[i] += counters_at(c, i);
}

/* Runs the ops; the index of the one that failed, n when none did. */
static size_t run(const struct lockstep_config *cfg, const struct op *op, size_t n,
		  unsigned flags, char *why, struct totals *t)
{
	struct lockstep *s = lockstep_create(cfg, flags, why, WHY);
	size_t i = 0;

	if (!s)
		return 0;
	while (i < n && !lockstep_run(s, &op[i]) &&
	       (i % AUDIT_EVERY != AUDIT_EVERY - 1 || !lockstep_audit(s)))
		i++;
	if (i == n && lockstep_audit(s))
		i = n - 1;
	if (t) {
		t->ops += i;
		t->accesses += lockstep_accesses(s);
		t->stale += lockstep_stale(s);
	}
	if (t)
		add_counters(s, t);
	lockstep_destroy(s);
	return i;
}

/* Leaves out every part, large parts first, without which the list still fails. */
static size_t shrink(const struct lockstep_config *cfg, struct op *op, size_t n)
{
	struct op *fewer = malloc(n * sizeof(*fewer));
	char why[WHY];

	assert_non_null(fewer);
	for (size_t part = n / 2; part; part /= 2)
		for (size_t at = 0; at + part <= n;) {
			size_t left = n - part, failed;

			memcpy(fewer, op, at * sizeof(*op));
			memcpy(fewer + at, op + at + part, (left - at) * sizeof(*op));
			failed = run(cfg, fewer, left, 0, why, NULL);
			if (failed == left) {
				at += part;
				continue;
			}
			n = failed + 1 < left ? failed + 1 : left;
			memcpy(op, fewer, n * sizeof(*op));
		}
	free(fewer);
	return n;
}

static void report(const struct lockstep_config *cfg, struct op *op, size_t n, uint64_t seed)
{
	char why[WHY] = "", text[512];

	lockstep_describe(cfg, text, sizeof(text));
	print_error("# configuration seed 0x%llx: %s\n", (unsigned long long)seed, text);
	n = shrink(cfg, op, n);
	run(cfg, op, n, LOCKSTEP_VERBOSE, why, NULL);
	for (char *line = strtok(why, "\n"); line; line = strtok(NULL, "\n"))
		print_error("#! %s\n", line);
}

static void one_configuration(uint64_t seed, struct totals *t)
{
	static struct op op[OPS];
	struct lockstep_config cfg;
	struct sim_error err = { 0 };
	char why[WHY] = "";
	struct rng r;
	size_t failed;

	rng_seed(&r, seed);
	lockstep_random_config(&r, &cfg);
	if (machine_check(&cfg.machine, "machine", &err))
		fail_msg("%s", err.text);
	for (size_t i = 0; i < OPS; i++)
		op[i] = guest_random_op(&r, (unsigned)(seed % GUEST_TEMPERS));
	failed = run(&cfg, op, OPS, 0, why, t);
	if (failed == OPS)
		return;
	print_error("# op %zu: %s\n", failed, why);
	report(&cfg, op, failed + 1, seed);
	fail_msg("lanes disagree with the oracle");
}

/* A guest that never gets into trouble proves nothing. */
static void went_everywhere(const struct totals *t)
{
	static const enum counter_id must_count[] = {
		COUNTER_stlb_hits,	  COUNTER_tlb_rewalks,	    COUNTER_pwc_hits_pde,
		COUNTER_pwc_hits_pml5e,	  COUNTER_ntlb_hits,	    COUNTER_host_pwc_hits,
		COUNTER_exit_pf_guest,	  COUNTER_exit_pf_fixed,    COUNTER_exit_pf_emulated,
		COUNTER_exit_pf_retry,	  COUNTER_exit_pf_mmio,	    COUNTER_exit_ept_misconfig,
		COUNTER_exit_npf,	  COUNTER_exit_npf_mmio,    COUNTER_exit_kick,
		COUNTER_exit_invpcid,	  COUNTER_remote_tlb_flush, COUNTER_mmu_unsync_made,
		COUNTER_mmu_synced,	  COUNTER_mmu_flooded,	    COUNTER_mmu_recycled,
		COUNTER_mmu_pde_zapped,	  COUNTER_mmu_prefetched,   COUNTER_host_cow_faults,
		COUNTER_pages_2m,	  COUNTER_pages_1g,	    COUNTER_guest_accessed_sets,
		COUNTER_guest_dirty_sets,
	};

	if (t->ops < STEPS)
		return;
	assert_true(t->stale > t->accesses / 100);
	for (size_t i = 0; i < sizeof(must_count) / sizeof(*must_count); i++)
		if (!counters_at(&t->c, must_count[i]))
			fail_msg("%s never counted", counter_info[must_count[i]].name);
}

static void every_technique_agrees(void **state)
{
	uint64_t seed = test_seed(1), steps = steps_wanted();
	const char *only = getenv("ORACLE_CONFIG");
	struct totals t = { 0 };

	(void)state;
	if (only) {
		one_configuration(strtoull(only, NULL, 0), &t);
		return;
	}
	for (uint64_t done = 0, i = 0; done < steps; done += OPS, i++)
		one_configuration(rng_mix(seed + i), &t);
	print_message("# %llu ops, %llu accesses on each lane, %llu stale answers\n",
		      (unsigned long long)t.ops, (unsigned long long)t.accesses,
		      (unsigned long long)t.stale);
	went_everywhere(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_technique_agrees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
