/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Saved guests: what small files of both kinds hold arrives as it should, and lies where the machine has it. */
#include "config.h"

#include "snapshot_bytes.h"

#include "mem/board_options.h"
#include "snapshot/roots.h"

static void place(struct snapshot *s, const char *words)
{
	struct board_options o;
	struct memory_plan plan = { .options = &o };
	struct sim_error err = { 0 };
	int rc = board_options_parse(&o, words, &err);

	if (!rc)
		rc = snapshot_place(s, &plan, &err);
	if (rc)
		print_message("# %s: %s\n", err.where, err.text);
	assert_int_equal(rc, 0);
	board_options_fini(&o);
}

static int place_badly(struct snapshot *s, const char *words, struct sim_error *err)
{
	struct board_options o;
	struct memory_plan plan = { .options = &o };
	int rc;

	*err = (struct sim_error){ 0 };
	assert_int_equal(board_options_parse(&o, words, err), 0);
	rc = snapshot_place(s, &plan, err);
	board_options_fini(&o);
	return rc;
}

/* --- migration files --- */

static void a_migration_file_says_what_it_holds(void **state)
{
	struct small_file f = { NULL, 0, 0 };
	struct small_snapshot g;
	struct snapshot_pages n;
	struct snapshot s;

	(void)state;
	small_guest(&g, &f);
	open_good(&s, &f);
	assert_int_equal(s.kind, SNAPSHOT_MIGRATION);
	assert_string_equal(s.machine, "pc-i440fx-7.2");
	assert_int_equal(s.n_block, 2);
	assert_string_equal(s.block[0].name, "pc.ram");
	assert_int_equal(s.block[0].bytes, SMALL_RAM);
	assert_string_equal(s.block[1].name, "mem1");
	assert_int_equal(snapshot_count(&s, 0, &n, NULL), 0);
	assert_int_equal(n.data, 4);
	assert_int_equal(n.zero, 1);
	assert_int_equal(n.absent, SMALL_RAM / 4096 - 5);
	assert_int_equal(n.fill, 0);
	assert_int_equal(s.n_cpu, 2);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(s.cpu[i].id, i);
		assert_int_equal(s.cpu[i].rip, 0xffffffff81000000 + i);
		assert_int_equal(s.cpu[i].regs.cr0, 0x80050033);
		assert_int_equal(s.cpu[i].regs.cr3, g.cr3);
		assert_int_equal(s.cpu[i].regs.cr4, 0x2a0);
		assert_int_equal(s.cpu[i].regs.efer, 0xd01);
		assert_true(s.cpu[i].knows_efer);
	}
	assert_int_equal(s.n_section, 4);
	assert_string_equal(s.section[0].name, "ram");
	assert_int_equal(s.section[0].parts, 4);
	assert_string_equal(s.section[1].name, "timer");
	assert_int_equal(s.section[1].bytes, 8);
	assert_string_equal(s.section[2].name, "cpu");
	assert_int_equal(s.section[2].instance, 1);
	assert_int_equal(s.section[2].bytes, 3 * 8 + 8 + 12 + 4 * 8 + 1 + 1 + 8 + 4 + 4);
	assert_false(s.is_placed);
	close_good(&s);
	small_fini(&f);
	small_snapshot_fini(&g);
}

