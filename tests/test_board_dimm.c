/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory backends and DIMMs that come and go, what is refused, RAM at an address, NUMA; where a device finds a place. */
#include "tests/check.h"

#include <string.h>

#include "base/text.h"
#include "mem/host_backing.h"
#include "mem/memory_device.h"
#include "mem/mtree.h"
#include "tests/small_board.h"

#define MIB    ((uint64_t)1 << 20)
#define GIB    ((uint64_t)1 << 30)
#define MEMORY "-m 256M,slots=4,maxmem=2G "

static void create(struct small_board *s, const char *line)
{
	struct sim_error err = { 0 };
	char models[4096];

	source_path(models, sizeof(models), "models/board");
	if (small_board_create(s, line, models, &err))
		fail_msg("%s: %s", err.where, err.text);
}

static void refused(const char *line, const char *what)
{
	struct small_board s;
	struct sim_error err = { 0 };
	char models[4096];

	source_path(models, sizeof(models), "models/board");
	assert_int_not_equal(small_board_create(&s, line, models, &err), 0);
	assert_true(err.where[0]);
	if (!strstr(err.text, what))
		fail_msg("%s: %s: %s", line, err.where, err.text);
}

static void object(struct small_board *s, const char *words)
{
	struct sim_error err = { 0 };

	if (small_board_object_add(s, words, &err))
		fail_msg("%s: %s", words, err.text);
}

static void device(struct small_board *s, const char *words)
{
	struct sim_error err = { 0 };

	if (small_board_device_add(s, words, &err))
		fail_msg("%s: %s", words, err.text);
}

static char *views(struct small_board *s)
{
	struct text t = { .s = NULL };

	mtree_info(s->board, MTREE_FLAT, &t);
	mtree_ramblock(s->board, &t);
	mtree_memory_devices(s->board, &t);
	return text_take(&t);
}

