/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The dirty log, however pages are watched and reported: by write protection or by the D bits that
 * page-modification logging tells of, in a bitmap or in rings. Closed forms follow from the
 * processor's 512 entries and from Linux 6.1's virt/kvm/dirty_ring.c.
 */
#include <string.h>

#include "tests/check.h"

#include "base/rng.h"
#include "mmu/dirty_log.h"
#include "tests/small_guest.h"
#include "vm/host_op.h"

#define MIB    ((uint64_t)1 << 20)
#define NEW    (1024 * MIB) /* gpa of the slot that is logged */
#define DATA   ((uint64_t)0x40000000)
#define PAGES  2048u
#define REGION 512u /* pages of a large leaf */

struct way {
	const char *technique;
	bool pml;
	unsigned ring;
};

static const struct way ways[] = { { "ept", false, 0 },	   { "ept", true, 0 },
				   { "ept", false, 256 },  { "ept", true, 1024 },
				   { "npt", false, 0 },	   { "npt", true, 0 },
				   { "npt", false, 1024 }, { "spt", false, 0 },
				   { "spt", false, 256 },  { "spt", true, 512 } };
#define N_WAYS (sizeof(ways) / sizeof(*ways))

struct world {
	struct small_guest g;
	unsigned pages;
	bool is_spt, guest_is_large;
	/* the oracle: what must be reported, and what shadow paging has entries for */
	bool dirty[PAGES], has_entry[PAGES], is_split[PAGES / REGION];
};

static void host_op(struct world *w, enum host_op_kind kind, uint64_t bytes)
{
	const struct host_op op = {
		.kind = kind, .gpa = NEW, .bytes = bytes, .alias = HOST_OP_NO_ALIAS
	};

	assert_int_equal(vm_host_op(w->g.vm, &op, NULL), 0);
}

static void use_vcpu(struct world *w, unsigned i)
{
	const struct event e = { .kind = EVENT_VCPU, .vcpu = (uint8_t)i };

	assert_int_equal(vm_event(w->g.vm, &e, NULL, NULL), 0);
}

static void store(struct world *w, unsigned page)
{
	small_store(&w->g, DATA + page * PAGE_BYTES);
}

static void store_all(struct world *w)
{
	for (unsigned i = 0; i < w->pages; i++)
		store(w, i);
}

static struct world *make(const struct way *way, unsigned host_level, unsigned guest_level,
			  unsigned pages, unsigned n_vcpu)
{
	struct small_options o = { .technique = way->technique,
				   .ram_bytes = 64 * MIB,
				   .host = { .page_level = host_level, .prepopulated = true },
				   .n_vcpu = n_vcpu,
				   .pml = way->pml,
				   .dirty_ring = way->ring };
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	small_init(&w->g, &o);
	w->pages = pages;
	w->is_spt = !strcmp(way->technique, "spt");
	w->guest_is_large = guest_level > LEVEL_4K && host_level > LEVEL_4K;
	for (unsigned i = 0; i < pages; i += (unsigned)level_frames(guest_level))
		small_map(&w->g, w->g.cr3, DATA + i * PAGE_BYTES, (NEW >> PAGE_SHIFT) + i,
			  SMALL_RW | SMALL_AD, guest_level);
	small_start(&w->g);
	host_op(w, HOST_OP_SLOT_ADD, host_level == LEVEL_1G ? 1024 * MIB : pages * PAGE_BYTES);
	for (unsigned i = 0; i < n_vcpu; i++) {
		use_vcpu(w, i);
		store_all(w);
	}
	return w;
}

static void done(struct world *w)
{
	small_fini(&w->g);
	free(w);
}

static const struct memslot *logged_slot(struct world *w)
{
	return memslots_find(&vm_mmu(w->g.vm)->slots, gfn_make(NEW >> PAGE_SHIFT));
}

#define COUNT(w, name) (vm_counters((w)->g.vm)->name)

