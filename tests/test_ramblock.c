/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RAM blocks: where they lie, in which order, how they are found; what a resize does. */
#include "tests/check.h"

#include <string.h>

#include "base/rng.h"
#include "mem/host_backing.h"
#include "mem/memslot.h"
#include "mem/ramblock.h"

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

struct world {
	struct host *host;
	struct ramlist list;
};

static int set_up(void **state)
{
	static const struct host_config cfg = { .page_level = LEVEL_4K };
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	assert_int_equal(host_create(&w->host, &cfg, NULL), 0);
	ramlist_init(&w->list, &host_backing_ops, w->host);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	ramlist_fini(&w->list);
	host_destroy(w->host);
	free(w);
	return 0;
}

static struct ramblock *add_max(struct ramlist *l, const char *idstr, uint64_t used,
				uint64_t max)
{
	struct ramblock_config cfg = { .idstr = idstr,
				       .used_length = used,
				       .max_length = max,
				       .is_resizeable = max != used,
				       .backing = backing_defaults(BACKING_ANONYMOUS) };
	struct sim_error err = { 0 };
	struct ramblock *b = NULL;

	if (ramlist_add(l, &cfg, &b, &err))
		print_error("%s\n", err.text);
	assert_non_null(b);
	return b;
}

static struct ramblock *add(struct ramlist *l, const char *idstr, uint64_t length)
{
	return add_max(l, idstr, length, length);
}

/* --- the machine of a real QEMU 7.2: -machine pc -m 256M, two DIMMs added later --- */

struct shown {
	const char *idstr;
	uint64_t offset, used, max;
};

static void add_pc(struct ramlist *l)
{
	static const struct shown in_order_of_creation[] = {
		{ "pc.ram", 0, 256 * MIB, 256 * MIB },
		{ "pc.bios", 0, 0x40000, 0x40000 },
		{ "pc.rom", 0, 0x20000, 0x20000 },
		{ "0000:00:02.0/vga.vram", 0, 16 * MIB, 16 * MIB },
		{ "0000:00:02.0/vga.rom", 0, 0x10000, 0x10000 },
		{ "0000:00:03.0/e1000.rom", 0, 0x40000, 0x40000 },
		{ "/rom@etc/acpi/tables", 0, 0x20000, 0x200000 },
		{ "/rom@etc/table-loader", 0, 0x1000, 0x10000 },
		{ "/rom@etc/acpi/rsdp", 0, 0x1000, 0x1000 },
	};

	for (unsigned i = 0; i < sizeof(in_order_of_creation) / sizeof(struct shown); i++) {
		const struct shown *s = &in_order_of_creation[i];

		add_max(l, s->idstr, s->used, s->max);
	}
}

static void is_shown(const struct ramlist *l, const struct shown *s, unsigned n)
{
	const struct ramblock *b = l->first;

	for (unsigned i = 0; i < n; i++, b = b->next) {
		assert_non_null(b);
		assert_string_equal(b->idstr, s[i].idstr);
		assert_int_equal(b->offset.v, s[i].offset);
		assert_int_equal(b->used_length, s[i].used);
		assert_int_equal(b->max_length, s[i].max);
		assert_int_equal(b->page_size, PAGE_BYTES);
	}
	assert_null(b);
}

static void as_qemu(void **state)
{
	struct world *w = *state;
	static const struct shown after[] = {
		{ "pc.ram", 0, 0x10000000, 0x10000000 },
		{ "mem1", 0x11380000, 0x10000000, 0x10000000 },
		{ "mem2", 0x21380000, 0x8000000, 0x8000000 },
		{ "0000:00:02.0/vga.vram", 0x10080000, 0x1000000, 0x1000000 },
		{ "/rom@etc/acpi/tables", 0x11100000, 0x20000, 0x200000 },
		{ "pc.bios", 0x10000000, 0x40000, 0x40000 },
		{ "0000:00:03.0/e1000.rom", 0x110c0000, 0x40000, 0x40000 },
		{ "pc.rom", 0x10040000, 0x20000, 0x20000 },
		{ "0000:00:02.0/vga.rom", 0x11080000, 0x10000, 0x10000 },
		{ "/rom@etc/table-loader", 0x11300000, 0x1000, 0x10000 },
		{ "/rom@etc/acpi/rsdp", 0x11340000, 0x1000, 0x1000 },
	};

	add_pc(&w->list);
	assert_int_equal(w->list.version, 9);
	assert_int_equal(ramlist_last_page(&w->list), 0x11341);
	add(&w->list, "mem1", 256 * MIB);
	add(&w->list, "mem2", 128 * MIB);
	is_shown(&w->list, after, sizeof(after) / sizeof(after[0]));
	assert_int_equal(ramlist_last_page(&w->list), 0x29380);
}

