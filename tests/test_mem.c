/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory slots against a painted array, the page store, the reverse map against a plain list. */
#include "tests/check.h"

#include <string.h>

#include "base/rng.h"
#include "mem/memslot.h"
#include "mem/pages.h"
#include "mmu/rmap.h"

#define FRAMES 256

/* What KVM answers to a record. */
static int set(struct memslots *s, struct kvm_slot_region r)
{
	enum memslot_change change;
	struct memslot *slot;
	int rc = memslots_judge(s, &r, &change, &slot, NULL);

	if (rc)
		return rc;
	switch (change) {
	case MEMSLOT_SAME:
		return 0;
	case MEMSLOT_CREATE:
		return memslots_create(s, &r, NULL);
	case MEMSLOT_DELETE:
		memslots_delete(s, slot);
		return 0;
	case MEMSLOT_LOG_ON:
		return memslots_log_on(s, slot, NULL);
	case MEMSLOT_LOG_OFF:
		memslots_log_off(s, slot);
		return 0;
	}
	return -1;
}

static struct kvm_slot_region record(unsigned id, uint64_t base, uint64_t n)
{
	return (struct kvm_slot_region){ .slot = id,
					 .guest_phys_addr = base << PAGE_SHIFT,
					 .memory_size = n << PAGE_SHIFT,
					 .userspace_addr = (1000 + base) << PAGE_SHIFT };
}

/* Slot i starts at frame i. */
static void slots_as_painted(void **unused)
{
	int owner[FRAMES]; /* base of the slot that holds the frame, -1 none */
	struct memslots s;
	struct rng rng;

	(void)unused;
	rng_seed(&rng, test_seed(7));
	memset(owner, -1, sizeof(owner));
	memslots_init(&s);
	for (unsigned step = 0; step < 20000; step++) {
		uint64_t base = rng_below(&rng, FRAMES), n = 1 + rng_below(&rng, 12);
		bool is_free = base + n <= FRAMES, starts = owner[base] == (int)base;

		if (rng_below(&rng, 2) && !starts) {
			for (uint64_t i = base; is_free && i < base + n; i++)
				is_free = owner[i] < 0;
			if (base + n > FRAMES)
				continue;
			assert_int_equal(set(&s, record((unsigned)base, base, n)),
					 is_free ? 0 : SIM_ERANGE);
			for (uint64_t i = base; is_free && i < base + n; i++)
				owner[i] = (int)base;
		} else {
			assert_int_equal(set(&s, record((unsigned)base, base, 0)),
					 starts ? 0 : SIM_ERANGE);
			for (unsigned i = 0; starts && i < FRAMES; i++)
				owner[i] = owner[i] == (int)base ? -1 : owner[i];
		}
		for (unsigned i = 0; i < FRAMES; i++) {
			const struct memslot *m = memslots_find(&s, gfn_make(i));

			assert_int_equal(m ? (int)m->base.v : -1, owner[i]);
			if (m)
				assert_int_equal(memslot_hva(m, gfn_make(i)).v,
						 (1000 + i) << PAGE_SHIFT);
			assert_true((owner[i] == (int)i) == !!memslots_by_id(&s, i));
		}
	}
	memslots_fini(&s);
}

/* A slot that is there changes its log, and nothing else. */
static void slots_in_place(void **unused)
{
	struct kvm_slot_region r = record(3, 16, 16), other = r;
	struct memslots s;
	uint64_t generation;

	(void)unused;
	memslots_init(&s);
	assert_int_equal(set(&s, r), 0);
	generation = s.generation;
	assert_int_equal(set(&s, r), 0);
	assert_true(s.generation == generation);
	r.flags = KVM_SLOT_LOG_DIRTY_PAGES;
	assert_int_equal(set(&s, r), 0);
	assert_non_null(s.slot[0].dirty);
	assert_true(s.generation > generation);
	memslot_mark_dirty(&s.slot[0], gfn_make(17));
	assert_true(memslot_is_dirty(&s.slot[0], 1));
	assert_int_equal(set(&s, other), 0);
	assert_null(s.slot[0].dirty);
	other.userspace_addr += PAGE_BYTES;
	assert_int_equal(set(&s, other), SIM_ERANGE);
	other = r;
	other.memory_size += PAGE_BYTES;
	assert_int_equal(set(&s, other), SIM_ERANGE);
	other = r;
	other.flags ^= KVM_SLOT_READONLY;
	assert_int_equal(set(&s, other), SIM_ERANGE);
	other = r;
	other.guest_phys_addr += PAGE_BYTES;
	assert_int_equal(set(&s, other), SIM_ERANGE);
	memslots_fini(&s);
}