static void the_last_copy_of_a_page_counts(void **state)
{
	struct small_file f = { NULL, 0, 0 };
	struct small_snapshot g;
	struct snapshot s;
	uint8_t page[4096], got[4096];

	(void)state;
	small_snapshot_init(&g, 4);
	memset(page, 0x5a, sizeof(page));
	page[9] = 7;
	small_begin(&f);
	small_ram(&f, &g);
	small_be(&f, 1, 2);
	small_be(&f, 4, 2);
	small_ram_zero(&f, 0x3000, "mem1", 0);
	small_ram_page(&f, 0x3000, NULL, page);
	small_ram_page(&f, 0x4000, NULL, page);
	small_ram_zero(&f, 0x5000, NULL, 0x77);
	small_be(&f, 8, 0x10);
	small_footer(&f, 2);
	small_be(&f, 1, 2); /* the block's name still holds in the next section */
	small_be(&f, 4, 2);
	small_ram_zero(&f, 0x4000, NULL, 0);
	small_be(&f, 8, 0x10);
	small_footer(&f, 2);
	small_end_ram(&f);
	small_devices(&f, &g);
	open_good(&s, &f);
	assert_int_equal(snapshot_read_page(&s, 1, 3, got, NULL), 0);
	assert_memory_equal(got, page, sizeof(page));
	assert_int_equal(snapshot_read_page(&s, 1, 4, got, NULL), 0);
	assert_int_equal(got[0] | got[9] | got[4095], 0);
	assert_int_equal(snapshot_read_page(&s, 1, 5, got, NULL), 0);
	assert_true(got[0] == 0x77 && got[4095] == 0x77);
	assert_int_equal(snapshot_read_page(&s, 1, 6, got, NULL), 0);
	assert_int_equal(got[0] | got[4095], 0);
	assert_int_equal(s.block[1].sent, 6);
	close_good(&s);
	small_fini(&f);
	small_snapshot_fini(&g);
}

static void commands_and_configuration_are_read_over(void **state)
{
	struct small_file f = { NULL, 0, 0 };
	struct small_snapshot g;
	struct snapshot s;

	(void)state;
	small_snapshot_init(&g, 4);
	small_text(&f, "QEVM");
	small_be(&f, 4, 3);
	small_be(&f, 1, 7);
	small_be(&f, 4, 2);
	small_text(&f, "pc");
	small_be(&f, 1, 5);
	small_name(&f, "configuration/target-page-bits");
	small_be(&f, 4, 1);
	small_be(&f, 4, 12);
	small_be(&f, 1, 5);
	small_name(&f, "configuration/capabilities");
	small_be(&f, 4, 1);
	small_be(&f, 4, 1);
	small_name(&f, "events");
	small_be(&f, 1, 5);
	small_name(&f, "configuration/uuid");
	small_be(&f, 4, 1);
	small_text(&f, "0123456789abcdef");
	small_be(&f, 1, 8); /* ping */
	small_be(&f, 2, 2);
	small_be(&f, 2, 4);
	small_be(&f, 4, 1);
	{
		struct small_file rest = { NULL, 0, 0 };

		small_migration(&rest, &g);
		small_put(&f, rest.p + 26, rest.n - 26);
		small_fini(&rest);
	}
	open_good(&s, &f);
	assert_string_equal(s.machine, "pc");
	assert_int_equal(s.n_cpu, 2);
	close_good(&s);
	small_fini(&f);
	small_snapshot_fini(&g);
}

/* --- where the guest sees it --- */

static void blocks_are_placed_where_the_machine_has_them(void **state)
{
	struct small_file f = { NULL, 0, 0 };
	struct small_snapshot g;
	struct sim_error err = { 0 };
	struct snapshot s;
	uint64_t v[2], at = SMALL_DIMM_AT + 0x3000;

	(void)state;
	small_guest(&g, &f);
	open_good(&s, &f);
	assert_int_equal(snapshot_read(&s, gpa_make(0), v, 8, &err), SIM_ERANGE);
	place(&s, SMALL_WORDS);
	assert_int_equal(snapshot_read(&s, gpa_make(0x6000), v, 8, NULL), 0);
	assert_int_equal(v[0], 0x1112);
	assert_int_equal(snapshot_read(&s, gpa_make(at), v, 8, NULL), 0);
	assert_int_equal(v[0], 0xd1d2);
	*small_word(&g, SMALL_DIMM_AT) = 0; /* the file, not the guest, is read */
	assert_int_equal(snapshot_read(&s, gpa_make(SMALL_DIMM_AT + 0x5ff8), v, 16, NULL), 0);
	assert_int_equal(v[0], 0);
	assert_int_equal(v[1], 0xd1d3);
	err = (struct sim_error){ 0 };
	assert_int_equal(snapshot_read(&s, gpa_make(SMALL_RAM), v, 1, &err), SIM_ERANGE);
	assert_non_null(strstr(err.text, "gpa 0x200000 is no memory"));
	assert_null(snapshot_find(&s, gpa_make(SMALL_DIMM_AT + SMALL_DIMM)));
	assert_non_null(snapshot_find(&s, gpa_make(SMALL_DIMM_AT + SMALL_DIMM - 1)));
	close_good(&s);
	small_fini(&f);
	small_snapshot_fini(&g);
}

