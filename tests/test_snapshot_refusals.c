/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Saved guests that are damaged or not readable are refused at their byte, with the reason; nothing else happens. */
#include "config.h"

#include "snapshot_bytes.h"

#include "base/rng.h"

/* --- migration files --- */

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

static void something_between_end_and_description_is_refused(void **state)
{
	struct small_file f = { NULL, 0, 0 }, devices = { NULL, 0, 0 };
	struct small_snapshot g;
	size_t eof;

	(void)state;
	small_snapshot_init(&g, 4);
	small_devices(&devices, &g);
	for (eof = devices.n; memcmp(devices.p + eof, "{\"page_size\"", 12) != 0; eof--)
		;
	eof -= 6;
	small_begin(&f);
	small_end_ram(&f);
	small_put(&f, devices.p, eof + 1);
	small_text(&f, "?");
	small_put(&f, devices.p + eof, devices.n - eof);
	refused(&f, SIM_EFORMAT, "behind the stream's end there must be the description");
	small_fini(&f);
	small_fini(&devices);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_of_ram_that_cannot_be_read_are_named),
		cmocka_unit_test(other_streams_are_refused_by_name),
		cmocka_unit_test(files_of_other_kinds_are_refused_by_name),
		cmocka_unit_test(a_description_that_does_not_fit_is_refused),
		cmocka_unit_test(a_cpu_of_another_kind_is_refused),
		cmocka_unit_test(something_behind_the_end_is_refused),
		cmocka_unit_test(something_between_end_and_description_is_refused),
		cmocka_unit_test(a_migration_file_cut_anywhere_is_refused),
		cmocka_unit_test(a_migration_file_with_a_flipped_bit_does_no_harm),
		cmocka_unit_test(other_dumps_are_refused_by_name),
		cmocka_unit_test(a_dump_cut_or_changed_does_no_harm),
	};

	return cmocka_run_group_tests_name("snapshot_refusals", tests, NULL, NULL);
}
