/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vm/host_op.h"

const struct host_config scenario_4k = { .page_level = LEVEL_4K, .prepopulated = true };
const struct host_config scenario_4k_empty = { .page_level = LEVEL_4K };
const struct host_config scenario_2m = { .page_level = LEVEL_2M, .prepopulated = true };

struct scenario *scenario_make(const char *technique, const struct host_config *host,
			       unsigned n, uint64_t flags, unsigned level)
{
	struct small_options o = { .technique = technique, .ram_bytes = RAM, .host = *host };
	struct scenario *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	small_init(&s->g, &o);
	for (unsigned i = 0; i < n; i++)
		small_map(&s->g, s->g.cr3, DATA + i * level_bytes(level),
			  DATA_GFN + i * level_frames(level), SMALL_RW | flags, level);
	return s;
}

void scenario_mark(struct scenario *s)
{
	s->before = *vm_counters(s->g.vm);
}

void scenario_touch(struct scenario *s, unsigned n, unsigned step, enum touch how)
{
	for (unsigned i = 0; i < n; i++) {
		uint64_t gva = DATA + (uint64_t)i * step * PAGE_BYTES;

		if (how == TOUCH_LOAD)
			small_load(&s->g, gva);
		else
			small_store(&s->g, gva);
	}
}

uint64_t scenario_pte(struct scenario *s, unsigned i)
{
	return small_entry_gpa(&s->g, s->g.cr3, DATA + i * PAGE_BYTES, 1);
}

void scenario_use_alias(struct scenario *s)
{
	small_load(&s->g, SMALL_ALIAS + (scenario_pte(s, 0) & ~(PAGE_BYTES - 1)) -
				  ((uint64_t)SMALL_FIRST << PAGE_SHIFT));
}

void scenario_use_tables(struct scenario *s)
{
	for (unsigned i = 0; i < s->g.n_table; i++)
		small_store(&s->g, SMALL_ALIAS + i * PAGE_BYTES);
}

void scenario_map_near(struct scenario *s)
{
	small_map(&s->g, s->g.cr3, NEAR, DATA_GFN, SMALL_RW | SMALL_AD, 1);
}

void scenario_load_near(struct scenario *s)
{
	small_load(&s->g, NEAR);
}

void scenario_store_ptes(struct scenario *s, unsigned n, uint64_t flags)
{
	for (unsigned i = 0; i < n; i++)
		small_store_entry(&s->g, scenario_pte(s, i),
				  (DATA_GFN + i) << PAGE_SHIFT | flags);
}

void scenario_invlpg(struct scenario *s, unsigned i)
{
	small_event(&s->g, EVENT_INVLPG, DATA + i * PAGE_BYTES, 0);
}

void scenario_handle_fault(struct scenario *s, unsigned i, uint64_t error_code, uint64_t flags)
{
	small_event(&s->g, EVENT_PF, DATA + i * PAGE_BYTES, error_code);
	small_store_entry(&s->g, scenario_pte(s, i), (DATA_GFN + i) << PAGE_SHIFT | flags);
	if (error_code & PFEC_P)
		scenario_invlpg(s, i);
	small_store(&s->g, DATA + i * PAGE_BYTES);
}

void scenario_discard(struct scenario *s, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const struct host_op op = { .kind = HOST_OP_DISCARD,
					    .gpa = (DATA_GFN + i) << PAGE_SHIFT,
					    .bytes = PAGE_BYTES };

		assert_int_equal(vm_host_op(s->g.vm, &op, NULL), 0);
	}
}

static long long expected_of(const struct expected *e, const char *name, bool *named)
{
	for (*named = false; e->name; e++)
		if (!strcmp(e->name, name)) {
			*named = true;
			return e->value;
		}
	return 0;
}

/* Named counters as given; unnamed ones of KVM's that are reproducible: unchanged. Ends the
 * scenario. */
void scenario_check(struct scenario *s, const struct expected *e, const char *file, int line)
{
	const struct counters *now = vm_counters(s->g.vm);

	for (unsigned i = 0; i < COUNTER_COUNT; i++) {
		long long is = (long long)(counters_at(now, i) - counters_at(&s->before, i));
		bool named;
		long long want = expected_of(e, counter_info[i].name, &named);

		if (!named && counter_info[i].truth != COUNTER_EXACT)
			continue;
		if (is != want) {
			print_error("%s: %lld, KVM counted %lld\n", counter_info[i].name, is,
				    want);
			_fail(file, line);
		}
	}
	assert_int_equal(now->exits, counters_sum_exits(now));
	small_fini(&s->g);
	free(s);
}
