/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Traces that were cut, changed or made up: an error with file, offset and reason, or, where the
 * checksums were made to fit, at worst another trace; never a crash (run under ASan too). */
#include "config.h"

#include "check.h"

#include <string.h>

#include "resign.h"
#include "sample_trace.h"
#include "trace/bytes.h"
#include "trace/format.h"
#include "trace/reader.h"

struct bytes_of {
	uint8_t *p;
	size_t n;
};

static struct bytes_of small(void)
{
	struct sample_trace s;
	struct bytes_of b;

	sample_trace_init(&s, 3, 60);
	b.p = sample_trace_bytes(&s, 20, &b.n);
	sample_trace_fini(&s);
	return b;
}

/* Reads to the end: SIM_EOF or an error. */
static int read_all(uint8_t *p, size_t n, unsigned flags, struct sim_error *err)
{
	FILE *f = fmemopen(p, n, "rb");
	struct trace_reader *r;
	struct batch b;
	int rc;

	assert_non_null(f);
	rc = trace_open_stream(&r, f, "bytes", flags, err);
	if (!rc) {
		do
			rc = trace_next(r, 0, &b, err);
		while (!rc);
		trace_close(r);
	}
	fclose(f);
	return rc;
}

static void must_fail_for(uint8_t *p, size_t n, size_t damage, const char *why)
{
	struct sim_error err = { 0 };
	int rc = read_all(p, n, TRACE_DETAIL, &err);

	if (rc != SIM_EFORMAT || strncmp(err.where, "bytes:+0x", 9) || !err.text[0])
		print_message("# damage at %zu: %d %s: %s\n", damage, rc, err.where, err.text);
	assert_int_equal(rc, SIM_EFORMAT);
	assert_memory_equal(err.where, "bytes:+0x", 9);
	assert_true(err.text[0]);
	assert_non_null(strstr(err.text, why));
	assert_true(strtoull(err.where + 7, NULL, 16) <= n);
}

static void must_fail(uint8_t *p, size_t n, size_t damage)
{
	must_fail_for(p, n, damage, "");
}

static void cut_at_every_byte(void **state)
{
	struct bytes_of b = small();
	struct sim_error err = { 0 };

	(void)state;
	assert_int_equal(read_all(b.p, b.n, TRACE_DETAIL, &err), SIM_EOF);
	for (size_t n = 1; n < b.n; n++)
		must_fail(b.p, n, n);
	free(b.p);
}

static void every_byte_changed(void **state)
{
	static const uint8_t masks[] = { 0x01, 0x80, 0xff };
	struct bytes_of b = small();

	(void)state;
	for (size_t i = 0; i < 3 * b.n; i++) {
		b.p[i / 3] ^= masks[i % 3];
		must_fail(b.p, b.n, i / 3);
		b.p[i / 3] ^= masks[i % 3];
	}
	free(b.p);
}

static void bytes_behind(void **state)
{
	struct bytes_of b = small();
	uint8_t *p = malloc(b.n + 1);

	(void)state;
	assert_non_null(p);
	memcpy(p, b.p, b.n);
	p[b.n] = 0;
	must_fail(p, b.n + 1, b.n);
	free(p);
	free(b.p);
}

/* With checksums that fit, a change may make another valid trace; it must not do harm. */
static void past_the_checksums(void **state)
{
	struct bytes_of b = small();
	uint8_t *p = malloc(b.n);
	unsigned failed = 0;

	(void)state;
	assert_non_null(p);
	for (size_t i = 0; i < b.n; i++) {
		struct sim_error err = { 0 };
		int rc;

		memcpy(p, b.p, b.n);
		p[i] ^= (uint8_t)(1 + i % 255);
		resign(p, b.n);
		rc = read_all(p, b.n, i % 2 ? TRACE_DETAIL : 0, &err);
		assert_true(rc == SIM_EOF || (rc < 0 && err.where[0] && err.text[0]));
		failed += rc < 0;
	}
	assert_true(failed > 0);
	free(p);
	free(b.p);
}

/* Two blocks exchanged, each whole: their positions betray them. */
static void blocks_in_disorder(void **state)
{
	struct bytes_of b = small();
	size_t first = SNT_HEAD_BYTES + (size_t)le_get(b.p + 12, 4), n[2], at = first;
	struct snt_block head;
	struct sim_error err = { 0 };
	uint8_t *p = malloc(b.n);

	(void)state;
	assert_non_null(p);
	for (unsigned i = 0; i < 2; i++, at += n[i - 1]) {
		assert_int_equal(format_block_get(b.p + at, &head, "x", &err), 0);
		n[i] = SNT_BLOCK_BYTES + (size_t)format_block_payload(&head);
	}
	memcpy(p, b.p, b.n);
	memcpy(p + first, b.p + first + n[0], n[1]);
	memcpy(p + first + n[1], b.p + first, n[0]);
	must_fail_for(p, b.n, first, "does not follow");
	free(p);
	free(b.p);
}

/* An index and a footer whose own checksums fit, but not what is before them. */
static void index_of_another(void **state)
{
	struct bytes_of b = small();
	size_t foot = b.n - SNT_FOOTER_BYTES, entry = foot - 8 - 16;

	(void)state;
	b.p[entry]++;
	resign(b.p, b.n);
	must_fail_for(b.p, b.n, entry, "index does not match");
	b.p[entry]--;
	for (size_t at = foot; at <= foot + 8; at += 8) {
		b.p[at]++;
		resign(b.p, b.n);
		must_fail_for(b.p, b.n, at, "footer does not match");
		b.p[at]--;
	}
	free(b.p);
}

