/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all importers share: choosing one, lines, malformed records, streams of bare addresses. */
#include "config.h"

#include "check.h"

#include <string.h>

#include "imported.h"
#include "trace/import_bare.h"

#define DIN(text) imported_is("din", text, "switch:1 L4@10 L4@20 end:0")

/* --- slices --- */

static struct slice slice(const char *s)
{
	return (struct slice){ s, s + strlen(s) };
}

static void hex(const char *text, uint64_t want, const char *rest)
{
	struct slice s = slice(text);
	uint64_t v = 0;

	assert_true(slice_take_hex(&s, &v));
	assert_true(v == want);
	assert_string_equal(s.p, rest);
}

static void no_hex(const char *text)
{
	struct slice s = slice(text);
	uint64_t v = 0;

	assert_false(slice_take_hex(&s, &v));
	assert_string_equal(s.p, text);
}

static void hexadecimal(void **state)
{
	(void)state;
	hex("0", 0, "");
	hex("0x0", 0, "");
	hex("0xffffffffffffffff,", UINT64_MAX, ",");
	hex("00000000000000000000001F g", 0x1f, " g");
	hex("0Xabcdefg", 0xabcdef, "g");
	hex("0x", 0, "x");
	no_hex("");
	no_hex("g");
	no_hex("x1");
	no_hex("10000000000000000");
	no_hex("-1");
}

static void decimal(void **state)
{
	struct slice s = slice("18446744073709551615 ");
	struct slice over = slice("18446744073709551616"), none = slice("a1");
	uint64_t v = 0;

	(void)state;
	assert_true(slice_take_dec(&s, &v));
	assert_true(v == UINT64_MAX && slice_length(&s) == 1);
	assert_false(slice_take_dec(&over, &v));
	assert_int_equal(slice_length(&over), 20);
	assert_false(slice_take_dec(&none, &v));
}

static void words(void **state)
{
	struct slice s = slice(" \tone  two"), w;

	(void)state;
	assert_true(slice_take_word(&s, &w) && slice_equals(&w, "one"));
	assert_true(slice_take_word(&s, &w) && slice_equals(&w, "two"));
	assert_false(slice_take_word(&s, &w));
	s = slice("one");
	assert_false(slice_take(&s, "one "));
	assert_true(slice_take(&s, "on") && slice_take_char(&s, 'e') && slice_is_empty(&s));
}

/* --- lines --- */

static void line_endings(void **state)
{
	(void)state;
	DIN("0 10\n0 20\n");
	DIN("0 10\r\n0 20\r\n");
	DIN("\n0 10\n\n\r\n0 20\n\n");
}

/* A file whose lines fall on every side of the pieces it is read in (128 KiB). In this format no
 * line may be empty. */
static void lines_across_pieces(void **state)
{
	size_t size = 300000;
	char *text = malloc(size);

	(void)state;
	assert_non_null(text);
	for (int first = 1; first < 24; first++) {
		struct import_options opt = { .format = "lackey" };
		struct sim_error err = { 0 };
		unsigned lines = 1;
		char end[64], *got;
		size_t n;
		int rc;

		n = (size_t)snprintf(text, size, "I  %0*x,1\n", first, 1);
		for (; n + 32 < size; lines++)
			n += (size_t)snprintf(text + n, size - n, "I  %x,1\n", lines);
		got = imported(text, n, "in.txt", &opt, &rc, &err);
		assert_int_equal(rc, 0);
		snprintf(end, sizeof(end), "end:%u", lines);
		assert_string_equal(strrchr(got, ' ') + 1, end);
		free(got);
	}
	free(text);
}

static void long_lines(void **state)
{
	char *text = malloc(200001);

	(void)state;
	assert_non_null(text);
	memset(text, ' ', 200000);
	memcpy(text, "0 10\n0 20", 9);
	strcpy(text + 5 + LINES_BYTES_MAX, "\n");
	DIN(text);
	strcpy(text + 6 + LINES_BYTES_MAX, "\n");
	text[5 + LINES_BYTES_MAX] = ' ';
	imported_not("din", text, "in.txt:2", "more than 65536 bytes");
	text[6 + LINES_BYTES_MAX] = ' ';
	text[200000] = '\0';
	imported_not("din", text, "in.txt:2", "more than 65536 bytes");
	free(text);
}

