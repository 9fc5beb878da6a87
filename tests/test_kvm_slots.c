/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_kvm_slots.c - which records KVM gets for which change of an address space, and what its dirty logs come to */
#include "config.h"

#include "check.h"

#include <string.h>

#include "mem/address_space.h"
#include "mem/host_backing.h"
#include "mem/kvm_slots.h"

#define MIB  ((uint64_t)1 << 20)
#define PAGE PAGE_BYTES

/* A memory with an address space, and a KVM that writes down what it is told. */
struct world {
	struct host *host;
	struct memory memory;
	struct memory_region *system;
	struct address_space *as;
	struct kvm_slots slots;
	char said
		[1024]; /* "+0 100000 200000 f0; " adds slot 0 at 1 MiB, 2 MiB long; "-0; "; "?0; " reads its log */
	uint64_t log; /* word 0 of each dirty log that is read */
	int refuses;  /* so many records are still taken; -1: all */
	unsigned n_told;
};

static const struct memory_region_ops no_registers = { .read = NULL };

static void say(struct world *w, const char *text)
{
	size_t n = strlen(w->said);

	assert_true(n + strlen(text) < sizeof(w->said));
	memcpy(w->said + n, text, strlen(text) + 1);
}

static int set_region(void *arg, const struct kvm_slot_region *r, struct sim_error *err)
{
	struct world *w = arg;
	char text[96];

	if (!w->refuses)
		return sim_fail(err, SIM_EIO, "", "KVM refuses");
	w->refuses -= w->refuses > 0;
	if (r->memory_size)
		snprintf(text, sizeof(text), "+%u %llx %llx f%u; ", r->slot,
			 (unsigned long long)r->guest_phys_addr,
			 (unsigned long long)r->memory_size, r->flags);
	else
		snprintf(text, sizeof(text), "-%u f%u; ", r->slot, r->flags);
	say(w, text);
	return 0;
}

static int get_dirty_log(void *arg, const struct kvm_slot_region *r, uint64_t *bitmap,
			 struct sim_error *err)
{
	struct world *w = arg;
	char text[32];

	(void)err;
	snprintf(text, sizeof(text), "?%u; ", r->slot);
	say(w, text);
	bitmap[0] = w->log;
	return 0;
}

static const struct kvm_slots_ops ops = { .set_region = set_region,
					  .get_dirty_log = get_dirty_log };

static void said(struct world *w, const char *want)
{
	assert_string_equal(w->said, want);
	w->said[0] = '\0';
}

static struct memory_region *region(struct world *w, const char *name,
				    enum memory_region_kind kind, uint64_t bytes)
{
	struct ramblock_config block = { .idstr = name,
					 .used_length = bytes,
					 .backing = backing_defaults(BACKING_ANONYMOUS) };
	struct memory_region_config c = { .name = name, .kind = kind, .size = bytes };
	struct memory_region *mr;

	if (kind == MEMORY_REGION_IO || kind == MEMORY_REGION_ROMD)
		c.ops = &no_registers;
	if (kind != MEMORY_REGION_IO)
		assert_int_equal(ramlist_add(&w->memory.ram, &block, &c.ram_block, NULL), 0);
	assert_int_equal(memory_region_create(&w->memory, &c, &mr, NULL), 0);
	return mr;
}

static struct memory_region *show(struct world *w, const char *name,
				  enum memory_region_kind kind, uint64_t addr, uint64_t bytes)
{
	struct memory_region *mr = region(w, name, kind, bytes);

	assert_int_equal(memory_region_add_subregion(w->system, addr, mr, NULL), 0);
	return mr;
}

static void hide(struct world *w, struct memory_region *mr)
{
	assert_int_equal(memory_region_del_subregion(w->system, mr, NULL), 0);
}

