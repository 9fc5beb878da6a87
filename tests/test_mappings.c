/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_mappings.c - what processes have mapped, against an array with one place a page
 */
#include "check.h"

#include <string.h>

#include "base/rng.h"
#include "trace/mappings.h"

#define PIDS  4u
#define PAGES 48u

struct page {
	uint32_t is_there, n, advice;
	uint64_t gpa;
};

static struct page world[PIDS][PAGES];

static void to_world(const struct event *e)
{
	uint64_t first = e->gva >> 12, end = first + (e->value >> 12);

	if (e->kind == EVENT_FORK && e->pid != e->n)
		memcpy(world[e->n], world[e->pid], sizeof(world[0]));
	if (e->kind == EVENT_EXEC || e->kind == EVENT_EXIT)
		memset(world[e->pid], 0, sizeof(world[0]));
	for (uint64_t i = first; i < end && i < PAGES; i++) {
		struct page *p = &world[e->pid][i];

		if (e->kind == EVENT_MAP)
			*p = (struct page){ 1, e->n, 0,
					    e->n & MAPPING_FILE ? e->gpa + ((i - first) << 12)
								: 0 };
		if (e->kind == EVENT_UNMAP)
			*p = (struct page){ 0 };
		if (e->kind == EVENT_PROTECT && p->is_there)
			p->n = (p->n & ~MAPPING_RIGHTS) | e->n;
		if (e->kind == EVENT_ADVISE && p->is_there &&
		    (e->n == ADVICE_HUGEPAGE || e->n == ADVICE_NOHUGEPAGE))
			p->advice = e->n;
	}
}

static void random_event(struct rng *r, struct event *e)
{
	static const enum event_kind kind[] = {
		EVENT_MAP,    EVENT_MAP,     EVENT_MAP,	    EVENT_UNMAP,
		EVENT_UNMAP,  EVENT_PROTECT, EVENT_PROTECT, EVENT_ADVISE,
		EVENT_ADVISE, EVENT_FORK,    EVENT_EXEC,    EVENT_EXIT,
	};
	static const uint32_t advice[] = { ADVICE_DONTNEED, ADVICE_HUGEPAGE,
					   ADVICE_NOHUGEPAGE };
	bool bare;

	*e = (struct event){ .kind = kind[rng_below(r, sizeof(kind) / sizeof(*kind))],
			     .pid = (uint32_t)rng_below(r, PIDS) };
	bare = e->kind == EVENT_FORK || e->kind == EVENT_EXEC || e->kind == EVENT_EXIT;
	if (!bare) {
		e->gva = rng_below(r, PAGES) << 12;
		e->value = (1 + rng_below(r, 12)) << 12;
		if (e->gva + e->value > PAGES << 12)
			e->value = (PAGES << 12) - e->gva;
	}
	if (e->kind == EVENT_MAP) {
		e->n = (uint32_t)rng_below(r, 8) | (rng_below(r, 2) ? MAPPING_FILE : 0);
		e->gpa = e->n & MAPPING_FILE ? MAPPING_OFFSET(3, rng_below(r, 99) << 12) : 0;
	}
	if (e->kind == EVENT_PROTECT)
		e->n = (uint32_t)rng_below(r, 8);
	if (e->kind == EVENT_ADVISE)
		e->n = advice[rng_below(r, 3)];
	if (e->kind == EVENT_FORK)
		e->n = (uint32_t)rng_below(r, PIDS);
}

static void compare(const struct mappings *s)
{
	static struct page seen[PIDS][PAGES];
	uint64_t before = 0;

	memset(seen, 0, sizeof(seen));
	for (size_t i = 0; i < s->n; i++) {
		const struct mapping *m = &s->m[i];
		uint64_t place = (uint64_t)m->pid << 32 | m->gva >> 12;

		assert_true(m->bytes > 0 && place >= before);
		before = place + (m->bytes >> 12);
		for (uint64_t k = 0; k < m->bytes >> 12; k++)
			seen[m->pid][(m->gva >> 12) + k] =
				(struct page){ 1, m->n, m->advice,
					       m->n & MAPPING_FILE ? m->gpa + (k << 12) : 0 };
	}
	assert_memory_equal(seen, world, sizeof(world));
}

/* What was made of events makes the same again. */
static void rebuild(const struct mappings *s)
{
	struct mappings again;

	mappings_init(&again);
	for (size_t i = 0; i < s->n; i++) {
		struct event map, advise;

		if (mappings_to_events(&s->m[i], &map, &advise) == 2) {
			assert_int_equal(mappings_event(&again, &map), 0);
			assert_int_equal(mappings_event(&again, &advise), 0);
		} else {
			assert_int_equal(mappings_event(&again, &map), 0);
		}
	}
	for (uint32_t pid = 0; pid < PIDS; pid++) {
		assert_true(mappings_equal(s, &again, pid));
		assert_true(mappings_begin(s, pid) <= mappings_end(s, pid));
	}
	mappings_fini(&again);
}

static void like_pages(void **state)
{
	struct mappings s;
	struct rng r;

	(void)state;
	rng_seed(&r, test_seed(0x4a9));
	memset(world, 0, sizeof(world));
	mappings_init(&s);
	for (unsigned i = 0; i < 20000; i++) {
		struct event e;

		random_event(&r, &e);
		assert_int_equal(mappings_event(&s, &e), 0);
		to_world(&e);
		compare(&s);
		if (i % 50 == 0)
			rebuild(&s);
	}
	mappings_fini(&s);
}

static void top_of_space(void **state)
{
	struct event e = { .kind = EVENT_MAP,
			   .pid = UINT32_MAX,
			   .gva = UINT64_MAX - 0xfff,
			   .value = UINT64_MAX };
	struct mappings s;

	(void)state;
	mappings_init(&s);
	assert_int_equal(mappings_event(&s, &e), 0);
	assert_int_equal(mappings_end(&s, UINT32_MAX) - mappings_begin(&s, UINT32_MAX), 1);
	e.kind = EVENT_EXIT;
	assert_int_equal(mappings_event(&s, &e), 0);
	assert_int_equal(s.n, 0);
	mappings_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(like_pages),
		cmocka_unit_test(top_of_space),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