/* --- malformed records --- */

static void malformed(const char *text, uint64_t tolerance, int code, uint64_t n_bad)
{
	struct import_report report = { 0 };
	struct import_options opt = { .format = "din",
				      .skip_bad = tolerance,
				      .report = &report };
	struct sim_error err = { 0 };
	int rc;
	char *got = imported(text, strlen(text), "in.txt", &opt, &rc, &err);

	assert_int_equal(rc, code);
	assert_int_equal(report.n_bad, n_bad);
	assert_string_equal(report.format, "din");
	if (n_bad)
		assert_string_equal(report.first_bad,
				    "in.txt:2: no hexadecimal address of 64 bits: \"0 zz?\"");
	if (!rc)
		assert_string_equal(got, "switch:1 L4@10 L4@20 end:0");
	else
		assert_string_equal(err.where, n_bad ? "in.txt:4" : "in.txt:2");
	if (rc && n_bad)
		assert_non_null(
			strstr(err.text, "one malformed record more than the 1 passed over: "));
	free(got);
}

static void tolerance(void **state)
{
	(void)state;
	malformed("0 10\n0 20\n", 0, 0, 0);
	malformed("0 10\n0 20\n", 7, 0, 0);
	malformed("0 10\n0 zz\001\n0 20\n5 1\n", 0, SIM_EFORMAT, 0);
	malformed("0 10\n0 zz\001\n0 20\n5 1\n", 1, SIM_EFORMAT, 1);
	malformed("0 10\n0 zz\001\n0 20\n5 1\n", 2, 0, 2);
	malformed("0 10\n0 zz\001\n0 20\n0 3", 2, 0, 2);
}

static void ends_too_early(void **state)
{
	(void)state;
	imported_not("din", "0 10\n0 20", "in.txt:2",
		     "the file ends inside this line: \"0 20\"");
	imported_not("din", "\n \n", "in.txt:+0x0", "no memory access");
	imported_not("din", "", "in.txt:+0x0", "the file is empty");
}

/* --- which importer --- */

static void known(const char *name, const char *bytes, size_t n, const char *format)
{
	struct import_report report = { 0 };
	struct import_options opt = { .report = &report };
	struct sim_error err = { 0 };
	int rc;
	char *got = imported(bytes, n, name, &opt, &rc, &err);

	assert_int_equal(rc, 0);
	assert_string_equal(report.format, format);
	free(got);
}

static void unknown(const char *bytes, const char *why)
{
	imported_not(NULL, bytes, "in.txt:+0x0", why);
}

static void choice(void **state)
{
	char record[128] = { 1 };

	(void)state;
	known("a", "==7== Lackey, an example Valgrind tool\n==7==\nI  04,3\n", 53, "lackey");
	known("a", "I  04,3\n", 8, "lackey");
	known("a", "0 10\n", 5, "din");
	known("a", "r 10 4\n", 7, "din");
	known("a", "r,10,4,9\n", 9, "gem5");
	known("dir/x.champsimtrace.xz", record, 128, "champsim");
	unknown("words\nI  04,3\n",
		"no importer knows these bytes; --format says what it is: capture,");
	imported_not(NULL, "0 10\nI  04,3\n", "in.txt:2",
		     "read as din, for want of --format: no hexadecimal address");
	unknown("==7== Memcheck\n", "no importer");
	unknown("gem5", "decode_packet_trace.py");
	unknown("\x8bSNT\r\n\x1a\n", "of shadownest already");
}

static void no_such_format(void **state)
{
	struct import_options opt = { .format = "elf" };
	struct sim_error err = { 0 };
	int rc;

	(void)state;
	assert_null(imported("x", 1, "in", &opt, &rc, &err));
	assert_int_equal(rc, SIM_ERANGE);
	assert_null(import_format("elf"));
	for (unsigned i = 0; import_formats[i]; i++)
		assert_ptr_equal(import_format(import_formats[i]->name), import_formats[i]);
}

/* In the file of 70 000 accesses, after the 65 536th. */
static int stop(void *arg, uint64_t done, uint64_t accesses)
{
	*(uint64_t *)arg = done;
	assert_int_equal(accesses, 65536);
	return 1;
}