/* A refusal leaves everything as it was. */
static void device_refused(struct small_board *s, const char *words, const char *what)
{
	struct sim_error err = { 0 };
	char *before = views(s), *after;

	assert_int_not_equal(small_board_device_add(s, words, &err), 0);
	if (!strstr(err.text, what))
		fail_msg("%s: %s", words, err.text);
	after = views(s);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static const char *seen_at(struct small_board *s, uint64_t addr)
{
	struct memory_region_section x =
		address_space_section(board_address_space(s->board), addr, 1);

	return x.mr ? x.mr->name : "nothing";
}

/* --- places --- */

static void address_is_first_fit(void **unused)
{
	struct memory_device_range used[] = { { 4 * GIB, GIB, "a" },
					      { 5 * GIB + 4 * MIB, 2 * MIB, NULL } };
	struct memory_device_place p = { 4 * GIB, 4 * GIB, used, 2, 2 * MIB };
	uint64_t at;

	(void)unused;
	assert_int_equal(memory_device_address(&p, 0, 4 * MIB, &at, NULL), 0);
	assert_int_equal(at, 5 * GIB);
	assert_int_equal(memory_device_address(&p, 0, 6 * MIB, &at, NULL), 0);
	assert_int_equal(at, 5 * GIB + 6 * MIB);
	assert_int_equal(memory_device_address(&p, 0, 3 * GIB, &at, NULL), SIM_ERANGE);
	assert_int_equal(memory_device_address(&p, 0, 3 * GIB - 6 * MIB, &at, NULL), 0);
	assert_int_equal(memory_device_address(&p, 6 * GIB, 2 * GIB, &at, NULL), 0);
	assert_int_equal(memory_device_address(&p, 6 * GIB, 2 * GIB + 2 * MIB, &at, NULL),
			 SIM_ERANGE);
	assert_int_equal(memory_device_address(&p, 6 * GIB + 4096, 2 * MIB, &at, NULL),
			 SIM_ERANGE);
	assert_int_equal(memory_device_address(&p, 5 * GIB + 2 * MIB, 4 * MIB, &at, NULL),
			 SIM_ESTATE);
	assert_int_equal(memory_device_address(&p, 2 * GIB, 2 * MIB, &at, NULL), SIM_ERANGE);
	p.align = GIB;
	assert_int_equal(memory_device_address(&p, 0, 4 * MIB, &at, NULL), SIM_ERANGE);
	assert_int_equal(memory_device_address(&p, 0, GIB, &at, NULL), 0);
	assert_int_equal(at, 6 * GIB);
}

static void slot_is_the_lowest_free(void **unused)
{
	const unsigned char taken[4] = { 1, 0, 1, 0 }, full[2] = { 1, 1 };
	int slot;

	(void)unused;
	assert_int_equal(memory_device_slot(taken, 4, DIMM_SLOT_AUTO, &slot, NULL), 0);
	assert_int_equal(slot, 1);
	assert_int_equal(memory_device_slot(taken, 4, 3, &slot, NULL), 0);
	assert_int_equal(slot, 3);
	assert_int_equal(memory_device_slot(taken, 4, 2, &slot, NULL), SIM_ESTATE);
	assert_int_equal(memory_device_slot(taken, 4, 4, &slot, NULL), SIM_ERANGE);
	assert_int_equal(memory_device_slot(full, 2, DIMM_SLOT_AUTO, &slot, NULL), SIM_ERANGE);
	assert_int_equal(memory_device_slot(full, 0, DIMM_SLOT_AUTO, &slot, NULL), SIM_ERANGE);
}

/* --- DIMMs --- */

static void dimm_comes_and_goes(void **unused)
{
	struct sim_error err = { 0 };
	struct small_board s;
	char *before, *after;
	unsigned n;

	(void)unused;
	create(&s, "-accel kvm " MEMORY);
	object(&s, "memory-backend-ram,id=m,size=128M");
	before = views(&s);
	device(&s, "pc-dimm,id=d,memdev=m");
	assert_string_equal(seen_at(&s, 4 * GIB), "m");
	assert_int_equal(board_plugged_memory(s.board), 128 * MIB);
	assert_int_equal(board_object_del(s.board, "m", &err), SIM_ESTATE);
	assert_non_null(strstr(err.text, "in use"));
	n = s.n_records;
	assert_int_equal(s.record[n - 1].guest_phys_addr, 4 * GIB);
	assert_int_equal(s.record[n - 1].memory_size, 128 * MIB);
	assert_int_equal(board_device_del(s.board, "d", NULL), 0);
	assert_int_equal(s.n_records, n + 1);
	assert_int_equal(s.record[n].slot, s.record[n - 1].slot);
	assert_int_equal(s.record[n].memory_size, 0);
	assert_string_equal(seen_at(&s, 4 * GIB), "nothing");
	after = views(&s);
	assert_string_equal(before, after);
	assert_int_equal(board_device_del(s.board, "d", NULL), SIM_ERANGE);
	assert_int_equal(board_object_del(s.board, "m", NULL), 0);
	assert_int_equal(board_object_del(s.board, "m", NULL), SIM_ERANGE);
	assert_null(ramlist_find_idstr(&s.memory->ram, "m"));
	free(before);
	free(after);
	small_board_destroy(&s);
}

static void dimms_are_refused(void **unused)
{
	struct small_board s;

	(void)unused;
	create(&s, MEMORY);
	object(&s, "memory-backend-ram,id=big,size=2G");
	object(&s, "memory-backend-ram,id=odd,size=101M");
	object(&s, "memory-backend-ram,id=a,size=128M");
	object(&s, "memory-backend-ram,id=b,size=128M");
	device_refused(&s, "pc-dimm,memdev=big", "not enough space, currently 0x0");
	device_refused(&s, "pc-dimm,memdev=odd", "multiple of 0x200000");
	device_refused(&s, "pc-dimm,memdev=none", "'none' not found");
	device_refused(&s, "pc-dimm,memdev=a,slot=9", "valid range is [0-3]");
	device_refused(&s, "pc-dimm,memdev=a,addr=0x100001000", "aligned to 0x200000");
	device_refused(&s, "pc-dimm,memdev=a,addr=0x80000000", "usable range");
	device_refused(&s, "pc-dimm,memdev=a,node=1", "number of numa nodes: 1");
	device(&s, "pc-dimm,memdev=a,id=d,slot=2,addr=0x140000000");
	device_refused(&s, "pc-dimm,memdev=b,id=d", "duplicate");
	device_refused(&s, "pc-dimm,memdev=b,slot=2", "slot 2 is busy");
	device_refused(&s, "pc-dimm,memdev=b,addr=0x144000000", "conflicts");
	device_refused(&s, "pc-dimm,memdev=a", "busy memdev");
	device(&s, "pc-dimm,memdev=b");
	assert_string_equal(board_dimm_at(s.board, 0)->backend->id, "b");
	assert_int_equal(board_dimm_at(s.board, 0)->slot, 0);
	assert_null(board_dimm_at(s.board, 2));
	small_board_destroy(&s);
}

/* A file's page is the alignment, anonymous memory's is 2 MiB. */
static void alignment_is_the_backends(void **unused)
{
	struct small_board s;

	(void)unused;
	create(&s, MEMORY);
	object(&s, "memory-backend-memfd,id=f,size=4K");
	object(&s, "memory-backend-ram,id=r,size=2M");
	device(&s, "pc-dimm,memdev=f");
	device(&s, "pc-dimm,memdev=r");
	assert_int_equal(board_dimm_at(s.board, 0)->size, 4096);
	assert_int_equal(board_dimm_at(s.board, 1)->addr, 4 * GIB + 2 * MIB);
	small_board_destroy(&s);
}

static void boards_without_room_refuse(void **unused)
{
	struct small_board s;

	(void)unused;
	create(&s, "-m 256M");
	object(&s, "memory-backend-ram,id=a,size=128M");
	device_refused(&s, "pc-dimm,memdev=a", "'slots' option");
	small_board_destroy(&s);
	create(&s, MEMORY "-machine acpi=off");
	object(&s, "memory-backend-ram,id=a,size=128M");
	device_refused(&s, "pc-dimm,memdev=a", "acpi disabled");
	small_board_destroy(&s);
}

static void kvm_without_slots_refuses(void **unused)
{
	struct small_board s;

	(void)unused;
	create(&s, "-accel kvm " MEMORY);
	object(&s, "memory-backend-ram,id=a,size=128M");
	board_slots(s.board)->max = 5;
	device_refused(&s, "pc-dimm,memdev=a", "no free memory slots");
	small_board_destroy(&s);
}

static void cold_dimms_are_not_hotplugged(void **unused)
{
	struct small_board s;

	(void)unused;
	create(&s, MEMORY "-object memory-backend-ram,id=a,size=128M -device pc-dimm,memdev=a");
	assert_false(board_dimm_at(s.board, 0)->hotplugged);
	assert_null(board_dimm_at(s.board, 0)->id);
	assert_true(board_backend_at(s.board, 0)->is_mapped);
	small_board_destroy(&s);
}

/* KVM refused a slot: nothing more is done to the memory, nor said to KVM. */
static void broken_boards_refuse(void **unused)
{
	struct sim_error err = { 0 };
	struct small_board s;

	(void)unused;
	create(&s, MEMORY " -accel kvm");
	assert_int_equal(small_board_object_add(&s, "memory-backend-ram,id=m,size=64M", &err),
			 0);
	assert_int_equal(
		small_board_object_add(&s, "memory-backend-ram,id=idle,size=64M", &err), 0);
	s.n_records = SMALL_BOARD_RECORDS;
	assert_int_equal(small_board_device_add(&s, "pc-dimm,id=d,memdev=m", &err), SIM_ERANGE);
	assert_true(board_memory(s.board)->is_broken);
	assert_null(board_dimm_at(s.board, 0));
	s.n_records = 0;
	err = (struct sim_error){ 0 };
	assert_int_equal(small_board_device_add(&s, "pc-dimm,id=d,memdev=m", &err), SIM_ESTATE);
	assert_non_null(strstr(err.text, "failed halfway"));
	assert_int_equal(small_board_object_add(&s, "memory-backend-ram,id=o,size=64M", NULL),
			 SIM_ESTATE);
	assert_int_equal(board_object_del(s.board, "idle", NULL), SIM_ESTATE);
	assert_int_equal(board_hotplug(s.board, gpa_make(5 * GIB), MIB, NULL), SIM_ESTATE);
	assert_int_equal(board_add_ram(s.board, gpa_make(8 * GIB), MIB, false, NULL),
			 SIM_ESTATE);
	assert_int_equal(board_del_ram(s.board, gpa_make(8 * GIB), NULL), SIM_ESTATE);
	assert_int_equal(board_boot(s.board, NULL), SIM_ESTATE);
	assert_int_equal(s.n_records, 0);
	small_board_destroy(&s);
}

/* What QEMU would do with a DIMM of nobody's wishes. */
static void records_follow_the_machine(void **unused)
{
	const struct backing_config *c;
	struct small_board s;

	(void)unused;
	create(&s, MEMORY " -machine mem-merge=off,dump-guest-core=off");
	assert_int_equal(board_hotplug(s.board, gpa_make(5 * GIB), 64 * MIB, NULL), 0);
	c = &board_dimm_at(s.board, 0)->backend->options.backing;
	assert_false(c->has_merge);
	assert_false(c->has_dump);
	small_board_destroy(&s);
}

static void records_of_a_stream(void **unused)
{
	struct sim_error err = { 0 };
	struct small_board s;

	(void)unused;
	create(&s, MEMORY);
	assert_int_equal(board_hotplug(s.board, gpa_make(5 * GIB), 64 * MIB, &err), 0);
	assert_int_equal(board_dimm_at(s.board, 0)->addr, 5 * GIB);
	assert_int_equal(board_hotplug(s.board, gpa_make(5 * GIB), 64 * MIB, &err), SIM_ESTATE);
	assert_int_equal(board_hotplug(s.board, gpa_make(5 * GIB + 4096), 64 * MIB, NULL),
			 SIM_ERANGE);
	assert_int_equal(board_hotunplug(s.board, gpa_make(5 * GIB), 32 * MIB, NULL),
			 SIM_ESTATE);
	assert_int_equal(board_hotunplug(s.board, gpa_make(5 * GIB), 64 * MIB, NULL), 0);
	assert_string_equal(seen_at(&s, 5 * GIB), "nothing");
	assert_null(board_dimm_at(s.board, 0));
	assert_null(board_backend_at(s.board, 1));
	small_board_destroy(&s);
}

/* --- RAM and its split --- */

static void split(const char *line, uint64_t below, uint64_t above)
{
	struct small_board s;
	struct memory_region_section x;

	create(&s, line);
	x = address_space_section(board_address_space(s.board), below - 1, 1);
	assert_string_equal(x.mr->name, "pc.ram");
	assert_int_equal(x.offset_within_region, below - 1);
	assert_string_not_equal(seen_at(&s, below), "pc.ram");
	x = address_space_section(board_address_space(s.board), 4 * GIB, 1);
	assert_int_equal(x.mr != NULL, above != 0);
	if (above)
		assert_int_equal(x.offset_within_region, below);
	if (above)
		assert_string_equal(seen_at(&s, 4 * GIB + above - 1), "pc.ram");
	assert_string_equal(seen_at(&s, 4 * GIB + above), "nothing");
	small_board_destroy(&s);
}

static void ram_is_split(void **unused)
{
	(void)unused;
	split("-machine pc -m 3583M", 3583 * MIB, 0);
	split("-machine pc -m 3584M", 3 * GIB, 512 * MIB);
	split("-machine pc -m 8G", 3 * GIB, 5 * GIB);
	split("-machine q35 -m 2815M", 2815 * MIB, 0);
	split("-machine q35 -m 2816M", 2 * GIB, 768 * MIB);
	split("-machine pc,max-ram-below-4g=2G -m 3G", 2 * GIB, GIB);
	split("-machine pc,max-ram-below-4g=1536M -m 3G", 1536 * MIB, 1536 * MIB);
	split("-machine q35,max-ram-below-4g=1G -m 3G", GIB, 2 * GIB);
	split("-machine pc,max-ram-below-4g=4G -m 3G", 3 * GIB, 0);
}

static void too_much_is_refused(void **unused)
{
	struct small_board s;

	(void)unused;
	refused("-m 2G,slots=1,maxmem=1008G", "0x1fc3fffffff: phys-bits too low");
	refused("-machine q35 -m 2G,slots=1,maxmem=980G", "phys-bits too low");
	create(&s, "-m 2G,slots=1,maxmem=1005G");
	small_board_destroy(&s);
	create(&s, "-m 2G,slots=1,maxmem=1008G -accel kvm");
	small_board_destroy(&s);
}

static void backends_are_the_ram(void **unused)
{
	struct small_board s;

	(void)unused;
	create(&s, "-m 256M -object memory-backend-memfd,id=x,size=256M -machine "
		   "memory-backend=x");
	assert_string_equal(seen_at(&s, 0), "x");
	small_board_destroy(&s);
	create(&s, "-m 256M -object memory-backend-ram,id=a,size=96M "
		   "-object memory-backend-ram,id=b,size=160M "
		   "-numa node,memdev=a -numa node,memdev=b");
	assert_int_equal(ramblock_hva(board_backend_at(s.board, 1)->mr->ram_block, 0).v % GIB,
			 96 * MIB);
	assert_string_equal(seen_at(&s, 96 * MIB - 1), "a");
	assert_string_equal(seen_at(&s, 96 * MIB), "b");
	assert_string_equal(seen_at(&s, 256 * MIB), "nothing");
	small_board_destroy(&s);
	refused("-m 256M -machine memory-backend=x", "memory backend");
	refused("-m 256M -object memory-backend-ram,id=a,size=128M -numa node,memdev=a",
		"(0x8000000) should equal");
	refused("-m 256M -object memory-backend-ram,id=a,size=128M -numa node,memdev=a "
		"-numa node,memdev=a",
		"used twice");
}

/* --- bytes --- */

static uint64_t read_u64(struct board *b, uint64_t addr)
{
	uint64_t v = 0;

	assert_int_equal(address_space_read(board_address_space(b), addr, &v, sizeof(v)), 0);
	return v;
}

static void write_u64(struct board *b, uint64_t addr, uint64_t v)
{
	assert_int_equal(address_space_write(board_address_space(b), addr, &v, sizeof(v)), 0);
}

/* With real memory below: what is written is there, above 4 GiB and in a DIMM too, and is the block's. */
static void memory_holds_what_is_written(void **unused)
{
	static const struct host_config config = { .page_level = LEVEL_4K };
	struct board_config cfg = { .backing = &host_real_ops };
	struct board_options o;
	struct host *host;
	struct board *b;
	const struct ramblock *ram;
	uint64_t v;

	(void)unused;
	assert_int_equal(host_create(&host, &config, NULL), 0);
	assert_int_equal(board_options_parse(&o,
					     "-machine max-ram-below-4g=64M -m "
					     "96M,slots=1,maxmem=1G",
					     NULL),
			 0);
	cfg.backing_arg = host;
	cfg.options = &o;
	assert_int_equal(board_create(&b, &cfg, NULL), 0);
	write_u64(b, 0x1000, 1);
	write_u64(b, 4 * GIB + 0x1000, 2);
	assert_int_equal(read_u64(b, 0x1000), 1);
	assert_int_equal(read_u64(b, 4 * GIB + 0x1000), 2);
	ram = ramlist_find_idstr(&board_memory(b)->ram, "pc.ram");
	memcpy(&v, host_real_ops.bytes(host, &ram->backing) + 64 * MIB + 0x1000, sizeof(v));
	assert_int_equal(v, 2);
	assert_int_equal(address_space_read(board_address_space(b), 5 * GIB, &v, sizeof(v)),
			 MEMTX_DECODE_ERROR);
	assert_int_equal(board_hotplug(b, gpa_make(5 * GIB), 2 * MIB, NULL), 0);
	write_u64(b, 5 * GIB + 2 * MIB - 8, 3);
	assert_int_equal(read_u64(b, 5 * GIB + 2 * MIB - 8), 3);
	assert_int_equal(board_hotunplug(b, gpa_make(5 * GIB), 2 * MIB, NULL), 0);
	assert_int_equal(address_space_read(board_address_space(b), 5 * GIB, &v, sizeof(v)),
			 MEMTX_DECODE_ERROR);
	board_destroy(b);
	board_options_fini(&o);
	host_destroy(host);
}

/* --- bare boards --- */

static struct board *bare(struct host **host)
{
	static const struct host_config config = { .page_level = LEVEL_4K };
	struct board_config cfg = { .backing = &host_backing_ops };
	struct board *b;

	assert_int_equal(host_create(host, &config, NULL), 0);
	cfg.backing_arg = *host;
	assert_int_equal(board_create(&b, &cfg, NULL), 0);
	return b;
}

static const char *name_at(struct board *b, uint64_t addr, uint64_t *offset)
{
	struct memory_region_section x = address_space_section(board_address_space(b), addr, 1);

	*offset = x.offset_within_region;
	return x.mr ? x.mr->name : "nothing";
}

static void bare_boards_have_ram_at_addresses(void **unused)
{
	struct text t = { .s = NULL };
	struct host *host;
	struct board *b = bare(&host);
	uint64_t offset;

	(void)unused;
	assert_int_equal(board_add_ram(b, gpa_make(MIB), MIB, false, NULL), 0);
	assert_int_equal(board_add_ram(b, gpa_make(2 * MIB), MIB, true, NULL), 0);
	assert_int_equal(board_add_ram(b, gpa_make(MIB + 4096), 4096, false, NULL), SIM_ERANGE);
	assert_int_equal(board_add_ram(b, gpa_make(0), MIB + 4096, false, NULL), SIM_ERANGE);
	assert_int_equal(board_add_ram(b, gpa_make(0), 0, false, NULL), SIM_ERANGE);
	assert_int_equal(board_add_ram(b, gpa_make(12), 4096, false, NULL), SIM_ERANGE);
	assert_int_equal(board_base_memory(b), 2 * MIB);
	assert_int_equal(
		board_add_alias(b, gpa_make(8 * MIB), 8192, gpa_make(MIB + 4096), false, NULL),
		0);
	assert_int_equal(
		board_add_alias(b, gpa_make(9 * MIB), 8192, gpa_make(4 * MIB), false, NULL),
		SIM_ESTATE);
	assert_string_equal(name_at(b, 8 * MIB + 4096, &offset), "ram@100000");
	assert_int_equal(offset, 8192);
	assert_int_equal(board_del_ram(b, gpa_make(MIB), NULL), 0);
	assert_string_equal(name_at(b, MIB, &offset), "nothing");
	assert_string_equal(name_at(b, 8 * MIB + 4096, &offset), "ram@100000");
	assert_int_equal(board_del_ram(b, gpa_make(MIB), NULL), SIM_ESTATE);
	assert_non_null(ramlist_find_idstr(&board_memory(b)->ram, "ram@100000"));
	assert_int_equal(board_add_ram(b, gpa_make(MIB), MIB, false, NULL), 0);
	assert_int_equal(board_del_ram(b, gpa_make(8 * MIB), NULL), 0);
	assert_null(ramlist_find_idstr(&board_memory(b)->ram, "ram@100000"));
	assert_int_equal(board_hotunplug(b, gpa_make(MIB), MIB, NULL), 0);
	assert_int_equal(board_hotplug(b, gpa_make(16 * MIB), MIB, NULL), 0);
	assert_string_equal(name_at(b, 16 * MIB, &offset), "ram@1000000");
	mtree_info(b, MTREE_FLAT, &t);
	mtree_numa(b, &t);
	assert_string_equal(t.s,
			    "FlatView #0\n AS \"memory\", root: system\n"
			    " Root memory region: system\n"
			    "  0000000000200000-00000000002fffff (prio 0, rom): ram@200000\n"
			    "  0000000001000000-00000000010fffff (prio 0, ram): ram@1000000\n"
			    "\n0 nodes\n");
	text_fini(&t);
	assert_null(board_io_space(b));
	assert_null(board_slots(b));
	assert_null(board_options(b));
	board_destroy(b);
	host_destroy(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(address_is_first_fit),
		cmocka_unit_test(slot_is_the_lowest_free),
		cmocka_unit_test(dimm_comes_and_goes),
		cmocka_unit_test(dimms_are_refused),
		cmocka_unit_test(alignment_is_the_backends),
		cmocka_unit_test(boards_without_room_refuse),
		cmocka_unit_test(kvm_without_slots_refuses),
		cmocka_unit_test(cold_dimms_are_not_hotplugged),
		cmocka_unit_test(broken_boards_refuse),
		cmocka_unit_test(records_follow_the_machine),
		cmocka_unit_test(records_of_a_stream),
		cmocka_unit_test(ram_is_split),
		cmocka_unit_test(too_much_is_refused),
		cmocka_unit_test(backends_are_the_ram),
		cmocka_unit_test(memory_holds_what_is_written),
		cmocka_unit_test(bare_boards_have_ram_at_addresses),
	};

	return cmocka_run_group_tests_name("board_dimm", tests, NULL, NULL);
}