static void start_log(struct world *w)
{
	host_op(w, HOST_OP_LOG_ON, 0);
	memset(w->dirty, 0, sizeof(w->dirty));
	memset(w->is_split, 0, sizeof(w->is_split));
	memset(w->has_entry, !(w->is_spt && w->guest_is_large), sizeof(w->has_entry));
	vm_mark(w->g.vm);
}

/* An entry that comes to be while the slot is logged may be written at once: its page counts as
 * dirty even if it was only read. A large entry goes with the first write. */
static void touched(struct world *w, unsigned page, bool is_store)
{
	bool *is_split = &w->is_split[page / REGION];

	if (is_store || (*is_split && !w->has_entry[page]))
		w->dirty[page] = w->has_entry[page] = *is_split = true;
}

static void touch(struct world *w, struct rng *r)
{
	unsigned near = (unsigned)rng_below(r, 64), page;
	bool is_store = rng_below(r, 3);

	page = rng_below(r, 2) ? near : (unsigned)rng_below(r, w->pages);
	if (is_store)
		store(w, page);
	else
		small_load(&w->g, DATA + page * PAGE_BYTES);
	touched(w, page, is_store);
}

/* What is reported, page by page. */
static void look_at_log(struct world *w)
{
	const struct memslot *slot = logged_slot(w);
	bool new_round;
	uint64_t n = 0;

	/* the same that reading the log does first; bits of a bitmap stay for it */
	new_round = dirty_log_sync(vm_mmu(w->g.vm));
	assert_int_equal(new_round, vm_mmu(w->g.vm)->cfg.dirty_ring != 0);
	for (unsigned i = 0; i < w->pages; i++) {
		if (memslot_is_dirty(slot, i) != w->dirty[i])
			fail_msg("page %u is %s", i, w->dirty[i] ? "lost" : "reported");
		n += w->dirty[i];
	}
	host_op(w, HOST_OP_LOG_GET, 0);
	assert_int_equal(vm_dirty_pages(w->g.vm), n);
	memset(w->dirty, 0, sizeof(w->dirty));
}

static void random_rounds(struct world *w, struct rng *r, unsigned n_vcpu)
{
	for (unsigned round = 0; round < 8; round++) {
		unsigned steps = (unsigned)rng_below(r, 1500);

		for (unsigned i = 0; i < steps; i++) {
			unsigned what = (unsigned)rng_below(r, 400);

			touch(w, r);
			if (what == 0)
				small_event(&w->g, EVENT_CR3, 0, w->g.cr3);
			else if (what < 5)
				use_vcpu(w, (unsigned)rng_below(r, n_vcpu));
		}
		look_at_log(w);
	}
}

static void reports_what_was_written(void **state)
{
	struct rng r;

	(void)state;
	rng_seed(&r, test_seed(0x10c));
	for (unsigned i = 0; i < N_WAYS * 9; i++) {
		unsigned host = LEVEL_4K + i / N_WAYS % 3,
			 n_vcpu = 1 + (unsigned)rng_below(&r, 3);
		unsigned guest = LEVEL_4K + (unsigned)rng_below(&r, 2);
		struct world *w = make(&ways[i % N_WAYS], host, guest, PAGES, n_vcpu);

		for (unsigned again = 0; again < 2; again++) {
			start_log(w);
			random_rounds(w, &r, n_vcpu);
			host_op(w, HOST_OP_LOG_OFF, 0);
			store_all(w);
		}
		done(w);
	}
}

/* Under PML a write costs no fault, but large leaves are split all the same. */
static void pml_splits_but_does_not_protect(void **state)
{
	struct way way = { "ept", true, 0 };
	struct world *w = make(&way, LEVEL_2M, LEVEL_2M, PAGES, 1);

	(void)state;
	assert_true(vm_mmu(w->g.vm)->c->pages_4k < PAGES);
	start_log(w);
	assert_true(vm_mmu(w->g.vm)->c->pages_4k >= PAGES);
	store_all(w);
	assert_int_equal(COUNT(w, pf_taken), 0);
	assert_int_equal(COUNT(w, exit_ept_violation), 0);
	host_op(w, HOST_OP_LOG_OFF, 0);
	store_all(w);
	assert_true(vm_mmu(w->g.vm)->c->pages_4k < PAGES);
	done(w);
}