/* RAM and one page of it, in a file of a machine. */
static void ram_of(struct small_file *f, const char *machine, uint64_t bytes, uint64_t at)
{
	struct small_snapshot g;
	uint8_t page[4096] = { 0x42 };

	small_snapshot_init(&g, 4);
	small_text(f, "QEVM");
	small_be(f, 4, 3);
	small_be(f, 1, 7);
	small_be(f, 4, strlen(machine));
	small_text(f, machine);
	small_be(f, 1, 1);
	small_be(f, 4, 2);
	small_name(f, "ram");
	small_be(f, 4, 0);
	small_be(f, 4, 4);
	small_be(f, 8, bytes | 0x04);
	small_name(f, "pc.ram");
	small_be(f, 8, bytes);
	small_ram_page(f, at, "pc.ram", page);
	small_be(f, 8, 0x10);
	small_footer(f, 2);
	small_end_ram(f);
	small_devices(f, &g);
	small_snapshot_fini(&g);
}

static void ram_above_the_hole_is_at_4_gib(void **state)
{
	static const struct {
		const char *machine, *known;
		uint64_t below; /* QEMU 7.2 pc_piix.c, pc_q35.c: lowmem of 5 GiB */
	} row[] = { { "pc-i440fx-7.2", "pc-i440fx-7.2", 0xc0000000 },
		    { "pc-i440fx-6.1", "pc-i440fx-6.1", 0xc0000000 },
		    { "pc-i440fx-9.0", "pc", 0xc0000000 },
		    { "pc-q35-7.2", "pc-q35-7.2", 0x80000000 },
		    { "pc-q35-10.0", "q35", 0x80000000 } };

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		struct small_file f = { NULL, 0, 0 };
		struct text words = { .s = NULL };
		struct snapshot s;
		char expect[80];
		uint8_t c = 0;

		ram_of(&f, row[i].machine, (uint64_t)5 << 30, row[i].below + 0x1000);
		open_good(&s, &f);
		assert_int_equal(snapshot_words(&s, &words, NULL), 0);
		snprintf(expect, sizeof(expect), "-machine %s -m 5120M -vga none",
			 row[i].known);
		assert_string_equal(words.s, expect);
		place(&s, words.s);
		assert_int_equal(snapshot_read(&s, gpa_make(0x100001000), &c, 1, NULL), 0);
		assert_int_equal(c, 0x42);
		assert_null(snapshot_find(&s, gpa_make(row[i].below)));
		text_fini(&words);
		close_good(&s);
		small_fini(&f);
	}
}

/* What a file calls its machine becomes a word of a command line, and no more than one. */
static void a_machine_of_several_words_is_refused(void **state)
{
	static const char *const name[] = {
		"pc-i440fx-7.2 -object memory-backend-file,id=q,mem-path=/tmp/q,size=4M",
		"pc-q35-7.2,accel=kvm", "pc-i440fx-7.2\"", "pc-i440fx-7.2'"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(name) / sizeof(*name); i++) {
		struct small_file f = { NULL, 0, 0 };
		struct text words = { .s = NULL };
		struct sim_error err = { 0 };
		struct snapshot s;

		ram_of(&f, name[i], (uint64_t)1 << 30, 0x1000);
		open_good(&s, &f);
		assert_int_equal(snapshot_words(&s, &words, &err), SIM_EFORMAT);
		assert_non_null(strstr(err.text, "a name has letters, digits"));
		assert_null(words.s);
		close_good(&s);
		small_fini(&f);
	}
}

