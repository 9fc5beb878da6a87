/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Saved guests: what small files of both kinds hold arrives as it should, to the last byte; what is damaged or not
 * readable is refused at its byte, with the reason. */
#include "config.h"

#include "check.h"

#include <string.h>

#include "base/rng.h"
#include "mem/board_options.h"
#include "small_snapshot.h"
#include "snapshot/snapshot.h"

/* --- helpers --- */

static int open_bytes(struct snapshot *s, const struct small_file *f, struct sim_error *err)
{
	FILE *stream = fmemopen(f->p, f->n, "rb");
	int rc;

	assert_non_null(stream);
	rc = snapshot_open_stream(s, stream, "bytes", err);
	if (rc) {
		snapshot_close(s);
		fclose(stream);
	}
	return rc;
}

static void open_good(struct snapshot *s, const struct small_file *f)
{
	struct sim_error err = { 0 };
	int rc = open_bytes(s, f, &err);

	if (rc)
		print_message("# %s: %s\n", err.where, err.text);
	assert_int_equal(rc, 0);
}

static void close_good(struct snapshot *s)
{
	FILE *f = s->file.f;

	snapshot_close(s);
	fclose(f);
}

/* The file is refused with this code, at a byte, for a reason that holds the text. */
static void refused(const struct small_file *f, int code, const char *why)
{
	struct snapshot s;
	struct sim_error err = { 0 };
	int rc = open_bytes(&s, f, &err);

	if (rc != code || !strstr(err.text, why) || strncmp(err.where, "bytes:+0x", 9) != 0)
		print_message("# %d %s: %s\n# wanted %d %s\n", rc, err.where, err.text, code,
			      why);
	assert_int_equal(rc, code);
	assert_non_null(strstr(err.text, why));
	assert_memory_equal(err.where, "bytes:+0x", 9);
}

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

/* Memory with a pattern that tells where each page is from. */
static void paint(struct small_snapshot *g)
{
	for (unsigned i = 0; i < 4; i++) {
		*small_word(g, 0x5000 + i * 0x1000) = 0x1111 + i;
		*small_word(g, SMALL_DIMM_AT + i * 0x3000) = 0xd1d1 + i;
	}
}