/* --- page-modification logging --- */

/* n pages in turn, and nothing else that exits: the 513th needs the room of the first 512. */
static void pml_exits_when_full(void **state)
{
	static const unsigned sizes[] = { 1, 511, 512, 513, 1024, 1025, PAGES };
	const struct way way = { "ept", true, 0 };

	(void)state;
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct world *w = make(&way, LEVEL_4K, LEVEL_4K, sizes[i], 1);

		start_log(w);
		store_all(w);
		store_all(w);
		assert_int_equal(COUNT(w, exit_pml_full), (sizes[i] - 1) / PML_ENTRIES);
		assert_int_equal(COUNT(w, exits), COUNT(w, exit_pml_full));
		memset(w->dirty, true, sizes[i]);
		look_at_log(w);
		assert_int_equal(COUNT(w, pml_pages), sizes[i]);
		done(w);
	}
}

static void each_exit_empties_pml(void **state)
{
	const struct way way = { "ept", true, 0 };
	const struct event interrupt = { .kind = EVENT_INT, .n = 32 };
	struct world *w = make(&way, LEVEL_4K, LEVEL_4K, PAGES, 1);

	(void)state;
	start_log(w);
	for (unsigned i = 0; i < PAGES; i++) {
		store(w, i);
		if (i % 500 == 499)
			assert_int_equal(vm_event(w->g.vm, &interrupt, NULL, NULL), 0);
	}
	assert_int_equal(COUNT(w, exit_pml_full), 0);
	assert_int_equal(COUNT(w, pml_pages), PAGES - PAGES % 500);
	done(w);
}

/* What KVM maps writable is dirty, reported, and not logged by the processor once more. */
static void new_entries_are_dirty_from_the_start(void **state)
{
	const struct way way = { "ept", true, 0 };
	struct world *w = make(&way, LEVEL_4K, LEVEL_4K, PAGES, 1);

	(void)state;
	start_log(w);
	for (unsigned i = 0; i < 100; i++) {
		const struct host_op move = { .kind = HOST_OP_MOVE,
					      .gpa = NEW + i * PAGE_BYTES,
					      .bytes = PAGE_BYTES };

		assert_int_equal(vm_host_op(w->g.vm, &move, NULL), 0);
		small_load(&w->g, DATA + i * PAGE_BYTES);
		store(w, i);
		w->dirty[i] = true;
	}
	look_at_log(w);
	assert_int_equal(COUNT(w, pml_pages), 0);
	done(w);
}

static void no_pml_without_its_parts(void **state)
{
	static const char *const techniques[] = { "npt", "spt", "ept" };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		const struct way way = { techniques[i], i < 2, 0 };
		struct world *w = make(&way, LEVEL_4K, LEVEL_4K, PAGES, 1);

		start_log(w);
		store_all(w);
		assert_int_equal(COUNT(w, exit_pml_full), 0);
		assert_int_equal(COUNT(w, pml_pages), 0);
		assert_int_equal(COUNT(w, pf_taken), PAGES);
		done(w);
	}
}

/* Off with the last log: writes to pages of other slots cost nothing. */
static void pml_is_on_while_a_slot_is_logged(void **state)
{
	const struct way way = { "ept", true, 0 };
	struct world *w = make(&way, LEVEL_4K, LEVEL_4K, PAGES, 1);
	struct mmu *m = vm_mmu(w->g.vm);

	(void)state;
	assert_false(m->pml_is_on);
	start_log(w);
	assert_true(m->pml_is_on);
	host_op(w, HOST_OP_LOG_OFF, 0);
	assert_false(m->pml_is_on);
	store_all(w);
	assert_int_equal(COUNT(w, exit_pml_full), 0);
	start_log(w);
	host_op(w, HOST_OP_SLOT_DEL, 0);
	assert_false(m->pml_is_on);
	done(w);
}