/* --- gaps --- */

static void best_fit(void **state)
{
	struct world *w = *state;
	struct ramlist *l = &w->list;
	struct ramblock *a = add(l, "a", MIB), *b = add(l, "b", 4 * MIB);
	struct ramblock *c = add(l, "c", MIB), *d = add(l, "d", 2 * MIB);

	add(l, "e", MIB);
	assert_int_equal(d->offset.v, 6 * MIB);
	ramlist_remove(l, b);
	ramlist_remove(l, d);
	assert_null(ramlist_find_idstr(l, "b"));
	assert_int_equal(add(l, "f", MIB)->offset.v, 6 * MIB); /* 2M is a better fit than 4M */
	assert_int_equal(add(l, "g", 3 * MIB)->offset.v, MIB);
	assert_int_equal(add(l, "h", MIB)->offset.v,
			 4 * MIB); /* what is left of 4M: it fits exactly */
	assert_int_equal(add(l, "i", 2 * MIB)->offset.v, 9 * MIB); /* none fits but the end */
	ramlist_remove(l, a);
	assert_int_equal(add(l, "j", MIB)->offset.v, 7 * MIB); /* none looks below the lowest */
	ramlist_remove(l, c);
	assert_int_equal(add(l, "k", 0x1000)->offset.v, 5 * MIB);
}

/* Two gaps of one size: the one behind the block that stands first in the list, here the larger block. */
static void equal_gaps(void **state)
{
	struct world *w = *state;
	struct ramlist *l = &w->list;
	struct ramblock *gap1, *gap2;

	add(l, "small", MIB);
	gap1 = add(l, "gap1", MIB);
	add(l, "large", 8 * MIB);
	gap2 = add(l, "gap2", MIB);
	add(l, "last", MIB);
	assert_int_equal(gap2->offset.v, 10 * MIB);
	ramlist_remove(l, gap1);
	ramlist_remove(l, gap2);
	assert_int_equal(add(l, "new", MIB)->offset.v, 10 * MIB);
}

static void alignment(void **state)
{
	struct world *w = *state;
	struct ramlist *l = &w->list;

	add(l, "a", 1);
	assert_int_equal(l->first->used_length, PAGE_BYTES);
	assert_int_equal(add(l, "b", 65 * PAGE_BYTES)->offset.v, 0x40000);
	assert_int_equal(add(l, "c", PAGE_BYTES)->offset.v, 0xc0000);
}

/* Random blocks come and go; none shares a word of the bitmaps with another, and the list keeps its order. */
static void random_blocks(void **state)
{
	struct world *w = *state;
	struct ramlist *l = &w->list;
	struct rng rng;
	uint64_t n = 0;

	rng_seed(&rng, test_seed(0x7a11));
	for (unsigned step = 0; step < 600; step++) {
		if (n && rng_below(&rng, 3) == 0) {
			struct ramblock *b = l->first;

			for (uint64_t i = rng_below(&rng, n); i; i--)
				b = b->next;
			ramlist_remove(l, b);
			n--;
		} else {
			add(l, "", (1 + rng_below(&rng, 300)) << PAGE_SHIFT);
			n++;
		}
		for (struct ramblock *a = l->first; a; a = a->next) {
			assert_int_equal(a->offset.v % RAMBLOCK_ALIGN, 0);
			assert_true(!a->next || a->max_length >= a->next->max_length);
			for (struct ramblock *b = a->next; b; b = b->next)
				assert_true(a->offset.v + a->max_length <= b->offset.v ||
					    b->offset.v + b->max_length <= a->offset.v);
		}
	}
}

/* --- finding --- */

