/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scenario.h - workloads that were run on real kernels, as steps of a small guest
 *
 * Each scenario makes its guest, marks the counters where the measured phase began, goes
 * through the steps and compares the differences with what KVM counted.
 */
#ifndef TESTS_SCENARIO_H
#define TESTS_SCENARIO_H

#include "tests/small_guest.h"

#define MIB ((uint64_t)1 << 20)
#define RAM (256 * MIB)

/* A top-level slot of its own: three tables below the root are the data's alone. */
#define DATA	 ((uint64_t)0x40000000)
#define DATA_GFN ((uint64_t)64 * MIB >> PAGE_SHIFT)

/* A page that shares all tables but the lower two with the data. */
#define NEAR (DATA + ((uint64_t)1 << 30))

#define READ_ONLY (PTE_P | PTE_U | SMALL_AD)

struct scenario {
	struct small_guest g;
	struct counters before;
};

enum touch { TOUCH_LOAD, TOUCH_STORE };

extern const struct host_config scenario_4k, scenario_4k_empty, scenario_2m;

/* A guest whose DATA is n leaves of `level` with `flags` beside P, W and U; not started. */
struct scenario *scenario_make(const char *technique, const struct host_config *host,
			       unsigned n, uint64_t flags, unsigned level);

/* The measured phase begins. */
void scenario_mark(struct scenario *s);

/* Accesses n pages, every step-th. */
void scenario_touch(struct scenario *s, unsigned n, unsigned step, enum touch how);

/* The gpa of the 4K entry of the i-th page. */
uint64_t scenario_pte(struct scenario *s, unsigned i);

/* The guest's kernel has its leaf table mapped and has used that mapping. */
void scenario_use_alias(struct scenario *s);

/* The guest has written to every table. */
void scenario_use_tables(struct scenario *s);

void scenario_map_near(struct scenario *s);
void scenario_load_near(struct scenario *s);

/* The guest's kernel stores new entries for n pages: `flags` with the same frames. */
void scenario_store_ptes(struct scenario *s, unsigned n, uint64_t flags);

void scenario_invlpg(struct scenario *s, unsigned i);

/* The guest's #PF handler: fault, new entry, INVLPG if it was mapped before, retry. */
void scenario_handle_fault(struct scenario *s, unsigned i, uint64_t error_code, uint64_t flags);

/* The host takes n pages away. */
void scenario_discard(struct scenario *s, unsigned n);

struct expected {
	const char *name;
	long long value;
};

/*
 * Named counters must have changed as given; unnamed ones of KVM's that are the same from run
 * to run must not have changed. Ends the scenario.
 */
#define EXPECT(s, ...)                                                                         \
	scenario_check((s), (const struct expected[]){ __VA_ARGS__, { NULL, 0 } }, __FILE__,   \
		       __LINE__)

void scenario_check(struct scenario *s, const struct expected *e, const char *file, int line);

#endif
