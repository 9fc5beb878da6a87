/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Import of GTR1: each record arrives as it should; damaged input is refused with name, offset
 * and reason, and leaves nothing behind. */
#include "config.h"

#include "check.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "small_gtr1.h"
#include "trace/import.h"
#include "trace/reader.h"

static char folder[] = "/tmp/snt-gtr1-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/out.snt", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

static unsigned files_in_folder(void)
{
	unsigned n = 0;
	DIR *d = opendir(folder);

	assert_non_null(d);
	for (const struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static int import(const struct bytes *b, const struct import_options *opt,
		  struct sim_error *err)
{
	FILE *f = fmemopen(b->p, b->n, "rb");
	int rc;

	assert_non_null(f);
	rc = import_run(f, "dir/small.gtr", path, opt, err);
	fclose(f);
	return rc;
}

static const struct import_options fast = { .writer = { .level = 1 } };

/* --- what must arrive --- */

static void expect_event(const struct batch *b, uint32_t i, enum event_kind kind, uint64_t gva,
			 uint64_t gpa, uint64_t value)
{
	const struct event *e;

	assert_int_equal(b->op[i], OP_EVENT);
	e = &b->event[b->gva[i]];
	assert_int_equal(e->kind, kind);
	assert_true(e->gva == gva && e->gpa == gpa && e->value == value);
}

static void expect_access(const struct batch *b, uint32_t i, unsigned op, uint64_t gva,
			  uint64_t frame)
{
	assert_int_equal(b->op[i], op);
	assert_true(b->gva[i] == gva);
	assert_true(b->frame[i] == frame);
}

static void expect_small(const struct batch *b)
{
	const uint64_t *word = b->word + b->event[1].words;

	assert_int_equal(b->n, SMALL_GTR1_RECORDS);
	expect_event(b, 0, EVENT_CR3, 0, 0, 0x1000);
	expect_event(b, 1, EVENT_PTPAGE, 0, 0x1000, 0);
	assert_int_equal(b->event[1].level, 4);
	assert_true(word[0] == 0x2067 && word[1] == 0 && word[511] == 0x3067);
	expect_access(b, 2, OP_FETCH | OP_USER, 0x400000, 0x80);
	assert_int_equal(b->count[2], 12);
	expect_access(b, 3, OP_LOAD | 3 << OP_SIZE_SHIFT | OP_CROSS, 0xffff888000001ffc, 0x81);
	expect_access(b, 4, OP_STORE | 2 << OP_SIZE_SHIFT | OP_USER, 0x400010, 0x80);
	expect_access(b, 5, OP_LOAD | 4 << OP_SIZE_SHIFT | OP_USER | OP_SYSTEM,
		      0xffff888000000000, 0x90);
	expect_event(b, 6, EVENT_PTW, 0, 0x1010, 0x5067);
	expect_event(b, 7, EVENT_INVLPG, 0x401010, 0, 0);
	expect_event(b, 8, EVENT_PF, 0x7fff0000, 0, 6);
	expect_event(b, 9, EVENT_INT, 0, 0, 0);
	assert_int_equal(b->event[b->gva[9]].n, 0xec);
	expect_event(b, 10, EVENT_CR0, 0, 0, 0x80050033);
	expect_event(b, 11, EVENT_CR4, 0, 0, 0xa0);
	expect_event(b, 12, EVENT_PTFREE, 0, 0x1000, 0);
	expect_event(b, 13, EVENT_TAG, 0, 0, 99);
	expect_event(b, 14, EVENT_END, 0, 0, 12);
}

static void expect_meta(const struct trace_meta *m, const char *name, const char *origin)
{
	assert_string_equal(m->name, name);
	assert_string_equal(m->origin, origin);
	assert_int_equal(m->n_ram, 1);
	assert_true(m->ram[0].gpa == 0 && m->ram[0].bytes == 16u << 20);
	assert_int_equal(m->n_vcpu, 1);
	assert_true(m->regs.cr0 == 0x80050033 && m->regs.cr3 == 0x1000);
	assert_true(m->regs.cr4 == 0x20 && m->regs.efer == 0xd01);
	assert_true(m->has_tables && m->has_frames);
}

static void check_output(const char *name, const char *origin)
{
	struct sim_error err = { 0 };
	struct trace_reader *r;
	struct batch b;

	assert_int_equal(files_in_folder(), 1);
	assert_int_equal(trace_open(&r, path, TRACE_DETAIL, &err), 0);
	expect_meta(trace_meta(r), name, origin);
	assert_int_equal(trace_next(r, 0, &b, &err), 0);
	expect_small(&b);
	assert_int_equal(trace_next(r, 0, &b, &err), SIM_EOF);
	trace_close(r);
	assert_int_equal(unlink(path), 0);
}

static void every_record(void **state)
{
	struct import_options named = { .format = "gtr1", .name = "n", .origin = "o" };
	struct sim_error err = { 0 };
	struct bytes b = { 0 };

	(void)state;
	small_gtr1(&b);
	assert_int_equal(import(&b, &fast, &err), 0);
	check_output("small", "a GTR1 capture, execution mode 1, tag 3");
	assert_int_equal(import(&b, &named, &err), 0);
	check_output("n", "o");
	bytes_fini(&b);
}

static struct bytes packed(const struct bytes *b)
{
	struct bytes z = { 0 };

	assert_int_equal(bytes_reserve(&z, ZSTD_compressBound(b->n)), 0);
	z.n = ZSTD_compress(z.p, z.cap, b->p, b->n, 1);
	assert_false(ZSTD_isError(z.n));
	return z;
}

static void from_zstd(void **state)
{
	struct sim_error err = { 0 };
	struct bytes b = { 0 }, z;

	(void)state;
	small_gtr1(&b);
	z = packed(&b);
	assert_int_equal(import(&z, &fast, &err), 0);
	check_output("small", "a GTR1 capture, execution mode 1, tag 3");
	bytes_fini(&z);
	bytes_fini(&b);
}

/* --- what must not --- */

static void must_fail(const struct bytes *b, const char *why)
{
	struct sim_error err = { 0 };
	int rc = import(b, &fast, &err);

	if (rc != SIM_EFORMAT || !strstr(err.text, why))
		print_message("# %zu bytes: %d %s: %s, not \"%s\"\n", b->n, rc, err.where,
			      err.text, why);
	assert_int_equal(rc, SIM_EFORMAT);
	assert_non_null(strstr(err.text, why));
	assert_memory_equal(err.where, "dir/small.gtr:+0x", 17);
	assert_int_equal(files_in_folder(), 0);
}

static void cut_at_every_byte(void **state)
{
	struct bytes b = { 0 }, z;

	(void)state;
	small_gtr1(&b);
	z = packed(&b);
	while (--b.n)
		must_fail(&b, b.n < 8 ? "no importer" : "the file ends");
	while (--z.n)
		must_fail(&z, "");
	bytes_fini(&z);
	bytes_fini(&b);
}

/* GTR1 has no checksums: a changed byte may make another trace, but does no harm, and a failure
 * leaves nothing. */
static void every_byte_changed(void **state)
{
	struct bytes b = { 0 };

	(void)state;
	small_gtr1(&b);
	for (size_t i = 0; i < 8 * b.n; i++) {
		struct sim_error err = { 0 };
		uint8_t mask = (uint8_t)(1 << i % 8);
		int rc;

		b.p[i / 8] ^= mask;
		rc = import(&b, &fast, &err);
		b.p[i / 8] ^= mask;
		assert_true(!rc || (err.where[0] && err.text[0]));
		assert_int_equal(files_in_folder(), rc ? 0 : 1);
		if (!rc)
			unlink(path);
	}
	bytes_fini(&b);
}

static void one_more_byte(void **state)
{
	struct bytes b = { 0 };

	(void)state;
	small_gtr1(&b);
	small_gtr1_le(&b, 1, 0);
	must_fail(&b, "after the end");
	bytes_fini(&b);
}

/* A header, CR3, then `n` bytes that must be refused for `why` at offset 64 + 9. */
static void refuse(const char *why, const uint8_t *record, size_t n)
{
	struct bytes b = { 0 };

	small_gtr1_head(&b);
	small_gtr1_le(&b, 1, 1 << 3);
	small_gtr1_le(&b, 8, 0x1000);
	assert_int_equal(bytes_reserve(&b, n), 0);
	memcpy(b.p + b.n, record, n);
	b.n += n;
	must_fail(&b, why);
	bytes_fini(&b);
}

#define REFUSE(why, ...)                                                                       \
	refuse(why, (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

static void bad_records(void **state)
{
	(void)state;
	REFUSE("unknown kind", 4);
	REFUSE("unknown kind", 7);
	REFUSE("unknown subtype", 11 << 3);
	REFUSE("unknown subtype", 31 << 3);
	REFUSE("impossible size", 1 | 7 << 3 | 0x80, 0, 0);
	REFUSE("impossible size", 3 | 1 << 3 | 0x80, 0, 0, 0);
	REFUSE("without gpn", 1, 0);
	REFUSE("beyond 52 bits", 1 | 0x80, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1);
	REFUSE("beyond 52 bits", 1 | 0x80, 0, 1); /* -1 */
	REFUSE("64 bits", 1 | 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 2);
	REFUSE("64 bits", 1 | 0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x81);
	REFUSE("64 bits", 1 | 0x80, 0x80, 0);
	REFUSE("error code", 5 << 3, 0, 0x80, 0x80, 0x80, 0x80, 0x10);
	REFUSE("not RAM", 7 << 3, 0x80, 0x20, 1, 0);
	REFUSE("not RAM", 8 << 3, 0x80, 0x80, 0x80, 0x02, 0);
	REFUSE("not RAM", 9 << 3, 0x80, 0x20);
	REFUSE("level", 7 << 3, 1, 0, 0);
	REFUSE("level", 7 << 3, 1, 6, 0);
	REFUSE("more than 512", 7 << 3, 1, 1, 0x81, 4);
	REFUSE("index beyond 511", 7 << 3, 1, 1, 1, 0x80, 4, 2);
	REFUSE("index beyond 511", 7 << 3, 1, 1, 2, 0xff, 3, 2, 0, 2);
	REFUSE("without an END", 10 << 3, 1);
}

static void bad_head(void **state)
{
	struct bytes b = { 0 };

	(void)state;
	small_gtr1(&b);
	le_put(b.p + 8, 8, 0x1001);
	must_fail(&b, "whole number of pages");
	le_put(b.p + 8, 8, 0);
	must_fail(&b, "whole number of pages");
	le_put(b.p + 8, 8, 16u << 20);
	le_put(b.p + 56, 8, 1);
	must_fail(&b, "must be 0");
	le_put(b.p + 56, 8, 0);
	le_put(b.p + 24, 8, 0x2000);
	must_fail(&b, "differs from the header");
	le_put(b.p + 24, 8, 0x1000);
	b.p[64] = 2 << 3;
	must_fail(&b, "first record must be CR3");
	b.p[7] = '2';
	must_fail(&b, "no importer");
	b.n = 0;
	bytes_fini(&b);
}

static int stop(void *arg, uint64_t done, uint64_t accesses)
{
	(void)arg;
	(void)done;
	(void)accesses;
	return 1;
}

/* A stop on the way leaves nothing. */
static void stopped(void **state)
{
	const struct import_options opt = { .writer = { .level = 1 }, .progress = stop };
	struct sim_error err = { 0 };
	struct bytes b = { 0 };

	(void)state;
	small_gtr1_head(&b);
	small_gtr1_le(&b, 1, 1 << 3);
	small_gtr1_le(&b, 8, 0x1000);
	for (unsigned i = 0; i < 70000; i++) {
		small_gtr1_le(&b, 1, 10 << 3);
		small_gtr1_uv(&b, i);
	}
	assert_int_equal(import(&b, &opt, &err), SIM_EINTR);
	assert_int_equal(files_in_folder(), 0);
	bytes_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_record),	 cmocka_unit_test(from_zstd),
		cmocka_unit_test(bad_head),	 cmocka_unit_test(cut_at_every_byte),
		cmocka_unit_test(one_more_byte), cmocka_unit_test(every_byte_changed),
		cmocka_unit_test(bad_records),	 cmocka_unit_test(stopped),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
