/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packed inputs: each codec gives back what its library packed, in frames, whatever their sizes;
 * what is cut or damaged is refused. */
#include "config.h"

#include "check.h"

#include <string.h>

#include "base/rng.h"
#include "packed.h"
#include "trace/source.h"

#define PLAIN_BYTES (1u << 20)
#define ROOM	    (PLAIN_BYTES + (1u << 16))

static uint8_t plain[PLAIN_BYTES], packed[2 * ROOM];

/* Half random, half one byte a long time: input and output fill their buffers in turn. */
static int make_plain(void **state)
{
	struct rng r;

	(void)state;
	rng_seed(&r, 5);
	for (size_t i = 0; i < PLAIN_BYTES / 2; i++)
		plain[i] = (uint8_t)rng_below(&r, 256);
	return 0;
}

/* Unpacks packed[0..n) and compares it with plain, then, from `again` on, with plain once more.
 * Returns what the source says; *got bytes were right. */
static int unpack(size_t n, size_t again, size_t *got, struct sim_error *err)
{
	FILE *f = fmemopen(packed, n, "rb");
	struct trace_source s;
	int rc = f ? source_init(&s, f, "in", err) : -1;

	*got = 0;
	while (!rc && !(rc = source_more(&s, err))) {
		size_t offset = *got < again ? *got : *got - again;
		size_t piece = s.n - s.at;

		assert_true(offset + piece <= PLAIN_BYTES);
		assert_true(source_offset(&s) == *got);
		if (*got < again && piece > again - *got)
			piece = again - *got;
		assert_memory_equal(s.buf + s.at, plain + offset, piece);
		*got += piece;
		s.at += piece;
	}
	source_fini(&s);
	if (f)
		fclose(f);
	return rc;
}

static void whole(const struct packer *p, size_t n)
{
	size_t size = p->pack(packed, ROOM, plain, n), got;
	struct sim_error err = { 0 };
	int rc = unpack(size, SIZE_MAX, &got, &err);

	if (rc != SIM_EOF)
		print_message("# %s of %zu: %s\n", p->name, n, err.text);
	assert_int_equal(rc, SIM_EOF);
	assert_true(got == n);
}

static void every_size(void **state)
{
	(void)state;
	for (const struct packer *p = packers; p->name; p++) {
		static const size_t sizes[] = { 0,	1,	131071,	    131072,
						131073, 600000, PLAIN_BYTES };

		for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
			whole(p, sizes[i]);
	}
}

/* gzip's members, xz's streams, the frames of the others: one after the other. */
static void several_frames(void **state)
{
	(void)state;
	for (const struct packer *p = packers; p->name; p++) {
		struct sim_error err = { 0 };
		size_t n = p->pack(packed, ROOM, plain, 300000), got;

		n += p->pack(packed + n, ROOM, plain, 0);
		n += p->pack(packed + n, ROOM, plain, PLAIN_BYTES);
		assert_int_equal(unpack(n, 300000, &got, &err), SIM_EOF);
		assert_true(got == 300000 + PLAIN_BYTES);
	}
}

static void cut_anywhere(void **state)
{
	(void)state;
	for (const struct packer *p = packers; p->name; p++) {
		size_t n = p->pack(packed, ROOM, plain, 1000), got;

		for (size_t cut = 6; cut < n; cut++) {
			struct sim_error err = { 0 };

			assert_int_equal(unpack(cut, SIZE_MAX, &got, &err), SIM_EFORMAT);
			assert_non_null(strstr(err.text, p->name));
			assert_memory_equal(err.where, "in:+0x", 6);
		}
	}
}

/* gzip, xz and lz4 have a checksum of the content here, zstd has none. */
static void changed_bits(void **state)
{
	(void)state;
	for (const struct packer *p = packers; p->name; p++) {
		size_t n = p->pack(packed, ROOM, plain, 500), got;
		unsigned silent = 0;
		struct rng r;

		rng_seed(&r, n);
		for (unsigned i = 0; i < 400; i++) {
			size_t at = 6 + (size_t)rng_below(&r, n - 6);
			uint8_t mask = (uint8_t)(1u << rng_below(&r, 8));
			struct sim_error err = { 0 };
			FILE *f;
			struct trace_source s;
			int rc;

			packed[at] ^= mask;
			f = fmemopen(packed, n, "rb");
			rc = source_init(&s, f, "in", &err);
			while (!rc && !(rc = source_more(&s, &err)))
				s.at = s.n;
			silent += rc == SIM_EOF;
			assert_true(rc == SIM_EOF || (rc < 0 && err.text[0]));
			source_fini(&s);
			fclose(f);
			packed[at] ^= mask;
		}
		assert_true(silent < (strcmp(p->name, "zstd") ? 40 : 401));
		assert_int_equal(unpack(n, SIZE_MAX, &got, NULL), SIM_EOF);
	}
}

static void garbage_behind(void **state)
{
	(void)state;
	for (const struct packer *p = packers; p->name; p++) {
		size_t n = p->pack(packed, ROOM, plain, 1000), got;
		struct sim_error err = { 0 };

		memcpy(packed + n, "garbage behind", 14);
		assert_int_equal(unpack(n + 14, SIZE_MAX, &got, &err), SIM_EFORMAT);
	}
}

static void not_unpacked(void **state)
{
	struct sim_error err = { 0 };
	size_t got;

	(void)state;
	memcpy(packed, "BZh91AY&SY", 8);
	assert_int_equal(unpack(8, SIZE_MAX, &got, &err), SIM_EUNSUP);
	assert_non_null(strstr(err.text, "bzip2"));
	assert_non_null(strstr(err.text, "unpack it first"));
}

/* As a build without the library sees it. */
static void not_built_in(void **state)
{
	const struct codec c = { .name = "xz", .library = "liblzma" };
	struct sim_error err = { 0 };

	(void)state;
	assert_int_equal(codec_check(&c, "in.xz", &err), SIM_EUNSUP);
	assert_string_equal(err.where, "in.xz");
	assert_non_null(strstr(err.text, "built without liblzma"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_size),	  cmocka_unit_test(several_frames),
		cmocka_unit_test(cut_anywhere),	  cmocka_unit_test(changed_bits),
		cmocka_unit_test(garbage_behind), cmocka_unit_test(not_unpacked),
		cmocka_unit_test(not_built_in),
	};

	return cmocka_run_group_tests(tests, make_plain, NULL);
}
