/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_capture.c - arbitrary units behind a good header of the capture plugin, or in its place:
 * an error, or a .snt whose records are as many as were taken. The first byte chooses. */
#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "small_capture.h"
#include "trace/import.h"
#include "trace/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WITH_HEAD = 1, WITH_END = 2 };

static void put(struct bytes *b, const uint8_t *data, size_t n)
{
	int rc = bytes_reserve(b, n);

	assert(!rc);
	memcpy(b->p + b->n, data, n);
	b->n += n;
}

static void count_records(char *bytes, size_t n)
{
	struct sim_error err = { 0 };
	FILE *f = fmemopen(bytes, n, "rb");
	struct trace_reader *r;
	struct batch b;
	bool ended = false;
	int rc = trace_open_stream(&r, f, "output", TRACE_DETAIL, &err);

	assert(!rc);
	while (!(rc = trace_next(r, 0, &b, &err)))
		ended = b.n_event && b.event[b.n_event - 1].kind == EVENT_END;
	assert(rc == SIM_EOF && ended);
	trace_close(r);
	fclose(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct import_options opt = { .format = "capture",
				      .writer = { .level = 1, .block = 64 } };
	struct sim_error err = { 0 };
	struct bytes b = { 0 };
	char *out;
	size_t n;
	FILE *in;
	int rc;

	if (size < 2)
		return 0;
	if (*data & WITH_HEAD)
		small_capture_head(&b);
	put(&b, data + 1, size - 1);
	if (*data & WITH_END && b.n % 16 == 0)
		small_capture_end(&b, 1);
	in = fmemopen(b.p, b.n, "rb");
	opt.stream = open_memstream(&out, &n);
	assert(in && opt.stream);
	rc = import_run(in, "input", "output", &opt, &err);
	fclose(in);
	fclose(opt.stream);
	assert(!rc || (rc < 0 && err.text[0]));
	if (!rc)
		count_records(out, n);
	free(out);
	bytes_fini(&b);
	return 0;
}
