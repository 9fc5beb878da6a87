/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Traces of DynamoRIO's drmemtrace, made byte by byte from the layout that its documentation and
 * trace_entry.h publish: each type of record, what is refused by name, every cut. */
#include "config.h"

#include "check.h"

#include <string.h>

#include "imported.h"

#define ROOM 4096

/* An independent writer: types and markers by the numbers of trace_entry.h. */
struct trace {
	uint8_t byte[ROOM];
	size_t n;
};

enum {
	READ = 0,
	WRITE = 1,
	PREFETCHT0 = 3,
	INSTR = 10,
	CALL = 14,
	BUNDLE = 17,
	DATA_FLUSH = 20,
	THREAD = 22,
	THREAD_EXIT = 23,
	PID = 24,
	HEADER = 25,
	FOOTER = 26,
	MARKER = 28,
	NO_FETCH = 29,
	MAYBE_FETCH = 30,
	PREFETCH_W_L3_NT = 46,
	ENCODING = 47,
	TAKEN = 48,
	UNTAKEN = 49,
};

enum {
	M_KERNEL_EVENT = 0,
	M_TIMESTAMP = 2,
	M_SPLIT = 8,
	M_FILETYPE = 9,
	M_VERSION = 12,
	M_WINDOW = 14,
	M_PHYSICAL = 15,
	M_VIRTUAL = 17,
	M_SYSCALL_START = 27,
	M_SYSCALL_END = 28,
	M_SWITCH_START = 34,
	M_SWITCH_END = 35,
	M_MINE = 101,
};

static void put(struct trace *t, unsigned type, unsigned size, uint64_t addr)
{
	uint8_t *p = t->byte + t->n;

	assert_true(t->n + 12 <= ROOM);
	p[0] = (uint8_t)type;
	p[1] = (uint8_t)(type >> 8);
	p[2] = (uint8_t)size;
	p[3] = (uint8_t)(size >> 8);
	for (unsigned i = 0; i < 8; i++)
		p[4 + i] = (uint8_t)(addr >> 8 * i);
	t->n += 12;
}

static void head(struct trace *t)
{
	t->n = 0;
	put(t, HEADER, 0, 6);
	put(t, MARKER, M_VERSION, 6);
	put(t, MARKER, M_FILETYPE, 0x640);
	put(t, THREAD, 4, 1201);
	put(t, PID, 4, 1200);
	put(t, MARKER, M_TIMESTAMP, 13300000000000000);
}

static char *convert(const struct trace *t, uint64_t skip_bad, int *rc, struct sim_error *err)
{
	struct import_options opt = { .skip_bad = skip_bad };

	return imported(t->byte, t->n, "t.trace", &opt, rc, err);
}

static void becomes(const struct trace *t, const char *records)
{
	struct sim_error err = { 0 };
	int rc;
	char *got = convert(t, 0, &rc, &err);

	if (rc)
		print_message("# %s: %s\n", err.where, err.text);
	assert_int_equal(rc, 0);
	assert_string_equal(got, records);
	free(got);
}

static void refused(const struct trace *t, const char *where, const char *why)
{
	struct sim_error err = { 0 };
	int rc;

	assert_null(convert(t, 0, &rc, &err));
	if (!strstr(err.text, why))
		print_message("# %s: %s, not \"%s\"\n", err.where, err.text, why);
	assert_int_equal(rc, SIM_EFORMAT);
	assert_non_null(strstr(err.text, why));
	if (where)
		assert_string_equal(err.where, where);
}

/* --- what must arrive --- */