static int set_up(void **state)
{
	static const struct host_config config = { .page_level = LEVEL_4K };
	static struct world w;
	const struct memory_region_config system = { .name = "system",
						     .size = MEMORY_REGION_ALL };

	w = (struct world){ .refuses = -1 };
	assert_int_equal(host_create(&w.host, &config, NULL), 0);
	memory_init(&w.memory, &host_backing_ops, w.host);
	assert_int_equal(memory_region_create(&w.memory, &system, &w.system, NULL), 0);
	assert_int_equal(address_space_create(&w.memory, w.system, "memory", &w.as, NULL), 0);
	kvm_slots_init(&w.slots, &ops, &w);
	assert_int_equal(memory_listener_register(&w.slots.listener, w.as, NULL), 0);
	*state = &w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	memory_fini(&w->memory);
	kvm_slots_fini(&w->slots);
	host_destroy(w->host);
	return 0;
}

/* --- which slots --- */

static void ram_has_slots_and_devices_have_none(void **state)
{
	struct world *w = *state;
	struct memory_region *ram = show(w, "ram", MEMORY_REGION_RAM, MIB, 2 * MIB);
	const struct kvm_slot *s = kvm_slots_find(&w->slots, gpa_make(3 * MIB - 1));

	said(w, "+0 100000 200000 f0; ");
	assert_non_null(s);
	assert_int_equal(s->region.userspace_addr, ramblock_hva(ram->ram_block, 0).v);
	assert_null(kvm_slots_find(&w->slots, gpa_make(3 * MIB)));
	assert_null(kvm_slots_find(&w->slots, gpa_make(MIB - 1)));
	show(w, "rom", MEMORY_REGION_ROM, 4 * MIB, MIB);
	said(w, "+1 400000 100000 f2; ");
	show(w, "ramd", MEMORY_REGION_RAM_DEVICE, 6 * MIB, MIB);
	said(w, "+2 600000 100000 f0; ");
	show(w, "io", MEMORY_REGION_IO, 8 * MIB, MIB);
	said(w, "");
	hide(w, ram);
	said(w, "-0 f0; ");
	show(w, "other", MEMORY_REGION_RAM, 0, MIB); /* the lowest number that is free */
	said(w, "+0 0 100000 f0; ");
	assert_int_equal(w->slots.n_records, 5);
}

/* A device in the middle makes two slots of one: nothing is changed in place. */
static void another_layout_is_delete_and_create(void **state)
{
	struct world *w = *state;
	struct memory_region *io = region(w, "io", MEMORY_REGION_IO, MIB);

	show(w, "ram", MEMORY_REGION_RAM, 0, 4 * MIB);
	said(w, "+0 0 400000 f0; ");
	assert_int_equal(memory_region_add_subregion_overlap(w->system, MIB, io, 1, NULL), 0);
	said(w, "-0 f0; +0 0 100000 f0; +1 200000 200000 f0; ");
	assert_int_equal(memory_region_set_enabled(io, false, NULL), 0);
	said(w, "-0 f0; -1 f0; +0 0 400000 f0; ");
}

static void parts_of_pages_are_left_out(void **state)
{
	struct world *w = *state;
	const struct kvm_slot *s;
	struct memory_region *odd = show(w, "odd", MEMORY_REGION_RAM, 0x800, 0x2000);

	said(w, "+0 1000 1000 f0; ");
	s = kvm_slots_find(&w->slots, gpa_make(0x1000));
	assert_int_equal(s->region.userspace_addr, ramblock_hva(odd->ram_block, 0x800).v);
	assert_int_equal(s->ram_start.v, ramblock_addr(odd->ram_block, 0x800).v);
	hide(w, odd);
	said(w, "-0 f0; ");
	show(w, "small", MEMORY_REGION_RAM, 0x10800, 0x1000);
	said(w, "");
}

