/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_trace_reader.c - arbitrary bytes as a .snt, their checksums made to fit first, so that the
 * fuzzer gets past them: an error, or a stream that the verifier can digest */
#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/resign.h"
#include "trace/reader.h"
#include "vm/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_all(struct trace_reader *r, struct verify *v, struct sim_error *err)
{
	struct batch b;
	int rc;

	while (!(rc = trace_next(r, 100, &b, err)))
		if (v && verify_add(v, &b, err))
			return err->code;
	return rc;
}

static void read_with(uint8_t *bytes, size_t n, unsigned flags)
{
	struct sim_error err = { 0 };
	FILE *f = fmemopen(bytes, n, "rb");
	struct trace_reader *r;
	struct verify *v = NULL;
	int rc;

	if (!f)
		return;
	rc = trace_open_stream(&r, f, "input", flags, &err);
	if (!rc) {
		if ((flags & TRACE_DETAIL) && verify_create(&v, trace_meta(r), NULL))
			v = NULL;
		rc = read_all(r, v, &err);
		verify_destroy(v);
		trace_close(r);
	}
	assert(rc == SIM_EOF || (rc < 0 && err.text[0]));
	fclose(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);

	if (!copy)
		return 0;
	memcpy(copy, data, size);
	if (size)
		read_with(copy, size, TRACE_DETAIL);
	resign(copy, size);
	if (size) {
		read_with(copy, size, 0);
		read_with(copy, size, TRACE_DETAIL);
	}
	free(copy);
	return 0;
}