static void slot_refusals(void **unused)
{
	struct memslots s;
	struct kvm_slot_region odd = record(0, 0, 1);

	(void)unused;
	memslots_init(&s);
	assert_int_equal(set(&s, record(0, 0, 0)), SIM_ERANGE);
	odd.userspace_addr = 8;
	assert_int_equal(set(&s, odd), SIM_ERANGE);
	odd = record(0, 0, 1);
	odd.memory_size = 100;
	assert_int_equal(set(&s, odd), SIM_ERANGE);
	assert_int_equal(set(&s, record(0, UINT64_MAX >> PAGE_SHIFT, 2)), SIM_ERANGE);
	assert_int_equal(set(&s, record(KVM_SLOTS_MAX, 0, 1)), SIM_ERANGE);
	assert_int_equal(set(&s, record(KVM_SLOTS_MAX - 1, 0, 1)), 0);
	memslots_fini(&s);
}

static void page_store(void **unused)
{
	const uint64_t frames[] = {
		0, 1, 4095, 4096, (uint64_t)1 << 24, ((uint64_t)1 << 36) - 1
	};
	const size_t n = sizeof(frames) / sizeof(*frames);
	struct pages p;

	(void)unused;
	pages_init(&p);
	for (size_t i = 0; i < n; i++) {
		uint64_t *page = pages_make(&p, frames[i]);

		assert_non_null(page);
		assert_int_equal(page[511], 0);
		page[511] = i + 1;
	}
	assert_int_equal(p.n, n);
	for (size_t i = 0; i < n; i++) {
		assert_ptr_equal(pages_get(&p, frames[i]), pages_make(&p, frames[i]));
		assert_int_equal(pages_get(&p, frames[i])[511], i + 1);
	}
	assert_null(pages_get(&p, 2));
	assert_null(pages_make(&p, (uint64_t)1 << 36));
	assert_null(pages_get(&p, (uint64_t)1 << 36));
	pages_drop(&p, 4096);
	pages_drop(&p, 4096);
	assert_null(pages_get(&p, 4096));
	assert_int_equal(p.n, n - 1);
	pages_fini(&p);
}

#define PAGES_OF_SPTES 4
#define GFNS	       8

/* The pages' addresses only name them. */
static struct shadow_page *name(unsigned i)
{
	return (struct shadow_page *)(uintptr_t)(0x1000 * (i + 1));
}

static void rmap_as_listed(void **unused)
{
	bool in[GFNS][PAGES_OF_SPTES][4] = { { { false } } };
	struct rmap r;
	struct rng rng;

	(void)unused;
	rng_seed(&rng, test_seed(11));
	rmap_init(&r);
	for (unsigned step = 0; step < 20000; step++) {
		unsigned g = (unsigned)rng_below(&rng, GFNS);
		unsigned p = (unsigned)rng_below(&rng, PAGES_OF_SPTES);
		unsigned i = (unsigned)rng_below(&rng, 4);
		struct sptep at = { name(p), i };
		size_t length, want = 0, seen = 0;

		in[g][p][i] = !in[g][p][i];
		for (unsigned k = 0; k < PAGES_OF_SPTES * 4; k++)
			want += in[g][k / 4][k % 4];
		if (in[g][p][i]) {
			assert_int_equal(rmap_add(&r, gfn_make(g), LEVEL_4K, at, &length), 0);
			assert_int_equal(length, want);
		} else {
			rmap_remove(&r, gfn_make(g), LEVEL_4K, at);
		}
		for (uint32_t n = rmap_first(&r, gfn_make(g), LEVEL_4K); n;
		     n = r.node[n].next) {
			unsigned q = (unsigned)((uintptr_t)r.node[n].at.page / 0x1000 - 1);

			assert_true(in[g][q][r.node[n].at.index]);
			seen++;
		}
		assert_int_equal(seen, want);
	}
	rmap_fini(&r);
}

/* A list per page size: a 2M entry is found from any frame of its range, and only as 2M. */
static void rmap_by_size(void **unused)
{
	struct sptep at = { name(0), 3 };
	struct rmap r;
	size_t length;

	(void)unused;
	rmap_init(&r);
	assert_int_equal(rmap_add(&r, gfn_make(512), LEVEL_2M, at, &length), 0);
	assert_int_not_equal(rmap_first(&r, gfn_make(1023), LEVEL_2M), 0);
	assert_int_equal(rmap_first(&r, gfn_make(1024), LEVEL_2M), 0);
	assert_int_equal(rmap_first(&r, gfn_make(512), LEVEL_4K), 0);
	rmap_remove(&r, gfn_make(700), LEVEL_2M, at);
	assert_int_equal(rmap_first(&r, gfn_make(512), LEVEL_2M), 0);
	rmap_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slots_as_painted), cmocka_unit_test(slots_in_place),
		cmocka_unit_test(slot_refusals),    cmocka_unit_test(page_store),
		cmocka_unit_test(rmap_as_listed),   cmocka_unit_test(rmap_by_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