static void long_sections_are_several_slots(void **state)
{
	struct world *w = *state;
	struct memory_region *ram;

	w->slots.max_bytes = MIB;
	ram = show(w, "ram", MEMORY_REGION_RAM, 0, 2 * MIB + 3 * PAGE);
	said(w, "+0 0 100000 f0; +1 100000 100000 f0; +2 200000 3000 f0; ");
	assert_int_equal(kvm_slots_find(&w->slots, gpa_make(2 * MIB))->region.userspace_addr,
			 ramblock_hva(ram->ram_block, 2 * MIB).v);
	assert_int_equal(memory_region_set_log(ram, true, NULL), 0);
	said(w, "+0 0 100000 f1; +1 100000 100000 f1; +2 200000 3000 f1; ");
	hide(w, ram);
	said(w, "?0; -0 f0; ?1; -1 f0; ?2; -2 f0; ");
}

static void rom_devices_have_slots_in_rom_mode(void **state)
{
	struct world *w = *state;
	struct memory_region *romd = show(w, "romd", MEMORY_REGION_ROMD, 0, MIB);

	said(w, "+0 0 100000 f2; ");
	assert_int_equal(memory_region_rom_device_set_romd(romd, false, NULL), 0);
	said(w, "-0 f0; ");
	assert_int_equal(memory_region_rom_device_set_romd(romd, true, NULL), 0);
	said(w, "+0 0 100000 f2; ");
}

/* QEMU's slots follow the region; those of another VMM may follow what is seen. */
static void aliases_and_readonly(void **state)
{
	struct world *w = *state;
	struct memory_region *ram = region(w, "ram", MEMORY_REGION_RAM, MIB), *alias;
	const struct memory_region_config c = { .name = "alias",
						.kind = MEMORY_REGION_ALIAS,
						.size = MIB / 2,
						.alias = ram,
						.alias_offset = MIB / 2,
						.readonly = true };

	assert_int_equal(memory_region_create(&w->memory, &c, &alias, NULL), 0);
	assert_int_equal(memory_region_add_subregion(w->system, MIB, alias, NULL), 0);
	said(w, "+0 100000 80000 f0; ");
	assert_int_equal(w->slots.slot[0].region.userspace_addr,
			 ramblock_hva(ram->ram_block, MIB / 2).v);
	assert_int_equal(memory_region_set_enabled(alias, false, NULL), 0);
	w->slots.sees_aliases = true;
	said(w, "-0 f0; ");
	assert_int_equal(memory_region_set_enabled(alias, true, NULL), 0);
	said(w, "+0 100000 80000 f2; ");
}

/* --- what cannot be --- */

static void slots_run_out(void **state)
{
	struct world *w = *state;
	struct memory_region *third = region(w, "third", MEMORY_REGION_RAM, MIB);
	struct sim_error err = { 0 };

	w->slots.max = 2;
	show(w, "first", MEMORY_REGION_RAM, 0, MIB);
	assert_true(kvm_slots_have_free(&w->slots));
	show(w, "second", MEMORY_REGION_RAM, 2 * MIB, MIB);
	assert_false(kvm_slots_have_free(&w->slots));
	assert_int_equal(memory_region_add_subregion(w->system, 4 * MIB, third, &err),
			 SIM_ERANGE);
	assert_non_null(strstr(err.text, "all are in use"));
}

static void what_kvm_refuses_fails_the_commit(void **state)
{
	struct world *w = *state;
	struct memory_region *ram = region(w, "ram", MEMORY_REGION_RAM, MIB);
	struct sim_error err = { 0 };

	w->refuses = 0;
	assert_int_equal(memory_region_add_subregion(w->system, 0, ram, &err), SIM_EIO);
	assert_string_equal(err.text, "KVM refuses");
	assert_int_equal(w->slots.n_records, 0);
	assert_null(kvm_slots_find(&w->slots, gpa_make(0)));
	w->refuses = -1;
	assert_true(w->memory.is_broken);
}