static void every_type(void **state)
{
	struct trace t;

	(void)state;
	head(&t);
	put(&t, ENCODING, 3, 0xe78948);
	put(&t, INSTR, 3, 0x401ffd);
	put(&t, READ, 8, 0x7fff0008);
	put(&t, PREFETCHT0, 1, 0x9000);
	put(&t, PREFETCH_W_L3_NT, 1, 0x9000);
	put(&t, DATA_FLUSH, 64, 0x9000);
	put(&t, CALL, 5, 0x402000); /* another page: 1 instruction so far */
	put(&t, WRITE, 8, 0x7ffefffc);
	put(&t, MARKER, M_PHYSICAL, 0x1000);
	put(&t, MARKER, M_VIRTUAL, 0x7fff0000);
	put(&t, MARKER, M_KERNEL_EVENT, 0x402005);
	put(&t, MARKER, M_MINE, 7);
	put(&t, TAKEN, 2, 0x402005);
	put(&t, NO_FETCH, 2, 0x402005);
	put(&t, READ, 4, 0x10);
	put(&t, UNTAKEN, 4, 0x402ffe); /* lies in two pages */
	put(&t, THREAD_EXIT, 4, 1201);
	put(&t, FOOTER, 0, 0);
	becomes(&t, "switch:1200 F401ffd+0 L8@7fff0008 F402000+1 S8@7ffefffcx L4@10 F403000+2 "
		    "end:4");
}

/* A bundle: three instructions behind the one before. */
static void bundles(void **state)
{
	struct trace t;

	(void)state;
	head(&t);
	put(&t, INSTR, 4, 0x1ff8);
	put(&t, BUNDLE, 3, 0x040404);
	put(&t, FOOTER, 0, 0);
	becomes(&t, "switch:1200 F1ff8+0 F2000+2 end:4");
	head(&t);
	put(&t, INSTR, 4, 0x1ff8);
	put(&t, BUNDLE, 3, 0x040004);
	refused(&t, "t.trace:+0x54", "1 to 8");
	head(&t);
	put(&t, BUNDLE, 9, 0x01010101);
	refused(&t, "t.trace:+0x48", "1 to 8");
}

/* Processes of a trace by core: threads of one share it. */
static void processes(void **state)
{
	struct trace t;

	(void)state;
	head(&t);
	put(&t, READ, 1, 1);
	put(&t, THREAD, 4, 1202);
	put(&t, PID, 4, 1200);
	put(&t, READ, 1, 2);
	put(&t, THREAD, 4, 99);
	put(&t, PID, 4, 98);
	put(&t, READ, 1, 3);
	put(&t, FOOTER, 0, 0);
	becomes(&t, "switch:1200 L1@1 L1@2 switch:98 L1@3 end:0");
	head(&t);
	put(&t, PID, 4, (uint64_t)1 << 32);
	refused(&t, "t.trace:+0x48", "32 bits");
}

static void windows(void **state)
{
	struct trace t;

	(void)state;
	head(&t);
	put(&t, MARKER, M_WINDOW, 0);
	put(&t, READ, 1, 1);
	put(&t, MARKER, M_WINDOW, 0);
	put(&t, READ, 1, 2);
	put(&t, MARKER, M_WINDOW, 2);
	put(&t, READ, 1, 3);
	put(&t, FOOTER, 0, 0);
	becomes(&t, "switch:1200 phase:0 L1@1 L1@2 done:0 phase:2 L1@3 done:2 end:0");
}

static void kernel(void **state)
{
	struct trace t;

	(void)state;
	head(&t);
	put(&t, INSTR, 2, 0x401000);
	put(&t, MARKER, M_SYSCALL_START, 1);
	put(&t, INSTR, 1, 0x401010);
	put(&t, READ, 8, 0xffff888000001000);
	put(&t, MARKER, M_SYSCALL_END, 1);
	put(&t, INSTR, 2, 0x401002);
	put(&t, MARKER, M_SWITCH_START, 1);
	put(&t, WRITE, 8, 0xffff888000001000);
	put(&t, MARKER, M_SWITCH_END, 1);
	put(&t, WRITE, 8, 0x1000);
	put(&t, FOOTER, 0, 0);
	becomes(&t, "switch:1200 F401000+0 F401010+1! L8@ffff888000001000! F401002+1 "
		    "S8@ffff888000001000! S8@1000 end:3");
}

