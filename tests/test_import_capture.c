/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Import of what the capture plugin sends: each record arrives as it should; a stream that is
 * cut, damaged or given up by the plugin is refused with offset and reason. */
#include "config.h"

#include "check.h"

#include <inttypes.h>
#include <string.h>

#include "small_capture.h"
#include "trace/import.h"
#include "trace/reader.h"

/* --- a stream as text --- */

static void show_access(FILE *f, const struct batch *b, uint32_t i)
{
	static const char *const kind[] = { "load", "store", "fetch" };
	unsigned op = b->op[i];

	fputs(kind[op & OP_KIND], f);
	if ((op & OP_KIND) != OP_FETCH)
		fprintf(f, " %u", 1u << ((op & OP_SIZE) >> OP_SIZE_SHIFT));
	fprintf(f, "%s%s%s %" PRIx64, op & OP_USER ? " user" : "",
		op & OP_SYSTEM ? " system" : "", op & OP_CROSS ? " cross" : "", b->gva[i]);
	if (b->frame[i] == FRAME_NONE)
		fputs(" frame none", f);
	else
		fprintf(f, " frame %" PRIx64, b->frame[i]);
	if ((op & OP_KIND) == OP_FETCH)
		fprintf(f, " count %" PRIu64, b->count[i]);
	fputc('\n', f);
}

static void show_event(FILE *f, const struct batch *b, const struct event *e)
{
	fputs(event_name(e->kind), f);
	if (e->gva)
		fprintf(f, " gva %" PRIx64, e->gva);
	if (e->gpa)
		fprintf(f, " gpa %" PRIx64, e->gpa);
	if (e->n)
		fprintf(f, " n %u", e->n);
	if (e->pid)
		fprintf(f, " pid %u", e->pid);
	if (e->kind == EVENT_PTPAGE) {
		fprintf(f, " level %u:", e->level);
		for (unsigned i = 0; i < 512; i++) {
			if (b->word[e->words + i])
				fprintf(f, " %" PRIx64, b->word[e->words + i]);
		}
	} else if (e->value) {
		fprintf(f, " %" PRIx64, e->value);
	}
	fputc('\n', f);
}

static void show(FILE *f, const struct batch *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		if (b->op[i] == OP_EVENT)
			show_event(f, b, &b->event[b->gva[i]]);
		else
			show_access(f, b, i);
	}
}

/* The records of a .snt in memory; to be freed. */
static char *text_of(char *bytes, size_t n)
{
	struct sim_error err = { 0 };
	FILE *f = fmemopen(bytes, n, "rb"), *out;
	struct trace_reader *r;
	struct batch b;
	char *text;
	int rc;

	assert_int_equal(trace_open_stream(&r, f, "output", TRACE_DETAIL, &err), 0);
	assert_string_equal(trace_meta(r)->tools, " testing.; imported by " PACKAGE_STRING);
	assert_int_equal(trace_meta(r)->n_ram, 1);
	assert_true(trace_meta(r)->ram[0].bytes == 16u << 20);
	assert_true(trace_meta(r)->regs.cr3 == 0x1000 && trace_meta(r)->regs.efer == 0xd01);
	out = open_memstream(&text, &n);
	assert_non_null(out);
	while (!(rc = trace_next(r, 0, &b, &err)))
		show(out, &b);
	assert_int_equal(rc, SIM_EOF);
	fclose(out);
	trace_close(r);
	fclose(f);
	return text;
}

/* Imports b; *text, unless NULL, becomes its records. */
static int import(const struct bytes *b, char **text, struct sim_error *err)
{
	char *out;
	size_t n;
	struct import_options opt = { .writer = { .level = 1, .block = 512 },
				      .stream = open_memstream(&out, &n) };
	FILE *in = fmemopen(b->p, b->n, "rb");
	int rc;

	assert_true(in && opt.stream);
	rc = import_run(in, "pipe", "output", &opt, err);
	fclose(in);
	fclose(opt.stream);
	if (text)
		*text = rc ? NULL : text_of(out, n);
	free(out);
	return rc;
}

/* --- what must arrive --- */

static void every_record(void **state)
{
	struct sim_error err = { 0 };
	struct bytes b = { 0 };
	char *text;

	(void)state;
	small_capture(&b);
	assert_int_equal(import(&b, &text, &err), 0);
	assert_string_equal(text, small_capture_records);
	free(text);
	bytes_fini(&b);
}