/* Of a section of two slots the first goes, and KVM wants to keep the second. */
static void half_of_a_change_is_the_last(void **state)
{
	struct world *w = *state;
	struct memory_region *other = region(w, "other", MEMORY_REGION_RAM, MIB);
	struct memory_region *ram;
	struct address_space *as;
	struct sim_error err = { 0 };

	w->slots.max_bytes = MIB;
	ram = show(w, "ram", MEMORY_REGION_RAM, 0, 2 * MIB);
	w->refuses = 1;
	assert_int_equal(memory_region_del_subregion(w->system, ram, NULL), SIM_EIO);
	w->refuses = -1;
	w->said[0] = '\0';
	assert_null(kvm_slots_find(&w->slots, gpa_make(0)));
	assert_non_null(kvm_slots_find(&w->slots, gpa_make(MIB)));
	assert_int_equal(memory_region_add_subregion(w->system, 4 * MIB, other, &err),
			 SIM_ESTATE);
	assert_non_null(strstr(err.text, "halfway"));
	assert_int_equal(address_space_create(&w->memory, other, "more", &as, NULL),
			 SIM_ESTATE);
	assert_int_equal(memory_global_dirty_log_start(&w->memory, NULL), SIM_ESTATE);
	said(w, "");
}

/* A flag that KVM did not take is not the slot's. */
static void refused_flags_stay(void **state)
{
	struct world *w = *state;
	const struct kvm_slot *s;

	show(w, "ram", MEMORY_REGION_RAM, 0, MIB);
	s = kvm_slots_find(&w->slots, gpa_make(0));
	w->refuses = 0;
	assert_int_equal(kvm_slots_set_log(&w->slots, s, true, NULL), SIM_EIO);
	assert_int_equal(s->region.flags, 0);
	assert_int_equal(memory_global_dirty_log_start(&w->memory, NULL), SIM_EIO);
	assert_int_equal(s->region.flags, 0);
	assert_true(w->memory.is_broken);
	w->refuses = -1;
}

static void told(void *arg, const struct kvm_slot_region *r)
{
	struct world *w = arg;

	(void)r;
	w->n_told++;
}

static void who_wants_to_know_is_told(void **state)
{
	struct world *w = *state;

	w->slots.told = told;
	w->slots.told_arg = w;
	hide(w, show(w, "ram", MEMORY_REGION_RAM, 0, MIB));
	assert_int_equal(w->n_told, 2);
	w->slots.told = NULL;
}

/* --- dirty logs --- */

static void a_log_changes_the_flag_alone(void **state)
{
	struct world *w = *state;
	struct memory_region *vga = show(w, "vga", MEMORY_REGION_RAM, 0, MIB);

	show(w, "ram", MEMORY_REGION_RAM, 2 * MIB, MIB);
	said(w, "+0 0 100000 f0; +1 200000 100000 f0; ");
	assert_int_equal(memory_region_set_log(vga, true, NULL), 0);
	said(w, "+0 0 100000 f1; ");
	assert_int_equal(memory_global_dirty_log_start(&w->memory, NULL), 0);
	said(w, "+1 200000 100000 f1; "); /* the other is logged already */
	assert_int_equal(memory_region_set_log(vga, false, NULL), 0);
	said(w, "");
	show(w, "new", MEMORY_REGION_RAM, 4 * MIB, MIB);
	said(w, "+2 400000 100000 f1; ");
	assert_int_equal(memory_global_dirty_log_stop(&w->memory, NULL), 0);
	said(w, "+0 0 100000 f0; +1 200000 100000 f0; +2 400000 100000 f0; ");
}

static void one_slot_alone(void **state)
{
	struct world *w = *state;
	const struct kvm_slot *s;
	struct sim_error err = { 0 };

	show(w, "ram", MEMORY_REGION_RAM, 0, MIB);
	s = kvm_slots_find(&w->slots, gpa_make(0));
	said(w, "+0 0 100000 f0; ");
	assert_int_equal(kvm_slots_set_log(&w->slots, s, false, NULL), SIM_ERANGE);
	assert_int_equal(kvm_slots_set_log(&w->slots, s, true, NULL), 0);
	assert_int_equal(kvm_slots_set_log(&w->slots, s, true, &err), SIM_ERANGE);
	assert_non_null(strstr(err.text, "logged already"));
	assert_int_equal(kvm_slots_set_log(&w->slots, s, false, NULL), 0);
	said(w, "+0 0 100000 f1; +0 0 100000 f0; ");
}