static void mru(void **state)
{
	struct world *w = *state;
	struct ramlist *l = &w->list;
	struct ramblock *a = add(l, "a", 2 * MIB), *b = add(l, "b", MIB), decoy = { 0 };
	uint64_t offset;

	assert_null(l->mru);
	assert_ptr_equal(ramlist_find(l, ram_addr_make(2 * MIB + 5)), b);
	assert_ptr_equal(l->mru, b);
	assert_ptr_equal(ramlist_find(l, ram_addr_make(5)), a);
	assert_ptr_equal(l->mru, a);
	assert_null(ramlist_find(l, ram_addr_make(3 * MIB)));
	assert_ptr_equal(l->mru, a);
	decoy.max_length =
		MIB; /* it is looked at first: one that claims the same is believed */
	decoy.backing.hva = a->backing.hva;
	l->mru = &decoy;
	assert_ptr_equal(ramlist_find(l, ram_addr_make(5)), &decoy);
	assert_ptr_equal(ramlist_find_hva(l, a->backing.hva, &offset), &decoy);
	assert_ptr_equal(ramlist_find(l, ram_addr_make(2 * MIB)), b);
	assert_ptr_equal(l->mru, b);
	assert_ptr_equal(ramlist_find_hva(l, ramblock_hva(a, 0x1234), &offset), a);
	assert_int_equal(offset, 0x1234);
	assert_ptr_equal(l->mru, b);
	assert_null(ramlist_find_hva(l, hva_make(a->backing.hva.v - 1), &offset));
	ramlist_remove(l, b);
	assert_null(l->mru);
	ramlist_find(l, ram_addr_make(0));
	add(l, "c", MIB);
	assert_null(l->mru);
}

static void names(void **state)
{
	struct world *w = *state;
	struct ramlist *l = &w->list;
	struct ramblock *a = add(l, NULL, MIB), *b = add(l, "b", MIB);
	struct sim_error err = { 0 };
	char name[RAMBLOCK_IDSTR_MAX + 1];

	assert_string_equal(a->idstr, "");
	add(l, "", MIB);
	assert_int_equal(ramblock_set_idstr(l, a, "b", &err), SIM_ERANGE);
	assert_non_null(strstr(err.text, "\"b\" is there already"));
	assert_int_equal(ramblock_set_idstr(l, b, "b", NULL), 0);
	assert_int_equal(ramblock_set_idstr(l, b, "", NULL), 0);
	assert_int_equal(ramblock_set_idstr(l, a, "b", NULL), 0);
	assert_ptr_equal(ramlist_find_idstr(l, "b"), a);
	memset(name, 'x', sizeof(name));
	name[RAMBLOCK_IDSTR_MAX] = 0;
	assert_int_equal(ramblock_set_idstr(l, b, name, NULL), SIM_ERANGE);
	name[RAMBLOCK_IDSTR_MAX - 1] = 0;
	assert_int_equal(ramblock_set_idstr(l, b, name, NULL), 0);
	assert_ptr_equal(ramlist_find_idstr(l, name), b);
}

/* --- lengths, and what is dirty --- */

static uint64_t dirty(const struct ramlist *l, const struct ramblock *b)
{
	uint64_t n = dirty_count(&l->dirty, b->offset, b->max_length, DIRTY_MEMORY_VGA);

	for (unsigned c = 0; c < DIRTY_MEMORY_NUM; c++)
		assert_int_equal(
			dirty_count(&l->dirty, b->offset, b->max_length, (enum dirty_client)c),
			n);
	return n;
}

static void resize(void **state)
{
	struct world *w = *state;
	struct ramlist *l = &w->list;
	struct ramblock *a = add_max(l, "tables", 0x20000, 0x200000);
	struct ramblock *fixed = add(l, "fixed", MIB);
	struct sim_error err = { 0 };

	assert_int_equal(dirty(l, a), 0x20);
	dirty_test_and_clear(&l->dirty, a->offset, 0x1000, DIRTY_MEMORY_VGA);
	assert_int_equal(ramblock_resize(l, a, 0x1f001, NULL), 0); /* the same, rounded */
	assert_false(dirty_any(&l->dirty, a->offset, 0x1000, DIRTY_MEMORY_VGA));
	assert_int_equal(ramblock_resize(l, a, 0x30000, NULL), 0);
	assert_int_equal(a->used_length, 0x30000);
	assert_int_equal(dirty(l, a), 0x30);
	assert_int_equal(ramblock_resize(l, a, 0x10000, NULL), 0);
	assert_int_equal(dirty(l, a), 0x10);
	assert_int_equal(ramblock_resize(l, a, 0x200001, &err), SIM_ERANGE);
	assert_non_null(strstr(err.text, "at most 0x200000"));
	assert_int_equal(ramblock_resize(l, a, UINT64_MAX, NULL), SIM_ERANGE);
	assert_int_equal(a->used_length, 0x10000);
	assert_int_equal(ramblock_resize(l, fixed, MIB, NULL), 0);
	assert_int_equal(ramblock_resize(l, fixed, MIB / 2, NULL), SIM_ERANGE);
}

