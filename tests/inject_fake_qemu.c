/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inject_fake_qemu.c - a capture from tests/capture/fake-qemu for test_inject, as of a guest that goes on */
#include "config.h"

#include "inject_subjects.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/capture.h"
#include "check.h"
#include "simple_stream.h"

#define ACCESSES 500

/* What the fake QEMU lets the plugin write. */
void inject_fake_stream(const char *path)
{
	struct bytes b = { 0 };
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	simple_stream(&b, STREAM_GOOD, ACCESSES);
	assert_int_equal(fwrite(b.p, 1, b.n, f), b.n);
	fclose(f);
	bytes_fini(&b);
	assert_int_equal(setenv("STREAM", path, 1), 0);
	assert_int_equal(setenv("FAKE", "good", 1), 0);
}

#define FOLDER "test_inject.capture"

/* Again an empty one; made without the memory that is to fail. */
static void fresh_folder(void)
{
	static const char *const left[] = { "stream", "console", "complaints", "monitor.in",
					    "monitor.out" };
	char path[64];

	for (unsigned i = 0; i < sizeof(left) / sizeof(*left); i++) {
		snprintf(path, sizeof(path), FOLDER "/%s", left[i]);
		unlink(path);
	}
	rmdir(FOLDER);
	assert_int_equal(mkdir(FOLDER, 0700), 0);
}

int inject_fake_qemu(void *arg, struct sim_error *err)
{
	static const char *const words[] = { "-m", "16M", NULL };
	char qemu[4096];
	struct capture_options o = {
		.emulator = { .start = EMULATOR_NOW, .incoming = arg, .words = words },
		.qemu = source_path(qemu, sizeof(qemu), "tests/capture/fake-qemu"),
		.plugin = arg,
		.dir = FOLDER,
		.out = "test_inject.snt",
		.level = 4, /* above the live one: packed anew */
	};
	struct capture_result r;
	int rc;

	fresh_folder();
	rc = capture_run(&o, &r, err);
	capture_result_fini(&r);
	assert_int_equal(!access(o.out, F_OK), !rc);
	assert_int_equal(!access("test_inject.manifest.json", F_OK), !rc);
	remove(o.out);
	remove("test_inject.manifest.json");
	return rc;
}