static void words_that_are_open_are_asked_for(void **state)
{
	struct small_file f = { NULL, 0, 0 };
	struct small_snapshot g;
	struct sim_error err = { 0 };
	struct text words = { .s = NULL };
	struct snapshot s;

	(void)state;
	small_guest(&g, &f);
	open_good(&s, &f);
	assert_int_equal(snapshot_words(&s, &words, &err), SIM_EUNSUP);
	assert_non_null(strstr(err.text, "--qemu '-machine pc-i440fx-7.2 -m "
					 "2M,slots=1,maxmem=1G -vga none -object "
					 "memory-backend-ram,id=mem1,size=2M -device "
					 "pc-dimm,memdev=mem1'"));
	assert_int_equal(place_badly(&s, "-m 2M", &err), SIM_ERANGE);
	assert_non_null(strstr(err.text, "the file has RAM \"mem1\""));
	assert_int_equal(place_badly(&s, "-m 4M", &err), SIM_ERANGE);
	assert_non_null(strstr(err.text, "\"pc.ram\" of 0x400000 bytes, the file 0x200000"));
	assert_int_equal(place_badly(&s, "-machine q35 -m 2M", &err), SIM_ERANGE);
	assert_non_null(strstr(err.text, "another kind"));
	assert_int_equal(place_badly(&s,
				     SMALL_WORDS " -object memory-backend-ram,id=m2,size=2M "
						 "-device pc-dimm,memdev=m2 -m slots=2",
				     &err),
			 SIM_ERANGE);
	assert_non_null(strstr(err.text, "has RAM \"m2\", the file has not"));
	assert_false(s.is_placed);
	close_good(&s);
	small_fini(&f);
	ram_of(&f, "microvm", 0x200000, 0);
	open_good(&s, &f);
	err = (struct sim_error){ 0 };
	assert_int_equal(snapshot_words(&s, &words, &err), SIM_EUNSUP);
	assert_non_null(strstr(err.text, "\"microvm\""));
	close_good(&s);
	small_fini(&f);
	small_snapshot_fini(&g);
}

/* --- ELF dumps --- */

static const struct small_elf plain = { .bits = 64, .machine = 62, .cpus = 2 };

static void check_dump(const struct small_elf *e)
{
	uint64_t dimm_at = e->bits == 64 ? SMALL_DIMM_AT : 0x40000000, v;
	struct small_file f = { NULL, 0, 0 };
	struct small_snapshot g;
	struct snapshot_pages n;
	struct snapshot s;

	small_snapshot_init(&g, 4);
	paint(&g);
	*small_word(&g, SMALL_RAM - 8) = 0x1a57;
	small_elf_dump(&f, &g, e);
	open_good(&s, &f);
	assert_int_equal(s.kind, SNAPSHOT_ELF_DUMP);
	assert_true(s.is_placed);
	assert_int_equal(s.n_range, 2);
	assert_int_equal(s.n_block, 2);
	assert_int_equal(s.range[0].bytes, SMALL_RAM);
	assert_int_equal(s.range[1].gpa.v, dimm_at);
	assert_int_equal(s.range[1].bytes, SMALL_DIMM);
	assert_string_equal(s.block[0].name, "gpa 0x0");
	assert_int_equal(s.n_cpu, e->cpus);
	assert_int_equal(s.cpu[e->cpus - 1].id, e->cpus - 1);
	assert_int_equal(s.cpu[0].regs.cr3, g.cr3);
	assert_int_equal(s.cpu[0].regs.cr0, 0x80050033);
	assert_int_equal(s.cpu[0].regs.cr4, 0x2a0);
	assert_int_equal(s.cpu[0].regs.efer, e->machine == 62 ? 0xd01 : 0);
	assert_int_equal(s.cpu[0].rip, 0xffffffff81000000);
	assert_false(s.cpu[0].knows_efer);
	assert_string_equal(snapshot_paging(&s.cpu[0].regs),
			    e->machine == 62 ? "4-level" : "PAE");
	assert_int_equal(snapshot_read(&s, gpa_make(0x8000), &v, 8, NULL), 0);
	assert_int_equal(v, 0x1114);
	assert_int_equal(snapshot_read(&s, gpa_make(SMALL_RAM - 8), &v, 8, NULL), 0);
	assert_int_equal(v, 0x1a57);
	assert_int_equal(snapshot_read(&s, gpa_make(dimm_at), &v, 8, NULL), 0);
	assert_int_equal(v, 0xd1d1);
	assert_int_equal(snapshot_read(&s, gpa_make(dimm_at + 0x3000), &v, 8, NULL), 0);
	assert_int_equal(v, 0); /* beyond what the file has */
	assert_int_equal(snapshot_count(&s, 1, &n, NULL), 0);
	assert_int_equal(n.data, 1);
	assert_int_equal(n.zero, SMALL_DIMM / 4096 - 1);
	close_good(&s);
	small_fini(&f);
	small_snapshot_fini(&g);
}