/* --- rings --- */

/*
 * n pages in turn. Under write protection the page whose fault fills the ring is collected before the
 * guest can write it, and faults again: the ring takes one page less each time. Under PML the write
 * that finds the log full has not been made yet.
 */
static void ring_exits_when_nearly_full(void **state)
{
	static const struct {
		struct way way;
		unsigned full, pml_full;
	} c[] = {
		{ { "ept", false, 256 }, (PAGES - 1) / 191, 0 },
		{ { "npt", false, 1024 }, (PAGES - 1) / 959, 0 },
		{ { "spt", false, 512 }, (PAGES - 1) / 447, 0 },
		{ { "ept", false, 4096 }, 0, 0 },
		/* 512 at once: over the limit of 1024 - 64 - 512 each time, of 2048 the third */
		{ { "ept", true, 1024 }, (PAGES - 1) / 512, (PAGES - 1) / 512 },
		{ { "ept", true, 2048 }, (PAGES - 1) / 512 / 3, (PAGES - 1) / 512 },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(c) / sizeof(*c); i++) {
		struct world *w = make(&c[i].way, LEVEL_4K, LEVEL_4K, PAGES, 1);

		start_log(w);
		store_all(w);
		assert_int_equal(COUNT(w, dirty_ring_full), c[i].full);
		assert_int_equal(COUNT(w, exit_pml_full), c[i].pml_full);
		host_op(w, HOST_OP_LOG_GET, 0);
		assert_int_equal(vm_dirty_pages(w->g.vm), PAGES);
		assert_int_equal(COUNT(w, dirty_ring_pages),
				 PAGES + (c[i].way.pml ? 0 : c[i].full));
		done(w);
	}
}

/* What was collected is watched again at once: pages 0 and 191 are in twice. */
static void collected_pages_are_watched_again(void **state)
{
	const struct way way = { "ept", false, 256 };
	struct world *w = make(&way, LEVEL_4K, LEVEL_4K, PAGES, 1);

	(void)state;
	start_log(w);
	for (unsigned i = 0; i < 192; i++)
		store(w, i);
	store(w, 0);
	store(w, 500);
	store(w, 500);
	host_op(w, HOST_OP_LOG_GET, 0);
	assert_int_equal(COUNT(w, dirty_ring_full), 1);
	assert_int_equal(COUNT(w, dirty_ring_pages), 195);
	assert_int_equal(vm_dirty_pages(w->g.vm), 193);
	host_op(w, HOST_OP_LOG_GET, 0);
	assert_int_equal(vm_dirty_pages(w->g.vm), 0);
	done(w);
}

/* More than a whole ring between two entries into the guest: nothing is lost. */
static void an_overrun_loses_nothing(void **state)
{
	static const struct way c[] = { { "ept", false, 256 }, { "spt", false, 256 } };

	(void)state;
	for (unsigned k = 0; k < 2; k++) {
		struct world *w = make(&c[k], LEVEL_4K, LEVEL_4K, PAGES, 1);
		struct mmu_vcpu *v = &vm_mmu(w->g.vm)->vcpu[0];

		start_log(w);
		store(w, 5);
		for (unsigned i = 0; i < 300; i++)
			dirty_log_mark(v, logged_slot(w),
				       gfn_make((NEW >> PAGE_SHIFT) + (i < 255 ? 0 : 7)));
		store(w, 7);
		host_op(w, HOST_OP_LOG_GET, 0);
		assert_int_equal(vm_dirty_pages(w->g.vm), 3);
		store(w, 5);
		store(w, 7);
		host_op(w, HOST_OP_LOG_GET, 0);
		assert_int_equal(vm_dirty_pages(w->g.vm), 2);
		done(w);
	}
}

struct windows {
	unsigned n;
	struct {
		unsigned slot;
		uint64_t offset, mask;
	} at[8];
};