static void small_guest(struct small_snapshot *g, struct small_file *f)
{
	small_snapshot_init(g, 4);
	paint(g);
	small_migration(f, g);
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

/* --- what is refused --- */

/* A stream whose first part of RAM has one item: flags, and what comes behind. */
static void item_refused(uint64_t v, int code, const char *why)
{
	struct small_file f = { NULL, 0, 0 };
	uint8_t rest[8192] = { 0 };

	small_begin(&f);
	small_be(&f, 1, 2);
	small_be(&f, 4, 2);
	small_be(&f, 8, v);
	small_put(&f, rest, sizeof(rest));
	refused(&f, code, why);
	small_fini(&f);
}

static void items_of_ram_that_cannot_be_read_are_named(void **state)
{
	(void)state;
	item_refused(0x40, SIM_EUNSUP, "XBZRLE");
	item_refused(0x60, SIM_EUNSUP, "XBZRLE");
	item_refused(0x100, SIM_EUNSUP, "compressed page");
	item_refused(0x200, SIM_EUNSUP, "multifd");
	item_refused(0x80, SIM_EUNSUP, "RDMA");
	item_refused(0x01, SIM_EUNSUP, "before 0.12");
	item_refused(0x400, SIM_EFORMAT, "flags 0x400");
	item_refused(0x0a, SIM_EFORMAT, "flags 0xa");
	item_refused(0, SIM_EFORMAT, "flags 0x0");
	item_refused(0x1010, SIM_EFORMAT, "the end of a section of RAM with");
	item_refused(0x30, SIM_EFORMAT, "the end of a section of RAM with");
	item_refused(0x28, SIM_EFORMAT, "there is none before");
	item_refused(0x1004, SIM_EFORMAT, "second list");
	item_refused(0x08, SIM_EFORMAT, "block \"\"");
}

/* A good stream with other bytes at a place. */
static void patched(size_t at, unsigned bytes, uint64_t v, int code, const char *why)
{
	struct small_file f = { NULL, 0, 0 }, p = { NULL, 0, 0 };
	struct small_snapshot g;

	small_guest(&g, &f);
	small_be(&p, bytes, v);
	memcpy(f.p + at, p.p, bytes);
	refused(&f, code, why);
	small_fini(&f);
	small_fini(&p);
	small_snapshot_fini(&g);
}

static void other_streams_are_refused_by_name(void **state)
{
	(void)state;
	patched(4, 4, 2, SIM_EUNSUP, "version 2; version 3 is readable");
	patched(8, 1, 9, SIM_EFORMAT, "0x09 begins no section");
	patched(8, 1, 5, SIM_EFORMAT, "a subsection outside");
	patched(8, 1, 6, SIM_EFORMAT, "0x06 begins no section");
	patched(9, 4, 256, SIM_EFORMAT, "name of more than 255");
	patched(13, 1, 0xff, SIM_EFORMAT, "byte 0xff in a name");
	patched(32, 1, 'x', SIM_EUNSUP, "a section \"xam\" in parts");
	patched(26, 1, 4, SIM_EFORMAT, "\"ram\" of instance 0, which is not described");
	patched(26, 1, 2, SIM_EFORMAT, "a part of section 2, which has not begun");
	patched(26, 1, 7, SIM_EFORMAT, "a second configuration");
	patched(26, 1, 0, SIM_EFORMAT, "ends before its RAM");
	patched(26, 3, 0x080003, SIM_EUNSUP, "command 3 ");
	patched(39, 4, 3, SIM_EUNSUP, "RAM of version 3");
	patched(43, 8, 0x7ffffffff004, SIM_EFORMAT, "4 KiB to 4 TiB");
	patched(43, 8, 4, SIM_EFORMAT, "4 KiB to 4 TiB");
	patched(58, 8, 0x1234, SIM_EFORMAT, "block \"pc.ram\" of 0x1234 bytes");
	patched(58, 8, 0x7fff0000, SIM_EFORMAT, "block \"pc.ram\" of 0x7fff0000 bytes");
	patched(91, 4, 3, SIM_EFORMAT, "section 2 does not end here");
}

static void files_of_other_kinds_are_refused_by_name(void **state)
{
	static const struct {
		const char *head;
		int code;
		const char *why;
	} row[] = {
		{ "\x1f\x8b\x08", SIM_EUNSUP, "gzip -dc" },
		{ "\x28\xb5\x2f\xfd", SIM_EUNSUP, "zstd -dc" },
		{ "\xfd"
		  "7zXZ",
		  SIM_EUNSUP, "xz -dc" },
		{ "\x04\x22\x4d\x18", SIM_EUNSUP, "lz4 -dc" },
		{ "BZh91", SIM_EUNSUP, "bzip2 -dc" },
		{ "makedumpfile", SIM_EUNSUP, "kdump" },
		{ "KDUMP   ", SIM_EUNSUP, "kdump" },
		{ "PAGEDU64", SIM_EUNSUP, "Windows" },
		{ "QFI\xfb", SIM_EUNSUP, "qcow2" },
		{ "LibvirtQemudSave", SIM_EUNSUP, "libvirt" },
		{ "hello", SIM_EFORMAT, "neither" },
		{ "Q", SIM_EFORMAT, "neither" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		struct small_file f = { NULL, 0, 0 };

		small_text(&f, row[i].head);
		refused(&f, row[i].code, row[i].why);
		small_fini(&f);
	}
}

/* Replaces a text of the description by one of the same length. */
static void described(const char *from, const char *to, const char *why)
{
	struct small_file f = { NULL, 0, 0 };
	struct small_snapshot g;
	uint8_t *at;

	small_guest(&g, &f);
	assert_int_equal(strlen(from), strlen(to));
	for (at = f.p + f.n - strlen(from); memcmp(at, from, strlen(from)) != 0; at--)
		assert_true(at > f.p);
	memcpy(at, to, strlen(to));
	refused(&f, SIM_EFORMAT, why);
	small_fini(&f);
	small_snapshot_fini(&g);
}

static void a_description_that_does_not_fit_is_refused(void **state)
{
	(void)state;
	described("\"devices\"", "\"bevices\"", "");
	described("\"version\":12", "\"version\":13", "has version 12");
	described("\"env.efer\",\"type\":\"uint64\",\"size\":8",
		  "\"env.efer\",\"type\":\"uint64\",\"size\":9", "");
	described("\"array_len\":3", "\"array_len\":4", "does not end here");
	described("\"array_len\":3", "\"array_len\":0", "does not end here");
	described("\"array_len\":3", "\"array_len\":x", "");
	described("\"cpu/pkru\"", "\"cpu/pkr\" ", "does not end here");
	described("{\"page_size\":4096,", "{\"page_size\":4096]", "");
}

static void a_cpu_of_another_kind_is_refused(void **state)
{
	struct small_file f = { NULL, 0, 0 };
	struct small_snapshot g;

	(void)state;
	small_guest(&g, &f);
	for (size_t i = 0; i + 8 < f.n; i++)
		if (!memcmp(f.p + i, "env.efer", 8))
			memcpy(f.p + i, "env.xxxx", 8);
	refused(&f, SIM_EUNSUP, "a CPU without env.efer");
	small_fini(&f);
	small_snapshot_fini(&g);
}

static void something_behind_the_end_is_refused(void **state)
{
	struct small_file f = { NULL, 0, 0 };
	struct small_snapshot g;

	(void)state;
	small_guest(&g, &f);
	small_text(&f, "\n");
	refused(&f, SIM_EFORMAT, "something stands behind it");
	small_fini(&f);
	small_snapshot_fini(&g);
}

/* Cut anywhere, a file is refused at a byte of it. */
static void cut_everywhere(const struct small_file *whole)
{
	struct small_file f = *whole;

	for (f.n = 1; f.n < whole->n; f.n++) {
		struct snapshot s;
		struct sim_error err = { 0 };
		int rc = open_bytes(&s, &f, &err);

		if (rc >= 0 || strncmp(err.where, "bytes:+0x", 9) != 0)
			print_message("# cut at %zu: %d %s: %s\n", f.n, rc, err.where,
				      err.text);
		assert_true(rc == SIM_EFORMAT || (rc == SIM_EUNSUP && f.n < 64));
		assert_memory_equal(err.where, "bytes:+0x", 9);
		assert_true(strtoull(err.where + 9, NULL, 16) <= f.n);
	}
}

static void a_migration_file_cut_anywhere_is_refused(void **state)
{
	struct small_file f = { NULL, 0, 0 };
	struct small_snapshot g;

	(void)state;
	small_snapshot_init(&g, 4);
	*small_word(&g, 0x5000) = 1;
	small_migration(&f, &g);
	cut_everywhere(&f);
	small_fini(&f);
	small_snapshot_fini(&g);
}

/* With a bit changed anywhere, a file is refused, or read as some other guest. */
static void flip_everywhere(struct small_file *f, size_t n)
{
	struct rng rng;

	rng_seed(&rng, test_seed(11));
	for (size_t i = 0; i < n; i++) {
		uint8_t bit = (uint8_t)(1u << rng_below(&rng, 8)), page[4096];
		struct snapshot s;
		struct sim_error err = { 0 };
		int rc;

		f->p[i] ^= bit;
		rc = open_bytes(&s, f, &err);
		assert_true(!rc || (rc < 0 && err.text[0]));
		for (size_t b = 0; !rc && b < s.n_block; b++)
			assert_int_equal(snapshot_read_page(&s, b, 0, page, NULL), 0);
		if (!rc)
			close_good(&s);
		f->p[i] ^= bit;
	}
}

static void a_migration_file_with_a_flipped_bit_does_no_harm(void **state)
{
	struct small_file f = { NULL, 0, 0 };
	struct small_snapshot g;

	(void)state;
	small_snapshot_init(&g, 4);
	small_migration(&f, &g);
	flip_everywhere(&f, f.n);
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

/* A good dump with other bytes, low first, at a place. */
static void dump_patched(size_t at, unsigned bytes, uint64_t v, int code, const char *why)
{
	struct small_file f = { NULL, 0, 0 }, p = { NULL, 0, 0 };
	struct small_snapshot g;

	small_snapshot_init(&g, 4);
	small_elf_dump(&f, &g, &plain);
	small_le(&p, bytes, v);
	memcpy(f.p + at, p.p, bytes);
	refused(&f, code, why);
	small_fini(&f);
	small_fini(&p);
	small_snapshot_fini(&g);
}

static void other_dumps_are_refused_by_name(void **state)
{
	const size_t note = 64, load = 64 + 56, notes = 64 + 3 * 56;

	(void)state;
	dump_patched(4, 1, 3, SIM_EFORMAT, "class 3");
	dump_patched(5, 1, 2, SIM_EUNSUP, "big-endian");
	dump_patched(16, 2, 2, SIM_EUNSUP, "type 2, not a core file");
	dump_patched(18, 2, 183, SIM_EUNSUP, "machine 183, not x86");
	dump_patched(54, 2, 32, SIM_EFORMAT, "program headers of 32 bytes");
	dump_patched(32, 8, 8, SIM_EFORMAT, "within the file's header");
	dump_patched(56, 2, 0xffff, SIM_EFORMAT, "segments where there must be");
	dump_patched(note + 32, 8, (uint64_t)65 << 20, SIM_EFORMAT, "more than 64 MiB");
	dump_patched(note + 32, 8, 12, SIM_EFORMAT, "longer than its segment");
	dump_patched(note + 32, 8, 44, SIM_EFORMAT, "behind the last note");
	dump_patched(note, 4, 9, SIM_EUNSUP, "without a note QEMU");
	dump_patched(load + 24, 8, 5, SIM_EFORMAT, "whole pages");
	dump_patched(load + 40, 8, 0x1000, SIM_EFORMAT, "whole pages");
	dump_patched(load + 8, 8, (uint64_t)1 << 40, SIM_EFORMAT, "cut off");
	dump_patched(load + 56 + 24, 8, 0x1000, SIM_EFORMAT, "gpa 0x1000 different bytes");
	dump_patched(notes + 12 + 8 + 16 + 12 + 8, 4, 2, SIM_EUNSUP, "state of version 2");
}

static void a_dump_cut_or_changed_does_no_harm(void **state)
{
	struct small_file f = { NULL, 0, 0 };
	struct small_snapshot g;
	struct snapshot s;
	struct sim_error err;
	size_t whole;

	(void)state;
	small_snapshot_init(&g, 4);
	small_elf_dump(&f, &g, &plain);
	whole = f.n;
	flip_everywhere(&f, 64 + 3 * 56 + 1100);
	for (f.n = 1; f.n < whole; f.n += f.n < 2000 ? 1 : 4099) {
		err = (struct sim_error){ 0 };
		assert_true(open_bytes(&s, &f, &err) < 0);
		assert_memory_equal(err.where, "bytes:+0x", 9);
	}
	f.n = whole;
	small_fini(&f);
	small_snapshot_fini(&g);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_migration_file_says_what_it_holds),
		cmocka_unit_test(the_last_copy_of_a_page_counts),
		cmocka_unit_test(commands_and_configuration_are_read_over),
		cmocka_unit_test(blocks_are_placed_where_the_machine_has_them),
		cmocka_unit_test(ram_above_the_hole_is_at_4_gib),
		cmocka_unit_test(words_that_are_open_are_asked_for),
		cmocka_unit_test(items_of_ram_that_cannot_be_read_are_named),
		cmocka_unit_test(other_streams_are_refused_by_name),
		cmocka_unit_test(files_of_other_kinds_are_refused_by_name),
		cmocka_unit_test(a_description_that_does_not_fit_is_refused),
		cmocka_unit_test(a_cpu_of_another_kind_is_refused),
		cmocka_unit_test(something_behind_the_end_is_refused),
		cmocka_unit_test(a_migration_file_cut_anywhere_is_refused),
		cmocka_unit_test(a_migration_file_with_a_flipped_bit_does_no_harm),
		cmocka_unit_test(dumps_of_each_kind_are_read),
		cmocka_unit_test(other_dumps_are_refused_by_name),
		cmocka_unit_test(a_dump_cut_or_changed_does_no_harm),
		cmocka_unit_test(a_missing_file_is_refused),
	};

	return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}
