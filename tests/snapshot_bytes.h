/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * snapshot_bytes.h - saved guests from memory, for the tests of readers
 */
#ifndef TESTS_SNAPSHOT_BYTES_H
#define TESTS_SNAPSHOT_BYTES_H

#include "check.h"

#include <string.h>

#include "small_snapshot.h"
#include "snapshot/snapshot.h"

static inline int open_bytes(struct snapshot *s, const struct small_file *f,
			     struct sim_error *err)
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

static inline void open_good(struct snapshot *s, const struct small_file *f)
{
	struct sim_error err = { 0 };
	int rc = open_bytes(s, f, &err);

	if (rc)
		print_message("# %s: %s\n", err.where, err.text);
	assert_int_equal(rc, 0);
}

static inline void close_good(struct snapshot *s)
{
	FILE *f = s->file.f;

	snapshot_close(s);
	fclose(f);
}

/* The file is refused with this code, at a byte, for a reason that holds the text. */
static inline void refused(const struct small_file *f, int code, const char *why)
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

/* Memory with a pattern that tells where each page is from. */
static inline void paint(struct small_snapshot *g)
{
	for (unsigned i = 0; i < 4; i++) {
		*small_word(g, 0x5000 + i * 0x1000) = 0x1111 + i;
		*small_word(g, SMALL_DIMM_AT + i * 0x3000) = 0xd1d1 + i;
	}
}

static inline void small_guest(struct small_snapshot *g, struct small_file *f)
{
	small_snapshot_init(g, 4);
	paint(g);
	small_migration(f, g);
}

#endif