/* Units that lie across the reader's buffer (128 KiB). */
static void long_stream(void **state)
{
	struct sim_error err = { 0 };
	struct bytes b = { 0 };
	char *text, *line;
	unsigned n = 0;

	(void)state;
	small_capture_head(&b);
	for (unsigned i = 0; i < 30000; i++)
		small_capture_unit(&b, 16 * i, WIRE_STORE | (uint64_t)i << 8);
	small_capture_end(&b, 1);
	assert_int_equal(import(&b, &text, &err), 0);
	for (line = text; *line == 's'; line = strchr(line, '\n') + 1) {
		char want[64];

		snprintf(want, sizeof(want), "store 1 %x frame %x\n", 16 * n, n);
		assert_memory_equal(line, want, strlen(want));
		n++;
	}
	assert_int_equal(n, 30000);
	free(text);
	bytes_fini(&b);
}

/* --- what must not --- */

static void must_fail(const struct bytes *b, size_t offset, const char *why)
{
	struct sim_error err = { 0 };
	char where[64];
	int rc = import(b, NULL, &err);

	snprintf(where, sizeof(where), "pipe:+0x%zx", offset);
	if (rc != SIM_EFORMAT || !strstr(err.text, why) || strcmp(err.where, where) != 0)
		print_message("# %d %s: %s, not %s: \"%s\"\n", rc, err.where, err.text, where,
			      why);
	assert_int_equal(rc, SIM_EFORMAT);
	assert_non_null(strstr(err.text, why));
	assert_string_equal(err.where, where);
}

static void cut_at_every_byte(void **state)
{
	struct bytes b = { 0 };
	size_t n;

	(void)state;
	small_capture_head(&b);
	n = b.n;
	small_capture(&b);
	memmove(b.p, b.p + n, b.n -= n);
	while (--b.n) {
		struct sim_error err = { 0 };

		assert_int_equal(import(&b, NULL, &err), SIM_EFORMAT);
		assert_non_null(strstr(err.text, b.n < 8    ? "no importer"
						 : b.n % 16 ? "ends"
						 : b.n < n  ? "ends"
							    : "end"));
		assert_non_null(strstr(err.where, "pipe:+0x"));
	}
	bytes_fini(&b);
}