/* --- what must not --- */

static void named(void **state)
{
	static const uint64_t bad32[] = { 0x10, 0x20, 0x30 };
	struct trace t;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		head(&t);
		put(&t, MARKER, M_FILETYPE, bad32[i]);
		refused(&t, "t.trace:+0x48", "32-bit");
	}
	/* Raw: extended (6 in bits 61-63), header (4, or 0 of old) in bits 56-60, a version. */
	memset(t.byte, 0, sizeof(t.byte));
	t.n = 64;
	t.byte[0] = 0x40;
	t.byte[6] = 7;
	t.byte[7] = 0xc4;
	refused(&t, "t.trace:+0x0", "raw2trace");
	t.byte[0] = 3;
	t.byte[6] = 0x40;
	t.byte[7] = 0xc0;
	refused(&t, "t.trace:+0x0", "raw2trace");
	/* Records of 8 bytes: type, size, 32-bit address. */
	memcpy(t.byte, "\31\0\0\0\6\0\0\0\34\0\14\0\6\0\0\0", 16);
	refused(&t, "t.trace:+0x0", "32-bit");
}

static void malformed(void **state)
{
	struct trace t;

	(void)state;
	head(&t);
	put(&t, 50, 0, 0);
	refused(&t, "t.trace:+0x48", "unknown type");
	head(&t);
	put(&t, 65535, 0, 0);
	refused(&t, NULL, "unknown type");
	head(&t);
	put(&t, MAYBE_FETCH, 1, 0x1000);
	refused(&t, NULL, "online");
	head(&t);
	put(&t, MARKER, M_SPLIT, 1);
	refused(&t, NULL, "raw files");
	head(&t);
	put(&t, READ, 0, 0x1000);
	refused(&t, NULL, "no bytes");
	head(&t);
	put(&t, READ, 8, (uint64_t)1 << 60);
	refused(&t, NULL, "not canonical");
	head(&t);
	put(&t, INSTR, 0, 0x1000);
	refused(&t, NULL, "no bytes");
	head(&t);
	put(&t, HEADER, 0, 1);
	refused(&t, NULL, "version");
	head(&t);
	put(&t, READ, 1, 1);
	put(&t, FOOTER, 0, 0);
	put(&t, READ, 1, 1);
	refused(&t, "t.trace:+0x60", "behind the footer");
}

static void passed_over(void **state)
{
	struct sim_error err = { 0 };
	struct trace t;
	char *got;
	int rc;

	(void)state;
	head(&t);
	put(&t, READ, 1, 1);
	put(&t, 77, 0, 0);
	put(&t, READ, 0, 2);
	put(&t, READ, 1, 3);
	put(&t, FOOTER, 0, 0);
	got = convert(&t, 2, &rc, &err);
	assert_int_equal(rc, 0);
	assert_string_equal(got, "switch:1200 L1@1 L1@3 end:0");
	free(got);
	assert_null(convert(&t, 1, &rc, &err));
	assert_string_equal(err.where, "t.trace:+0x60");
}

static void cut_at_every_byte(void **state)
{
	struct trace t;

	(void)state;
	head(&t);
	put(&t, INSTR, 2, 0x401000);
	put(&t, READ, 8, 0x1000);
	put(&t, FOOTER, 0, 0);
	while (--t.n)
		refused(&t, NULL,
			t.n < 12   ? "no importer"
			: t.n % 12 ? "the file ends inside this record"
				   : "without a footer");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type),
		cmocka_unit_test(bundles),
		cmocka_unit_test(processes),
		cmocka_unit_test(windows),
		cmocka_unit_test(kernel),
		cmocka_unit_test(named),
		cmocka_unit_test(malformed),
		cmocka_unit_test(passed_over),
		cmocka_unit_test(cut_at_every_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