static void note(void *arg, unsigned slot, uint64_t offset, uint64_t mask)
{
	struct windows *w = arg;

	assert_true(w->n < 8);
	w->at[w->n].slot = slot;
	w->at[w->n].offset = offset;
	w->at[w->n++].mask = mask;
}

static void neighbours_are_watched_together(void **state)
{
	static const struct dirty_gfn pushed[] = { { 0, 100 }, { 0, 101 }, { 0, 163 },
						   { 0, 164 }, { 0, 162 }, { 0, 101 },
						   { 1, 101 }, { 1, 37 },  { 1, 38 },
						   { 1, 36 } };
	static const struct memslots none;
	struct dirty_ring r;
	struct windows w = { 0 };

	(void)state;
	assert_int_equal(dirty_ring_init(&r, 256, 0, NULL), 0);
	for (unsigned i = 0; i < sizeof(pushed) / sizeof(*pushed); i++)
		assert_true(dirty_ring_push(&r, pushed[i].slot, pushed[i].offset));
	assert_int_equal(dirty_ring_reset(&r, note, &w), 0);
	assert_int_equal(dirty_ring_collect(&r, &none), 10);
	assert_int_equal(dirty_ring_reset(&r, note, &w), 10);
	assert_int_equal(w.n, 4);
	/* 100, 101, 163; then 164 begins anew, takes 162 and 101 in by moving down */
	assert_int_equal(w.at[0].offset, 100);
	assert_true(w.at[0].mask == ((uint64_t)1 << 63 | 3));
	assert_int_equal(w.at[1].offset, 101);
	assert_true(w.at[1].mask == ((uint64_t)5 << 61 | 1));
	/* 64 pages further down is too far */
	assert_int_equal(w.at[2].slot, 1);
	assert_int_equal(w.at[2].offset, 101);
	assert_int_equal(w.at[3].offset, 36);
	assert_int_equal(w.at[3].mask, 7);
	dirty_ring_fini(&r);
}

static void a_ring_has_a_size(void **state)
{
	struct dirty_ring r;

	(void)state;
	assert_int_equal(dirty_ring_min(0), 256);
	assert_int_equal(dirty_ring_min(PML_ENTRIES), 1024);
	assert_int_equal(dirty_ring_init(&r, 128, 0, NULL), SIM_ERANGE);
	assert_int_equal(dirty_ring_init(&r, 512, PML_ENTRIES, NULL), SIM_ERANGE);
	assert_int_equal(dirty_ring_init(&r, 3000, 0, NULL), SIM_ERANGE);
	assert_int_equal(dirty_ring_init(&r, 131072, 0, NULL), SIM_ERANGE);
	assert_int_equal(dirty_ring_init(&r, 65536, PML_ENTRIES, NULL), 0);
	assert_int_equal(r.soft_limit, 65536 - 64 - 512);
	for (unsigned i = 0; i < 65536; i++) {
		assert_int_equal(dirty_ring_is_soft_full(&r), i >= r.soft_limit);
		assert_true(dirty_ring_push(&r, 0, i));
	}
	assert_false(dirty_ring_push(&r, 0, 1));
	assert_true(r.is_overrun);
	dirty_ring_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reports_what_was_written),
		cmocka_unit_test(pml_splits_but_does_not_protect),
		cmocka_unit_test(pml_exits_when_full),
		cmocka_unit_test(each_exit_empties_pml),
		cmocka_unit_test(new_entries_are_dirty_from_the_start),
		cmocka_unit_test(no_pml_without_its_parts),
		cmocka_unit_test(pml_is_on_while_a_slot_is_logged),
		cmocka_unit_test(ring_exits_when_nearly_full),
		cmocka_unit_test(collected_pages_are_watched_again),
		cmocka_unit_test(an_overrun_loses_nothing),
		cmocka_unit_test(neighbours_are_watched_together),
		cmocka_unit_test(a_ring_has_a_size),
	};

	return cmocka_run_group_tests_name("dirty_log", tests, NULL, NULL);
}