/* A byte too many in a column: the last block's deltas, which are stored as they are. */
static void column_too_long(void **state)
{
	struct bytes_of b = small();
	size_t at = SNT_HEAD_BYTES + (size_t)le_get(b.p + 12, 4), extra;
	struct sim_error err = { 0 };
	struct snt_block head;
	uint8_t *p = malloc(b.n + 1);

	(void)state;
	assert_non_null(p);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(format_block_get(b.p + at, &head, "x", &err), 0);
		at += SNT_BLOCK_BYTES + (size_t)format_block_payload(&head);
	}
	assert_int_equal(format_block_get(b.p + at, &head, "x", &err), 0);
	assert_int_equal(head.section[SNT_DELTAS].raw, head.section[SNT_DELTAS].stored);
	extra = at + SNT_BLOCK_BYTES;
	for (unsigned i = 0; i <= SNT_DELTAS; i++)
		extra += head.section[i].stored;
	memcpy(p, b.p, extra);
	p[extra] = 0;
	memcpy(p + extra + 1, b.p + extra, b.n - extra);
	le_put(p + at + 48, 4, head.section[SNT_DELTAS].raw + 1);
	le_put(p + at + 52, 4, head.section[SNT_DELTAS].stored + 1);
	resign(p, b.n + 1);
	must_fail_for(p, b.n + 1, extra, "hold more");
	free(p);
	free(b.p);
}

/* A header of 150 bytes that claims gigabytes is refused before anything is allocated for it. */
static void sizes_are_bounded(void **state)
{
	static const struct {
		size_t at;
		unsigned bytes;
		uint64_t value;
		const char *why;
	} claims[] = {
		{ 4, 4, SNT_RECORDS_MAX + 1, "records" }, { 4, 4, 0, "records" },
		{ 16, 4, SNT_EVENTS_MAX + 1, "events" },  { 20, 4, SNT_PAGES_MAX + 1, "pages" },
		{ 32, 4, 0xffffffff, "section 0" },	  { 40, 4, 0xffffffff, "section 1" },
		{ 48, 4, 0xffffffff, "section 2" },	  { 56, 4, 0xffffffff, "section 3" },
		{ 64, 4, 0xffffffff, "section 4" },	  { 72, 4, 0xffffffff, "section 5" },
		{ 80, 4, 0xffffffff, "section 6" },	  { 36, 4, 0xffffffff, "more bytes" },
		{ 24, 2, SAMPLE_VCPUS, "vCPU" },	  { 26, 1, 1, "zeros" },
	};
	struct bytes_of b = small();
	size_t first = SNT_HEAD_BYTES + (size_t)le_get(b.p + 12, 4);
	uint8_t *p = malloc(b.n);

	(void)state;
	assert_non_null(p);
	for (size_t i = 0; i < sizeof(claims) / sizeof(*claims); i++) {
		struct sim_error err = { 0 };

		memcpy(p, b.p, b.n);
		le_put(p + first + claims[i].at, claims[i].bytes, claims[i].value);
		resign(p, b.n);
		assert_int_equal(read_all(p, b.n, 0, &err), SIM_EFORMAT);
		if (!strstr(err.text, claims[i].why))
			print_message("# %zu: %s\n", i, err.text);
		assert_non_null(strstr(err.text, claims[i].why));
	}
	memcpy(p, b.p, b.n);
	le_put(p + 12, 4, SNT_META_MAX + 1);
	resign(p, b.n);
	must_fail(p, b.n, 12);
	free(p);
	free(b.p);
}

static void bad_metadata(void **state)
{
	static const char *const texts[] = {
		"{}",
		"[]",
		"{\"name\":\"\",\"origin\":\"\",\"tools\":\"\",\"ram\":[],\"vcpus\":0,\"paging\":\"none\",\"regs\":{\"cr0\":\"0x0\",\"cr3\":\"0x0\",\"cr4\":\"0x0\",\"efer\":\"0x0\"},\"tables\":true,\"frames\":true}",
		"{\"name\":\"\",\"origin\":\"\",\"tools\":\"\",\"ram\":[],\"vcpus\":1,\"paging\":\"4-level\",\"regs\":{\"cr0\":\"0x0\",\"cr3\":\"0x0\",\"cr4\":\"0x0\",\"efer\":\"0x0\"},\"tables\":true,\"frames\":true}",
		"{\"name\":\"\",\"origin\":\"\",\"tools\":\"\",\"ram\":[],\"vcpus\":1,\"paging\":\"none\",\"regs\":{\"cr0\":\"0X0\",\"cr3\":\"0x0\",\"cr4\":\"0x0\",\"efer\":\"0x0\"},\"tables\":true,\"frames\":true}",
		"{\"name\":\"\",\"origin\":\"\",\"tools\":\"\",\"ram\":[{\"gpa\":\"0x1\",\"bytes\":\"0x1000\"}],\"vcpus\":1,\"paging\":\"none\",\"regs\":{\"cr0\":\"0x0\",\"cr3\":\"0x0\",\"cr4\":\"0x0\",\"efer\":\"0x0\"},\"tables\":true,\"frames\":true}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct sim_error err = { 0 };
		struct trace_meta m;
		int rc = trace_meta_parse(&m, texts[i], strlen(texts[i]), "x.snt", &err);

		assert_true(rc == SIM_EFORMAT || rc == SIM_ERANGE);
		assert_memory_equal(err.where, "x.snt:$", 7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_at_every_byte),  cmocka_unit_test(every_byte_changed),
		cmocka_unit_test(bytes_behind),	      cmocka_unit_test(past_the_checksums),
		cmocka_unit_test(blocks_in_disorder), cmocka_unit_test(sizes_are_bounded),
		cmocka_unit_test(index_of_another),   cmocka_unit_test(column_too_long),
		cmocka_unit_test(bad_metadata),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
