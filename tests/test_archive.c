/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zip archives as sources: their files one behind the other, damage found, what is no file
 * refused. */
#include "config.h"

#include "check.h"

#include <string.h>
#include <unistd.h>

#include "trace/source.h"

#ifdef HAVE_LIBZIP
#include <zip.h>

#define ROOM 400000

static char path[64];
static uint8_t whole[ROOM];

/* Three files and a folder; the second is large, the third is stored. */
static void make_zip(void)
{
	static const size_t size[] = { 10, 300000, 5 };
	zip_t *z = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, NULL);
	size_t at = 0;

	assert_non_null(z);
	assert_true(zip_dir_add(z, "empty", 0) >= 0);
	for (unsigned i = 0; i < 3; i++) {
		char name[] = "chunk.0000";
		zip_int64_t n;

		name[9] = (char)('0' + i);
		n = zip_file_add(z, name, zip_source_buffer(z, whole + at, size[i], 0), 0);
		assert_true(n >= 0);
		if (i == 2)
			zip_set_file_compression(z, (zip_uint64_t)n, ZIP_CM_STORE, 0);
		at += size[i];
	}
	assert_int_equal(zip_close(z), 0);
}

/* The bytes of the file at path, or the code of what is wrong with it. */
static int unpack(uint8_t *out, size_t *n, struct sim_error *err)
{
	struct trace_source s;
	FILE *f = fopen(path, "rb");
	int rc;

	assert_non_null(f);
	rc = source_init(&s, f, "a.zip", err);
	*n = 0;
	while (!rc && !(rc = source_more(&s, err))) {
		size_t part = s.n - s.at;

		assert_true(*n + part <= ROOM);
		memcpy(out + *n, s.buf + s.at, part);
		*n += part;
		s.at = s.n;
		assert_true(source_offset(&s) == *n);
	}
	source_fini(&s);
	fclose(f);
	return rc;
}

static int prepare(void **state)
{
	int fd;

	(void)state;
	for (size_t i = 0; i < ROOM; i++)
		whole[i] = (uint8_t)(i * i >> 7);
	strcpy(path, "/tmp/snt-zip-XXXXXX");
	fd = mkstemp(path);
	close(fd);
	make_zip();
	return fd < 0;
}

static int clean_up(void **state)
{
	(void)state;
	return unlink(path);
}

static void one_behind_the_other(void **state)
{
	static uint8_t out[ROOM];
	struct sim_error err = { 0 };
	size_t n;

	(void)state;
	assert_int_equal(unpack(out, &n, &err), SIM_EOF);
	assert_int_equal(n, 300015);
	assert_memory_equal(out, whole, n);
}

static void damaged(void **state)
{
	static uint8_t out[ROOM], bytes[ROOM];
	FILE *f = fopen(path, "rb");
	size_t size = fread(bytes, 1, sizeof(bytes), f), n;
	unsigned found = 0;

	(void)state;
	fclose(f);
	for (size_t at = 4; at < size; at += size / 97) {
		struct sim_error err = { 0 };
		int rc;

		bytes[at] ^= 0x10;
		f = fopen(path, "wb");
		assert_int_equal(fwrite(bytes, 1, size, f), size);
		fclose(f);
		bytes[at] ^= 0x10;
		rc = unpack(out, &n, &err);
		/* what is not held against a checksum: names, times */
		assert_true((rc < 0 && err.text[0]) ||
			    (rc == SIM_EOF && !memcmp(out, whole, n)));
		found += rc < 0;
	}
	assert_true(found > 60);
	for (size_t cut = size - 1; cut > 4; cut -= 1 + cut / 20) {
		struct sim_error err = { 0 };

		f = fopen(path, "wb");
		assert_int_equal(fwrite(bytes, 1, cut, f), cut);
		fclose(f);
		assert_int_equal(unpack(out, &n, &err), SIM_EFORMAT);
		assert_string_equal(err.where, "a.zip");
	}
	make_zip();
}

static void no_file(void **state)
{
	static uint8_t bytes[ROOM];
	struct sim_error err = { 0 };
	struct trace_source s;
	FILE *f = fopen(path, "rb"), *memory;
	size_t size = fread(bytes, 1, sizeof(bytes), f);

	(void)state;
	fclose(f);
	memory = fmemopen(bytes, size, "rb");
	assert_int_equal(source_init(&s, memory, "a.zip", &err), SIM_EUNSUP);
	assert_non_null(strstr(err.text, "must be a file"));
	source_fini(&s);
	fclose(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_behind_the_other),
		cmocka_unit_test(damaged),
		cmocka_unit_test(no_file),
	};

	return cmocka_run_group_tests(tests, prepare, clean_up);
}

#else

static void no_libzip(void **state)
{
	struct sim_error err = { 0 };
	struct trace_source s;
	FILE *f = fmemopen((char[]){ "PK\3\4...." }, 8, "rb");

	(void)state;
	assert_int_equal(source_init(&s, f, "a.zip", &err), SIM_EUNSUP);
	assert_non_null(strstr(err.text, "built without libzip"));
	source_fini(&s);
	fclose(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(no_libzip) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