/* The stream has no checksums: a changed bit may make another trace, but does no harm. */
static void every_bit_changed(void **state)
{
	struct bytes b = { 0 };

	(void)state;
	small_capture(&b);
	for (size_t i = 0; i < 8 * b.n; i++) {
		struct sim_error err = { 0 };
		int rc;

		if (i / 8 > 200 && i / 8 < 4096) /* the words of a table may be anything */
			continue;
		b.p[i / 8] ^= (uint8_t)(1 << i % 8);
		rc = import(&b, NULL, &err);
		b.p[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_true(!rc || (err.where[0] && err.text[0]));
	}
	bytes_fini(&b);
}

/* A header, the units, an end: refused for `why` at the first of them. */
static void refuse(const char *why, const uint64_t *unit, size_t n)
{
	struct bytes b = { 0 };
	size_t head;

	small_capture_head(&b);
	head = b.n;
	for (size_t i = 0; i < n; i += 2)
		small_capture_unit(&b, unit[i], unit[i + 1]);
	small_capture_end(&b, 0);
	must_fail(&b, head, why);
	bytes_fini(&b);
}

#define REFUSE(why, ...)                                                                       \
	refuse(why, (const uint64_t[]){ __VA_ARGS__ },                                         \
	       sizeof((const uint64_t[]){ __VA_ARGS__ }) / 8)
#define KIND(k) (WIRE_EVENT | (uint64_t)(k) << 8)

static void bad_accesses(void **state)
{
	(void)state;
	REFUSE("no processor", 0, WIRE_LOAD | 7 << 2);
	REFUSE("no processor", 0, WIRE_LOAD | 1 << 6);
	REFUSE("no processor", 0, WIRE_FETCH | 1 << 2);
	REFUSE("no processor", 0, WIRE_FETCH | WIRE_SYSTEM);
	REFUSE("no processor", 0, WIRE_STORE | (uint64_t)1 << 48);
	REFUSE("unknown kind", 0, WIRE_EVENT | WIRE_USER);
	REFUSE("unknown kind", 0, 0xff);
	REFUSE("long instruction count", 0, WIRE_FETCH | (uint64_t)0xffff << 48, 5, 0);
	REFUSE("long instruction count", 0, WIRE_FETCH | (uint64_t)0xffff << 48, 70000, 1);
}

static void bad_events(void **state)
{
	(void)state;
	REFUSE("unknown kind", 0, KIND(26), 0, 0, 0, 0);
	REFUSE("mean nothing", 0, KIND(WIRE_KIND_TAG), 0, 0, 0, 1);
	REFUSE("mean nothing", 0, KIND(WIRE_KIND_TAG) | (uint64_t)1 << 40, 0, 0, 0, 0);
	REFUSE("52 bits", 0, KIND(WIRE_KIND_PTFREE), 0, (uint64_t)1 << 52, 0, 0);
	REFUSE("alignment", 0, KIND(WIRE_KIND_PTFREE), 0, 8, 0, 0);
	REFUSE("alignment", 0, KIND(WIRE_KIND_PTW), 0, 4, 0, 0);
	REFUSE("table level", 0, KIND(WIRE_KIND_PTPAGE), 0, 0, 0, 0);
	REFUSE("table level", 0, KIND(WIRE_KIND_PTPAGE) | (uint64_t)6 << 32, 0, 0, 0, 0);
	REFUSE("beyond what its kind", 256, KIND(WIRE_KIND_INT), 0, 0, 0, 0);
	REFUSE("vCPU", 0, KIND(WIRE_KIND_VCPU) | 1 << 16, 0, 0, 0, 0);
}

static void bad_end(void **state)
{
	struct bytes b = { 0 };
	size_t at;

	(void)state;
	REFUSE("without an end event", WIRE_END, WIRE_CONTROL | 6 << 8);
	small_capture(&b);
	at = b.n - 16;
	le_put(b.p + at + 8, 8, WIRE_CONTROL | 7 << 8);
	must_fail(&b, at, "other units");
	le_put(b.p + at + 8, 8, WIRE_LOAD);
	must_fail(&b, at, "after the end event");
	b.n = at;
	small_capture_end(&b, 0);
	must_fail(&b, at, "after the end event");
	b.n = 0;
	small_capture(&b);
	small_capture_unit(&b, 0, 0);
	must_fail(&b, b.n - 16, "after the end");
	bytes_fini(&b);
}

/* Offset in the header, bytes, a value, why, where. */
static void bad_head(void **state)
{
	static const struct {
		size_t at;
		unsigned bytes;
		uint64_t value;
		const char *why;
		size_t where;
	} list[] = {
		{ 0, 1, 'X', "no importer", 0 },     { 8, 4, 2, "version", 0 },
		{ 12, 4, 65, "64 ranges", 0 },	     { 16, 8, 0, "vCPUs", 0 },
		{ 16, 8, 1025, "vCPUs", 0 },	     { 24, 8, 65537, "65536", 0 },
		{ 72, 8, 0x1001, "page", 0 },	     { 80, 1, 7, "ASCII", 0 },
		{ 95, 1, 'x', "behind its end", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++) {
		struct bytes b = { 0 };

		small_capture(&b);
		le_put(b.p + list[i].at, list[i].bytes, list[i].value);
		must_fail(&b, list[i].where, list[i].why);
		bytes_fini(&b);
	}
}

/* The plugin's own words, before the header and in the middle. */
static void given_up(void **state)
{
	struct bytes b = { 0 };

	(void)state;
	for (int with_head = 0; with_head < 2; with_head++) {
		struct sim_error err = { 0 };

		if (with_head)
			small_capture_head(&b);
		small_capture_unit(&b, WIRE_ERROR, WIRE_CONTROL | 12 << 8);
		small_capture_unit(&b, 0x207369206b736964u, 0x6c6c7566u); /* "disk is full" */
		assert_int_equal(import(&b, NULL, &err), SIM_EFORMAT);
		assert_string_equal(err.text, "the capture failed: disk is full");
		assert_string_equal(err.where, "pipe");
		b.n = 0;
	}
	bytes_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_record),	     cmocka_unit_test(long_stream),
		cmocka_unit_test(cut_at_every_byte), cmocka_unit_test(every_bit_changed),
		cmocka_unit_test(bad_accesses),	     cmocka_unit_test(bad_events),
		cmocka_unit_test(bad_end),	     cmocka_unit_test(bad_head),
		cmocka_unit_test(given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