static void refusals(void **state)
{
	struct world *w = *state;
	struct ramblock_config cfg = { .idstr = "x",
				       .backing = backing_defaults(BACKING_ANONYMOUS) };
	struct sim_error err = { 0 };
	struct ramblock *b;

	assert_int_equal(ramlist_add(&w->list, &cfg, &b, NULL), SIM_ERANGE); /* no length */
	cfg.used_length = UINT64_MAX;
	assert_int_equal(ramlist_add(&w->list, &cfg, &b, NULL), SIM_ERANGE);
	cfg.used_length = 2 * MIB;
	cfg.max_length = MIB;
	cfg.is_resizeable = true;
	assert_int_equal(ramlist_add(&w->list, &cfg, &b, NULL), SIM_ERANGE);
	cfg.max_length = 4 * MIB;
	cfg.is_resizeable = false;
	assert_int_equal(ramlist_add(&w->list, &cfg, &b, NULL), SIM_ERANGE);
	cfg.max_length = 0;
	cfg.backing.policy = NUMA_BIND; /* the provider says no */
	assert_int_equal(ramlist_add(&w->list, &cfg, &b, NULL), SIM_ERANGE);
	cfg.used_length = RAMLIST_MAX_BYTES + 1;
	assert_int_equal(ramlist_add(&w->list, &cfg, &b, NULL), SIM_ERANGE);
	cfg.used_length = 2 * MIB;
	assert_null(w->list.first);
	assert_int_equal(w->list.version, 0);
	assert_int_equal(w->list.dirty.n_pages, 0);
	cfg.backing.policy = NUMA_DEFAULT;
	assert_int_equal(ramlist_add(&w->list, &cfg, &b, NULL), 0);
	assert_int_equal(ramlist_add(&w->list, &cfg, &b, NULL), SIM_ERANGE); /* taken */
	cfg.idstr = "y";
	cfg.used_length = RAMLIST_MAX_BYTES - MIB; /* too much together */
	assert_int_equal(ramlist_add(&w->list, &cfg, &b, &err), SIM_ERANGE);
	assert_non_null(strstr(err.text, "4194304 MiB"));
	assert_int_equal(w->list.dirty.n_pages, 2 * MIB / PAGE_BYTES);
}

/* --- a ram_addr is no GPA --- */

static ram_addr_t addr_of(struct ramlist *l, struct memslots *slots, uint64_t gpa)
{
	const struct memslot *s = memslots_find(slots, gpa_to_gfn(gpa_make(gpa)));
	const struct ramblock *b;
	uint64_t offset;

	assert_non_null(s);
	b = ramlist_find_hva(l, memslot_hva(s, gpa_to_gfn(gpa_make(gpa))), &offset);
	assert_non_null(b);
	return ramblock_addr(b, offset);
}

/* 4.5 GiB of RAM, 3 GiB below 4 GiB; VGA memory behind it in the ram_addr space, and below 4 GiB for the guest. */
static void no_gpa(void **state)
{
	struct world *w = *state;
	struct ramlist *l = &w->list;
	struct ramblock *ram = add(l, "pc.ram", 4 * GIB + GIB / 2);
	struct ramblock *vram = add(l, "vga.vram", 16 * MIB);
	struct memslots slots;

	memslots_init(&slots);
	const struct kvm_slot_region shown[] = {
		{ 0, 0, 0, 3 * GIB, ram->backing.hva.v },
		{ 1, 0, 4 * GIB, GIB + GIB / 2, ramblock_hva(ram, 3 * GIB).v },
		{ 2, 0, 0xfd000000, 16 * MIB, vram->backing.hva.v },
		{ 3, 0, 0x400000000, PAGE_BYTES, ram->backing.hva.v },
	};

	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(memslots_create(&slots, &shown[i], NULL), 0);
	assert_int_equal(addr_of(l, &slots, 0x1000).v, 0x1000); /* here, by chance */
	assert_int_equal(addr_of(l, &slots, 4 * GIB + 0x1000).v, 3 * GIB + 0x1000);
	assert_int_equal(addr_of(l, &slots, 0xfd000000).v, 4 * GIB + GIB / 2);
	assert_int_equal(addr_of(l, &slots, 0x400000000).v, 0); /* two GPAs of one page */
	assert_int_equal(addr_of(l, &slots, 0).v, 0);
	memslots_fini(&slots);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(as_qemu, set_up, tear_down),
		cmocka_unit_test_setup_teardown(best_fit, set_up, tear_down),
		cmocka_unit_test_setup_teardown(equal_gaps, set_up, tear_down),
		cmocka_unit_test_setup_teardown(alignment, set_up, tear_down),
		cmocka_unit_test_setup_teardown(random_blocks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(mru, set_up, tear_down),
		cmocka_unit_test_setup_teardown(names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(resize, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refusals, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_gpa, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