static void dumps_of_each_kind_are_read(void **state)
{
	struct small_elf e = plain;

	(void)state;
	check_dump(&e);
	e.overlaps = 1;
	check_dump(&e);
	e.is_many = 1;
	check_dump(&e);
	e = (struct small_elf){ .bits = 32, .machine = 3, .cpus = 1 };
	check_dump(&e);
	e.overlaps = 1;
	check_dump(&e);
}

static void a_missing_file_is_refused(void **state)
{
	struct snapshot s;
	struct sim_error err = { 0 };

	(void)state;
	assert_int_equal(snapshot_open(&s, "/no/such/file", &err), SIM_EIO);
	assert_string_equal(err.where, "/no/such/file");
	snapshot_close(&s);
}

/* 64 TiB of memory of which the file has a page: counted, and searched, without looking at each. */
static void memory_that_the_file_lacks_is_counted_at_once(void **state)
{
	const size_t dimm_memsz = 64 + 3 * 56 - 16; /* of the third program header */
	const uint64_t bytes = (uint64_t)1 << 46;
	struct small_elf e = { .bits = 64, .machine = 62, .cpus = 1 };
	struct small_file f = { NULL, 0, 0 }, memsz = { NULL, 0, 0 };
	struct roots roots = { .cr3 = NULL };
	struct small_snapshot g;
	struct snapshot_pages n;
	struct snapshot s;

	(void)state;
	small_snapshot_init(&g, 4);
	small_map(&g, g.cr3, 0xffff888000000000, 0x5000, 1, 2);
	g.dimm[0] = 1;
	small_elf_dump(&f, &g, &e);
	small_le(&memsz, 8, bytes);
	memcpy(f.p + dimm_memsz, memsz.p, 8);
	open_good(&s, &f);
	assert_int_equal(s.block[1].bytes, bytes);
	assert_int_equal(snapshot_count(&s, 1, &n, NULL), 0);
	assert_int_equal(n.data, 1);
	assert_int_equal(n.zero, (bytes >> 12) - 1);
	assert_int_equal(roots_find(&roots, &s, g.cr3, NULL), 0);
	assert_int_equal(roots.n, 1);
	roots_fini(&roots);
	close_good(&s);
	small_fini(&memsz);
	small_fini(&f);
	small_snapshot_fini(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_migration_file_says_what_it_holds),
		cmocka_unit_test(the_last_copy_of_a_page_counts),
		cmocka_unit_test(commands_and_configuration_are_read_over),
		cmocka_unit_test(blocks_are_placed_where_the_machine_has_them),
		cmocka_unit_test(ram_above_the_hole_is_at_4_gib),
		cmocka_unit_test(a_machine_of_several_words_is_refused),
		cmocka_unit_test(words_that_are_open_are_asked_for),
		cmocka_unit_test(dumps_of_each_kind_are_read),
		cmocka_unit_test(memory_that_the_file_lacks_is_counted_at_once),
		cmocka_unit_test(a_missing_file_is_refused),
	};

	return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}