static bool dirty(struct world *w, const struct memory_region *mr, uint64_t page,
		  enum dirty_client client)
{
	return dirty_any(&w->memory.ram.dirty, ramblock_addr(mr->ram_block, page * PAGE), PAGE,
			 client);
}

static void clean(struct world *w, const struct memory_region *mr)
{
	for (unsigned c = 0; c < DIRTY_MEMORY_NUM; c++)
		dirty_test_and_clear(&w->memory.ram.dirty, mr->ram_block->offset, MIB,
				     (enum dirty_client)c);
}

/* A log is noted by ram_addr, for those who listen. */
static void logs_reach_the_bitmaps(void **state)
{
	struct world *w = *state;
	struct memory_region *hole = show(w, "hole", MEMORY_REGION_RAM, 16 * MIB, MIB);
	struct memory_region *vga = show(w, "vga", MEMORY_REGION_RAM, 0, MIB);
	uint64_t pages;

	clean(w, vga);
	clean(w, hole);
	assert_int_equal(memory_region_set_log(vga, true, NULL), 0);
	w->log = 0x11; /* pages 0 and 4 */
	assert_int_equal(
		kvm_slots_sync(&w->slots, kvm_slots_find(&w->slots, gpa_make(0)), &pages, NULL),
		0);
	assert_int_equal(pages, 2);
	assert_true(dirty(w, vga, 0, DIRTY_MEMORY_VGA) && dirty(w, vga, 4, DIRTY_MEMORY_VGA));
	assert_false(dirty(w, vga, 1, DIRTY_MEMORY_VGA));
	assert_false(dirty(w, vga, 0, DIRTY_MEMORY_MIGRATION)); /* nobody listens */
	assert_false(dirty(w, hole, 0, DIRTY_MEMORY_VGA));
	w->said[0] = '\0';
	assert_int_equal(memory_global_dirty_log_start(&w->memory, NULL), 0);
	w->log = 2;
	assert_int_equal(memory_global_dirty_log_sync(&w->memory, NULL), 0);
	said(w, "+0 1000000 100000 f1; ?1; ?0; ");
	assert_true(dirty(w, vga, 1, DIRTY_MEMORY_MIGRATION));
	assert_true(dirty(w, hole, 1, DIRTY_MEMORY_MIGRATION));
	assert_false(dirty(w, vga, 1, DIRTY_MEMORY_CODE)); /* KVM has no translated code */
}

/* What its log still has is taken before a slot goes. */
static void a_slot_that_goes_leaves_its_log(void **state)
{
	struct world *w = *state;
	struct memory_region *ram = show(w, "ram", MEMORY_REGION_RAM, 0, MIB);

	assert_int_equal(memory_global_dirty_log_start(&w->memory, NULL), 0);
	clean(w, ram);
	w->said[0] = '\0';
	w->log = 8;
	hide(w, ram);
	said(w, "?0; -0 f0; ");
	assert_true(dirty(w, ram, 3, DIRTY_MEMORY_MIGRATION));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ram_has_slots_and_devices_have_none),
		TEST(another_layout_is_delete_and_create),
		TEST(parts_of_pages_are_left_out),
		TEST(long_sections_are_several_slots),
		TEST(rom_devices_have_slots_in_rom_mode),
		TEST(aliases_and_readonly),
		TEST(slots_run_out),
		TEST(what_kvm_refuses_fails_the_commit),
		TEST(half_of_a_change_is_the_last),
		TEST(refused_flags_stay),
		TEST(who_wants_to_know_is_told),
		TEST(a_log_changes_the_flag_alone),
		TEST(one_slot_alone),
		TEST(logs_reach_the_bitmaps),
		TEST(a_slot_that_goes_leaves_its_log),
	};

	return cmocka_run_group_tests_name("kvm_slots", tests, NULL, NULL);
}