static void stopped(void **state)
{
	uint64_t done = 0;
	struct import_options opt = { .format = "din", .progress = stop, .arg = &done };
	struct sim_error err = { 0 };
	size_t n = 5 * 70000;
	char *text = malloc(n);
	int rc;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < n; i++)
		text[i] = "0 10\n"[i % 5];
	assert_null(imported(text, n, "in", &opt, &rc, &err));
	assert_int_equal(rc, SIM_EINTR);
	assert_true(done >= 5 * 65536 && done <= n);
	free(text);
}

/* --- bare addresses --- */

/* Every size at every place around a page's end: the pages that the records touch are those
 * that the access touches. */
static void sizes_keep_pages(void **state)
{
	(void)state;
	for (uint64_t gva = 0x1000 - 140; gva < 0x1004; gva++) {
		for (unsigned bytes = 1; bytes <= 130; bytes++) {
			char text[64], *got, *p;
			struct import_options opt = { .format = "lackey" };
			struct sim_error err = { 0 };
			unsigned touched = 0, want = 0, n = 0, size;
			unsigned long at;
			int rc;

			for (uint64_t a = gva; a < gva + bytes; a++)
				want |= 1u << (a >> 12);
			snprintf(text, sizeof(text), " S %lx,%u\n", (unsigned long)gva, bytes);
			got = imported(text, strlen(text), "in", &opt, &rc, &err);
			assert_int_equal(rc, 0);
			for (p = got; (p = strchr(p, 'S')); p++, n++) {
				assert_int_equal(sscanf(p, "S%u@%lx", &size, &at), 2);
				touched |= 1u << (at >> 12) | 1u << ((at + size - 1) >> 12);
			}
			assert_int_equal(touched, want);
			assert_int_equal(n, (bytes + 63) / 64);
			free(got);
		}
	}
}

static void code_pages(void **state)
{
	(void)state;
	imported_is("lackey",
		    "I  1000,4\nI  1004,4\nI  1ffe,2\nI  2000,4\nI  1000,1\n"
		    "I  1ffe,4\nI  2002,1\nI  1ff0,15\nI  1fff,2\n",
		    "switch:1 F1000+0 F2000+3 F1000+1 F2000+1 F1ff0+2 F2000+1 end:9");
}

static void flaws(void **state)
{
	(void)state;
	assert_null(import_bare_flaw(0, 1));
	assert_null(import_bare_flaw(0, 4096));
	assert_null(import_bare_flaw(UINT64_MAX, 1));
	assert_null(import_bare_flaw((1ull << 56) - 1, 1));
	assert_null(import_bare_flaw(UINT64_MAX << 56, 1));
	assert_non_null(import_bare_flaw(0, 0));
	assert_non_null(import_bare_flaw(0, 4097));
	assert_non_null(import_bare_flaw(UINT64_MAX, 2));
	assert_non_null(import_bare_flaw((1ull << 56) - 1, 2));
	assert_non_null(import_bare_flaw(1ull << 56, 1));
	assert_non_null(import_bare_flaw((UINT64_MAX << 56) - 1, 1));
}

static void usual_bytes(void **state)
{
	(void)state;
	assert_int_equal(import_bare_bytes(0x1000, 8), 8);
	assert_int_equal(import_bare_bytes(0x1ff8, 8), 8);
	assert_int_equal(import_bare_bytes(0x1ff9, 8), 4);
	assert_int_equal(import_bare_bytes(0x1ffc, 8), 4);
	assert_int_equal(import_bare_bytes(0x1ffd, 8), 2);
	assert_int_equal(import_bare_bytes(0x1fff, 8), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hexadecimal), cmocka_unit_test(decimal),
		cmocka_unit_test(words),       cmocka_unit_test(line_endings),
		cmocka_unit_test(long_lines),  cmocka_unit_test(lines_across_pieces),
		cmocka_unit_test(tolerance),   cmocka_unit_test(ends_too_early),
		cmocka_unit_test(choice),      cmocka_unit_test(no_such_format),
		cmocka_unit_test(stopped),     cmocka_unit_test(sizes_keep_pages),
		cmocka_unit_test(code_pages),  cmocka_unit_test(flaws),
		cmocka_unit_test(usual_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
